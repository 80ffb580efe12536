"""A run that gets nothing but failures from its start on ends, and says why.

Where all fail alike, of a mistake that waiting does not mend, it ends within seconds. Any other server may still be
loading its model: it has the time of `--give-up`. Pure but for its own state. Times are seconds of the run.
"""

from collections import Counter

from stress.client.failures import FailureName
from stress.events import ABANDONED, Event, Pulse, Request
from stress.limits.outage import REFUSED
from stress.privacy.private_text import without_secrets
from stress.session.plan import RunPlan

SURE_S = 1.0
"""What has failed alike for so long, with no reply in between, will not succeed."""
SHOWN_MODELS = 5
ALIKE: frozenset[FailureName] = frozenset(
    ("unauthorized", "not_a_chat_server", "model_not_found", "bad_request", "context_exceeded")
)
"""Failures that every request of a run has in common, since all are made alike."""


class FirstReplies:
    """Hears of every request until one succeeds."""

    def __init__(self, plan: RunPlan) -> None:
        self._plan = plan
        self._open = True
        """Nothing has succeeded."""
        self._alike = True
        """All has failed alike, of what every request has in common."""
        self._first: Request | None = None
        self._last: Request | None = None
        self._failed: Counter[str] = Counter()
        self._failing_since: float | None = None
        """When a server that is there first failed; one that refuses connections is the `ServerWatch`'s."""
        self._in_flight: dict[int, int] = {}

    def take(self, event: Event) -> None:
        """What a worker reports."""
        if not self._open:
            return
        if isinstance(event, Pulse):
            self._in_flight[event.worker] = event.in_flight
            self._open = event.tokens == 0
        elif isinstance(event, Request) and event.error != ABANDONED:
            self._open = event.error is not None
            self._first, self._last = self._first or event, event
            self._failed[str(event.error)] += 1
            self._alike = self._alike and event.error in ALIKE and event.error == self._first.error
            if event.error == REFUSED:
                self._failing_since = None
            elif self._failing_since is None:
                self._failing_since = event.t

    def look(self, now: float, waits: float | None = None) -> str | None:
        """The sentence that ends the run, None while it may go on.

        Args:
            now: seconds of the run.
            waits: seconds that the oldest request without a token has waited; None: there is none. A server that
                refuses what is too much for it may still work on those that it took before.
        """
        if not self._open or self._first is None:
            return None
        if self._alike and now - self._first.t >= SURE_S and self._failed.total() > sum(self._in_flight.values()):
            return self.sentence()
        failing = 0.0 if self._failing_since is None else now - self._failing_since
        return self._hopeless(failing) if failing >= self._plan.options.give_up and (waits or 0.0) < failing else None

    def _hopeless(self, seconds: float) -> str:
        assert self._last is not None
        counts = ", ".join(f"{count} × {name.replace('_', ' ')}" for name, count in self._failed.most_common(2))
        said = f"; the last: {self._last.detail}" if self._last.detail else ""
        return (
            f"Every request to {without_secrets(self._plan.endpoint.base_url)} has failed for {seconds:.0f} s "
            f"({counts}{said}); look at the server's log, or wait longer with --give-up."
        )

    def sentence(self) -> str | None:
        """What every request failed of, and what to do; None if they did not all fail alike."""
        if not self._open or not self._alike or self._first is None:
            return None
        server, said = without_secrets(self._plan.endpoint.base_url), self._first.detail or self._first.error
        match self._first.error:
            case "unauthorized":
                return f"{server} {self._key()} ({said})."
            case "context_exceeded":
                return f"{server} has too small a context for these requests ({said}); {self._shorter()}."
            case "bad_request":
                return f"{server} refuses every request ({said}); {self._fields()}."
            case _:
                return f"{server} {self._missing()} ({said})."

    def _key(self) -> str:
        options, has_key = self._plan.options, self._plan.endpoint.api_key
        variable = options.api_key_env or "OPENAI_API_KEY"
        if has_key:
            return f"refuses the key in {variable}: set {variable} to a key that this server accepts"
        return "wants a key: set OPENAI_API_KEY, or name another variable with --api-key-env"

    def _missing(self) -> str:
        model, listed = self._plan.endpoint.model, self._plan.target.served.models
        if model in listed and self._first is not None and self._first.error != "model_not_found":
            return f"lists the model {model} but does not chat at {self._plan.endpoint.chat_url}: check the URL"
        if listed == (model,):
            return f"lists the model {model} but says that there is none of this name: name another with --model"
        more = f", and {len(listed) - SHOWN_MODELS} more" if len(listed) > SHOWN_MODELS else ""
        known = f"it lists {', '.join(listed[:SHOWN_MODELS])}{more}; name one of them" if listed else "name another"
        return f"has no model {model}: {known} with --model"

    def _fields(self) -> str:
        asked = self._plan.endpoint
        named = ["--extra-body"] * bool(asked.extra_body) + ["--ignore-eos"] * asked.ignore_eos
        return f"change what it names; it may come from {', '.join([*named, '--max-tokens or --temperature'])}"

    def _shorter(self) -> str:
        if self._plan.burst is not None:
            return "ask for fewer --tokens or --prompt-tokens, or start the server with a larger context"
        return "lower --max-tokens, or start the server with a larger context"
