from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.client.sse import MAX_EVENT, EventStream, EventTooLargeError


def events_of(*reads: bytes) -> list[bytes]:
    stream = EventStream()
    return [event for read in reads for event in stream.feed(read)]


def events_by_lines(data: bytes) -> list[bytes]:
    """The standard's algorithm on the whole stream at once, written for reading only."""
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    *blocks, _unfinished = (data + b"\x00").split(b"\n")
    events, event = [], []
    for line in blocks:
        if not line:
            if event:
                events.append(b"\n".join(event))
            event = []
        elif line == b"data":
            event.append(b"")
        elif line.startswith(b"data:"):
            value = line[5:]
            event.append(value[1:] if value.startswith(b" ") else value)
    return events


@pytest.mark.parametrize(
    ("reads", "events"),
    [
        ([b'data: {"a":1}\n\n'], [b'{"a":1}']),
        ([b"data: a\n\ndata: b\n\ndata: c\n\n"], [b"a", b"b", b"c"]),
        ([b"data: a\r\n\r\ndata: b\r\n\r\n"], [b"a", b"b"]),
        ([b"data: a\r\rdata: b\r\r"], [b"a", b"b"]),
        ([b": ping\n\ndata: a\n\n: ping\n\n"], [b"a"]),
        ([b":\n\n"], []),
        ([b"data: a\ndata: b\n\n"], [b"a\nb"]),
        ([b"data:a\n\n"], [b"a"]),
        ([b"data:  a\n\n"], [b" a"]),
        ([b"data\n\n"], [b""]),
        ([b"data: \n\n"], [b""]),
        ([b"event: x\nid: 7\nretry: 5\ndata: a\n\n"], [b"a"]),
        ([b"event: x\n\n"], []),
        ([b"database: a\n\n"], []),
        ([b"\xef\xbb\xbfdata: a\n\n"], [b"a"]),
        ([b"\xef", b"\xbb", b"\xbfdata: a\n\n"], [b"a"]),
        ([b"data: a\n\n\xef\xbb\xbfdata: b\n\n"], [b"a"]),
        ([b"\n\n\ndata: a\n\n\n\n"], [b"a"]),
        ([b"data: \xf0\x9f", b"\x98\x80\n\n"], ["😀".encode()]),
        ([b"data: a\r", b"\n\r", b"\n"], [b"a"]),
        ([b"data: a\n", b"data: b\n\n"], [b"a\nb"]),
        ([b"data: a", b"data: b\n\n"], [b"adata: b"]),
        ([b"", b"data: a\n\n", b""], [b"a"]),
        ([b"data: a\x0bb\x0cc\x1cd\n\n"], [b"a\x0bb\x0cc\x1cd"]),
        ([b"data: a\n\ndata: b\nid: 3\n\n"], [b"a", b"b"]),
    ],
)
def test_events_of_a_stream(reads: list[bytes], events: list[bytes]) -> None:
    assert events_of(*reads) == events
    assert events_by_lines(b"".join(reads)) == events


def test_an_event_is_given_at_the_cr_that_ends_it_without_waiting_for_the_lf() -> None:
    stream = EventStream()
    assert stream.feed(b"data: a\r\n\r") == [b"a"]
    assert stream.feed(b"\ndata: b\r\n\r\n") == [b"b"]


def test_an_event_is_given_by_the_read_that_completes_it() -> None:
    stream = EventStream()
    assert [stream.feed(bytes([byte])) for byte in b"data: a\n\n"] == [[]] * 8 + [[b"a"]]


def test_close_gives_what_an_unterminated_last_event_held() -> None:
    stream = EventStream()
    assert stream.feed(b"data: a\n\ndata: b\ndata: c") == [b"a"]
    assert stream.close() == [b"b\nc"]
    assert stream.close() == []


def test_close_of_a_terminated_stream_gives_nothing() -> None:
    stream = EventStream()
    stream.feed(b"data: a\n\n: ping")
    assert stream.close() == []


# Pieces that streams are made of, in any order: most of them whole events, some of them traps.
pieces = st.sampled_from(
    [
        b"data: a\n\n",
        b'data: {"x":"\xc3\xa9\xf0\x9f\x98\x80"}\n\n',
        b"data: crlf\r\n\r\n",
        b"data: cr\r\r",
        b"data: ",
        b"data:",
        b"data",
        b": ping\n\n",
        b"event: e\n",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"x",
        b" ",
        b"\xef\xbb\xbf",
        b"data: [DONE]\n\n",
    ]
)
streams = st.lists(pieces, max_size=12).map(b"".join)


@given(data=streams, cuts=st.lists(st.integers(0, 200), max_size=10))
def test_any_split_of_any_stream_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    reads = [data[start:end] for start, end in pairwise(places)]
    assert events_of(*reads) == events_by_lines(data)


@given(reads=st.lists(streams, max_size=6))
def test_the_fast_path_gives_what_the_slow_one_gives_read_by_read(reads: list[bytes]) -> None:
    fast, slow = EventStream(), EventStream()
    for read in reads:
        assert fast.feed(read) == slow._feed_lines(read)
    assert fast.close() == slow.close()


@given(data=st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    stream = EventStream()
    stream.feed(data)
    stream.close()


MEBIBYTE = b"x" * 2**20


def feed_many(stream: EventStream, read: bytes, times: int) -> None:
    for _ in range(times):
        stream.feed(read)


@pytest.mark.parametrize("read", [MEBIBYTE, b"data: " + MEBIBYTE + b"\n"])
def test_an_event_without_end_is_given_up_at_the_limit_and_not_kept(read: bytes) -> None:
    stream = EventStream()
    with pytest.raises(EventTooLargeError):
        feed_many(stream, read, MAX_EVENT // len(read) + 2)
    assert stream.close() == []


def test_an_event_just_below_the_limit_is_read() -> None:
    stream = EventStream()
    stream.feed(b"data: ")
    feed_many(stream, MEBIBYTE, 31)
    assert len(stream.feed(b"\n\n")[0]) == 31 * 2**20


def test_a_long_stream_of_events_that_end_in_the_middle_of_reads_has_no_limit() -> None:
    stream = EventStream()
    stream.feed(b"data: ")
    feed_many(stream, MEBIBYTE + b"\n\ndata: ", 40)
