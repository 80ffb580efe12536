"""One page of a DCGM exporter, or of a Prometheus that federates several: the GPUs on it."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from stress.client.failures import one_line
from stress.readings import GpuReading
from stress.telemetry.dcgm_names import (
    BUSIEST_CPU,
    CHIP_NAMES,
    HOST_PREFIX,
    PREFIX,
    PROGRAMS_CPU,
    is_blank,
    to_fields,
)


class GpuKey(NamedTuple):
    """A GPU, or a MIG instance of one, on a page; they sort as they are listed."""

    host: str
    """The machine as the page names it; empty if it does not."""
    gpu: int
    instance: int
    """The MIG instance; -1: the whole chip."""
    uuid: str = ""
    """The chip's own number, or its instance's; empty if the page does not say."""

    @property
    def chip(self) -> tuple[str, int]:
        """What is the same on every page that has it."""
        return self.uuid, self.instance


class _Found:
    """What a page says of one GPU."""

    def __init__(self) -> None:
        self.name = ""
        self.profile = ""
        self.values: dict[str, float] = {}
        self.links: dict[str, dict[str, float]] = {}
        """Of each single NVLink, where the exporter lists them: by metric, then by link."""

    def all_values(self) -> dict[str, float]:
        """The values; what only the single links have is added up."""
        return {name: sum(links.values()) for name, links in self.links.items()} | self.values


def read_page(text: str) -> dict[GpuKey, GpuReading]:
    """The GPUs on the page in their order; `host` is left None. What the page lacks is None in the reading.

    A GPU with MIG instances has a reading of the chip (power, energy, clocks: no instance has its own) and one for
    each instance.

    Raises:
        ValueError: a line with a GPU's metric is not in Prometheus' text format.
    """
    # Only what we read is parsed: an exporter has many more metrics, and each line costs 20 µs. Without their types,
    # too: the parser adds an ending to the names of counters.
    ours = "".join(f"{line}\n" for line in text.splitlines() if line.partition("{")[0].rstrip() in CHIP_NAMES)
    found: dict[GpuKey, _Found] = {}
    for family in text_string_to_metric_families(ours):
        for sample in family.samples:
            _put(found, sample.name, sample.labels, float(sample.value))
    return {key: _reading(key, found[key]) for key in sorted(found)}


def read_programs_cpu(text: str) -> tuple[float | None, float | None]:
    """Cores used by the programs on the GPUs, together, and by the busiest of their processes; None: it does not say.

    Raises:
        ValueError: such a line is not in Prometheus' text format.
    """
    ours = "".join(f"{line}\n" for line in text.splitlines() if line.startswith(HOST_PREFIX))
    found = {
        sample.name: float(sample.value)
        for family in text_string_to_metric_families(ours)
        for sample in family.samples
        if not sample.labels
    }
    return found.get(HOST_PREFIX + PROGRAMS_CPU), found.get(HOST_PREFIX + BUSIEST_CPU)


def has_dcgm(text: str) -> bool:
    """Some metric on the page has one of DCGM's names, though maybe not one that we know.

    Raises:
        ValueError: the page is not in Prometheus' text format.
    """
    return any(family.name.startswith(PREFIX) for family in text_string_to_metric_families(text))


def _put(found: dict[GpuKey, _Found], name: str, labels: Mapping[str, str], value: float) -> None:
    gpu = labels.get("gpu", "")
    if not gpu.isdecimal():  # a switch's or a CPU's
        return
    chip = GpuKey(_host(labels), int(gpu), -1, labels.get("UUID", ""))
    instance = labels.get("GPU_I_ID", "")
    key = chip._replace(instance=int(instance)) if instance.isdecimal() else chip
    for each in {chip, key}:
        gpu_found = found.setdefault(each, _Found())
        gpu_found.name = labels.get("modelName") or labels.get("model_name") or gpu_found.name
    found[key].profile = labels.get("GPU_I_PROFILE") or found[key].profile
    if is_blank(value):
        return
    owner = found[chip if CHIP_NAMES[name] else key]
    if link := labels.get("nvlink"):
        owner.links.setdefault(name, {})[link] = value
    elif owner is found[key] or name not in owner.values:
        owner.values[name] = value


def _host(labels: Mapping[str, str]) -> str:
    """The exporter's own label, or the one that Prometheus adds to what it read from an address."""
    host = labels.get("Hostname") or labels.get("hostname") or ""
    return one_line(host or urlsplit(f"//{labels.get('instance', '')}").netloc.rpartition(":")[0])


def _reading(key: GpuKey, found: _Found) -> GpuReading:
    name = one_line(found.name) or "NVIDIA GPU"
    if key.instance >= 0:
        name = f"{name} (MIG {one_line(found.profile)} #{key.instance})".replace("  ", " ")
    fields: dict[str, Any] = to_fields(found.all_values())
    return GpuReading(index=key.gpu, name=name, **fields)
