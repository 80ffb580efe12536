"""Where each panel of a duel goes, for a screen of any size: pure, in character cells."""

from textual.geometry import Region

from tui.layouts import SMALLEST, Places


def arrange_duel(width: int, height: int) -> Places:
    """Each panel's place: the ratio across the top, both sides below it, at the foot what differs between them."""
    width, height = max(width, SMALLEST[0]), max(height, SMALLEST[1])
    if width >= 160 and height >= 50:
        return _places(width, height, score=9, side=2, pace=10, load=12, limit=1, differs=6)
    if width >= 110 and height >= 36:
        return _places(width, height, score=7, side=2, pace=8, load=7, limit=1, differs=4)
    return _places(width, height, score=4, side=1, pace=5, load=3, limit=0, differs=2)


def _places(width: int, height: int, score: int, differs: int, **rows: int) -> Places:
    """`rows`: the heights of a side's panels; the curve has what is left."""
    half = (width - 1) // 2
    curve = height - 2 - score - differs - sum(rows.values())
    places = {"header": Region(0, 0, width, 1), "score": Region(0, 1, width, score)}
    order = {"side": rows["side"], "pace": rows["pace"], "curve": curve, "load": rows["load"], "limit": rows["limit"]}
    for side, x, wide in (("left", 0, half), ("right", half + 1, half)):
        y = 1 + score
        for name, tall in order.items():
            if tall:
                places[f"{side}-{name}"] = Region(x, y, wide, tall)
            y += tall
    places["differs"] = Region(0, height - 1 - differs, width, differs)
    places["keys"] = Region(0, height - 1, width, 1)
    return places
