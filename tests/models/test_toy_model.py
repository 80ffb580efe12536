import threading

import pytest
from fixtures_engine import CORPUS

from stress.errors import NoServerError
from stress.models import toy
from stress.models.toy import toy_model


@pytest.fixture
def made(monkeypatch, tmp_path):
    """The corpora that models were made of, one for every making; the cache is empty."""
    made = []

    def make(corpus, path):
        made.append(corpus)
        path.write_bytes(b"GGUF" + corpus.encode())

    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(toy, "_run_maker", make)
    return made


def quiet(line):
    pass


def test_a_model_is_made_once_and_said_once(made):
    said = []
    first = toy_model("one", said.append)
    assert toy_model("one", said.append) == first
    assert made == ["one"]
    assert len(said) == 1


def test_another_corpus_is_another_model(made):
    assert toy_model("one", quiet) != toy_model("two", quiet)
    assert made == ["one", "two"]


def test_a_changed_maker_makes_a_new_model(made, monkeypatch):
    first = toy_model("one", quiet)
    monkeypatch.setattr(toy, "MAKERS", toy.MAKERS[1:])
    assert toy_model("one", quiet) != first


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-40] + b"x" + data[-39:], lambda _: b""])
def test_a_damaged_file_is_made_again(made, damage):
    path = toy_model("one", quiet)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert toy_model("one", quiet).read_bytes() == whole
    assert made == ["one", "one"]


def test_a_making_that_fails_leaves_nothing_behind(made, monkeypatch, tmp_path):
    def fail(corpus, path):
        path.write_bytes(b"half")
        raise NoServerError("no")

    monkeypatch.setattr(toy, "_run_maker", fail)
    with pytest.raises(NoServerError):
        toy_model("one", quiet)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_two_at_once_both_get_a_whole_model(made, monkeypatch):
    together = threading.Barrier(2, timeout=20)
    make = toy._run_maker

    def slow(corpus, path):
        together.wait()
        make(corpus, path)

    monkeypatch.setattr(toy, "_run_maker", slow)
    got = []
    threads = [threading.Thread(target=lambda: got.append(toy_model("one", quiet).read_bytes())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 2
    assert got[0] == got[1]
    assert got[0].startswith(b"GGUFone")


def test_a_cache_that_cannot_be_written_is_said_in_a_sentence(made, tmp_path):
    (tmp_path / "cache").write_text("a file where the directory should be")
    with pytest.raises(NoServerError, match="XDG_CACHE_HOME"):
        toy_model("one", quiet)


def test_the_maker_says_what_is_wrong(monkeypatch, tmp_path):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path)
    with pytest.raises(NoServerError, match="no sentence"):
        toy_model("", quiet)


def test_the_real_maker_gives_a_gguf_file(monkeypatch, tmp_path):
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path)
    path = toy_model(CORPUS, quiet)
    assert path.read_bytes()[:4] == b"GGUF"
    assert list(path.parent.iterdir()) == [path]
