"""A GPU's utilisation at the finest resolution that its driver keeps: a ring of samples, many a second on some chips.

NVML's `nvmlDeviceGetSamples` returns those since a given moment; how often it samples depends on the chip (6 to 60 a
second). An idle chip takes none.
"""

from typing import Any

from stress.telemetry.nvml_calls import VALUE_FIELDS, Calls

UTILISATION = 1
"""nvml.h's NVML_GPU_UTILIZATION_SAMPLES."""
MOST = 60
"""Of one reading, the newest so many are kept."""


class UtilisationSamples:
    """One GPU's samples, each once."""

    def __init__(self, library: Any, calls: Calls) -> None:
        """`library` is the module `pynvml`, `calls` how this GPU is asked."""
        self._nvml = library
        self._calls = calls
        self._seen: int | None = None
        """The newest sample's time, in microseconds on the driver's clock; None: nothing has been asked for yet."""

    def read(self, handle: Any) -> tuple[int, ...] | None:
        """Percent, oldest first, since the reading before; None: there are none, or the chip has no such ring.

        Raises:
            LostError: the GPU is gone.
        """
        since, first = self._seen or 0, self._seen is None
        found = self._calls.ask("samples", lambda: self._nvml.nvmlDeviceGetSamples(handle, UTILISATION, since))
        if found is None:
            return None
        field = VALUE_FIELDS.get(found[0])
        if field is None:
            return None
        # Some drivers return older ones again, or places of the ring that hold nothing yet.
        fresh = sorted(
            (int(sample.timeStamp), int(getattr(sample.sampleValue, field)))
            for sample in found[1]
            if int(sample.timeStamp) > since
        )
        self._seen = fresh[-1][0] if fresh else since
        # The first answer is the whole ring: what was before this run.
        percents = () if first else tuple(percent for _, percent in fresh[-MOST:] if 0 <= percent <= 100)
        return percents or None
