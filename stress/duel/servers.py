"""The servers of both sides: checked before anything runs, started when their turn comes, stopped after it."""

from collections.abc import Callable, Mapping

from stress.duel.lead import SideName
from stress.duel.sides import SideSpec
from stress.engines.launching import check_launch
from stress.errors import NoServerError, StressError
from stress.runs.naming import RecordedTarget
from stress.session.preflight import Preflight
from stress.session.target import Target, attach, launch

Note = Callable[[SideName, str], None]
"""Gets a line that says how far a side's start is; it may raise to end that start."""


class Servers:
    """At most one of them runs at a time, unless both are asked for."""

    def __init__(
        self, sides: Mapping[SideName, SideSpec], prepared: Preflight, note: Note, called: Callable[[SideName], str]
    ) -> None:
        self._sides = sides
        self._called = called
        self._prepared = prepared
        self._note = note
        self._targets: dict[SideName, Target] = {}

    def check(self) -> dict[SideName, RecordedTarget]:
        """Check that both can be used, as far as that shows without starting one.

        Returns:
            What is known of each.

        Raises:
            StressError: one can't; the sentence says which.
        """
        known = {}
        for name, side in self._sides.items():
            try:
                if side.engine is None:
                    there = self._attach(side)
                    known[name] = RecordedTarget(facts=there.facts, model=there.model, work=there.work)
                else:
                    known[name] = side.target(check_launch(*side.engine)[2] or ())
            except StressError as error:
                raise type(error)(self._sentence(name, ":", error)) from None
        return known

    def get(self, name: SideName) -> Target:
        """The side's server, started if it isn't running.

        Raises:
            NoServerError: it would not start, or no longer answers.
        """
        if name not in self._targets:
            try:
                self._targets[name] = self._find(self._sides[name], lambda line: self._note(name, line))
            except StressError as error:
                raise NoServerError(self._sentence(name, " did not start:", error)) from None
            self._note(name, "")
        return self._targets[name]

    def let_go(self, name: SideName) -> None:
        """Stop the side's engine, but never somebody else's server."""
        target = self._targets.pop(name, None)
        if target is not None and target.engine is not None:
            target.engine.stop()

    def _sentence(self, name: SideName, what: str, error: StressError) -> str:
        """Whose trouble it is; an address is in the error's own sentence."""
        return str(error) if self._sides[name].engine is None else f"{self._called(name)}{what} {error}"

    def _find(self, side: SideSpec, say: Callable[[str], None]) -> Target:
        prepared = self._prepared
        if side.engine is None:
            return self._attach(side)
        adapter, spec = side.engine
        return launch(adapter, spec, prepared.where, prepared.wanted, prepared.scenario, say, say)

    def _attach(self, side: SideSpec) -> Target:
        return attach(side.url or "", self._prepared.wanted, self._prepared.where.api_key)
