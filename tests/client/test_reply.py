import json
from typing import Any

from fakes.chat_server import Reply, chunk, sse, stream
from hypothesis import given
from hypothesis import strategies as st

from stress.client.meter import Meter
from stress.client.reply import ReplyReader
from stress.engines.registry import FAILURES


def whole(reply: Reply) -> bytes:
    return b"".join(part for part in reply.parts if isinstance(part, bytes))


class Read:
    """A reader with its meter, fed one read a second from second 10 on; the request was sent at second 8."""

    def __init__(self, *reads: bytes) -> None:
        self.meter = Meter()
        self.generating: list[int] = []
        self.reader = ReplyReader(self.meter, 8.0, lambda: self.generating.append(self.reader.chunks), FAILURES)
        self.done = [self.reader.feed(read, 10.0 + second) for second, read in enumerate(reads)]

    def end(self) -> "Read":
        self.reader.end()
        return self


def test_text_tokens_times_and_usage_of_a_plain_reply() -> None:
    parts = stream(["a", "b", "c"], usage={"prompt_tokens": 5, "completion_tokens": 3}).parts
    read = Read(*parts).end()  # type: ignore[arg-type]
    reader = read.reader
    assert reader.text == "abc"
    assert (reader.chunks, reader.finish_reason, reader.complete) == (3, "stop", True)
    # The role's chunk came at 10 and is no output.
    assert (reader.first_at, reader.last_at) == (11.0, 13.0)
    assert read.meter.take() == (3, [1.0, 1.0], [3.0])
    assert read.generating == [0]
    assert read.done == [False] * (len(parts) - 1) + [True]
    assert reader.usage is not None
    assert reader.usage.prompt_tokens == 5


def test_chunks_of_one_read_share_its_timestamp() -> None:
    read = Read(sse(chunk({"content": "a"})), sse(chunk({"content": "b"})) + sse(chunk({"content": "c"})))
    assert read.meter.gaps == [1.0, 0.0]
    assert read.meter.ttfts == [2.0]


def test_tokens_are_counted_one_a_chunk_and_corrected_by_usage_at_the_end() -> None:
    read = Read(whole(stream(["ab", "cd"], usage=7)))
    assert read.meter.take().tokens == 2
    read.end()
    assert read.meter.take().tokens == 5
    read.end()
    assert read.meter.take().tokens == 0


def test_fewer_tokens_than_chunks_are_corrected_downwards() -> None:
    read = Read(whole(stream(["a", "b"], usage=1))).end()
    assert read.meter.tokens == 1


def test_with_continuous_usage_the_last_one_counts() -> None:
    first = {**chunk({"content": "a"}), "usage": {"prompt_tokens": 5, "completion_tokens": 1}}
    last = {**chunk({"content": "b"}), "usage": {"prompt_tokens": 5, "completion_tokens": 4}}
    assert Read(sse(first), sse(last)).end().meter.tokens == 4


def test_without_usage_chunks_are_tokens() -> None:
    read = Read(whole(stream(["a", "b"], usage=None))).end()
    assert read.meter.tokens == 2
    assert read.reader.usage is None
    assert read.reader.complete


def test_reasoning_is_output_by_either_name_and_kept_apart() -> None:
    for field in ("reasoning", "reasoning_content"):
        thought = stream(["hm", "!"], field=field, usage=None, finish=None, done=False)
        read = Read(whole(thought), whole(stream(["yes"]))).end()
        assert (read.reader.reasoning, read.reader.text) == ("hm!", "yes")
        assert read.reader.chunks == 3
        assert read.meter.ttfts == [2.0]


def test_a_chunk_with_reasoning_and_content_counts_once_and_keeps_both() -> None:
    read = Read(sse(chunk({"reasoning": "hm", "content": "yes"})))
    assert (read.reader.reasoning, read.reader.text, read.meter.tokens) == ("hm", "yes", 1)


def test_empty_content_is_no_output() -> None:
    read = Read(sse(chunk({"content": ""})), sse(chunk({}, "stop")))
    assert (read.reader.chunks, read.meter.ttfts, read.generating) == (0, [], [])
    assert read.reader.complete


