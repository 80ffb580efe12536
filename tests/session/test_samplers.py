import asyncio
import threading

import pytest
from chat_server import FakeChatServer, stream
from nvml_double import NvmlDouble
from recorded import read_events
from short_runs import finish, make_plan, start

from stress.events import Gpu, Source, Trouble
from stress.fold import hardware
from stress.readings import GpuReading
from stress.session import samplers
from stress.telemetry.nvml import Nvml


@pytest.fixture
def hung(monkeypatch):
    """A driver that never answers, and readings that count as out of date sooner."""
    answer = threading.Event()
    monkeypatch.setattr(samplers, "local_gpus", answer.wait)
    monkeypatch.setattr(hardware, "STALE_S", 0.3)
    yield
    answer.set()


async def test_a_driver_that_hangs_is_shown_as_stale_and_the_run_goes_on(hung, tmp_path):
    async with FakeChatServer(stream(["a"] * 20)) as server:
        session = start(make_plan(server.url), tmp_path)
        async with asyncio.timeout(30):
            while "gpus" not in session.snapshot().sample.stale:  # noqa: ASYNC110 (another thread's state)
                await asyncio.sleep(0.01)
        assert not session.finished
        result = await finish(session)
    assert result.state == "done"
    assert result.summary.completed > 0


async def test_gpus_are_in_the_record_and_one_that_is_lost_is_told(monkeypatch, tmp_path):
    library = NvmlDouble(gpm=False)
    monkeypatch.setattr(samplers, "local_gpus", lambda: Nvml(library))
    async with FakeChatServer(stream(["a"] * 20)) as server:
        session = start(make_plan(server.url), tmp_path)
        async with asyncio.timeout(30):
            while not session.snapshot().sample.gpus:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        library.lost = {1}
        result = await finish(session)
    events = list(read_events(tmp_path))
    assert [event.origin for event in events if isinstance(event, Source)] == ["this machine's driver", "NVML"]
    readings = [event.gpus for event in events if isinstance(event, Gpu)]
    assert readings[0][1].util == 91
    assert readings[-1][1] == GpuReading(
        index=1, name="NVIDIA H200", mem_total=141 << 30, engine=False, lost="GPU is lost"
    )
    assert [event.name for event in events if isinstance(event, Trouble)] == ["gpu_lost"]
    assert result.summary.gpus[0].mean_util == 90
    assert result.state == "done"
