"""Random weights in the formats of files, a few megabytes at a time: normal in the floats, uniform in the blocks."""

from collections.abc import Iterator
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Format = Literal["f16", "bf16", "f32", "q8_0", "q4_0"]

PIECE = 4 << 20
"""Values that are made at a time."""
SPREAD = 0.02
"""Standard deviation of the weights: what these families are initialised with (`initializer_range`). Activations stay
finite through any number of layers, each of which begins with a norm, and no token is much likelier than others."""


PACKING: dict[Format, tuple[int, int]] = {
    "f16": (2, 1),
    "bf16": (2, 1),
    "f32": (4, 1),
    "q8_0": (34, 32),
    "q4_0": (18, 32),
}
"""How a format lays values out: bytes of a block, and values in it. These are ggml's blocks: q8_0 has a half-precision
scale and 32 signed bytes, q4_0 a scale and 32 halves of a byte less 8."""


def size_in_bytes(values: int, form: Format) -> int:
    """How many bytes so many values take.

    Raises:
        ValueError: they do not fill whole blocks.
    """
    size, held = PACKING[form]
    if values % held:
        raise ValueError(f"{values} values do not fill {form}'s blocks of {held}")
    return values // held * size


def random_pieces(values: int, form: Format, rng: np.random.Generator) -> Iterator[bytes]:
    """So many random weights in a format, in pieces of bounded size."""
    table = _table(form)
    while values:
        count = min(values, PIECE)
        values -= count
        if table is not None:
            yield table[np.frombuffer(rng.bytes(count), np.uint8)].tobytes()
        else:
            yield _blocks(count, form, rng).tobytes()


def _table(form: Format) -> NDArray[np.generic] | None:
    """256 values that stand for the normal distribution, all equally likely; None for a format of blocks."""
    normal = NormalDist(0, SPREAD)
    values = np.array([normal.inv_cdf((at + 0.5) / 256) for at in range(256)], np.float32)
    if form == "f16":
        return values.astype(np.float16)
    if form == "bf16":
        return (values.view(np.uint32) >> 16).astype(np.uint16)
    return values if form == "f32" else None


def _blocks(count: int, form: Format, rng: np.random.Generator) -> NDArray[np.uint8]:
    levels = 256 if form == "q8_0" else 16
    deviation = ((levels**2 - 1) / 12) ** 0.5  # of whole numbers drawn evenly from so many
    scale = np.array([SPREAD / deviation], np.float16).view(np.uint8)
    blocks = np.frombuffer(rng.bytes(size_in_bytes(count, form)), np.uint8).reshape(-1, PACKING[form][0]).copy()
    blocks[:, 0] = scale[0]
    # Whole numbers from -8 to 7 average -0.5. One sign for all scales would make that a direction which every matrix
    # amplifies, until each context has the same next token; the random bit that lies there makes the mean zero.
    blocks[:, 1] = blocks[:, 1] & 0x80 | scale[1]
    return blocks
