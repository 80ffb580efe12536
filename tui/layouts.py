"""Where each panel goes, for a screen of any size: pure, in character cells."""

from textual.geometry import Region

SMALLEST = (80, 24)
"""Smaller screens show the top left part of this one."""
Places = dict[str, Region]
FILLING = ("curve", "load", "latency", "agents", "conversation", "ramp")
"""The panels that may fill the screen, by their keys 1 to 6."""
AGENT = "agent"
"""The panel of one agent, which is only ever shown alone."""


def arrange(width: int, height: int) -> Places:
    """Each panel's place on a screen of this many cells: no two overlap, and together they fill it."""
    width, height, large = _size(width, height)
    middle = (_compact, _standard, _wide)[large](width, height)
    foot = _column(0, height - 3, width, limit=1, vitals=1, keys=1)
    return {"header": Region(0, 0, width, 2), **foot, **middle}


def fill(name: str, width: int, height: int) -> Places:
    """The places where one panel has the screen to itself, but for what is under test, its limit and the keys."""
    width, height, _ = _size(width, height)
    return _column(0, 0, width, **{"header": 2, name: height - 4, "limit": 1, "keys": 1})


def arrange_duel(width: int, height: int) -> Places:
    """Each panel's place in a duel: the ratio across the top, both sides below it, at the foot what differs."""
    width, height, large = _size(width, height)
    score, differs = ((4, 2), (7, 4), (9, 6))[large]
    side, pace, load, limit = ((1, 5, 3, 0), (2, 8, 7, 1), (2, 10, 12, 1))[large]
    curve = height - 2 - score - differs - side - pace - load - limit
    rows = {"side": side, "pace": pace, "curve": curve, "load": load, "limit": limit}
    half = (width - 1) // 2
    places = _column(0, 0, width, header=1, score=score)
    for name, x in (("left", 0), ("right", half + 1)):
        places |= _column(x, 1 + score, half, **{f"{name}-{panel}": tall for panel, tall in rows.items() if tall})
    return places | _column(0, height - 1 - differs, width, differs=differs, keys=1)


def arrange_card(width: int, height: int) -> Places:
    """The results card over the whole screen, but for the line of keys."""
    return {"card": Region(0, 0, width, max(1, height - 1)), "keys": Region(0, max(1, height - 1), width, 1)}


def _size(width: int, height: int) -> tuple[int, int, int]:
    """The screen's size, at least `SMALLEST`; and which design it has room for: 0, 1 or 2, the largest."""
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    return width, height, (width >= 110 and height >= 36) + (width >= 160 and height >= 50)


def _compact(width: int, height: int) -> Places:
    """80×24: the numbers, one curve, the load; a little of everything else."""
    left = max(35, width * 2 // 5)
    keys = 54
    spare = height - 24
    right = {"curve": 7 + spare // 2, "ramp": 4, "load": 5, "conversation": 3 + spare - spare // 2}
    return {
        **_column(0, 2, left, throughput=8, latency=4, agents=height - 17),
        **_column(left + 1, 2, width - left - 1, **right),
        "keys": Region(0, height - 1, keys, 1),
        "errors": Region(keys, height - 1, width - keys, 1),
    }


def _standard(width: int, height: int) -> Places:
    """120×40: two columns, the run's numbers at the left, its pictures at the right."""
    left = width * 2 // 5
    right = {"curve": 14 + max(0, height - 40) // 2, "ramp": 6, "load": 9}
    right["conversation"] = height - 5 - sum(right.values())
    return {
        **_column(0, 2, left, throughput=16, latency=5, agents=height - 29, errors=3),
        **_column(left + 1, 2, width - left - 1, **right),
    }


def _wide(width: int, height: int) -> Places:
    """200×60: as above with larger digits, and the conversation and the load side by side."""
    left = width * 31 // 100
    right = width - left - 1
    talk = right * 55 // 100
    below = max(22, height * 42 // 100)
    top = height - 5 - below
    return {
        **_column(0, 2, left, throughput=18, latency=16, agents=height - 39),
        **_column(left + 1, 2, right, curve=top - 8, ramp=8),
        **_column(left + 1, 2 + top, talk, conversation=below),
        **_column(left + talk + 2, 2 + top, right - talk - 1, load=below - 8, errors=8),
    }


def _column(x: int, y: int, width: int, **heights: int) -> Places:
    """Panels below each other."""
    places: Places = {}
    for name, height in heights.items():
        places[name] = Region(x, y, width, height)
        y += height
    return places
