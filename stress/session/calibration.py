"""How long a burst's prompts are to be, by the server's own count: two small requests before the run."""

import asyncio
from dataclasses import replace

import msgspec

from stress.client.chat import one_reply
from stress.scenario.cast import Cast
from stress.scenario.topology import parse_topology
from stress.session.plan import RunPlan
from stress.swarm.burst import GUESSED, WordCount, burst_prompt

REPLY_LIMIT_S = 60.0
"""The first request of all may have the engine compile something."""
FEWEST_WORDS, MOST_WORDS = 60, 400
UNKNOWN = "The server does not report prompt tokens, so prompts are only roughly as long as requested."


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
    """From the words of these two user turns, and the tokens of the prompts that they are in."""
    endpoint = msgspec.structs.replace(plan.endpoint, max_tokens=1)
    cast = Cast(plan.scenario, parse_topology(plan.scenario.topology), plan.seed)
    system = cast.system_prompt(0, plan.ramp.peak)
    found = []
    for text in texts:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
        reply = await one_reply(endpoint, messages, REPLY_LIMIT_S)
        if reply.prompt_tokens is None:
            return None
        found.append((len(text.split()), reply.prompt_tokens))
    return WordCount.of(*found)
