"""What each load worker is given to do."""

import msgspec

from stress.engines.registry import FAILURES
from stress.ramp import BurstPlan
from stress.session.plan import RunPlan
from stress.session.protocol import Job
from stress.session.quota import Quota


def job_for(plan: RunPlan, epoch: float, quota: Quota | None, worker: int) -> Job:
    """A worker's part of the run.

    Args:
        plan: of the run.
        epoch: where its clock begins, on the machine's monotonic clock.
        quota: how a burst's requests are shared out; None: the agents converse.
        worker: its number, from 0 on.
    """
    return Job(
        worker=worker,
        epoch=epoch,
        endpoint=plan.endpoint,
        scenario=plan.scenario.model_dump_json(by_alias=True).encode(),
        seed=plan.seed,
        budget=plan.budget,
        client=plan.options.client,
        words=FAILURES,
        burst=_burst(plan, quota, worker),
    )


def _burst(plan: RunPlan, quota: Quota | None, worker: int) -> BurstPlan | None:
    if quota is None or plan.burst is None:
        return None
    return msgspec.structs.replace(
        plan.burst, requests=quota.of(worker), prompts=quota.prompts_of(worker, plan.burst.prompts)
    )
