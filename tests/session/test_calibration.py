import asyncio

import pytest
from chat_server import FakeChatServer, error, stream
from short_runs import make_plan

from stress.ramp import BurstPlan, constant
from stress.session.calibration import UNKNOWN, calibrated
from stress.swarm.burst import GUESSED, burst_prompt, burst_scenario

FIXED, A_WORD = 67, 1.5


def counting(received):
    """As a server whose chat template takes 67 tokens would."""
    words = len(received.messages[-1]["content"].split())
    return stream(["a"], usage={"prompt_tokens": round(FIXED + A_WORD * words), "completion_tokens": 1})


def plan_for(url: str, **changes):
    burst = BurstPlan(**{"requests": 4, "tokens": 20, "concurrency": 4, "prompt_tokens": 100} | changes)
    return make_plan(url, burst=burst, scenario=burst_scenario(20, 0.5, ignore_eos=True), ramp=constant(4))


async def calibrate(*replies, **changes):
    async with FakeChatServer(*replies) as server:
        return await asyncio.to_thread(calibrated, plan_for(server.url, **changes)), server.received


@pytest.mark.parametrize("asked", [100, 200, 3000])
async def test_two_small_requests_tell_how_many_words_make_the_prompt_that_was_asked_for(asked):
    plan, received = await calibrate(counting, prompt_tokens=asked)
    assert [request.json["max_tokens"] for request in received] == [1, 1]
    assert max(len(request.body) for request in received) < 8000
    words = len(burst_prompt(plan.seed, 0, plan.burst.words).split())
    assert FIXED + A_WORD * words == pytest.approx(asked, abs=3)


async def test_the_two_have_the_system_prompt_of_the_run_and_no_prompt_of_it():
    plan, received = await calibrate(counting)
    assert all(request.messages[0]["role"] == "system" for request in received)
    asked = {request.messages[1]["content"] for request in received}
    assert not asked & {burst_prompt(plan.seed, number, plan.burst.words) for number in range(4)}


@pytest.mark.parametrize("reply", [error(500, "boom"), stream(["a"], usage=None), stream(["a"])])
async def test_where_the_server_does_not_tell_that_is_said_and_the_length_is_guessed(reply):
    plan, _ = await calibrate(reply)
    assert (plan.burst.words, plan.notices) == (GUESSED.words(100), (UNKNOWN,))


@pytest.mark.parametrize("changes", [{"prompts": ("one", "two")}, {"prompt_tokens": 0}])
async def test_prompts_whose_length_nobody_asked_for_cost_no_request(changes):
    plan, received = await calibrate(counting, **changes)
    assert (received, plan.notices) == ([], ())
