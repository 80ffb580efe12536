"""Which run a user means: a directory, a name below `runs/`, or `last`."""

from pathlib import Path

from stress.errors import UsageError

LAST = "last"
EVENTS = "events.jsonl"
PACKED = f"{EVENTS}.gz"
"""Demos, and runs that somebody has packed."""
DEMO = "demo:"
DEMOS = Path(__file__).parent.parent / "demos"
"""Runs on real GPUs that come with the package."""


def find_run(text: str, below: Path = Path("runs")) -> Path:
    """The directory of a run.

    Args:
        text: a run's directory, its name, a part of its name that only one has, `last`, or `demo:NAME`.
        below: where runs are recorded by default.

    Raises:
        UsageError: there is no such run, or several.
    """
    if text.startswith(DEMO):
        return _demo(text.removeprefix(DEMO))
    if any((Path(text) / events).is_file() for events in (EVENTS, PACKED)):
        return Path(text)
    runs = sorted(path.parent for path in below.glob(f"*/{EVENTS}"))
    if text == LAST:
        if not runs:
            raise UsageError(f"No run is recorded below {below}/; give a run's directory, or record one first.")
        return max(runs, key=lambda run: (run / EVENTS).stat().st_mtime)
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
    raise UsageError(f"There is no run {text!r}, neither as a directory nor below {below}/; 'last' is the newest one.")


def demos() -> list[str]:
    """The names of the runs that come with the package."""
    return sorted(path.parent.name for path in DEMOS.glob(f"*/{PACKED}"))


def _demo(name: str) -> Path:
    if name not in demos():
        raise UsageError(f"There is no demo {name!r}; there are {', '.join(DEMO + demo for demo in demos())}.")
    return DEMOS / name
