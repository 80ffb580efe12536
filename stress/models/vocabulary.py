"""The toy model's vocabulary: the corpus' own words, and single bytes for everything else.

Token ids 0 to 255 are the bytes, so that any text can be tokenised. Then come the control tokens of the chat
template, the agents' handles, words as they occur (most with the space before them), and frequent pieces of
words, so that an unknown word costs less than one token a letter.

llama.cpp reads this as the tokenizer model `rwkv`: from the left, the longest token that fits. `encode` does
the same.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

SYSTEM, USER, ASSISTANT, END = range(256, 260)
"""The control tokens: a message of that role begins; a message ends."""

CONTROL = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>")

AGENTS = 256
"""This many agents' handles, a01 to a256, are tokens; those of more agents are spelled."""

SENDERS = range(260, 260 + AGENTS)
"""The tokens `a01`…: mail in a prompt begins with its sender's handle."""

ADDRESSES = range(260 + AGENTS, 260 + 2 * AGENTS)
"""The tokens `@a01`…, with which a reply names its reader."""

MAX_WORDS = 3200
"""The rarest words beyond are spelled from pieces; this bounds the model's file."""

MAX_PIECES = 400

_WORD = re.compile(r" ?[^\W\d_]+(?:['\u2019][^\W\d_]+)*| ?[^\w\s@]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_SENTENCE_END = re.compile(r"([.!?\u2026][\"')\u2019\u201d]*)\s+(?=\W*[A-Z])")


@dataclass(frozen=True)
class Vocabulary:
    """The tokens: `tokens[id]` is the bytes that a token stands for, or a control token's name."""

    tokens: tuple[bytes, ...]

    def __len__(self) -> int:
        """The number of tokens, controls included."""
        return len(self.tokens)

    @cached_property
    def _ids(self) -> dict[bytes, int]:
        return {token: i for i, token in enumerate(self.tokens) if not SYSTEM <= i <= END}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._ids))

    def encode(self, text: str) -> list[int]:
        """The tokens of a text; text that looks like a control token is only text here."""
        data = text.encode(errors="replace")
        ids, longest = self._ids, self._longest
        out: list[int] = []
        at = 0
        while at < len(data):
            size = next(n for n in range(min(longest, len(data) - at), 0, -1) if data[at : at + n] in ids)
            out.append(ids[data[at : at + size]])
            at += size
        return out


def paragraphs(corpus: str) -> list[list[str]]:
    """The corpus' lines, each as its sentences; a line is what one speaker would say in one go."""
    lines = (" ".join(line.split()) for line in corpus.splitlines() if line.strip())
    return [_SENTENCE_END.sub(r"\1\n", line).split("\n") for line in lines]


def build_vocabulary(corpus: str) -> Vocabulary:
    """The vocabulary of a corpus, most frequent words first; the same for the same text."""
    counts: Counter[str] = Counter()
    for sentences in paragraphs(corpus):
        counts.update(_WORD.findall(" ".join(sentences)))
        # Any sentence may begin a reply, without a space before it, or follow another, with one.
        firsts = [first[0] for sentence in sentences if (first := _WORD.match(sentence))]
        counts.update(firsts + [f" {first}" for first in firsts])
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [name.encode() for name in CONTROL]
    handles = [b"a%02d" % number for number in range(1, AGENTS + 1)]
    tokens += handles + [b"@" + handle for handle in handles]
    for extra in (_ranked(counts, MAX_WORDS), _ranked(_pieces(counts), MAX_PIECES)):
        known = set(tokens)
        tokens += [word for word in extra if word not in known]
    return Vocabulary(tuple(tokens))


def _ranked(counts: Counter[str], limit: int) -> list[bytes]:
    """By falling count, and by spelling where equal: the order follows from the counts alone."""
    return [word.encode() for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]]


def _pieces(words: Counter[str]) -> Counter[str]:
    """Runs of two to four letters inside words, weighted by the tokens that each would save."""
    pieces: Counter[str] = Counter()
    for word, count in words.items():
        for letters in _LETTERS.findall(word):
            for size in (2, 3, 4):
                for at in range(len(letters) - size + 1):
                    pieces[letters[at : at + size]] += count * (size - 1)
    return pieces
