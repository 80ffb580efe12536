"""An event loop whose time the test turns: nothing waits, every sleep and timer comes due at once, in order.

For code that waits on timers only, not on sockets:

    def test_it_backs_off():
        with asyncio.Runner(loop_factory=TurnedLoop) as runner:
            runner.run(main())      # asyncio.sleep(3600) takes no time, and loop.time() says 3600 more
"""

import asyncio
import selectors


class _Selector(selectors.SelectSelector):
    """Where a loop would wait for its next timer, the clock is moved there instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("Nothing is left that could ever happen: the test would hang.")
            self.now += max(0.0, timeout)
        return ready


class TurnedLoop(asyncio.SelectorEventLoop):
    """See the module. `loop.time` is the clock to give to the code under test."""

    def __init__(self) -> None:
        self._turned = _Selector()
        super().__init__(self._turned)

    def time(self) -> float:
        return self._turned.now
