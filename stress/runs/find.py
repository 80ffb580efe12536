"""Which run a user means: a directory, a name below `runs/`, or `last`."""

from pathlib import Path

from stress.errors import UsageError

LAST = "last"
EVENTS = "events.jsonl"
PACKED = f"{EVENTS}.gz"
"""Demos, and runs that somebody has packed."""
DUEL = "duel.json"
"""Beside the runs of a duel, each in a directory of its own."""
DEMO = "demo:"
DEMOS = Path(__file__).parent.parent / "demos"
"""Runs on real GPUs that come with the package."""


def find_run(text: str, below: Path = Path("runs")) -> Path:
    """The directory of a run, or of a duel (see `is_duel`).

    Args:
        text: a run's directory, its name, a part of its name that only one has, `last`, or `demo:NAME`.
        below: where runs are recorded by default.

    Raises:
        UsageError: there is no such run, or several.
    """
    if text.startswith(DEMO):
        if (name := text.removeprefix(DEMO)) not in demos():
            raise UsageError(f"There is no demo {name!r}; there are {', '.join(DEMO + demo for demo in demos())}.")
        return DEMOS / name
    if any((Path(text) / file).is_file() for file in (EVENTS, PACKED, DUEL)):
        return Path(text)
    runs = sorted(path.parent for file in (EVENTS, DUEL) for path in below.glob(f"*/{file}"))
    if text == LAST:
        if not runs:
            raise UsageError(f"No run is recorded below {below}/; give a run's directory, or record one first.")
        return max(runs, key=_changed)
    named = [run for run in runs if run.name == text] or [run for run in runs if text and text in run.name]
    if len(named) == 1:
        return named[0]
    if named:
        names = ", ".join(run.name for run in named[:3])
        raise UsageError(
            f"{text!r} may be any of {len(named)} runs ({names}{'…' * (len(named) > 3)}); give more of it."
        )
    if text and Path(text).is_dir():
        raise UsageError(f"{text} holds no {EVENTS}, so it is no run's directory; give one that a command printed.")
    raise UsageError(f"There is no run {text!r}, as a directory or in {below}/; 'last' is the newest one there.")


def find_single_run(text: str) -> Path:
    """As `find_run`, and it is a run.

    Raises:
        UsageError: there is no such run, or it is a duel.
    """
    path = find_run(text)
    if is_duel(path):
        raise UsageError(f"{path} is a duel; give one of the runs in it, such as {path}/left-1.")
    return path


def is_duel(path: Path) -> bool:
    """It is a duel's directory, not a run's."""
    return (path / DUEL).is_file()


def demos() -> list[str]:
    """The names of the runs and duels that come with the package."""
    return sorted(path.parent.name for file in (PACKED, DUEL) for path in DEMOS.glob(f"*/{file}"))


def _changed(path: Path) -> float:
    return max((path / file).stat().st_mtime for file in (EVENTS, DUEL) if (path / file).is_file())
