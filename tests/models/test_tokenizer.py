import json
import random
import urllib.request

import pytest
import tokenizers
from fixtures_engine import post

from stress.models.build import Wish, build
from stress.models.shapes import find_shape
from stress.models.tokenizer import SMALLEST, SPECIAL, byte_letters, huggingface_json, make_tokenizer, spelled
from stress.scenario.library import corpus

TEXTS = (
    "Hello world, this is a test.",
    "The keeper climbs the tower at dusk.",
    "emoji \U0001f389 caf\u00e9 na\u00efve \u00dcn\u00efcode \u65e5\u672c\u8a9e",
    "def f(x): return x**2 + 3.14159",
    "12345 678 9",
    "   spaces\n\n\nnewlines\t tabs  ",
    "it's they'll DON'T",
    "unknownwordthatisnotthere antidisestablishmentarianism",
)


@pytest.mark.parametrize("size", [SMALLEST, 8192, 32000, 128256, 151936])
def test_it_has_exactly_as_many_tokens_and_each_once(size):
    tokens = make_tokenizer(size, corpus()).tokens
    assert len(tokens) == len(set(tokens)) == size
    assert tokens[:256] == byte_letters()
    assert tokens[-5:] == SPECIAL


def test_every_merge_makes_a_token_of_two_tokens():
    tokenizer = make_tokenizer(32000, corpus())
    known = set(tokenizer.tokens)
    assert all({left, right, left + right} <= known for left, right in tokenizer.merges)


def test_too_small_a_vocabulary_is_refused():
    with pytest.raises(ValueError, match="too small"):
        make_tokenizer(SMALLEST - 1, "")


def test_a_byte_is_a_letter_and_each_its_own():
    assert len(set(byte_letters())) == 256
    assert spelled(" a\n") == "\u0120a\u010a"


def test_most_tokens_are_words_with_a_space_so_that_what_is_said_reads_as_long_as_it_was():
    tokens = make_tokenizer(128256, corpus()).tokens
    assert sum(token.startswith("\u0120") for token in tokens) > 0.9 * len(tokens)


def tokenize(url: str, text: str) -> list[int]:
    body = json.dumps({"content": text, "add_special": False}).encode()
    request = urllib.request.Request(f"{url}/tokenize", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["tokens"]


@pytest.fixture(scope="module")
def micro(tmp_path_factory):
    out = tmp_path_factory.mktemp("micro")
    build(Wish(shape=find_shape("micro"), out=out, hf=True, weights=False, quant="f16"), corpus(), lambda _: None)
    return out


def test_llama_cpp_and_hugging_face_cut_texts_into_the_same_tokens(micro, serve_gguf):
    library = tokenizers.Tokenizer.from_file(str(micro / "tokenizer.json"))
    url = serve_gguf(micro / "micro-f16.gguf")
    rng = random.Random(1)
    said = library.decode([rng.randrange(8000) for _ in range(300)])
    for text in (*TEXTS, said):
        assert tokenize(url, text) == library.encode(text, add_special_tokens=False).ids, text


def test_llama_cpp_takes_a_word_of_the_vocabulary_whole_and_spells_what_it_does_not_know(micro, serve_gguf):
    url = serve_gguf(micro / "micro-f16.gguf")
    tokenizer = make_tokenizer(8192, corpus())
    words = [at for at, token in enumerate(tokenizer.tokens[:-5]) if token[0] == "\u0120" and len(token) > 5][::50]
    assert len(words) > 50
    for at in words:
        assert tokenize(url, tokenizer.tokens[at].replace("\u0120", " ")) == [at]
    assert len(tokenize(url, "\U0001f389")) == 4


def test_a_reply_stands_in_the_next_prompt_as_it_was_made_so_that_a_prefix_cache_finds_it(micro, serve_gguf):
    url = serve_gguf(micro / "micro-f16.gguf")
    asked = [{"role": "user", "content": "hi"}]
    more = [{"role": "assistant", "content": "yes"}, {"role": "user", "content": "why"}]
    first, second = (
        post(f"{url}/apply-template", {"messages": messages})["prompt"] for messages in (asked, asked + more)
    )
    assert second.startswith(f"{first}yes<|eot_id|>")


def test_it_is_written_as_hugging_face_reads_it():
    content = huggingface_json(make_tokenizer(SMALLEST, ""))
    assert content["model"]["ignore_merges"] is True
    assert len(content["model"]["vocab"]) + len(content["added_tokens"]) == SMALLEST
