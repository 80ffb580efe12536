"""Events as a run makes them, for tests of what is folded from them."""

from stress.events import AgentState, Message, Phase, Pulse, Request, Target
from stress.fold.snapshot import About, Plan
from stress.stats.histogram import tally

ABOUT = About(
    command="ramp",
    target="a server",
    model="toy",
    scenario="A test",
    plan=Plan(points=((0.0, 1), (10.0, 5)), duration=10.0, text="1 → 5 agents over 0:10"),
)


def reply(t: float, number: int = 1, **changes) -> Request:
    """A finished request that took one second: 20 prompt tokens, 10 output tokens."""
    fields = {
        "t": t,
        "id": number,
        "agent": "a01",
        "start": t - 1,
        "ttft_ms": 100.0,
        "tpot_ms": 100.0,
        "e2el_ms": 1000.0,
        "prompt_tokens": 20,
        "output_tokens": 10,
        "chunks": 10,
        "finish": "stop",
    }
    return Request(**fields | changes)


def failure(t: float, name: str = "connection_lost", **changes) -> Request:
    """A request that failed."""
    return Request(t=t, id=9, agent="a02", start=t - 1, error=name, detail="gone", **changes)


def pulse(t: float, tokens: int = 0, **changes) -> Pulse:
    """A worker's pulse with four agents, two in flight."""
    return Pulse(**{"t": t, "worker": 0, "agents": 4, "in_flight": 2, "tokens": tokens} | changes)


def message(t: float, number: int = 1, to: tuple[str, ...] = ("a02",), text: str = "Hello.") -> Message:
    """A message of a01's."""
    return Message(t=t, id=number, sender="a01", to=to, text=text, request=number)


def small_run() -> list:
    """Eleven seconds of a run: two agents, then four; 10 tokens every 0.1 s; a reply a second and one failure."""
    events: list = [Phase(t=1.0, name="ramp"), Target(t=1.0, agents=2)]
    for step in range(100):
        t = 1.05 + step / 10
        cells = ((0, int(AgentState.GENERATING)), (1, int(AgentState.IDLE))) if step == 0 else ()
        agents = 2 if t < 6 else 4
        gaps = tally([0.01] * 9)
        events.append(
            pulse(
                t,
                10,
                agents=agents,
                itl=gaps,
                itl_sum_ms=90.0,
                itl_sum_sq_ms2=900.0,
                ttft=tally([0.1]),
                cells=cells,
                cpu=0.2,
                lag=tally([0.001] * 5),
            )
        )
        if step % 10 == 9:
            events += [reply(t, step), message(t, step)]
    events += [failure(8.0), Phase(t=11.0, name="drain"), reply(11.5, 200), Phase(t=11.6, name="done")]
    return events
