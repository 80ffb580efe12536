"""What all tests share."""

import sys
from pathlib import Path

from hypothesis import settings

# Helpers of the tests (fakes, towns, pictures) and the scripts of docs/ are plain modules beside each other.
for folder in ("", "fakes", "swarm", "session", "cli", "../docs"):
    sys.path.insert(0, str(Path(__file__).parent / folder))

# A deadline asserts speed: a busy machine would fail it.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
