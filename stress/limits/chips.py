"""Which chip of the table a name means: a user's, or a driver's."""

import difflib
import math
import re

import msgspec

from stress.errors import UsageError
from stress.limits.chip_table import CHIPS, Chip

_MAKERS = re.compile(r"\b(nvidia|geforce|tesla|quadro|amd|instinct|radeon|generation)\b")
_RANGE = 0.9, 1.02
"""What a driver reports of the memory as sold: error correction takes up to a sixteenth, firmware some more."""
LARGEST = 1e6
"""Of any figure: a petabyte, a petabyte a second, an exaflop."""
_UNITS = {"mem": 2.0**30, "bandwidth": 1e9, "bf16": 1e12, "fp8": 1e12, "int8": 1e12, "link": 1e9}


def find_chip(text: str) -> Chip:
    """The chip that a user names: `NAME[,key=value…]`.

    The keys replace the table's figures: mem (GiB), bandwidth (GB/s), bf16, fp8, int8 (TFLOP/s), link (GB/s one way).
    A name that the table lacks will do if mem and bandwidth are given.

    Raises:
        UsageError: no chip has the name, several might, or an option is wrong.
    """
    name, *pairs = (part.strip() for part in text.split(","))
    given = _overrides(pairs, text)
    if (chip := _named(name)) is None:
        if name and {"memory", "bandwidth"} <= given.keys():
            return Chip(name=name, source="as given on the command line", **given)  # type: ignore[arg-type]
        raise UsageError(_unknown(name))
    if not given:
        return chip
    link_name = "link" if "link" in given else chip.link_name
    source = f"{chip.source}; {', '.join(pairs)} as given"
    return msgspec.structs.replace(chip, **given, link_name=link_name, source=source)


def chip_of(product: str, mem_total: float | None) -> Chip | None:
    """The chip that a driver (NVML, amdsmi) calls so; None when none fits for sure.

    Args:
        product: the product's name, such as `NVIDIA A100-SXM4-40GB`.
        mem_total: the memory that the driver reports, in bytes; None if unknown. Cards of one name differ in it.
    """
    wanted = _plain(product)
    found = [
        chip
        for chip in CHIPS.values()
        if wanted in chip.products
        and (mem_total is None or _RANGE[0] * chip.memory <= mem_total <= _RANGE[1] * chip.memory)
    ]
    return found[0] if len(found) == 1 else None


def _plain(name: str) -> str:
    return " ".join(_MAKERS.sub(" ", name.lower()).split())


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _plain(name))


def _named(name: str) -> Chip | None:
    wanted = _squeezed(name)
    for chip in CHIPS.values():
        own = _squeezed(chip.name)
        if wanted and wanted in (own, re.sub(r"^r(tx|x)", "", own)):
            return chip
    return chip_of(name, None)


def _unknown(name: str) -> str:
    wanted = _squeezed(name)
    near = [chip for chip in CHIPS if wanted and _squeezed(chip).removeprefix("rtx").startswith(wanted)]
    near = near or difflib.get_close_matches(name.lower(), CHIPS, n=3)
    if near:
        either = ", ".join(near[:-1]) + " or " * (len(near) > 1) + near[-1]
        return f"There are no figures for --gpu {name!r}; did you mean {either}?"
    return (
        f"There are no figures for --gpu {name!r}; choose one of {', '.join(CHIPS)}, "
        "or give its figures: NAME,mem=24,bandwidth=936 (GiB, GB/s)."
    )


def _overrides(pairs: list[str], text: str) -> dict[str, float]:
    given = {}
    for pair in pairs:
        key, _, value = (part.strip() for part in pair.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if key not in _UNITS or not 0 < number < math.inf:
            raise UsageError(
                f"{pair!r} in --gpu {text!r} is not a figure; write mem= (GiB), bandwidth= or link= (GB/s), "
                "bf16=, fp8= or int8= (TFLOP/s) and a number above 0."
            )
        if number > LARGEST:
            raise UsageError(
                f"{pair!r} in --gpu {text!r} is larger than any chip's; mem= is in GiB, bandwidth= and link= in GB/s, "
                "rates in TFLOP/s."
            )
        given["memory" if key == "mem" else key] = number * _UNITS[key]
    return given
