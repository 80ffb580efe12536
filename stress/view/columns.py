"""Rows of cells as lines of columns."""

from collections.abc import Container, Sequence


def columns(rows: Sequence[Sequence[str]], left: Container[int]) -> list[str]:
    """A line for each row, its cells two spaces apart: flush left in these columns, flush right in the others."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = enumerate(zip(row, widths, strict=True))
        shown = (cell.ljust(width) if place in left else cell.rjust(width) for place, (cell, width) in cells)
        lines.append("  ".join(shown).rstrip())
    return lines
