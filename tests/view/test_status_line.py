import io
import json

import pytest

from stress.view.status_line import StatusLine


class Terminal(io.StringIO):
    def isatty(self):
        return True


def told(stream, tell):
    status = StatusLine(stream)
    tell(status)
    return stream.getvalue()


def both(status):
    status.progress("loading 1 %")
    status.progress("loading 2 %")
    status.say("It is there.")
    status.progress("more")
    status.done()
    status.done()


def test_where_nobody_looks_every_line_stays():
    assert told(io.StringIO(), both) == "loading 1 %\nloading 2 %\nIt is there.\nmore\n"


def test_on_a_terminal_progress_is_one_line_that_is_written_over_and_taken_away():
    text = told(Terminal(), both)
    assert text == "\r\x1b[Kloading 1 %\r\x1b[Kloading 2 %\r\x1b[KIt is there.\n\r\x1b[Kmore\r\x1b[K"


def test_progress_never_wraps(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    text = told(Terminal(), lambda status: status.progress("x" * 100))
    assert text == "\r\x1b[K" + "x" * 19


def test_what_others_wrote_is_one_line_of_text():
    hostile = "\x1b[31mred\x1b[0m\r\n\x9b2Jline"
    assert told(io.StringIO(), lambda status: status.say(hostile, "ours")) == "red  line\nours\n"
    assert told(Terminal(), lambda status: status.progress(hostile)) == "\r\x1b[Kred  line"
    page = told(io.StringIO(), lambda status: status.page({hostile: [hostile, 1, None]}))
    assert json.loads(page) == {"red  line": ["red  line", 1, None]}


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_nothing_told_is_nothing_written(stream):
    assert told(stream, StatusLine.done) == ""
