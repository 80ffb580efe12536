"""Where each panel goes, for a screen of any size: pure, in character cells."""

from textual.geometry import Region

LEAST = (60, 15)
"""On a smaller screen there is no room for anything but the size that is needed."""
SMALLEST = (80, 24)
"""Below it, a screen shows less than everything."""
Places = dict[str, Region]
FILLING = ("curve", "load", "latency", "agents", "conversation", "ramp")
"""The panels that may fill the screen, by their keys 1 to 6."""
AGENT = "agent"
"""The panel of one agent, which is only ever shown alone."""
BAR = 3
"""Lines of the ramp's panel that a burst's progress needs."""
TOO_SMALL = "too-small"
"""The panel that says what size a screen needs."""


def arrange(width: int, height: int, ramp: int | None = None) -> Places:
    """Each panel's place on a screen of this many cells, at least `LEAST`: no two overlap, together they fill it.

    `ramp`: its lines; None: as many as suit the screen.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return _small(width, height)
    width, height, large = _size(width, height)
    middle = (_compact, _standard, _wide)[large](width, height, ramp or (4, 6, 8)[large])
    foot = _column(0, height - 3, width, limit=1, vitals=1, keys=1)
    return {"header": Region(0, 0, width, 2), **foot, **middle}


def fill(name: str, width: int, height: int) -> Places:
    """The places where one panel has the screen to itself, but for what is under test, its limit and the keys."""
    return _column(0, 0, width, **{"header": 2, name: height - 4, "limit": 1, "keys": 1})


def whole(name: str, width: int, height: int) -> Places:
    """The places where one panel has every cell of the screen."""
    return _column(0, 0, width, **{name: height})


def arrange_stage(width: int, height: int) -> Places:
    """For a stream, read from far away: the number, the agents, the curve and the GPUs; every other line is theirs."""
    body = height - 2
    giant, load = max(6, body * 9 // 20), max(2, body // 5)
    return _column(0, 0, width, header=1, giant=giant, curve=body - giant - load, load=load, keys=1)


def arrange_duel(width: int, height: int, differs_alone: bool = False) -> Places:
    """Each panel's place in a duel: the ratio and the race across the top, both sides below, what differs at the foot.

    With `differs_alone` what differs has the screen to itself, but for the first line and the keys.
    """
    width, height = max(width, 60), max(height, 15)
    if differs_alone:
        return _column(0, 0, width, header=1, differs=height - 2, keys=1)
    large = (width >= 80 and height >= 24) + (width >= 110 and height >= 36) + (width >= 160 and height >= 50)
    score, race, pace, load, limit, differs = (
        (3, 3, 0, 0, 0, 0),
        (5, 3, 4, 0, 0, 0),
        (8, 3, 3, 7, 1, 3),
        (12, 5, 5, 10, 1, 4),
    )[large]
    rows = {"side": 2, "pace": pace, "curve": height - 4 - score - race - pace - load - limit - differs}
    rows |= {"load": load, "limit": limit}
    half = (width - 1) // 2
    places = _column(0, 0, width, header=1, score=score, race=race)
    for name, x in (("left", 0), ("right", half + 1)):
        sides = {f"{name}-{panel}": tall for panel, tall in rows.items() if tall}
        places |= _column(x, 1 + score + race, half, **sides)
    foot = {"differs": differs, "keys": 1} if differs else {"keys": 1}
    return places | _column(0, height - 1 - differs, width, **foot)


def arrange_duel_stage(width: int, height: int) -> Places:
    """A duel for a stream: the ratio, both names, both speeds."""
    half = (width - 1) // 2
    pace = min(half // 7 + 3, (height - 4) // 2)  # five digits that fill the half, and three lines
    score = height - 4 - pace
    places = _column(0, 0, width, header=1, score=score)
    for name, x in (("left", 0), ("right", half + 1)):
        places |= _column(x, 1 + score, half, **{f"{name}-side": 2, f"{name}-pace": pace})
    return places | _column(0, height - 1, width, keys=1)


def arrange_card(width: int, height: int) -> Places:
    """The results card over the whole screen, but for the line of keys."""
    return {"card": Region(0, 0, width, max(1, height - 1)), "keys": Region(0, max(1, height - 1), width, 1)}


def _size(width: int, height: int) -> tuple[int, int, int]:
    """The screen's size, at least `SMALLEST`; and which design it has room for: 0, 1 or 2, the largest."""
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    return width, height, (width >= 110 and height >= 36) + (width >= 160 and height >= 50)


def _small(width: int, height: int) -> Places:
    """60×15: the number, the agents, the curve, the limit; what else there is as the lines for it come."""
    spare = height - LEAST[1]
    load = min(4, spare)
    errors = 1 if spare > load else 0
    spare -= load + errors
    top = 6 + min(2, spare)
    talk = spare // 2 if spare >= 10 else 0
    left = max(35, width * 2 // 5)
    below = {"curve": height - 4 - top - talk - load - errors, "conversation": talk, "load": load, "errors": errors}
    return {
        "header": Region(0, 0, width, 2),
        "throughput": Region(0, 2, left, top),
        "agents": Region(left + 1, 2, width - left - 1, top),
        **_column(0, 2 + top, width, **{name: tall for name, tall in below.items() if tall}),
        **_column(0, height - 2, width, limit=1, keys=1),
    }


def _compact(width: int, height: int, ramp: int) -> Places:
    """80×24: the numbers, one curve, the load; a little of everything else."""
    left = max(35, width * 2 // 5)
    spare = height - 24
    right = {"curve": 7 + spare // 2, "ramp": ramp, "load": 5, "conversation": 7 - ramp + spare - spare // 2}
    return {
        **_column(0, 2, left, throughput=8, latency=4, agents=height - 18, errors=1),
        **_column(left + 1, 2, width - left - 1, **right),
    }


def _standard(width: int, height: int, ramp: int) -> Places:
    """120×40: two columns, the run's numbers at the left, its pictures at the right."""
    left = width * 2 // 5
    right = {"curve": 14 + max(0, height - 40) // 2, "ramp": ramp, "load": 9}
    right["conversation"] = height - 5 - sum(right.values())
    return {
        **_column(0, 2, left, throughput=16, latency=5, agents=height - 29, errors=3),
        **_column(left + 1, 2, width - left - 1, **right),
    }


def _wide(width: int, height: int, ramp: int) -> Places:
    """200×60: as above with larger digits, and the conversation and the load side by side."""
    left = width * 31 // 100
    right = width - left - 1
    talk = right * 55 // 100
    below = max(22, height * 42 // 100)
    top = height - 5 - below
    return {
        **_column(0, 2, left, throughput=18, latency=16, agents=height - 39),
        **_column(left + 1, 2, right, curve=top - ramp, ramp=ramp),
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
