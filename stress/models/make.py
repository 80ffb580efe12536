"""`python -m stress.models.make FILE < corpus`: build the toy model and write it. `stress.models.toy` runs this.

It is a process of its own so that numpy stays out of the measuring program, and may be told before it loads
to use one thread: more gain nothing on matrices this small, and spin when the machine is busy.
"""

import sys
from pathlib import Path

from stress.models import babble, llama
from stress.models.vocabulary import build_vocabulary


def make(corpus: str, path: Path) -> None:
    """Write the toy model of a corpus to a GGUF file.

    Raises:
        ValueError: the corpus has no sentence to learn from.
    """
    vocabulary = build_vocabulary(corpus)
    llama.write(path, vocabulary, babble.fit(vocabulary, corpus))


if __name__ == "__main__":
    make(sys.stdin.buffer.read().decode(), Path(sys.argv[1]))
