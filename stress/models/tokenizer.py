"""A tokenizer for random weights: byte-level BPE with as many tokens as a shape's vocabulary, the same in both files.

Random weights say every token as often as any other. So that what agents read costs about as many tokens as it took to
write, nearly all tokens are whole words with the space before them, made up of syllables; a word that is in the
vocabulary is one token, whatever the merges say (`ignore_merges`, as in Llama 3's tokenizer, whose pre-tokenizer this
one uses: both Hugging Face's library and llama.cpp, as `llama-bpe`, know it). The words of the scenarios are in it too,
and merges of letters for everything else.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from stress.models.vocabulary import build_vocabulary

SPECIAL = ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
"""The last tokens of the vocabulary, in this order."""
SMALLEST = 4096
"""Tokens: fewer would not hold the bytes, the merges and some words."""

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
"""How Llama 3's tokenizer cuts a text before it merges (its `tokenizer.json`), and llama.cpp's `llama-bpe` as well."""

TEMPLATE = (
    "{{- bos_token -}}{%- for message in messages -%}<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n"
    "{{ message['content'] }}<|eot_id|>{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif -%}"
)

_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
_ONSETS = (
    "b c d f g h j k l m n p r s t v w z br ch cl cr dr fl fr gl gr kl kr pl pr sh sk sl sn sp st str th tr".split()
)
_VOWELS = "a e i o u ai ea ie oa ou".split()
_CODAS = ["", "", "n", "r", "l", "s", "t", "m", "k"]


@dataclass(frozen=True)
class Tokenizer:
    """Tokens by id, in the spelling of byte-level BPE (a space is Ġ), and the merges in their order."""

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]

    @property
    def begin(self) -> int:
        """The id that begins a text."""
        return len(self.tokens) - len(SPECIAL)

    @property
    def end_of_turn(self) -> int:
        """The id that ends a turn: what a model says to stop."""
        return self.begin + 4


def make_tokenizer(size: int, corpus: str) -> Tokenizer:
    """A tokenizer of exactly `size` tokens; the same for the same size and corpus.

    Raises:
        ValueError: `size` is below `SMALLEST`.
    """
    if size < SMALLEST:
        raise ValueError(f"a vocabulary of {size} tokens is too small; it needs {SMALLEST}")
    merges = list(_merges(size))
    room = size - len(SPECIAL)
    candidates = itertools.chain(
        byte_letters(),
        (left + right for left, right in merges),
        _words(corpus),
        map(str, range(10, 1000)),
        (f"Ġ{word}" for word in _made_up()),
    )
    tokens = tuple(itertools.islice(dict.fromkeys(itertools.islice(candidates, 3 * size)), room))
    return Tokenizer((*tokens, *SPECIAL), tuple(merges))


@cache
def byte_letters() -> tuple[str, ...]:
    """The letter that byte-level BPE writes for each byte (GPT-2's table): a printable one is its own."""
    own = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    letters, extra = {byte: chr(byte) for byte in own}, 256
    for byte in range(256):
        if byte not in letters:
            letters[byte], extra = chr(extra), extra + 1
    return tuple(letters[byte] for byte in range(256))


def spelled(text: str) -> str:
    """A text in the letters of byte-level BPE."""
    return "".join(byte_letters()[byte] for byte in text.encode())


def _merges(size: int) -> Iterator[tuple[str, str]]:
    """Pairs of letters, then of a space and those, then threes: as many as leave most of the vocabulary to words."""
    pairs = list(itertools.product(_LETTERS, _LETTERS))
    if size < 16384:
        pairs = [pair for pair in pairs if set(pair) & set("aeiouy")]
    spaced = [("Ġ", letter) for letter in _LETTERS]
    threes = [
        (first + second, third)
        for (first, second), third in itertools.product(pairs, _LETTERS[:12])
        if second in "aeiou" and third not in "aeiou"
    ]
    doubled = [("Ġ", one + two) for one, two in pairs if one not in "aeiou"]
    return itertools.chain(pairs, spaced, *([] if size < 16384 else [threes, doubled]))


def _words(corpus: str) -> list[str]:
    """The corpus' words with the space before them, frequent ones first, then those that begin a text."""
    texts = [token.decode(errors="ignore") for token in build_vocabulary(corpus).tokens[260:]]
    return [spelled(text) for text in texts if text.strip().isalpha() and len(text.strip()) > 1]


def _made_up() -> Iterator[str]:
    """Words of two syllables: more than 10 million, in an order that mixes their beginnings."""
    syllables = [onset + vowel + coda for coda in dict.fromkeys(_CODAS) for vowel in _VOWELS for onset in _ONSETS]
    # Stepping through the pairs with a stride that shares no factor with their number mixes the beginnings.
    count = len(syllables) ** 2
    mixed = ((at * 7_368_787) % count for at in range(count))
    return (syllables[at // len(syllables)] + syllables[at % len(syllables)] for at in mixed)


def huggingface_json(tokenizer: Tokenizer) -> dict[str, Any]:
    """The tokenizer as the content of `tokenizer.json`."""
    plain = tokenizer.begin
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": SPLIT}, "behavior": "Isolated", "invert": False}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": plain + at, "content": name} | flags for at, name in enumerate(SPECIAL)],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": True,
            "vocab": {token: at for at, token in enumerate(tokenizer.tokens[:plain])},
            "merges": [list(merge) for merge in tokenizer.merges],
        },
    }
