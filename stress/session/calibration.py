"""How long a burst's prompts are to be, by the server's own count: two small requests before the run."""

import asyncio
from dataclasses import replace

import msgspec

from stress.client.chat import one_reply
from stress.client.wire import Endpoint
from stress.scenario.cast import Cast
from stress.scenario.topology import parse_topology
from stress.session.plan import RunPlan
from stress.swarm.burst import GUESSED, WordCount, burst_prompt

REPLY_LIMIT_S = 60.0
"""The first request of all may have the engine compile something."""
FEWEST_WORDS, MOST_WORDS = 60, 400
UNKNOWN = "The server's usage does not tell how long a prompt is, so the prompts are only about as long as asked."


def calibrated(plan: RunPlan) -> RunPlan:
    """The plan of a burst whose made prompts will have the tokens that were asked for; others as they are.

    The two requests are no part of the run: each asks for one token, and no prompt of the run begins as theirs do.
    """
    burst = plan.burst
    if burst is None or burst.prompts or not burst.prompt_tokens:
        return plan
    longer = min(MOST_WORDS, max(FEWEST_WORDS, burst.prompt_tokens))
    count = asyncio.run(_count(plan, burst_prompt(plan.seed, -1, 0), burst_prompt(plan.seed, -2, longer)))
    words = (count or GUESSED).words(burst.prompt_tokens)
    notices = plan.notices if count else (*plan.notices, UNKNOWN)
    return replace(plan, burst=msgspec.structs.replace(burst, words=words), notices=notices)


async def _count(plan: RunPlan, *texts: str) -> WordCount | None:
    endpoint = msgspec.structs.replace(plan.endpoint, max_tokens=1)
    cast = Cast(plan.scenario, parse_topology(plan.scenario.topology), plan.seed)
    system = cast.system_prompt(0, plan.ramp.peak)
    few, many = [await _measured(endpoint, system, text) for text in texts]
    return None if few is None or many is None else WordCount.of(few, many)


async def _measured(endpoint: Endpoint, system: str, text: str) -> tuple[int, int] | None:
    """The words of this user turn, and the tokens of the prompt that it is in."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    outcome = await one_reply(endpoint, messages, REPLY_LIMIT_S)
    return None if outcome.prompt_tokens is None else (len(text.split()), outcome.prompt_tokens)
