"""The toy model's file: made on first use, then taken from the user's cache."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from stress.errors import NoServerError

MAKERS = ("vocabulary.py", "babble.py", "llama.py")
"""The modules whose text decides what the model is: a changed one makes a new model."""

DIGEST = hashlib.sha256().digest_size


def toy_model(corpus: str, say: Callable[[str], None]) -> Path:
    """The toy model of a corpus as a GGUF file, made now if the cache has no whole one.

    Several processes may ask at once: each makes its own, and the last one's stays. After the GGUF's own content
    the file ends with a SHA-256 of it, which llama.cpp does not read; a damaged file is made again.

    Args:
        corpus: the text whose words it speaks, a paragraph a line.
        say: called with a sentence when the model has to be made.

    Raises:
        NoServerError: it cannot be made or stored.
    """
    path = platformdirs.user_cache_path("agent-stress") / "models" / f"toy-{_key(corpus)}.gguf"
    if not _is_whole(path):
        say("Making the toy model from the scenarios' words. This takes a few seconds, the first time only.")
        try:
            _make(corpus, path)
        except OSError as wrong:
            raise NoServerError(
                f"The toy model can't be stored in {path.parent} ({wrong.strerror}); "
                "set XDG_CACHE_HOME to a writable directory, or use a server with --url."
            ) from wrong
    return path


def _key(corpus: str) -> str:
    digest = hashlib.sha256(corpus.encode())
    for name in MAKERS:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:16]


def _is_whole(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return len(data) > DIGEST and hashlib.sha256(data[:-DIGEST]).digest() == data[-DIGEST:]


def _make(corpus: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        _run_maker(corpus, part)
        with part.open("r+b") as file:
            file.write(hashlib.sha256(file.read()).digest())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _run_maker(corpus: str, path: Path) -> None:
    # In a process of its own, numpy stays out of the measuring program, and can be limited to one thread before it
    # loads: more gain nothing on matrices this small, and spin when the machine is busy.
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "stress.models.llama", str(path)],
        input=corpus.encode(),
        capture_output=True,
        env=os.environ | one_thread,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or f"exit status {done.returncode}"
        raise NoServerError(f"The toy model can't be made ({last.strip()}); use a server with --url.")
