"""What a worker process is made of."""

import subprocess
import sys


def test_a_worker_knows_no_engine():
    loaded = "print(*sorted(name for name in sys.modules if name.startswith('stress.engines')))"
    code = f"import sys, stress.session.worker; {loaded}"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == []
