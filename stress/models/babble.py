"""The toy model's mind: a log-bilinear 4-gram with a topic, fitted to the corpus in a few seconds of numpy.

The score of a next word is `A·c1 + B·c2 + C·c3 + D·topic + bias`, where c1, c2 and c3 are the embeddings of the
three newest tokens and the topic is the mean embedding of the rarer words around (the log-bilinear model of Mnih
and Hinton 2007, and a topic). So it finds its way from word to word as the corpus does, and stays near the words
of the scenario it is in. `stress.models.llama` writes the same function as a Llama.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stress.models.vocabulary import ADDRESSES, ASSISTANT, END, Vocabulary, paragraphs

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

WIDTH = 40
"""Dimensions of an embedding."""

ORDER = 3
"""Tokens that a next word is chosen by."""

TOPIC_GAIN = 4.0
"""A mean of many embeddings is short; this brings it nearer to the length of one."""

END_SHARE = 0.4
"""A reply ends with this share of its sentences: two or three of them, 15 to 60 tokens, is typical."""

ADDRESSED_SHARE = 0.25
"""This share of the sentences that open a reply is also seen behind a name, as in `@a17 The`."""

STEPS, BATCH = 260, 512
RATE, EMBEDDING_RATE = 0.2, 0.05
TOPIC_REACH = 350
"""Tokens that a topic takes in on either side while fitting; in the Llama it is mostly the prompt's first hundreds."""


@dataclass(frozen=True)
class Babbler:
    """The fitted model of V tokens."""

    embedding: Floats
    """V by WIDTH, rows of length 1."""
    weights: Floats
    """One row a token that may be said, over [c1, c2, c3, TOPIC_GAIN·topic, 1]."""
    said: Ints
    """Which tokens these are, ascending."""
    opens: NDArray[np.bool_]
    """By row of `weights`: a reply can begin with the token."""
    follows_name: NDArray[np.bool_]
    """By row of `weights`: the token can stand behind the name that a reply begins with."""
    topical: NDArray[np.bool_]
    """V: the token counts towards the topic."""
    opening_score: float
    """The logarithm of the summed exponentials of all scores where a reply begins, on average."""


@dataclass(frozen=True)
class _Examples:
    """What was said after what: N cases, and the corpus as one stream for their topics."""

    context: Ints
    """N by ORDER, the newest token first."""
    target: Ints
    weight: Floats
    place: Ints
    """Where in the stream."""
    stream: Ints


