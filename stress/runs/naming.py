"""What viewers call a target: `vLLM · Llama-3.1-8B · tp=2 · 2×H200`, from what its `run.json` says. Pure.

A name has no path and no command line in it; those stay in the record.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from stress.engines.adapter import Adapter
from stress.engines.registry import adapter_named
from stress.fold.snapshot import About
from stress.limits.capacity import decode_cost_of
from stress.limits.roofline import DecodeCost
from stress.models.shapes import NAMED, find_shape
from stress.models.short_name import model_name, quantisation, shape_of_size
from stress.runs.directory import RunRecord

_MAKERS = re.compile(
    r"\b(?:nvidia|geforce|tesla|quadro|amd|instinct|radeon|generation|pcie|sxm\d?|oam|hbm\w*|\d+ ?gb)\b", re.IGNORECASE
)
FULL_PRECISION = ("f16", "bf16", "fp16", "f32", "all f32")
"""What needs no word in a name."""
_LONGEST_FLAG = 24
_APART = "tp pp np own gpus model precision context flags version where".split()
"""What may set two targets of the same name apart, the most telling first."""


class TargetName(msgspec.Struct, frozen=True, kw_only=True):
    """What a target is called."""

    full: str
    short: str
    """One or two words, for tight places."""
    marks: dict[str, str] = {}
    """What may set it apart from another one, see `_APART`."""


class RecordedTarget(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a target, as `run.json` has it."""

    facts: Mapping[str, Any]
    """The record's `target`: engine, url, identity, asked and so on."""
    model: str
    """The one that requests name."""
    gpus: Sequence[str] = ()
    """The products' names of all the machine's GPUs, by their index."""
    work: DecodeCost | None = None


def recorded_target(record: RunRecord) -> RecordedTarget:
    """What a run's record says of its target."""
    return RecordedTarget(
        facts=record.target,
        model=str(record.request.get("model") or record.about.model),
        gpus=[str(gpu.get("name")) for gpu in record.gpus if gpu.get("name")],
        work=record.about.work,
    )


def name_target(target: RecordedTarget) -> TargetName:
    """The target's name, as far as it is known who it is."""
    facts, identity, asked = target.facts, mapping(target.facts, "identity"), mapping(target.facts, "asked")
    engine = facts.get("engine") or identity.get("engine")
    adapter = adapter_named(str(engine)) if engine else None
    where = str(facts.get("url") or "").partition("://")[2].partition("/")[0]
    title, short = _titles(adapter, engine, where)
    toy = adapter is not None and not adapter.needs_model and not asked.get("model")
    model = "toy model" if toy else model_name(_models(target), _shape(target))
    marks = dict(_marks(target, adapter))
    precision = marks.get("precision", "")
    if precision.lower() in model.lower() or precision.lower() in FULL_PRECISION:
        precision = ""
    shown = [f"np={asked['np']}" if asked.get("np") else ""]
    if not toy:
        shown = [*(marks.get(key, "") for key in ("own", "tp", "pp", "np")), precision, marks.get("gpus", "")]
    who = (model, title) if toy else (title, model)
    marks |= {"engine": title, "model": model, "where": "" if asked else where}
    return TargetName(full=_joined(" · ", *who, *shown), short=short, marks=marks)


def name_of(record: RunRecord) -> TargetName:
    """What a recorded run's target is called: as its viewers saw it, or for an older record as it would be now."""
    found, about = name_target(recorded_target(record)), record.about
    return TargetName(full=about.name or found.full, short=about.short_name or found.short, marks=found.marks)


def named(record: RunRecord) -> About:
    """What is said of the run, with its name also where the record is older than names are."""
    name = name_of(record)
    random = record.about.random_weights or has_random_weights(record.target)
    return msgspec.structs.replace(record.about, name=name.full, short_name=name.short, random_weights=random)


def has_random_weights(target: Mapping[str, Any]) -> bool:
    """Its weights are random, so it speaks gibberish; false also where that is not known.

    The toy model is none of these: its name says what it is, and it babbles in the scenario's words.
    """
    return bool(mapping(target, "asked").get("dummy") or target.get("random_shape"))


def told_apart(left: TargetName, right: TargetName) -> tuple[TargetName, TargetName]:
    """Both sides' names, changed where they are the same: by what sets the two apart, else by A and B."""
    marks = list(_apart(left.marks, right.marks))
    fulls = _distinct(left.full, right.full, [pair for pair in marks if _is_new(pair, left.full)], " · ")
    shorts = _distinct(left.short, right.short, marks, " ")
    ours, theirs = zip(fulls, shorts, strict=True)
    return (
        TargetName(full=ours[0], short=ours[1], marks=left.marks),
        TargetName(full=theirs[0], short=theirs[1], marks=right.marks),
    )


def gpu_name(product: str) -> str:
    """A GPU's short name: `H100` for `NVIDIA H100 80GB HBM3`."""
    return " ".join(_MAKERS.sub(" ", product.replace("-", " ")).split()) or product


