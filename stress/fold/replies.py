"""Every reply of a run, added up."""

from array import array

from stress.events import ABANDONED, Request
from stress.stats.window import WINDOW_S

SETTLED_S = 2 * WINDOW_S
"""From then on no window holds the workers' first moments, in which they are late with reason."""


class Replies:
    """Every finished reply's times in ms and tokens, for the summary; sixteen bytes a number, not an object each."""

    def __init__(self) -> None:
        self.ttft_ms, self.tpot_ms, self.e2el_ms = array("d"), array("d"), array("d")
        self.started, self.ended = array("d"), array("d")
        self.completed = self.failed = self.abandoned = 0
        self.input_tokens = self.output_tokens = self.counted_prompts = 0
        self.cached_tokens: int | None = None
        """None: no reply's usage told."""
        self.counted = array("q")
        """Output tokens of each reply that the server itself has counted."""
        self.retries = 0
        self.without_usage = 0
        self.only_thoughts = self.empty = 0

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
        times = (
            (self.ttft_ms, request.ttft_ms),
            (self.tpot_ms, request.tpot_ms),
            (self.e2el_ms, request.e2el_ms),
        )
        for series, value in times:
            if value is not None:
                series.append(value)


def without_text(only_thoughts: int, empty: int) -> list[str]:
    """How many replies held no text, in words, and what to do."""
    parts = [f"{only_thoughts:,} only thoughts (raise --max-tokens)"] if only_thoughts else []
    return [*parts, f"{empty:,} empty"] if empty else parts