def test_a_finish_reason_and_then_the_close_is_a_complete_reply() -> None:
    assert Read(whole(stream(["a"], done=False))).end().reader.complete


def test_a_close_without_finish_reason_and_done_is_incomplete() -> None:
    read = Read(whole(stream(["a"], done=False, finish=None, usage=None))).end()
    assert not read.reader.complete
    assert read.reader.text == "a"


def test_done_without_finish_reason_is_complete() -> None:
    assert Read(whole(stream(["a"], finish=None))).end().reader.complete


def test_a_whole_last_event_counts_without_its_empty_line() -> None:
    data = whole(stream(["a"], done=False, usage=None)).rstrip(b"\n")
    read = Read(data)
    assert not read.reader.complete
    assert read.end().reader.complete
    assert Read(b"data: [DONE]").end().reader.done


def test_half_a_last_event_is_dropped_and_no_error() -> None:
    read = Read(sse(chunk({"content": "a"})) + b'data: {"choices":[{"delta":{"content":"b').end()
    assert read.reader.text == "a"
    assert read.reader.error is None
    assert not read.reader.complete


def test_an_error_in_the_stream_is_named_also_when_done_follows() -> None:
    said = {"error": {"message": "EngineCore encountered an issue.", "type": "InternalServerError", "code": 500}}
    read = Read(sse(chunk({"content": "a"})) + sse(said) + sse("[DONE]")).end()
    assert read.reader.error is not None
    assert (read.reader.error.name, read.reader.error.detail) == ("engine_dead", "EngineCore encountered an issue.")
    assert read.reader.done
    assert not read.reader.complete


def test_an_error_in_the_stream_is_named_by_its_words() -> None:
    for error in (
        {"error": {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}},
        {"object": "error", "message": "Context size has been exceeded.", "code": 500},
        {"error": "Context size has been exceeded."},
    ):
        read = Read(sse(error))
        assert read.reader.error is not None
        assert read.reader.error.name == "kv_pool_full"
        assert not read.reader.error.retryable


def test_the_first_error_is_kept() -> None:
    read = Read(sse({"error": {"message": "one"}}) + sse({"error": {"message": "two"}}))
    assert read.reader.error is not None
    assert read.reader.error.detail == "one"


def test_an_event_that_is_no_chunk_is_a_stream_error() -> None:
    for data in ("hello \x1b[31m", '{"choices":7}', "[" * 100_000):
        read = Read(sse(data))
        assert read.reader.error is not None
        assert read.reader.error.name == "stream_error"
        assert "\x1b" not in read.reader.error.detail
        assert len(read.reader.error.detail) <= 300


def test_an_empty_event_and_chunks_without_choices_are_passed_over() -> None:
    read = Read(b"data: \n\n" + sse({"choices": []}) + sse({"choices": None}) + sse({}) + whole(stream(["a"]))).end()
    assert read.reader.complete
    assert read.reader.text == "a"


def test_text_with_a_broken_character_is_kept() -> None:
    read = Read(b'data: {"choices":[{"delta":{"content":"a\xf0\x9f"}}]}\n\n')
    assert read.reader.text == "a\ufffd"
    assert read.reader.error is None


words = st.lists(st.text(min_size=1, max_size=5), max_size=5)


@given(words=words, crlf=st.booleans(), ping=st.booleans(), size=st.integers(1, 40))
def test_any_split_gives_the_same_reply(words: list[str], crlf: bool, ping: bool, size: int) -> None:
    reply = stream(words, newline="\r\n" if crlf else "\n", ping=ping)
    read = Read(*reply.split(size).parts).end()  # type: ignore[arg-type]
    assert read.reader.text == "".join(words)
    assert read.reader.chunks == read.meter.tokens == len(words)
    assert read.reader.complete


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["choices", "delta", "content", "usage", "error", "message"]), inner)
        ),
    )
)
def test_no_json_breaks_it(value: Any) -> None:
    Read(b"data: " + json.dumps(value).encode() + b"\n\n").end()
