"""The benchmarks are scripts; their pure parts are imported as their own neighbours import them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
