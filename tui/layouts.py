"""Where each panel goes, for a screen of any size: pure, in character cells."""

from textual.geometry import Region

SMALLEST = (80, 24)
"""Smaller screens show the top left part of this one."""
Places = dict[str, Region]


def arrange(width: int, height: int) -> Places:
    """Each panel's place on a screen of this many cells: no two overlap, and together they fill it."""
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    if width >= 160 and height >= 50:
        return _wide(width, height)
    if width >= 110 and height >= 36:
        return _standard(width, height)
    return _compact(width, height)


def _compact(width: int, height: int) -> Places:
    """80×24: the numbers, one curve, the load; a little of everything else."""
    left = max(35, width * 2 // 5)
    spare = height - 24
    body = height - 4
    return {
        "header": Region(0, 0, width, 2),
        **_column(0, 2, left, throughput=8, latency=4, agents=body - 12),
        **_column(
            left + 1,
            2,
            width - left - 1,
            curve=7 + spare // 2,
            ramp=4,
            load=5,
            conversation=4 + spare - spare // 2,
        ),
        "vitals": Region(0, height - 2, width, 1),
        "keys": Region(0, height - 1, width - 34, 1),
        "errors": Region(width - 34, height - 1, 34, 1),
    }


def _standard(width: int, height: int) -> Places:
    """120×40: two columns, the run's numbers at the left, its pictures at the right."""
    left = max(46, width * 38 // 100)
    spare = height - 40
    body = height - 4
    return {
        "header": Region(0, 0, width, 2),
        **_column(0, 2, left, throughput=15, latency=5, agents=body - 23, errors=3),
        **_column(
            left + 1,
            2,
            width - left - 1,
            curve=14 + max(0, spare) // 2,
            ramp=6,
            load=9,
            conversation=7 + spare - max(0, spare) // 2,
        ),
        "vitals": Region(0, height - 2, width, 1),
        "keys": Region(0, height - 1, width, 1),
    }


def _wide(width: int, height: int) -> Places:
    """200×60: as above with larger digits, and the conversation and the load side by side."""
    left = max(62, width * 31 // 100)
    right = width - left - 1
    talk = right * 55 // 100
    body = height - 4
    below = max(18, body * 45 // 100)
    return {
        "header": Region(0, 0, width, 2),
        **_column(0, 2, left, throughput=17, latency=7, agents=body - 30, errors=6),
        **_column(left + 1, 2, right, curve=body - below - 8, ramp=8),
        **_column(left + 1, height - 2 - below, talk, conversation=below),
        **_column(left + talk + 2, height - 2 - below, right - talk - 1, load=below),
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
