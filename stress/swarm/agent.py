"""One agent: its mailbox and what it remembers."""

from collections.abc import Sequence

import msgspec

from stress.events import AgentState
from stress.swarm.memory import Transcript
from stress.swarm.office import Mail

MAIL_SHARE = 0.5
"""The share of an agent's memory that one turn's mail may fill; the rest is for what was said before."""


class Agent(msgspec.Struct, eq=False):
    """An agent's state between and during its turns: all of it travels when the agent moves to another worker.

    It has no task of its own while it waits: 10,000 must fit.
    """

    index: int
    handle: str
    name: str
    transcript: Transcript
    inbox: list[Mail | str] = []
    """Unread mail, oldest first; a plain text is an opener from the scenario."""
    answering: list[int] = []
    """Ids of the messages in the prompt that no reply has answered yet."""
    state: AgentState = AgentState.IDLE
    busy: bool = False
    """It is in the middle of a turn, be it only in the pause before its request is sent again."""
    leaving: bool = False
    moving: int | None = None
    """The session's order on which it goes to another worker once it is not busy."""
    letters: int = 0
    """How many messages it has written."""
    openers: int = 0
    failures: int = 0
    """Failed turns since the last reply."""
    may_write_at: float = 0.0
    """When the rate cap, or the pause after a failure, allows the next turn."""
    due: float | None = None
    """When the swarm looks at this agent next, if nothing happens before."""

    @property
    def in_flight(self) -> bool:
        """A request of this agent is with the server."""
        return self.state in (AgentState.WAITING, AgentState.GENERATING)

    @property
    def has_something_to_say(self) -> bool:
        """There is unread mail, or mail that a failed request has left unanswered."""
        return bool(self.inbox or self.transcript.unanswered)

    def read(self) -> int:
        """Move the unread mail into the transcript, as one turn, and give how many messages did not fit.

        All of it is read that fits half of the memory, the newest first; older ones are dropped, unread.
        """
        kept = self._that_fits(self.inbox)
        dropped = len(self.inbox) - len(kept)
        if kept and not self.transcript.hear("\n".join(map(_line, kept))):
            self.answering = []  # what a failed request had left unanswered was given up
        self.answering += [mail.id for mail in kept if isinstance(mail, Mail)]
        self.inbox = []
        return dropped

    def _that_fits(self, inbox: Sequence[Mail | str]) -> Sequence[Mail | str]:
        room = self.transcript.budget * MAIL_SHARE
        if not room:
            return inbox
        for kept, mail in enumerate(reversed(inbox)):
            room -= self.transcript.estimate(_line(mail))
            if room < 0 and kept:
                return inbox[len(inbox) - kept :]
        return inbox


def _line(mail: Mail | str) -> str:
    return mail if isinstance(mail, str) else mail.line()
