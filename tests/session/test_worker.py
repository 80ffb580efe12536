"""A worker process: what it is made of, and how it ends."""

import asyncio
import subprocess
import sys
import time

from short_runs import make_plan

from stress.session.jobs import job_for
from stress.session.protocol import Finish, Goodbye
from stress.session.worker_process import WorkerProcess


def test_a_worker_knows_no_engine():
    loaded = "print(*sorted(name for name in sys.modules if name.startswith('stress.engines')))"
    code = f"import sys, stress.session.worker; {loaded}"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == []


async def test_a_worker_that_has_said_goodbye_keeps_the_line_until_the_session_hangs_up():
    """Else what the session still sends would break it, and what the worker said last would be lost."""
    worker = await WorkerProcess.start(job_for(make_plan("http://127.0.0.1:9/v1"), time.monotonic(), None, 0))
    worker.send(Finish(0.0))
    async with asyncio.timeout(30):
        while not isinstance(await worker.read(), Goodbye):
            pass
    worker.send(Finish(0.0))
    hung_up = asyncio.ensure_future(worker.read())
    await asyncio.wait([hung_up], timeout=0.5)
    assert not hung_up.done()
    assert await worker.end() == ("exit status 0", 0)
    assert await hung_up is None
