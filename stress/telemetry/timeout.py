"""Asking what may never answer: a driver, or a server that sends its page a byte at a time. No thread is waited for."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from stress.client.ask import NO_RESPONSE, TIMEOUT_S, ProbeResponse

_T = TypeVar("_T")


def call_with_timeout(seconds: float, call: Callable[[], _T]) -> _T:
    """What the call returns, if it does so in time; else its thread is left behind.

    Raises:
        TimeoutError: it did not.
        Exception: what the call itself raised.
    """
    answers: list[_T] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # raised again below
            errors.append(error)

    thread = threading.Thread(target=ask, name="driver", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError
    return answers[0]


class Pages:
    """Asks for several pages at once, and for none that is still on its way."""

    def __init__(self, fetch: Callable[[str], ProbeResponse]) -> None:
        """`fetch` returns the page of a name: its URL, or its path."""
        self._fetch = fetch
        self._asking: dict[str, threading.Thread] = {}
        self._answers: dict[str, ProbeResponse] = {}

    def get(self, names: Iterable[str]) -> dict[str, ProbeResponse]:
        """The pages; `NO_RESPONSE` for one that does not come within 2 s."""
        names = list(names)
        for name in names:
            if name not in self._asking:
                self._asking[name] = threading.Thread(target=self._ask, args=(name,), name=f"page {name}", daemon=True)
                self._asking[name].start()
        deadline = time.monotonic() + TIMEOUT_S
        for thread in list(self._asking.values()):
            thread.join(max(0.0, deadline - time.monotonic()))
        self._asking = {name: thread for name, thread in self._asking.items() if thread.is_alive()}
        return {name: NO_RESPONSE if name in self._asking else self._answers.pop(name, NO_RESPONSE) for name in names}

    def _ask(self, name: str) -> None:
        self._answers[name] = self._fetch(name)
