"""Rich's pictures of a screen drawn anew, one or an animation, so that they look the same wherever they are shown.

Block characters become rectangles: no font can tear the bars apart. Fonts are the viewer's own. There are no scripts.
What several frames of an animation share is in the file once, and CSS shows it in those frames. A viewer who asks for
less motion, or a program without animations, gets the last frame.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from html import escape
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
SCREEN = 9, 41
"""Where the screen begins in a picture."""
CELL_W, CELL_H, BASELINE = 12.2, 24.4, 18.5
"""A cell, and where its text stands in it."""
LOWER, LEFT = "▁▂▃▄▅▆▇█", "▏▎▍▌▋▊▉"
BLOCKS = {block: (0.0, 1 - (n + 1) / 8, 1.0, (n + 1) / 8) for n, block in enumerate(LOWER)}
BLOCKS |= {block: (0.0, 0.0, (7 - n) / 8, 1.0) for n, block in enumerate(reversed(LEFT))}
BLOCKS |= {
    "▀": (0.0, 0.0, 1.0, 0.5),
    "▐": (0.5, 0.0, 0.5, 1.0),
    "▔": (0.0, 0.0, 1.0, 1 / 8),
    "▕": (7 / 8, 0.0, 1 / 8, 1.0),
}
"""Each block character's x, y, width and height, in parts of a cell."""
PIECES = re.compile(f"([{''.join(BLOCKS)}])\\1*|[^{''.join(BLOCKS)}]+")

RULES = (
    "text{font-family:'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace;white-space:pre}"
    "rect{shape-rendering:crispEdges}@media (prefers-reduced-motion:reduce){g{animation:none!important}}"
)


@dataclass(frozen=True)
class Mark:
    """A rectangle (without text) or a piece of text on one line, in units of Rich's picture."""

    x: float
    y: float
    width: float
    height: float
    style: str
    text: str = ""

    @property
    def is_ground(self) -> bool:
        """A background, which Rich draws a little higher than a cell."""
        return self.height > CELL_H

    def svg(self) -> str:
        """The element that draws it; its style is the name of a class."""
        place = f'x="{self.x:g}" y="{self.y:g}" class="{self.style}"'
        if not self.text:
            return f'<rect {place} width="{self.width:g}" height="{self.height:g}"/>'
        return f'<text {place} textLength="{self.width:g}">{escape(self.text)}</text>'


def marks(svg: str) -> list[Mark]:
    """Everything that Rich's picture of a screen draws: backgrounds first."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - we drew it ourselves
    styles = dict(re.findall(r"\.(terminal-\d+-r\d+) \{ ([^}]*?) ?\}", svg))
    screen = next(group for group in root.iter(f"{SVG}g") if "-matrix" in group.get("class", ""))
    grounds = next(group for group in root.iter(f"{SVG}g") if screen in list(group))
    found = [_ground(rect) for rect in grounds.findall(f"{SVG}rect")]
    for piece in screen.iter(f"{SVG}text"):
        found += _pieces(
            float(piece.get("x", 0)), float(piece.get("y", 0)), piece.text or "", styles[piece.get("class", "")]
        )
    return found


def _ground(rect: ElementTree.Element) -> Mark:
    x, y, width, height = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Mark(round(x, 1), round(y, 1), round(width, 1), round(height, 1), f"fill: {rect.get('fill')}")


def _pieces(x: float, y: float, text: str, style: str) -> list[Mark]:
    """A run of one style as rectangles, and as text without the blanks around it."""
    found = []
    for match in PIECES.finditer(text.replace("\N{NO-BREAK SPACE}", " ").rstrip("\n")):
        at = x + match.start() * CELL_W
        if match[1]:
            found += _bars(match[1], len(match[0]), at, y - BASELINE, style)
            continue
        for words in re.finditer(r"\S+(?: \S+)*", match[0]):
            start = round(at + words.start() * CELL_W, 1)
            found.append(Mark(start, round(y, 1), round(len(words[0]) * CELL_W, 1), 0, style, words[0]))
    return found


def _bars(block: str, cells: int, x: float, y: float, style: str) -> list[Mark]:
    """The same block character in several cells: one rectangle where it is as wide as its cell, else one each."""
    left, top, width, height = BLOCKS[block]
    fill = next(part.strip() for part in style.split(";") if part.strip().startswith("fill"))
    bars = [(0, cells)] if width == 1 else [(number, 1) for number in range(cells)]
    return [
        Mark(
            round(x + (number + left) * CELL_W, 1),
            round(y + top * CELL_H, 1),
            round(width * long * CELL_W, 1),
            round(height * CELL_H, 1),
            fill,
        )
        for number, long in bars
    ]


def redraw(svg: str, title: str) -> str:
    """Rich's picture of a screen, with rectangles for block characters and without fonts from the net."""
    return animate([svg], [1.0], title)


