"""What joins the GPUs: NVLink, PCIe, peer access. It decides what tensor parallelism is worth."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from stress.doctor.check import Check
from stress.doctor.gpu_facts import GpuFacts, Gpus, Pair, Path
from stress.doctor.gpus import numbers

GB_A_LANE = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}
"""Gigabytes a second each way, by PCIe's generation."""
FEW_LANES = 8

_SLOW_TP = "Tensor parallelism sends every layer's activations over PCIe"
_INSTEAD = "compare tp with pp, and with one engine per GPU"


def link_checks(found: Gpus) -> list[Check]:
    """The lines on links, for GPUs that answer; none without any."""
    gpus = [gpu for gpu in found.gpus if gpu.lost is None]
    if not gpus:
        return []
    linked = bool(found.pairs) and all(pair.nvlink for pair in found.pairs)
    checks = [_pcie(gpus, linked=linked)]
    if len(gpus) > 1:
        checks += [_nvlink(gpus, found.pairs), _peers(found.pairs)]
    return checks


def _pcie(gpus: Sequence[GpuFacts], *, linked: bool) -> Check:
    """Lanes count: the generation goes down on an idle GPU and comes back under load, so it is only shown."""
    if all(gpu.pcie_width is None for gpu in gpus):
        return Check("PCIe", "n/a", "links n/a")
    kinds: dict[str, list[GpuFacts]] = defaultdict(list)
    for gpu in gpus:
        kinds[_pcie_words(gpu)].append(gpu)
    words = [words if len(kinds) == 1 else f"{numbers(those)}: {words}" for words, those in kinds.items()]
    cut = [gpu for gpu in gpus if gpu.pcie_width and gpu.pcie_max_width and gpu.pcie_width < gpu.pcie_max_width]
    narrow = [gpu for gpu in gpus if gpu.pcie_width and gpu.pcie_width < FEW_LANES]
    advice = None
    if len(gpus) > 1 and narrow and not linked:
        advice = f"{_SLOW_TP}, which is narrow here: {_INSTEAD}; or move the GPUs to wider slots."
    elif cut:
        advice = f"{numbers(cut)}: fewer lanes than possible; check the slot, the riser and bifurcation in the BIOS."
    each = "each " * (len(kinds) == 1 and len(gpus) > 1)
    return Check("PCIe", "warning" if advice else "ok", each + "; ".join(words), advice)


def _pcie_words(gpu: GpuFacts) -> str:
    if gpu.pcie_width is None:
        return "n/a"
    words = f"x{gpu.pcie_width}"
    if gpu.pcie_max_width and gpu.pcie_max_width != gpu.pcie_width:
        words += f" of x{gpu.pcie_max_width}"
    if gpu.pcie_max_gen:
        words += f", generation {gpu.pcie_max_gen}"
        if gpu.pcie_gen and gpu.pcie_gen < gpu.pcie_max_gen:
            words += f" ({gpu.pcie_gen} at rest)"
        if lane := GB_A_LANE.get(gpu.pcie_max_gen):
            words += f", {gpu.pcie_width * lane:.1f} GB/s each way"
    return words


def _nvlink(gpus: Sequence[GpuFacts], pairs: Sequence[Pair]) -> Check:
    counts = Counter(gpu.nvlinks or 0 for gpu in gpus)
    if not any(counts):
        return Check("NVLink", "ok", "none: the GPUs communicate over PCIe")
    joined = sum(bool(pair.nvlink) for pair in pairs)
    up = f"{' or '.join(map(str, sorted(counts)))} links up per GPU; connects"
    if len(counts) > 1:
        fewer = numbers([gpu for gpu in gpus if (gpu.nvlinks or 0) < max(counts)])
        advice = f"{fewer}: links are down; see nvidia-smi nvlink -s, and give a model only GPUs with equally many."
    elif joined == len(pairs):
        return Check("NVLink", "ok", f"{up} all GPUs")
    else:
        advice = "Use tp only across GPUs that NVLink connects; see nvidia-smi topo -m, and choose them with gpus=."
    return Check("NVLink", "warning", f"{up} {joined} of {_pairs(len(pairs))}", advice)


def _peers(pairs: Sequence[Pair]) -> Check:
    known = [pair for pair in pairs if pair.peer is not None]
    able = [pair for pair in known if pair.peer]
    through = _through(Counter(pair.path for pair in pairs if pair.path is not None))
    if not known:
        return Check("peer access", "n/a", f"n/a{through}")
    if len(able) == len(known):
        return Check("peer access", "ok", f"between all GPUs{through}")
    between = f"between {len(able)} of {_pairs(len(known))}" if able else "not between any two GPUs"
    found = f"{between}: data between them goes through host memory{through}"
    advice = f"{_SLOW_TP}: {_INSTEAD}. If an engine hangs at start, set NCCL_P2P_DISABLE=1."
    return Check("peer access", "warning", found, advice)


def _through(ways: Counter[Path]) -> str:
    """What the ways between GPUs lead through."""
    if not ways:
        return ""
    if len(ways) == 1:
        return f"; over {next(iter(ways))}"
    return "; over " + ", ".join(f"{way} ({_pairs(count)})" for way, count in ways.most_common())


def _pairs(count: int) -> str:
    return f"{count} pair{'s' * (count != 1)}"
