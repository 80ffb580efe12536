from fixtures_engine import CORPUS
from hypothesis import given
from hypothesis import strategies as st

from stress.models.vocabulary import ADDRESSES, END, SENDERS, SYSTEM, build_vocabulary, paragraphs

VOCABULARY = build_vocabulary(CORPUS)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_its_tokens(text):
    assert b"".join(VOCABULARY.tokens[i] for i in VOCABULARY.encode(text)).decode() == text


@given(st.text(st.sampled_from("<|user|>@a017 The goat.\n\u65e5\U0001f389")))
def test_no_text_becomes_a_control_token(text):
    assert not any(SYSTEM <= token <= END for token in VOCABULARY.encode(text))


def test_words_of_the_corpus_are_one_token_each():
    words = "The goat has eaten the mayor's letter, and"
    assert [VOCABULARY.tokens[i].decode() for i in VOCABULARY.encode(words)] == [
        "The", " goat", " has", " eaten", " the", " mayor's", " letter", ",", " and",
    ]  # fmt: skip


def test_the_corpus_takes_little_more_than_one_token_a_word():
    text = " ".join(CORPUS.split())
    assert 1.0 <= len(VOCABULARY.encode(text)) / len(text.split()) <= 1.6


def test_words_it_has_never_seen_take_fewer_tokens_than_letters():
    assert len(VOCABULARY.encode("toweringly counterpainted")) < len("toweringly counterpainted")


def test_handles_are_tokens_of_their_own_for_senders_and_for_readers():
    assert VOCABULARY.encode("a17") == [SENDERS[16]]
    assert VOCABULARY.encode("@a200") == [ADDRESSES[199]]


def test_the_same_corpus_gives_the_same_vocabulary():
    assert build_vocabulary(CORPUS) == VOCABULARY


def test_no_two_tokens_are_alike():
    assert len(set(VOCABULARY.tokens)) == len(VOCABULARY)


def test_a_line_is_a_paragraph_of_sentences():
    assert paragraphs('I said "Go." He went!  Then 3.5 miles.\n\nWho?') == [
        ['I said "Go."', "He went!", "Then 3.5 miles."],
        ["Who?"],
    ]