def mapping(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The part of this name; empty where a record has none."""
    value = facts.get(name)
    return value if isinstance(value, Mapping) else {}


def named_flags(facts: Mapping[str, Any]) -> dict[str, str]:
    """The engine's own flags that belong in a name, in words, with their values."""
    words, flags = flags_in_names(facts), mapping(mapping(facts, "asked"), "flags")
    return {words[key]: str(value) for key, value in flags.items() if key in words and value}


def flags_in_names(facts: Mapping[str, Any]) -> Mapping[str, str]:
    """The flags of this target's engine that belong in a name, see `Adapter`."""
    adapter = adapter_named(str(facts.get("engine")))
    return {} if adapter is None else adapter.flags_in_names


def _titles(adapter: Adapter | None, engine: Any, where: str) -> tuple[str, str]:
    """The engine's name, in full and in short; of an unknown server its address."""
    if adapter is not None:
        return adapter.title_in_names or adapter.title, adapter.short_title or adapter.title
    known = str(engine or where or "server")
    return known, known


def _models(target: RecordedTarget) -> tuple[str | None, ...]:
    identity, asked = mapping(target.facts, "identity"), mapping(target.facts, "asked")
    return target.model, identity.get("model"), asked.get("model")


def _shape(target: RecordedTarget) -> str | None:
    """The published shape that the model has: a model of ours says so, else its sizes are compared."""
    if made := target.facts.get("random_shape"):
        return str(made)
    if known := shape_of_size(mapping(target.facts, "identity").get("n_params")):
        return known
    work = target.work
    if work is None:
        return None
    same = (
        name
        for name in NAMED
        if (cost := decode_cost_of(find_shape(name), "bf16"))
        and (cost.layers, cost.hidden, cost.token_flops) == (work.layers, work.hidden, work.token_flops)
    )
    return next(same, None)


def _marks(target: RecordedTarget, adapter: Adapter | None) -> Iterator[tuple[str, str]]:
    """What distinguishes it, by kind."""
    identity, asked = mapping(target.facts, "identity"), mapping(target.facts, "asked")
    flags = mapping(asked, "flags")
    for key, value in (
        ("tp", asked.get("tp") or identity.get("tp")),
        ("pp", asked.get("pp")),
        ("np", asked.get("np") or identity.get("slots")),
    ):
        if value:
            yield key, f"{key}={value}"
    if context := asked.get("ctx") or identity.get("context"):
        yield "context", f"ctx={context}"
    if words := " ".join(named_flags(target.facts).values()):
        yield "own", words
    files = [quantisation(str(model)) for model in _models(target) if model]
    if precision := identity.get("quantization") or next(filter(None, files), None):
        yield "precision", str(precision)
    if gpus := _gpus(target, adapter):
        yield "gpus", gpus
    short = {key: str(value) for key, value in flags.items() if key not in flags_in_names(target.facts)}
    own = [f"{key}={value}" for key, value in short.items() if len(value) <= _LONGEST_FLAG and "/" not in value]
    if own:
        yield "flags", " ".join(own)
    version = str(identity.get("version") or "").partition(" ")[0]
    if version and "unknown" not in version:
        yield "version", version


def _gpus(target: RecordedTarget, adapter: Adapter | None) -> str:
    """How many of which GPUs it computes on; empty where that is not known."""
    asked, identity = mapping(target.facts, "asked"), mapping(target.facts, "identity")
    gpus = list(target.gpus or target.facts.get("gpu_names") or ())
    if adapter is None or "gpus" not in adapter.keys or not gpus:
        return ""
    flags = mapping(asked, "flags")
    chosen, size = asked.get("gpus") or (), asked.get("tp") or identity.get("tp")
    if chosen:
        gpus = [gpus[index] for index in chosen if index < len(gpus)]
    elif size or asked.get("pp"):
        gpus = gpus[: (size or 1) * (asked.get("pp") or 1)]
    elif adapter.spreads_by_itself:
        gpus = [] if adapter.offload_flags & set(flags) else gpus[: adapter.most_gpus(flags)]
    elif asked:
        gpus = gpus[:1]
    elif len(gpus) > 1:
        return ""
    kinds = dict.fromkeys(map(gpu_name, gpus))
    return " + ".join(f"{sum(gpu_name(gpu) == kind for gpu in gpus)}×{kind}" for kind in kinds)


def _apart(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The marks that differ, the most telling first."""
    pairs = ((left.get(key, ""), right.get(key, "")) for key in _APART)
    return (pair for pair in pairs if pair[0] != pair[1])


def _is_new(pair: tuple[str, str], name: str) -> bool:
    return not any(mark and mark in name for mark in pair)


def _distinct(left: str, right: str, marks: Sequence[tuple[str, str]], joint: str) -> tuple[str, str]:
    tries = [(left, right), *((_joined(joint, left, mark), _joined(joint, right, other)) for mark, other in marks)]
    last = f"{left} A", f"{right} B"
    return next((pair for pair in tries if pair[0].casefold() != pair[1].casefold()), last)


def _joined(joint: str, *parts: str) -> str:
    return joint.join(filter(None, parts))
