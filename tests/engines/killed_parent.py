"""A program that starts the embedded engine and waits to be killed. Arguments: the cache, and whether to fork.

It prints the engine's process id, and that of a fork of itself (0 without one) that holds all its pipes open.
"""

import os
import sys
import time
from pathlib import Path

import platformdirs
from fixtures_engine import CORPUS

from stress.engines.embedded import EmbeddedOptions, start_embedded

cache, fork = Path(sys.argv[1]), sys.argv[2] == "fork"
platformdirs.user_cache_path = lambda _: cache
engine = start_embedded(EmbeddedOptions(np=2), CORPUS, lambda _: None)
child = os.fork() if fork else 0
if child or not fork:
    print(engine._process._popen.pid, child, flush=True)
time.sleep(60)
