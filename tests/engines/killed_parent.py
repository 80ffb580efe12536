"""A program that starts an engine and waits to be killed. Arguments: the cache, the engine, and whether to fork.

It prints the process id of a fork of itself (0 without one), which holds all its pipes open, then those of the reaper
and of everything below it. The engine is `embedded` or `fake`; a fake one leaves a process in another session.
"""

import os
import sys
import time
from pathlib import Path

import platformdirs
import psutil
from fake_adapter import fake_process
from fixtures_engine import silent, start_embedded

cache, kind, fork = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "fork"
platformdirs.user_cache_path = lambda _: cache
if kind == "embedded":
    engine = start_embedded()
else:
    engine = fake_process("--stray", "--child")
    engine.wait_until_ready(silent)
below = [process.pid for process in psutil.Process().children(recursive=True)]
child = os.fork() if fork else 0
if child or not fork:
    print(child, *below, flush=True)
time.sleep(60)
