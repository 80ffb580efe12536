"""What all tests share."""

import sys
from pathlib import Path

from hypothesis import settings

# Helpers of the tests (fakes, towns, pictures) are plain modules beside them.
for folder in ("", "fakes", "swarm", "session", "cli"):
    sys.path.insert(0, str(Path(__file__).parent / folder))

# A deadline asserts speed: a busy machine would fail it.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
