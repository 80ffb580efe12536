"""What a side does, in plain words: who waits and for how long, how fast a reply comes, what it all came to."""

from collections.abc import Sequence

from rich.cells import cell_len

from stress.fold.snapshot import Snapshot, Whole
from stress.units import format_duration
from tui import numbers
from tui.plain_text import plain_text, shortened

QUEUE_S = 3.0
"""Agents that wait for longer than this wait in line."""


def fitting(forms: Sequence[str], width: int) -> str:
    """The first of these forms of a text that fits into so many cells; of none the last, cut."""
    return next((form for form in forms if cell_len(form) <= width), shortened(forms[-1], width) if forms else "")


def shorter_notes(note: str) -> tuple[str, ...]:
    """A note such as `vLLM: loading weights, 40 % · 35 s`, and less and less of it."""
    note = plain_text(note)
    what = note.partition(": ")[2] or note
    return note, what, what.partition(" · ")[0]


def rest_of_name(name: str, short: str, width: int) -> str:
    """The parts of the name that its short form leaves out, as many whole ones as fit into so many cells."""
    parts = [part for part in plain_text(name).split(" · ") if part not in short and not part.startswith(short)]
    while parts and cell_len(" · ".join(parts)) > width:
        parts.pop()
    return " · ".join(parts)


def why(snapshot: Snapshot) -> tuple[str, ...]:
    """Why it is as fast as it is: how many it answers at once, and who waits for how long meanwhile.

    `1 at a time: 199 agents wait, the longest 46 s` or `answers 196 at once`, and shorter forms of it; of a run that
    is over what came of it.
    """
    if snapshot.sample.phase == "done":
        return _came_of(snapshot)
    waiting, slots, asked = snapshot.waiting, snapshot.about.slots, snapshot.sample.in_flight
    longest = waiting.longest_s or 0.0
    full = slots is not None and asked > slots
    # Who has asked just now is no queue: a batch begins with the prefill of its prompts.
    if not waiting.agents or not (full or longest >= QUEUE_S):
        return (f"answers {asked:,} at once" if asked else "no requests in flight",)
    wait = f"wait{'s' * (waiting.agents == 1)}"
    long, short = (f", {word} {numbers.wait(longest)}" if longest >= 1 else "" for word in ("the longest", "up to"))
    how = f"{slots} at a time: " if full else ""
    answered = "" if full else f"; answers {asked - waiting.agents:,} at once"
    return (
        f"{how}{_agents(waiting.agents)} {wait}{long}{answered}",
        f"{how}{waiting.agents:,} {wait}{short}",
        f"{waiting.agents:,} {wait}{short}",
    )


def _came_of(snapshot: Snapshot) -> tuple[str, ...]:
    sample, slots = snapshot.sample, snapshot.about.slots
    one_by_one = f", {slots} at a time" if slots is not None and slots < sample.agents else ""
    failed = sum(sample.errors.values())
    lost = f"; {failed:,} failed" if failed else ""
    replies = f"{sample.requests:,} repl{'y' if sample.requests == 1 else 'ies'}"
    return f"{replies} to {_agents(sample.agents)}{one_by_one}{lost}", f"{replies}{one_by_one}{lost}", replies


def _agents(count: int) -> str:
    return f"{count:,} agent{'s' * (count != 1)}"


def one_reply(snapshot: Snapshot) -> tuple[str, str]:
    """What one agent sees: how long it waits for the first token, the median TTFT; and how fast the rest then comes.

    Each is empty where there is none of late.
    """
    ttft, itl = snapshot.sample.ttft_ms.p50, snapshot.sample.itl_ms.p50
    first = "" if ttft is None else f"first token after {numbers.wait(ttft / 1000)}"
    return first, "" if not itl else f"then {numbers.count(1000 / itl)} tok/s each"


def totals(snapshot: Snapshot, whole: Whole) -> str:
    """`448,256 tokens in 1:08`, of a run that is over."""
    return f"{numbers.count(snapshot.sample.output_tokens)} tokens in {format_duration(whole.duration)}"
