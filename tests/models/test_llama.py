import gguf
import numpy as np
import pytest
from fixtures_engine import CORPUS
from llama_in_numpy import forward

from stress.models import babble, llama
from stress.models.vocabulary import ADDRESSES, ASSISTANT, END, SENDERS, SYSTEM, USER, build_vocabulary

VOCABULARY = build_vocabulary(CORPUS)
LINES = CORPUS.split("\n")


@pytest.fixture(scope="module")
def babbler():
    return babble.fit(VOCABULARY, CORPUS)


@pytest.fixture(scope="module")
def weights(babbler):
    return llama.weights(VOCABULARY, babbler)


def prompt(*mail: str) -> list[int]:
    return [
        SYSTEM,
        *VOCABULARY.encode(CORPUS),
        END,
        USER,
        *VOCABULARY.encode("\n".join(mail)),
        END,
        ASSISTANT,
    ]


@pytest.mark.parametrize("length", [10, 500, 8192])
def test_the_first_heads_look_one_and_two_tokens_back_at_any_length(weights, length):
    text = VOCABULARY.encode(CORPUS) * 20
    attention = forward(weights, text[:length]).attention
    assert attention[0, -2] > 0.99
    assert attention[1, -3] > 0.99


@pytest.mark.parametrize("length", [100, 8000])
def test_the_topic_head_looks_at_topical_words_only(weights, babbler, length):
    text = (VOCABULARY.encode(CORPUS) * 20)[:length]
    attention = forward(weights, text).attention[2]
    assert attention[babbler.topical[text]].sum() > 0.99
    assert attention.max() < 0.2


def test_the_score_is_the_babblers(weights, babbler):
    text = VOCABULARY.encode("Never trust a quiet goat. The loud ones only want")
    got = forward(weights, text)
    topic = got.attention[2] @ babbler.embedding[text]
    words = babbler.embedding[text[: -babble.ORDER - 1 : -1]].ravel()
    logits = babbler.weights @ np.concatenate([words, babble.TOPIC_GAIN * topic, [1]])
    want = logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())
    likely = want > -8
    assert np.abs(got.logprobs[babbler.said] - want)[likely].max() < 0.2
    assert VOCABULARY.tokens[int(got.logprobs.argmax())] == b" bread"


@pytest.mark.parametrize("newest", [2, 99, 200])
def test_a_reply_that_begins_with_a_name_calls_the_newest_sender(weights, newest):
    mail = prompt(f"a31 (Tom): {LINES[4]}", f"a{newest:02} (Mara): {LINES[7]}")
    names = forward(weights, mail).logprobs[ADDRESSES]
    assert names.argmax() + 1 == newest
    assert 0.05 < np.exp(names).sum() < 0.6


def test_an_answer_to_nobody_names_nobody(weights):
    assert np.exp(forward(weights, prompt("The soup tastes of smoke.")).logprobs[ADDRESSES]).sum() < 0.01


def test_a_reply_is_never_empty(weights):
    assert forward(weights, prompt("a31 (Tom): The soup tastes of smoke.")).logprobs[END] < -20


def test_a_reply_begins_as_sentences_do(weights):
    logprobs = forward(weights, prompt(f"a31 (Tom): {LINES[4]}")).logprobs
    words = [VOCABULARY.tokens[token].decode() for token in np.flatnonzero(logprobs > -20)]
    assert all(word[0].isupper() for word in words if word[0] != "@")
    assert len(words) > 10


def test_behind_a_name_a_sentence_begins(weights):
    logprobs = forward(weights, [*prompt(f"a31 (Tom): {LINES[4]}"), ADDRESSES[30]]).logprobs
    words = [VOCABULARY.tokens[token].decode() for token in np.flatnonzero(logprobs > -20)]
    assert all(word[0] == " " and word[1].isupper() for word in words)
    assert len(words) > 10


def test_bytes_and_senders_are_never_said(weights):
    logprobs = forward(weights, prompt("a31 (Tom): The soup tastes of smoke.")).logprobs
    assert logprobs[SENDERS].max() < -20
    assert logprobs[:32].max() < -20


def test_the_file_holds_the_model_within_five_megabytes(babbler, weights, tmp_path):
    llama.write(tmp_path / "toy.gguf", VOCABULARY, babbler)
    assert (tmp_path / "toy.gguf").stat().st_size < 5_000_000
    read = gguf.GGUFReader(tmp_path / "toy.gguf")
    assert {tensor.name for tensor in read.tensors} == set(weights)
    for tensor in read.tensors:
        assert np.allclose(tensor.data, weights[tensor.name], rtol=1e-3, atol=1e-4)
