"""The last picture of a run: after its end a screen shows the whole run, not its last two seconds. Pure."""

import msgspec

from stress.events import AgentState, Sample
from stress.fold.fold import Fold
from stress.fold.gpu_totals import GpuSummary
from stress.fold.snapshot import Snapshot, Whole
from stress.fold.summary import Summary, summarise
from stress.limits.tracker import LimitSummary
from stress.readings import Bottleneck, EnergyReading, GpuReading, Percentiles
from stress.stats.histogram import Histogram, tally

SLOWED_SHARE = 0.05
"""A slowdown that was seen in fewer readings is not worth a word."""
_STAY = (AgentState.GONE, AgentState.FAILED)
_FINISHED = bytes(state if state in _STAY else AgentState.DONE for state in range(256))
"""What each state of an agent is once the run is done."""


def picture(fold: Fold) -> Snapshot:
    """The fold's snapshot; once the run is done, with the figures of the whole run beside those of its last seconds."""
    snapshot = fold.snapshot()
    if fold.phase != "done":
        return snapshot
    summary = summarise(fold)
    ttft = Histogram()
    ttft.add(tally(ms / 1000 for ms in fold.replies.ttft_ms))
    return msgspec.structs.replace(
        snapshot,
        whole=Whole(duration=summary.duration, sample=_sample(fold, snapshot.sample, summary)),
        host=fold.hardware.host_under_load or snapshot.host,
        cells=snapshot.cells.translate(_FINISHED),
        ttft_shape=ttft.shape(),
        itl_shape=fold.itl.shape(),
    )


def _sample(fold: Fold, last: Sample, summary: Summary) -> Sample:
    """The last sample with the summary's figures in it; the GPUs and the engine as they were under load."""
    limit, roofline, client = summary.limit, last.roofline, summary.client
    if roofline is not None and limit is not None and limit.roofline_tok_s is not None:
        roofline = msgspec.structs.replace(roofline, tok_s=limit.roofline_tok_s, share=limit.roofline_share)
    return msgspec.structs.replace(
        last,
        agents=summary.agents_peak,
        in_flight=summary.max_concurrent_requests,
        tok_s=summary.output_throughput,
        prompt_tok_s=summary.total_input_tokens / summary.duration if summary.duration else 0.0,
        ttft_ms=Percentiles(p50=summary.median_ttft_ms, p95=summary.p95_ttft_ms, p99=summary.p99_ttft_ms),
        itl_ms=Percentiles(p50=summary.median_itl_ms, p95=summary.p95_itl_ms, p99=summary.p99_itl_ms),
        gpus=tuple(
            _under_load(gpu, whole) for gpu, whole in zip(fold.hardware.latest_gpus, summary.gpus, strict=False)
        ),
        engine=fold.hardware.engine_under_load,
        client=msgspec.structs.replace(
            last.client, cpu=client.max_cpu, loop_lag_ms=client.p99_loop_lag_ms, limited=client.limited
        ),
        energy=EnergyReading(
            joules=summary.energy_joules,
            watts=summary.energy_joules / summary.duration if summary.energy_joules and summary.duration else None,
            tokens_per_joule=summary.output_tokens_per_joule,
            cost=summary.cost,
            cost_per_million_tokens=summary.cost_per_million_output_tokens,
        ),
        roofline=roofline,
        verdict=last.verdict if limit is None else _verdict(limit),
        stale={},
    )


def _verdict(limit: LimitSummary) -> Bottleneck:
    """What it says of the whole run, in the words that both have."""
    both = set(Bottleneck.__struct_fields__) & set(LimitSummary.__struct_fields__)
    return Bottleneck(**{field: getattr(limit, field) for field in both})


def _under_load(last: GpuReading, whole: GpuSummary) -> GpuReading:
    """Its means under load; of memory and temperature the most."""
    slowdowns = whole.slowdowns or {}
    return msgspec.structs.replace(
        last,
        util=whole.mean_util,
        mem_used=whole.max_mem_used,
        power_w=whole.mean_power_w,
        temp_c=whole.max_temp_c,
        mem_temp_c=whole.max_mem_temp_c,
        sm=whole.mean_sm,
        tensor=whole.mean_tensor,
        dram=whole.mean_dram,
        sm_clock_mhz=whole.mean_sm_clock_mhz,
        nvlink_tx_mib_s=whole.mean_nvlink_tx_mib_s,
        pcie_tx_mib_s=whole.mean_pcie_tx_mib_s,
        slowdowns=tuple(name for name, share in slowdowns.items() if share >= SLOWED_SHARE),
    )
