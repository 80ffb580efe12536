"""Pictures of the screen as files: SVG, and a PNG drawn from it."""

import itertools
from pathlib import Path

from textual.geometry import Size

FONT = "DejaVu Sans Mono"
"""For machines that lack the font which a picture's SVG names; most have this one."""


class Album:
    """Finds a fresh name for each picture: many may be asked for in one second, or while a replay is paused."""

    def __init__(self) -> None:
        self._taken: set[Path] = set()

    def place(self, directory: Path, t: float, size: Size, name: str = "") -> Path:
        """The path of a new picture without its ending; no other picture has it, on disk or still being written.

        Args:
            directory: where pictures go.
            t: the moment that is shown, in seconds of the run.
            size: the screen's, in cells.
            name: what is shown, if not the screen of that moment.
        """
        base = f"{name or f'{t:07.1f}s'}-{size.width}x{size.height}"
        numbered = (directory / f"{base}-{number}" for number in itertools.count(2))
        found = next(path for path in itertools.chain([directory / base], numbered) if self._is_free(path))
        self._taken.add(found)
        return found

    def _is_free(self, place: Path) -> bool:
        return place not in self._taken and not any(Path(f"{place}.{kind}").exists() for kind in ("svg", "png"))


def save_picture(svg: str, place: Path) -> None:
    """Write `place`.svg and `place`.png, drawn with this machine's fonts; that takes half a second.

    Raises:
        OSError: the directory cannot be written.
        ValueError: the SVG cannot be drawn.
    """
    import resvg_py

    place.parent.mkdir(parents=True, exist_ok=True)
    Path(f"{place}.svg").write_text(svg, encoding="utf-8")
    image = resvg_py.svg_to_bytes(svg_string=svg, font_family=FONT, monospace_family=FONT)
    Path(f"{place}.png").write_bytes(bytes(image))
