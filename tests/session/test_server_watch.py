import asyncio

import pytest
from happenings import failure, pulse
from mortal_server import MortalServer

from stress.events import Mark, Trouble
from stress.limits.outage import REFUSED, SURE_S, Outage
from stress.session.watches import ServerWatch, listens


class Watched:
    """The watch of a server that the test answers for; `now` is the run's clock."""

    def __init__(self, *, listening: bool = False) -> None:
        self.outage, self.now, self.events, self.knocks = Outage(), 0.0, [], 0
        self.listening = listening
        watch = {"now": lambda: self.now, "take": self.events.append, "knock": self.knock}
        self.watch = ServerWatch("http://user:hunter2@gpu:8000/v1", 10.0, self.outage, **watch)

    async def knock(self, _url: str) -> bool:
        self.knocks += 1
        return self.listening

    async def look(self, now: float, *, excused: bool = False) -> str | None:
        """What it says once a knock, if there was one, is answered."""
        self.now = now
        said = self.watch.look(excused=excused)
        await asyncio.sleep(0)
        return said or self.watch.look(excused=excused)

    def refuse(self, *times: float) -> None:
        for t in times:
            self.outage.add_request(failure(t, REFUSED))

    def marks(self) -> list[tuple[float, str]]:
        return [(event.t, event.label) for event in self.events if isinstance(event, Mark)]


async def test_a_single_refusal_is_not_worth_a_word():
    watched = Watched()
    watched.refuse(5.0)
    assert await watched.look(5.1) is None
    watched.outage.add_pulse(pulse(5.2, 10))
    assert await watched.look(30) is None
    assert (watched.events, watched.watch.down) == ([], False)


async def test_a_server_that_refuses_for_so_long_ends_the_run_with_its_address_and_without_a_password():
    watched = Watched()
    watched.refuse(5.0, 6.0, 8.0, 12.0)
    assert [await watched.look(now) for now in (6, 8, 14.9)] == [None] * 3
    assert watched.watch.down
    said = await watched.look(15.0)
    assert said.startswith("The server at http://gpu:8000/v1 has refused every connection for 10 s (gone); ")
    assert "--give-up" in said
    assert watched.marks() == [(8, "server refuses connections")]
    assert [event.name for event in watched.events if isinstance(event, Trouble)] == [REFUSED]


async def test_a_server_that_is_back_is_not_given_up_because_the_agents_have_not_tried_yet():
    watched = Watched(listening=True)
    watched.refuse(5.0, 12.0)
    assert [await watched.look(now) for now in (8, 15, 16, 19)] == [None] * 4
    assert watched.knocks == 1
    watched.outage.add_pulse(pulse(19.5, 10))
    assert await watched.look(19.6) is None
    assert watched.marks()[-1] == (19.6, "server back after 14.6 s")
    assert not watched.watch.down


async def test_a_server_that_takes_connections_and_still_refuses_agents_ends_the_run():
    watched = Watched(listening=True)  # its certificate has run out, say
    watched.refuse(5.0, 12.0)
    assert await watched.look(16) is None
    watched.refuse(20.0)
    assert "for 15 s" in await watched.look(20)


async def test_an_answer_of_any_kind_shows_that_the_server_is_there():
    watched = Watched()
    watched.refuse(5.0)
    watched.outage.add_request(failure(14.0, "server_error"))
    watched.refuse(14.5)
    assert await watched.look(16) is None
    assert await watched.look(24) is None
    assert "for 10 s" in await watched.look(24.5)


async def test_what_was_refused_while_the_engine_was_started_again_does_not_count():
    watched = Watched()
    watched.refuse(5.0)
    for now in range(6, 60):
        watched.refuse(now)
        assert await watched.look(now, excused=True) is None
    assert await watched.look(60) is None
    assert (watched.events, watched.watch.down) == ([], False)
    watched.refuse(61.0)
    assert await watched.look(61.0 + SURE_S) is None
    assert "for 10 s" in await watched.look(69.0)


@pytest.mark.parametrize("alive", [True, False])
async def test_a_knock_tells_whether_a_real_server_takes_connections(alive):
    server = MortalServer()
    with server:
        if not alive:
            server.die()
        assert await listens(server.url) is alive