def animate(svgs: list[str], seconds: list[float], title: str) -> str:
    """Rich's pictures of one screen as one SVG that shows each for its seconds, over and over.

    Every mark is drawn once, in a group with all others that are seen in the same frames.
    """
    seen: dict[Mark, set[int]] = defaultdict(set)
    for number, svg in enumerate(svgs):
        for mark in marks(svg):
            seen[mark].add(number)
    classes = {style: f"s{number}" for number, style in enumerate(sorted({mark.style for mark in seen}))}
    groups: dict[tuple[bool, tuple[int, ...]], list[Mark]] = defaultdict(list)
    for mark, shown in seen.items():
        groups[not mark.is_ground, tuple(sorted(shown))].append(replace(mark, style=classes[mark.style]))

    rules = [RULES, *(f".{name}{{{style}}}" for style, name in classes.items())]
    body = []
    for name, (layer, numbers) in enumerate(sorted(groups)):
        drawn = "".join(mark.svg() for mark in groups[layer, numbers])
        body.append(f'<g class="k{name}">{drawn}</g>')
        rules.append(_turns(f"k{name}", numbers, seconds))
    width, height = map(float, ElementTree.fromstring(svgs[0]).get("viewBox", "").split()[2:])  # noqa: S314 - ours
    return _window(title, (width, height), "".join(rules), "\n".join(body))


def _turns(name: str, numbers: tuple[int, ...], seconds: list[float]) -> str:
    """The rules by which a group is seen in these frames only."""
    shown = ["visible" if number in numbers else "hidden" for number in range(len(seconds))]
    if "hidden" not in shown:
        return ""
    starts = [sum(seconds[:number]) / sum(seconds) for number in range(len(seconds))]
    changes = [number for number in range(len(shown)) if number == 0 or shown[number] != shown[number - 1]]
    keyframes = "".join(f"{starts[number]:.2%}{{visibility:{shown[number]}}}" for number in changes)
    rule = f".{name}{{visibility:{shown[-1]};animation:{name} {sum(seconds):g}s step-end infinite}}"
    return f"@keyframes {name}{{{keyframes}}}{rule}"


def _window(title: str, size: tuple[float, float], rules: str, body: str) -> str:
    """A window around the screen, as in Rich's pictures."""
    lights = zip((24, 46, 68), ("#ff5f57", "#febc2e", "#28c840"), strict=True)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}" font-size="20">
<title>{escape(title)}</title><style>{rules}</style>
<rect width="{size[0]:g}" height="{size[1]:g}" rx="8" fill="#292929"/>
{"".join(f'<circle cx="{x}" cy="20" r="7" fill="{colour}"/>' for x, colour in lights)}
<text x="{size[0] / 2:g}" y="27" text-anchor="middle" fill="#c5c8c6" font-weight="bold">{escape(title)}</text>
<g transform="translate({SCREEN[0]}, {SCREEN[1]})">
{body}
</g></svg>
"""
