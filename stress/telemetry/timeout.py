"""Asking a driver that may never answer."""

import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def call_with_timeout(seconds: float, call: Callable[[], _T]) -> _T:
    """What the call gives, if it does so in time; else its thread is left behind.

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
