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
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    if width >= 160 and height >= 50:
        return _wide(width, height)
    if width >= 110 and height >= 36:
        return _standard(width, height)
    return _compact(width, height)


def fill(name: str, width: int, height: int) -> Places:
    """The places where one panel has the screen to itself, but for what is under test, its limit and the keys."""
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    return {
        "header": Region(0, 0, width, 2),
        name: Region(0, 2, width, height - 4),
        "limit": Region(0, height - 2, width, 1),
        "keys": Region(0, height - 1, width, 1),
    }


def _compact(width: int, height: int) -> Places:
    """80×24: the numbers, one curve, the load; a little of everything else."""
    left = max(35, width * 2 // 5)
    keys = 54
    spare = height - 24
    right = {"curve": 7 + spare // 2, "ramp": 4, "load": 5, "conversation": 3 + spare - spare // 2}
    return {
        "header": Region(0, 0, width, 2),
        **_column(0, 2, left, throughput=8, latency=4, agents=height - 17),
        **_column(left + 1, 2, width - left - 1, **right),
        "limit": Region(0, height - 3, width, 1),
        "vitals": Region(0, height - 2, width, 1),
        "keys": Region(0, height - 1, keys, 1),
        "errors": Region(keys, height - 1, width - keys, 1),
    }


def _standard(width: int, height: int) -> Places:
    """120×40: two columns, the run's numbers at the left, its pictures at the right."""
    left = width * 2 // 5
    spare = height - 40
    right = {"curve": 14 + max(0, spare) // 2, "ramp": 6, "load": 9}
    right["conversation"] = height - 5 - sum(right.values())
    return {
        "header": Region(0, 0, width, 2),
        **_column(0, 2, left, throughput=16, latency=5, agents=height - 29, errors=3),
        **_column(left + 1, 2, width - left - 1, **right),
        "limit": Region(0, height - 3, width, 1),
        "vitals": Region(0, height - 2, width, 1),
        "keys": Region(0, height - 1, width, 1),
    }


def _wide(width: int, height: int) -> Places:
    """200×60: as above with larger digits, and the conversation and the load side by side."""
    left = width * 31 // 100
    right = width - left - 1
    talk = right * 55 // 100
    below = max(22, height * 42 // 100)
    top = height - 5 - below
    return {
        "header": Region(0, 0, width, 2),
        **_column(0, 2, left, throughput=18, latency=16, agents=height - 39),
        **_column(left + 1, 2, right, curve=top - 8, ramp=8),
        **_column(left + 1, 2 + top, talk, conversation=below),
        **_column(left + talk + 2, 2 + top, right - talk - 1, load=below - 8, errors=8),
        "limit": Region(0, height - 3, width, 1),
        "vitals": Region(0, height - 2, width, 1),
        "keys": Region(0, height - 1, width, 1),
    }


def _column(x: int, y: int, width: int, **heights: int) -> Places:
    """Panels below each other."""
    places: Places = {}
    for name, height in heights.items():
        places[name] = Region(x, y, width, height)
        y += height
    return places
