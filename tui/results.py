"""What a run's results card says."""

from stress.fold.burst_summary import BurstSummary
from stress.fold.snapshot import About, Snapshot
from stress.fold.summary import Summary
from stress.limits.tracker import LimitSummary
from stress.readings import GpuReading
from stress.runs.handle import Ending
from stress.stats.knee import Knee
from stress.units import format_duration
from tui import numbers
from tui.panels.gpus import kinds
from tui.panels.results import Fact, Figure, Plot, Results

STATES = {"running": "cut off", "interrupted": "interrupted", "failed": "failed", "stopped": "stopped"}
CAUSE, LIMIT, SAVED, LATENCY, ENERGY, WORK, KNEE = range(7)
"""The ranks of facts."""


def run_results(ending: Ending, snapshot: Snapshot) -> Results | None:
    """The card of a run that has ended so; None where nothing came of it: its cause says all there is to say."""
    summary, about = ending.summary, snapshot.about
    if summary is None or not snapshot.sample.output_tokens:
        return None
    burst = about.burst is not None
    return Results(
        command="burst" if burst else "ramp",
        title=about.name or about.target,
        subtitle=subtitle(about, snapshot.sample.gpus),
        seconds=summary.duration,
        state=STATES.get(ending.state, ending.state),
        figures=_burst_figures(snapshot, summary) if burst else _ramp_figures(summary),
        plots=(Plot(snapshot.on_screen),),
        facts=(*cause(ending), *_facts(summary), saved(ending)),
    )


def subtitle(about: About, gpus: tuple[GpuReading, ...]) -> str:
    """The work; and the model and the machine, where the name does not hold them."""
    who = () if about.name else (about.model, machine(gpus))
    return " · ".join(part for part in (*who, about.scenario, about.plan.text) if part)


def machine(gpus: tuple[GpuReading, ...]) -> str:
    """`2 × H200`: the GPUs that the engine computes on; all of them where that is not known."""
    used = [gpu for gpu in gpus if gpu.engine] or [gpu for gpu in gpus if gpu.engine is None]
    return kinds(used)


def cause(ending: Ending) -> tuple[Fact, ...]:
    """Why it did not end as planned."""
    if ending.state in ("done", "interrupted"):  # the card's first line says the latter
        return ()
    label = STATES.get(ending.state, ending.state).upper()
    return (Fact(label, ending.cause or "The record ends here.", CAUSE, "warn"),)


def saved(ending: Ending) -> Fact:
    """Where the record is."""
    return Fact("SAVED", ending.place, SAVED)


def _ramp_figures(summary: Summary) -> tuple[Figure, Figure, Figure]:
    average = f"best second · average {numbers.count(summary.output_throughput)}"
    found = _knee(summary)
    knee = "" if found is None else f" · no gain above {numbers.count(found.agents)}"
    return (
        Figure(summary.peak_output_throughput, "tok/s", average, "tokens"),
        Figure(summary.agents_peak, "agents", f"at once{knee}", "agents"),
        wait(summary.median_ttft_ms),
    )


def _duration(seconds: float) -> str:
    """`1:57`, and `4.2 s` below a minute."""
    return format_duration(seconds) if seconds >= 60 else f"{seconds:.1f} s"


def _burst_figures(snapshot: Snapshot, summary: Summary) -> tuple[Figure, Figure, Figure]:
    burst, tpot = snapshot.about.burst, summary.median_tpot_ms
    asked = "" if burst is None else f"{burst.requests:,} × {burst.tokens:,} tokens"
    seconds = summary.duration
    return (
        Figure(seconds, "seconds", asked, "strong", digits=1 if seconds < 1000 else 0),
        Figure(summary.output_throughput, "tok/s", f"all requests · best second {_count(summary)}", "tokens"),
        Figure(1000 / tpot if tpot else None, "tok/s", "each request · median", "agents", digits=1),
    )


def _count(summary: Summary) -> str:
    return numbers.count(summary.peak_output_throughput)


