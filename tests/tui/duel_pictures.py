"""Hand-made pictures of a duel, and a duel that nobody fights, for the screen's tests."""

from typing import Any

import msgspec
from pictures import FakePlayback, FakeRun, snapshot

from stress.duel.differences import Difference
from stress.duel.lead import lead
from stress.duel.snapshot import DuelSnapshot, SideView
from stress.duel.verdict import DuelVerdict, Pair, Ratio
from stress.fold.snapshot import Snapshot

DIFFERENCES = (
    Difference("engine", "vllm", "llama.cpp"),
    Difference("version", "0.24.0", "b11549"),
    Difference("tp", "2", "n/a"),
    Difference("slots", "n/a", "1"),
    Difference("bs", "n/a", "true"),
    Difference("environment", "VLLM_NO_USAGE_STATS=1", "n/a"),
)
VLLM = {
    "words": "vllm:/models/llama-3.1-8b,tp=2",
    "name": "vLLM · Llama-3.1-8B · tp=2 · 2×H200",
    "short": "vLLM",
}
LLAMA = {
    "words": "llama.cpp:/models/llama-3.1-8b.gguf,np=1",
    "name": "llama.cpp · Llama-3.1-8B · np=1 · 2×H200",
    "short": "llama.cpp",
}
VERDICT = DuelVerdict(
    rounds=3,
    equal_agents=Ratio(mean=12.34, low=11.9, high=12.8, rounds=(12.1, 12.4, 12.5)),
    peak=Ratio(mean=14.2, low=13.0, high=15.5, rounds=(14, 14.2, 14.4)),
    throughput=Pair(left=11_000.0, right=900.0),
    load=160,
    ttft_ms=Pair(left=90.0, right=9_000.0),
    tpot_ms=Pair(left=9.0, right=5.0),
    tokens_per_joule=Pair(left=11.1, right=0.25),
    leader="left",
)


def side(**what: Any) -> Snapshot:
    """One side's run, its ramp begun at second 1."""
    shown = snapshot(**what)
    rates = tuple((agents, shown.sample.tok_s * agents / 100) for agents in (25, 50, 100))
    return msgspec.structs.replace(shown, ramp_started=1.0, at_agents=rates)


def picture(**changes: Any) -> DuelSnapshot:
    """Left is vLLM and ahead, right llama.cpp and running; left's run is a ghost beside it."""
    left = side(gpu_number=2, tok_s=12_345.0, engine="vLLM 0.24.0, tp=2", model="llama-3.1-8b")
    right = side(gpu_number=2, tok_s=987.0, engine="llama.cpp b11549, np=1", model="llama-3.1-8b.gguf")
    fields: dict[str, Any] = {
        "left": SideView(**VLLM, snapshot=left, note="ghost"),
        "right": SideView(**LLAMA, snapshot=right),
        "live": "right",
        "round": 1,
        "rounds": 3,
        "differences": DIFFERENCES,
    } | changes
    found = lead(fields["left"].snapshot, fields["right"].snapshot)
    return DuelSnapshot(**{"lead": found} | fields)


def starting() -> DuelSnapshot:
    """Nothing runs yet."""
    return picture(
        left=SideView(**VLLM, note="vLLM: loading weights, 40 % · 35 s"),
        right=SideView(**LLAMA, note="waits for its turn"),
        live="left",
        rounds=1,
        differences=(),
    )


def over() -> DuelSnapshot:
    """All rounds are over."""
    shown = picture(verdict=VERDICT, round=3)
    right = msgspec.structs.replace(shown.right, snapshot=side(gpu_number=2, tok_s=0.0, phase="done"))
    return msgspec.structs.replace(shown, right=right)


class FakeDuel(FakeRun):
    """A DuelHandle that shows what it is given and remembers what it was asked."""

    def __init__(self, shown: DuelSnapshot) -> None:
        super().__init__(shown.running or snapshot())
        self.now = shown

    def picture(self) -> DuelSnapshot:
        return self.now


class FakeDuelPlayback(FakeDuel, FakePlayback):
    """A DuelReplay likewise."""
