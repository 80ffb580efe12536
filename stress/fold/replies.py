"""Every reply of a run, added up."""

from array import array

from stress.events import ABANDONED, Request


class Replies:
    """Every finished reply's times in ms and tokens, for the summary; sixteen bytes a number, not an object each."""

    def __init__(self) -> None:
        self.ttft_ms, self.tpot_ms, self.e2el_ms = array("d"), array("d"), array("d")
        self.started, self.ended = array("d"), array("d")
        self.completed = self.failed = self.abandoned = 0
        self.input_tokens = self.output_tokens = self.counted_prompts = 0
        self.cached_tokens: int | None = None
        """None: no reply's `usage` said."""
        self.counted = array("q")
        """Output tokens of each reply that the server itself has counted."""
        self.retries = self.without_usage = self.only_thoughts = self.empty = 0

    def add(self, request: Request) -> None:
        """Count this request in; the times and tokens of failed ones are left out, as `vllm bench serve` does."""
        self.retries += request.retries
        self.started.append(request.start)
        self.ended.append(request.t)
        if request.error == ABANDONED:
            self.abandoned += 1
        elif request.error is not None:
            self.failed += 1
        else:
            self._add_reply(request)

    def _add_reply(self, request: Request) -> None:
        self.completed += 1
        self.input_tokens += request.prompt_tokens or 0
        self.output_tokens += request.output_tokens
        self.counted_prompts += request.prompt_tokens is not None
        if request.cached_tokens is not None:
            self.cached_tokens = (self.cached_tokens or 0) + request.cached_tokens
        if request.usage:
            self.counted.append(request.output_tokens)
        self.without_usage += not request.usage
        self.only_thoughts += request.instead == "thoughts"
        self.empty += request.instead == "nothing"
        for series in ("ttft_ms", "tpot_ms", "e2el_ms"):
            if (value := getattr(request, series)) is not None:
                getattr(self, series).append(value)


def without_text(only_thoughts: int, empty: int) -> list[str]:
    """How many replies held no text, in words, and what to do."""
    parts = [f"{only_thoughts:,} only thoughts (raise --max-tokens)"] if only_thoughts else []
    return [*parts, f"{empty:,} empty"] if empty else parts
