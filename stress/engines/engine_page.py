"""The engine's own view, read from its Prometheus page."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from stress.client.ask import ProbeRequest, ask_one
from stress.engines.adapter import Adapter
from stress.engines.metrics import Counters, read_metrics
from stress.events import Engine, Event


class MetricsReader:
    """Asks for the page once in a while; rates are over the time between two pages."""

    def __init__(
        self, base_url: str, adapter: Adapter | None, now: Callable[[], float], api_key: str | None = None
    ) -> None:
        """`base_url` is that of the API; the page lies beside its `/v1`. `adapter` is null for an unknown engine."""
        self._root = base_url.removesuffix("/v1")
        self._question = ProbeRequest(adapter.metrics_path if adapter else "/metrics")
        self._api_key = api_key
        self._names = adapter.metrics if adapter else None
        self._has_page = adapter is None or adapter.metrics is not None
        self._now = now
        self._counters: Counters | None = None

    def read(self) -> list[Event]:
        """A reading, or nothing where the engine has no such page or does not answer in time."""
        if not self._has_page:
            return []
        page = ask_one(self._root, self._api_key, None, self._question)
        if page.status != HTTPStatus.OK:
            return []
        now = self._now()
        with suppress(ValueError):
            reading, self._counters = read_metrics(page.text, self._counters, now, self._names)
            return [Engine(t=now, reading=reading)]
        return []

    def read_last(self) -> list[Event]:
        """The reading at the run's end, so that the record has the engine's own count of all tokens.

        It comes too soon after the one before to have rates.
        """
        if self._counters is None:
            return []
        self._counters = None
        return self.read()