def wait(ttft_ms: float | None) -> Figure:
    """The median time to the first token, in seconds from one on."""
    words = "to the first token · median"
    if ttft_ms is None or ttft_ms < 1000:
        return Figure(ttft_ms, "ms", words, "waiting")
    return Figure(ttft_ms / 1000, "seconds", words, "waiting", digits=1)


def _facts(summary: Summary) -> list[Fact]:
    facts = [Fact("LIMIT", _limit(summary.limit), LIMIT, "warn")]
    ttft, itl = (summary.median_ttft_ms, summary.p99_ttft_ms), (summary.median_itl_ms, summary.p99_itl_ms)
    waits = [
        f"{name} p50 {numbers.latency(p50)}, p99 {numbers.latency(p99)}"
        for name, (p50, p99) in (("TTFT", ttft), ("ITL", itl))
    ]
    facts.append(Fact("LATENCY", " · ".join(waits), LATENCY))
    work = [f"{summary.completed:,} replies", f"{summary.total_output_tokens:,} tokens"]
    if burst := summary.burst:
        facts += _burst_facts(burst)
    else:
        work.append(f"{summary.messages_delivered:,} messages")
    work.append(f"in {_duration(summary.duration)}")
    failed = f", {summary.failed:,} failed" if summary.failed else ""
    facts.append(Fact("WORK", " · ".join(work) + failed, WORK))
    if summary.burst is None and (knee := _knee(summary)) is not None:
        words = f"{knee.agents:,} agents at {knee.output_throughput:,.0f} tok/s: more agents no longer help"
        facts.append(Fact("KNEE", words, KNEE))
    if summary.ghost is not None and summary.ghost.equal_agents_ratio is not None:
        ratio = summary.ghost.equal_agents_ratio
        facts.append(Fact("GHOST", f"{ratio:.2f} × the ghost's throughput at equal agents", LATENCY))
    if energy := energy_words(summary):
        facts.append(Fact("ENERGY", energy, ENERGY))
    return facts


def _knee(summary: Summary) -> Knee | None:
    """The knee, unless the engine could have answered more agents: the card would contradict itself."""
    unlimited = summary.limit is not None and summary.limit.name == "few_agents"
    return None if unlimited else summary.knee


def _burst_facts(burst: BurstSummary) -> list[Fact]:
    """Whether the rate held, and who was late."""
    facts = []
    if burst.rate is not None:
        held = {True: "held", False: "did not hold", None: "may have held"}[burst.held]
        words = f"It {held}: changed by {100 * burst.rate.change:+.0f} % over {burst.rate.seconds} s at full load"
        facts.append(Fact("RATE", words, KNEE))
    if burst.stragglers:
        slowest = f"the slowest {burst.slowest_ms[0] / 1000:,.1f} s"
        facts.append(Fact("LATE", f"{burst.stragglers} took more than 1.5 × the median, {slowest}", KNEE + 1))
    return facts


def energy_words(summary: Summary) -> str:
    """Energy and cost, as far as they are known."""
    joules, per_joule = summary.energy_joules, summary.output_tokens_per_joule
    parts = []
    if joules is not None:
        parts.append(f"{joules / 1000:,.1f} kJ" if joules >= 1000 else f"{joules:,.0f} J")
    if per_joule is not None:
        parts.append(f"{per_joule:.2f} tokens/J")
    if summary.cost is not None and summary.cost_per_million_output_tokens is not None:
        parts.append(f"costs {summary.cost:,.3g}, {summary.cost_per_million_output_tokens:,.3g} per million tokens")
    return " · ".join(parts)


def _limit(limit: LimitSummary | None) -> str:
    if limit is None:
        return "The run was too short to tell"
    sentence = limit.words
    if limit.roofline_share is not None and limit.roofline_tok_s is not None:
        possible = numbers.count(limit.roofline_tok_s)
        sentence += f" · {numbers.share(limit.roofline_share)} of the {possible} tok/s roofline"
    return sentence
