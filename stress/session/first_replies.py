"""A run whose first replies all fail alike has a mistake in it that waiting does not mend: it ends, and says which.

Pure but for its own state. Times are seconds of the run.
"""

from stress.client.failures import FailureName
from stress.events import ABANDONED, Event, Pulse, Request
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
        """Nothing has succeeded, and all has failed alike."""
        self._first: Request | None = None
        self._failed = 0
        self._in_flight: dict[int, int] = {}

    def take(self, event: Event) -> None:
        """What a worker reports."""
        if not self._open:
            return
        if isinstance(event, Pulse):
            self._in_flight[event.worker] = event.in_flight
            self._open = event.tokens == 0
        elif isinstance(event, Request) and event.error != ABANDONED:
            self._first = self._first or event
            self._failed += 1
            self._open = event.error in ALIKE and event.error == self._first.error

    def look(self, now: float) -> str | None:
        """The sentence that ends the run, None while it may go on: also while most requests still wait for a reply."""
        if not self._open or self._first is None or now - self._first.t < SURE_S:
            return None
        return self.sentence() if self._failed > sum(self._in_flight.values()) else None

    def sentence(self) -> str | None:
        """What every request failed of, and what to do; None if they did not all fail alike."""
        if not self._open or self._first is None:
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
