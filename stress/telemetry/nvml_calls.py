"""Asking NVML: any call may fail on its own, for good or for a moment, and a GPU may fall off the bus meanwhile."""

from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")

VALUE_FIELDS = {0: "dVal", 1: "uiVal", 2: "ulVal", 3: "ullVal", 4: "sllVal", 5: "siVal", 6: "usVal"}
"""By nvml.h's nvmlValueType_t: where in its union a value stands."""


class LostError(Exception):
    """The GPU does not answer any more; the text is NVML's."""


class Calls:
    """What one GPU is asked. A call that it does not support is not made again: with 14 GPUs that adds up."""

    def __init__(self, library: Any) -> None:
        """`library` is the module `pynvml`."""
        self._error = library.NVMLError
        self._for_good = {
            getattr(library, name, None)
            for name in ("NVML_ERROR_NOT_SUPPORTED", "NVML_ERROR_FUNCTION_NOT_FOUND", "NVML_ERROR_NO_PERMISSION")
        }
        self._gone = {library.NVML_ERROR_GPU_IS_LOST, library.NVML_ERROR_RESET_REQUIRED}
        self._refused: set[str] = set()

    def is_for_good(self, code: int) -> bool:
        """NVML's answer says that this GPU, library or user will never get it."""
        return code in self._for_good

    def ask(self, name: str, call: Callable[[], _T]) -> _T | None:
        """What the call returns; None where NVML refuses it. A refusal for good is remembered under `name`.

        Raises:
            LostError: the GPU is gone.
        """
        if name in self._refused:
            return None
        try:
            return call()
        except self._error as error:
            code = getattr(error, "value", None)
            if code in self._gone:
                raise LostError(str(error)) from None
            if code is not None and self.is_for_good(code):
                self._refused.add(name)
        except AttributeError:  # an older library than the one that has this call
            self._refused.add(name)
        return None
