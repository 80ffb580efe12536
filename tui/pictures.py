"""Pictures of the screen, as files."""

from pathlib import Path

FONT = "DejaVu Sans Mono"
"""For machines that lack the font which the SVG names; most have this one."""


def save_picture(svg: str, place: Path) -> str | None:
    """Write `place`.svg and `place`.png; gives what is wrong, in a sentence, or null. Takes half a second.

    The PNG is drawn by resvg from the SVG, with the fonts of this machine.
    """
    import resvg_py

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        Path(f"{place}.svg").write_text(svg, encoding="utf-8")
        image = resvg_py.svg_to_bytes(svg_string=svg, font_family=FONT, monospace_family=FONT)
        Path(f"{place}.png").write_bytes(bytes(image))
    except (OSError, ValueError) as error:
        return f"no picture: {place} cannot be written ({error})"
    return None
