"""How a run ended."""

from dataclasses import dataclass

from stress.fold.fold import Fold
from stress.fold.summary import Summary
from stress.runs.directory import RunState

EXIT_STATUS: dict[RunState, int] = {"done": 0, "failed": 1, "stopped": 3, "interrupted": 130}


@dataclass(frozen=True)
class Result:
    """How a run ended: its state, why (a sentence, unless it is `done`), and what it came to."""

    state: RunState
    cause: str | None
    summary: Summary

    @property
    def exit_status(self) -> int:
        """The exit status of this state, as INTERFACE.md has it."""
        return EXIT_STATUS[self.state]


def why_no_reply(fold: Fold) -> str:
    """Why a run without a single reply failed."""
    if not fold.errors:
        return "No reply came before the run ended."
    name, count = fold.errors.most_common(1)[0]
    detail = fold.snapshot().failures[-1].detail
    return f"No request succeeded: {count} × {name.replace('_', ' ')}{f' ({detail})' if detail else ''}."
