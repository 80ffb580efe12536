"""What all tests share."""

import sys
from pathlib import Path

# Helpers of the tests (fakes, towns, pictures) are plain modules beside them.
for folder in ("", "fakes", "swarm", "session", "cli"):
    sys.path.insert(0, str(Path(__file__).parent / folder))