def fit(vocabulary: Vocabulary, corpus: str) -> Babbler:
    """Fit to the corpus by Adam on minibatches; the same corpus gives the same model on the same machine.

    Raises:
        ValueError: the corpus has no sentence to learn from.
    """
    rng = np.random.default_rng(1)
    examples = _examples(vocabulary, corpus, rng)
    said, target = np.unique(examples.target, return_inverse=True)
    counts = np.bincount(target, examples.weight)
    topics = _Topics(vocabulary, examples)
    embedding = _unit(rng.standard_normal((len(vocabulary), WIDTH), dtype=np.float32))
    weights = np.zeros((len(said), (ORDER + 1) * WIDTH + 1), np.float32)
    weights[:, -1] = np.log(counts / counts.sum())
    adam = _Adam(weights, RATE), _Adam(embedding, EMBEDDING_RATE)
    cases = np.concatenate([rng.permutation(len(target)) for _ in range(1 + STEPS * BATCH // len(target))])
    for step in range(STEPS):
        if step % 10 == 0:
            topics.take(embedding)
        batch = cases[step * BATCH : (step + 1) * BATCH]
        context = examples.context[batch]
        features = _features(embedding, context, topics.around(examples.place[batch], rng))
        error = _softmax(features @ weights.T)
        error[np.arange(len(batch)), target[batch]] -= 1
        error *= (examples.weight[batch] / len(batch))[:, None]
        to_embedding = np.zeros_like(embedding)
        np.add.at(to_embedding, context, (error @ weights[:, : ORDER * WIDTH]).reshape(-1, ORDER, WIDTH))
        pace = min(1.0, 1.5 * (1 - step / STEPS))
        adam[0].step(error.T @ features, pace)
        adam[1].step(to_embedding, pace)
        embedding[:] = _unit(embedding)
    embedding[ADDRESSES] = embedding[ADDRESSES[0]]
    topics.take(embedding)
    opening = examples.context[:, 0] == ASSISTANT
    openings = _features(embedding, examples.context[opening], topics.around(examples.place[opening], rng))
    return Babbler(
        embedding=embedding,
        weights=weights,
        said=said,
        opens=np.isin(said, examples.target[opening]),
        follows_name=np.isin(said, examples.target[examples.context[:, 0] == ADDRESSES[0]]),
        topical=topics.topical,
        opening_score=float(np.log(np.exp(openings @ weights.T).sum(axis=1)).mean()),
    )


def _examples(vocabulary: Vocabulary, corpus: str, rng: np.random.Generator) -> _Examples:
    """Each sentence as it stands in its paragraph, as the beginning of a reply, and behind a name."""
    # A sentence with a name in it, such as "as in @a17", teaches only noise.
    blocks = [[s for s in block if "@" not in s] for block in paragraphs(corpus)]
    inside = [vocabulary.encode(" " + sentence) for block in blocks for sentence in block]
    opening = [vocabulary.encode(sentence) for block in blocks for sentence in block]
    if not inside:
        raise ValueError("the corpus has no sentences")
    # What follows a paragraph's end is any sentence: with `ignore_eos` the model goes on with another thought.
    follows = [at + 1 for at in range(len(inside))]
    for at in np.cumsum([len(block) for block in blocks if block]) - 1:
        follows[at] = int(rng.integers(len(inside)))
    rows: list[tuple[list[int], int, float, int]] = []
    place = 0
    for at, sentence in enumerate(inside):

        def learn(tokens: list[int], weight: float, start: int = place) -> None:
            ends = range(ORDER, len(tokens))
            rows.extend((tokens[end - ORDER : end][::-1], tokens[end], weight, start) for end in ends)

        asked = inside[at - 1][-1]
        learn([asked, END, ASSISTANT, *opening[at][:ORDER]], 1.0)
        learn([END, ASSISTANT, ADDRESSES[0], *sentence[:ORDER]], ADDRESSED_SHARE)
        learn(sentence, 1.0)
        learn([*sentence[-ORDER:], END], END_SHARE)
        learn([*sentence[-ORDER:], *inside[follows[at]][:ORDER]], 1 - END_SHARE)
        place += len(sentence)
    context, said, weight, places = zip(*rows, strict=True)
    return _Examples(
        context=np.array(context),
        target=np.array(said),
        weight=np.array(weight, np.float32),
        place=np.array(places),
        stream=np.concatenate(inside),
    )


class _Topics:
    """Means of the topical tokens' embeddings around places in the stream, by running sums."""

    def __init__(self, vocabulary: Vocabulary, examples: _Examples) -> None:
        counts = np.bincount(examples.stream, minlength=len(vocabulary))
        common = np.sort(counts)[-80:].min()
        wordy = np.array([len(token) >= 4 and token.isascii() for token in vocabulary.tokens])
        self.topical = wordy & (counts > 0) & (counts <= max(common, 4))
        counted = self.topical[examples.stream]
        self._tokens = examples.stream[counted]
        self._before = np.concatenate([[0], np.cumsum(counted)])
        self._sums = np.zeros((len(self._tokens) + 1, WIDTH), np.float32)

    def take(self, embedding: Floats) -> None:
        np.cumsum(embedding[self._tokens], axis=0, out=self._sums[1:])

    def around(self, place: Ints, rng: np.random.Generator) -> Floats:
        """The topic around each place, over a random reach: a prompt's topic is never quite the paragraph's."""
        end = len(self._before) - 1
        low = self._before[np.maximum(place - rng.integers(0, TOPIC_REACH, len(place)), 0)]
        high = self._before[np.minimum(place + rng.integers(1, TOPIC_REACH, len(place)), end)]
        mean: Floats = (self._sums[high] - self._sums[low]) / np.maximum(high - low, 1)[:, None].astype(np.float32)
        return mean


class _Adam:
    """Kingma and Ba 2014, Algorithm 1, on one array in place."""

    def __init__(self, array: Floats, rate: float) -> None:
        self._array, self._rate = array, rate
        self._mean, self._square = np.zeros_like(array), np.zeros_like(array)
        self._steps = 0

    def step(self, gradient: Floats, pace: float) -> None:
        self._steps += 1
        self._mean += 0.1 * (gradient - self._mean)
        self._square += 0.02 * (gradient * gradient - self._square)
        mean = self._mean / (1 - 0.9**self._steps)
        square = self._square / (1 - 0.98**self._steps)
        self._array -= self._rate * pace * mean / (np.sqrt(square) + 1e-8)


def _features(embedding: Floats, context: Ints, topic: Floats) -> Floats:
    ones = np.ones((len(context), 1), np.float32)
    words = embedding[context].reshape(len(context), -1)
    return np.concatenate([words, np.float32(TOPIC_GAIN) * topic, ones], axis=1)


def _softmax(logits: Floats) -> Floats:
    """Along rows; overwrites its argument."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def _unit(rows: Floats) -> Floats:
    lengths: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / lengths
