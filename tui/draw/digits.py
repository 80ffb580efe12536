"""Numbers in large seven-segment digits, at any size, out of half-block characters."""

from functools import lru_cache
from typing import NamedTuple

_SEGMENTS = ("abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg")
"""By digit, each segment by its customary letter: `a` at the top, then clockwise, `g` in the middle."""
_NARROW = ",."
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class Face(NamedTuple):
    """A size of digits. A pixel is one cell wide and half a cell high, which is square on most terminals."""

    width: int
    height: int
    stroke: int

    @property
    def rows(self) -> int:
        """The digits' height in cells."""
        return (self.height + 1) // 2

    def span(self, text: str) -> int:
        """The width of a number in cells."""
        return sum(self._width(char) + self.gap for char in text) - self.gap

    def _width(self, char: str) -> int:
        return self.stroke if char in _NARROW else self.cross if char == "×" else self.width

    @property
    def gap(self) -> int:
        """Cells between two digits."""
        return max(1, self.stroke // 2)

    @property
    def cross(self) -> int:
        """The width and height of a multiplication sign: odd, so that its strokes meet."""
        return self.height // 2 | 1


SMALL = Face(4, 5, 1)
MEDIUM = Face(6, 10, 2)
LARGE = Face(8, 14, 2)
_LARGEST_ROWS = 32
_GIANT = tuple(Face(rows * 8 // 7, rows * 2, rows * 2 // 7) for rows in range(_LARGEST_ROWS, LARGE.rows, -1))
"""As `LARGE`, only larger."""
_FACES = (*_GIANT, LARGE, MEDIUM, SMALL)


def best_face(text: str, width: int, rows: int) -> Face:
    """The largest face in which the number fits into this many cells; the smallest if none does."""
    return next((f for f in _FACES if f.span(text) <= width and f.rows <= rows), SMALL)


def big_number(text: str, face: Face) -> list[str]:
    """The number as `face.rows` lines: digits, a point, commas that become gaps, `×`, spaces as wide as a digit."""
    glyphs = [_pixels(char, face) for char in text]
    lines: list[str] = []
    for y in range(0, face.rows * 2, 2):
        cells = [
            "".join(_HALVES[upper, lower] for upper, lower in zip(glyph[y], glyph[y + 1], strict=True))
            for glyph in glyphs
        ]
        lines.append((" " * face.gap).join(cells))
    return lines


def steady_number(text: str, width: int, rows: int) -> tuple[int, list[str]]:
    """A number that neither moves nor changes size as it grows: cells left of it, and its lines.

    There is room for five digits from the start, in the largest face that fits into this many cells.
    """
    shape = "99,999" if len(text) <= len("99,999") else text
    face = best_face(shape, width, rows)
    return face.span(shape) - face.span(text), big_number(text, face)


@lru_cache(256)  # ten times a second the same few
def _pixels(char: str, face: Face) -> list[list[bool]]:
    """The character's pixels, row by row, down to an even number of rows."""
    width, height, stroke = face
    if char == ",":  # a gap: a block at the foot of the digits is read as a decimal point
        return [[False] * stroke for _ in range(face.rows * 2)]
    if char == ".":
        return [[height - stroke <= y < height] * stroke for y in range(face.rows * 2)]
    if char == "×":
        return _cross(face)
    if char == "1":
        return _one(face)
    grid = [[False] * width for _ in range(face.rows * 2)]
    middle = (height - stroke) // 2
    boxes = {
        "a": (0, 0, width, stroke),
        "g": (0, middle, width, middle + stroke),
        "d": (0, height - stroke, width, height),
        "f": (0, 0, stroke, middle + stroke),
        "b": (width - stroke, 0, width, middle + stroke),
        "e": (0, middle, stroke, height),
        "c": (width - stroke, middle, width, height),
    }
    for segment in _SEGMENTS[int(char)] if char.isdecimal() else "":
        left, top, right, bottom = boxes[segment]
        for y in range(top, bottom):
            grid[y][left:right] = [True] * (right - left)
    return grid


def _one(face: Face) -> list[list[bool]]:
    """A one with a flag and a foot, as wide as the others: beside a bare stroke a gap looks like one of thousands."""
    width, height, stroke = face
    left = (width - stroke) // 2
    grid = [[False] * width for _ in range(face.rows * 2)]
    for y in range(height):
        first, last = (max(0, left - stroke), left + stroke) if y < stroke else (left, left + stroke)
        if y >= height - stroke:
            first, last = 0, width
        grid[y][first:last] = [True] * (last - first)
    return grid


def _cross(face: Face) -> list[list[bool]]:
    """A multiplication sign at the digits' foot."""
    size = face.cross
    grid = [[False] * size for _ in range(face.rows * 2)]
    for step in range(size):
        row = grid[face.height - size + step]
        for column in range(step, step + (size + 1) // 4):  # from both sides, as thick in every row
            place = min(column, size - 1)
            row[place] = row[size - 1 - place] = True
    return grid
