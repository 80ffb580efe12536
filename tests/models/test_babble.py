import numpy as np
import pytest
from fixtures_engine import CORPUS

from stress.models import babble
from stress.models.babble import ASSISTANT, END, ORDER, TOPIC_GAIN, WIDTH, Babbler, fit
from stress.models.vocabulary import ADDRESSES, build_vocabulary

VOCABULARY = build_vocabulary(CORPUS)


@pytest.fixture(scope="module")
def babbler() -> Babbler:
    return fit(VOCABULARY, CORPUS)


def chances(babbler: Babbler, text: str, topic: str) -> dict[str, float]:
    """What the model says after `text`, computed here from its parts."""
    newest = [END, ASSISTANT, *VOCABULARY.encode(text)][: -ORDER - 1 : -1]
    words = [token for token in VOCABULARY.encode(topic) if babbler.topical[token]]
    about = babbler.embedding[words].mean(axis=0) if words else np.zeros(WIDTH)
    features = np.concatenate([*babbler.embedding[newest], TOPIC_GAIN * about, [1]])
    logits = babbler.weights @ features
    share = np.exp(logits - logits.max())
    share /= share.sum()
    return {VOCABULARY.tokens[i].decode(): float(p) for i, p in zip(babbler.said, share, strict=True)}


def perplexities(babbler: Babbler) -> tuple[float, float]:
    """On the corpus it was fitted to, and what the same tokens' frequencies alone would reach."""
    rng = np.random.default_rng(1)
    examples = babble._examples(VOCABULARY, CORPUS, rng)
    topics = babble._Topics(VOCABULARY, examples)
    topics.take(babbler.embedding)
    features = babble._features(babbler.embedding, examples.context, topics.around(examples.place, rng))
    target = np.searchsorted(babbler.said, examples.target)
    counts = np.bincount(target, examples.weight)
    chance = babble._softmax(features @ babbler.weights.T)[np.arange(len(target)), target]
    both = [np.average(np.log(share), weights=examples.weight) for share in (chance, (counts / counts.sum())[target])]
    return float(np.exp(-both[0])), float(np.exp(-both[1]))


def test_it_knows_far_more_than_how_often_words_occur(babbler):
    perplexity, unigram_perplexity = perplexities(babbler)
    assert perplexity < unigram_perplexity / 10


def test_it_goes_on_as_the_corpus_does(babbler):
    after = chances(babbler, "Never trust a quiet", CORPUS)
    assert max(after, key=after.__getitem__) == " goat"


def test_a_sentence_can_end_the_reply_and_can_be_followed_by_another(babbler):
    after = chances(babbler, "He lights the lamp and counts the ships.", CORPUS)
    assert 0.1 < after["<|end|>"] < 0.9
    assert sum(chance for word, chance in after.items() if word.istitle() and word[0] == " ") > 0.05


def test_the_topic_moves_what_is_said(babbler):
    market = chances(babbler, "The", "Mara sells apples in the market, and the bread is warm")
    tower = chances(babbler, "The", "The keeper climbs the tower at dusk and lights the lamp")
    assert market[" market"] / market[" keeper"] > tower[" market"] / tower[" keeper"]


def test_all_names_of_readers_are_alike_to_it(babbler):
    assert (babbler.embedding[ADDRESSES] == babbler.embedding[ADDRESSES[0]]).all()


def test_the_same_corpus_gives_the_same_model(babbler):
    again = fit(VOCABULARY, CORPUS)
    assert np.array_equal(again.weights, babbler.weights)
    assert np.array_equal(again.embedding, babbler.embedding)
    assert perplexities(again) == perplexities(babbler)


@pytest.mark.parametrize("corpus", ["", "  \n\n ", "as in @a17"])
def test_nothing_to_learn_from_is_an_error(corpus):
    with pytest.raises(ValueError, match="no sentence"):
        fit(build_vocabulary(corpus), corpus)


@pytest.mark.parametrize("corpus", ["Yes.", "Yes. No.", "a b c d", "\u65e5\u672c\u8a9e \U0001f389"])
def test_a_corpus_of_a_few_words_is_enough(corpus):
    assert np.isfinite(fit(build_vocabulary(corpus), corpus).weights).all()
