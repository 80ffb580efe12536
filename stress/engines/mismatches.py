"""Is the server what the user believes it to be? Pure: what was asked for against what the server says of itself.

One of this project's sources measured a cached 7B for a while where a 70B had been asked for.
"""

import re
from dataclasses import dataclass

from stress.engines.adapter import Identity

LEAST_BYTES_A_PARAMETER = 0.2
"""No format in use takes less: llama.cpp's smallest, IQ1_S, takes 1.56 bits."""
PARAMETER_TOLERANCE = 0.35
"""Names round: a `7B` has 6.7 to 8.0 billion parameters, an `8x7B` 47 where 8 × 7 is 56."""

_SIZE = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])(?!-\d+e(?![a-z0-9]))", re.IGNORECASE)
"""A `17B-16E` says only how many parameters are active, of 16 experts: that is no claim to hold it to."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run needs of its server."""

    model: str | None
    """What the user asked for: `--model`, or the ENGINE's model."""
    agents: int
    """The most agents at once."""
    tokens: int
    """What a request may take, prompt and reply together."""


def parameters_in(name: str) -> float | None:
    """The number of parameters that a model's name claims, such as 70e9 for `Llama-3.1-70B`; None if it claims none."""
    found = _SIZE.search(name.replace("_", "-"))
    if found is None:
        return None
    return int(found[1] or 1) * float(found[2]) * (1e9 if found[3].lower() == "b" else 1e6)


def mismatches(wanted: Wanted, listed: tuple[str, ...], identity: Identity, gpu_bytes: int | None = None) -> list[str]:
    """What the user must know before they believe a number: a sentence each.

    Args:
        wanted: what the run needs.
        listed: the models that the server lists.
        identity: what it says of itself.
        gpu_bytes: the memory in use on all GPUs of the server's machine, where that is ours to see.
    """
    found = [_other_size(wanted.model, identity), _too_small_for(wanted.model, identity, gpu_bytes)]
    if wanted.model and listed and wanted.model not in listed:
        named = ", ".join(listed[:4])
        found.insert(0, f"The server lists {named}, not '{wanted.model}'; it may answer with another model.")
    if identity.context is not None and identity.context < wanted.tokens:
        found.append(
            f"This server allows {identity.context:,} tokens per request, and the scenario asks for {wanted.tokens:,}: "
            "agents will remember less of the conversation."
        )
    if identity.slots is not None and identity.slots < wanted.agents:
        slots = f"{identity.slots} request{'' if identity.slots == 1 else 's'}"
        found.append(
            f"The server handles {slots} at a time; with {wanted.agents} agents, the others wait in its queue."
        )
    return [sentence for sentence in found if sentence]


def _other_size(asked: str | None, identity: Identity) -> str | None:
    """A name claims a number of parameters, and the server's own metadata says another."""
    for name in (asked, identity.model):
        claimed = parameters_in(name) if name else None
        if claimed and identity.n_params and abs(identity.n_params / claimed - 1) > PARAMETER_TOLERANCE:
            return (
                f"'{name}' should have {_count(claimed)} parameters, but the server's model has "
                f"{_count(identity.n_params)}; all figures are for that model."
            )
    claimed, served = parameters_in(asked or ""), parameters_in(identity.model or "")
    if claimed and served and abs(served / claimed - 1) > PARAMETER_TOLERANCE:
        return f"You asked for '{asked}', but the server says that it serves '{identity.model}'."
    return None


def _too_small_for(asked: str | None, identity: Identity, gpu_bytes: int | None) -> str | None:
    """Weights have a size: a 70B cannot lie in the memory of a 7B."""
    claimed = identity.n_params or parameters_in(asked or "") or parameters_in(identity.model or "")
    least = claimed and claimed * LEAST_BYTES_A_PARAMETER
    held, where = identity.weight_bytes, "its weights take"
    if held is None:
        held, where = gpu_bytes, "all GPUs on this machine together hold"
    if not claimed or not least or held is None or held >= least:
        return None
    return (
        f"The model should have {_count(claimed)} parameters, but {where} only {held / 1e9:.1f} GB; "
        "it is another model, or it is not on these GPUs."
    )


def _count(parameters: float) -> str:
    return f"{parameters / 1e9:.1f} B" if parameters >= 1e9 else f"{parameters / 1e6:.1f} M"
