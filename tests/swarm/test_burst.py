import pytest

from stress.client.exchange import Outcome
from stress.swarm.burst import Burst, WordCount, burst_prompt, burst_scenario, prompt_maker


def outcome(text: str = "", error: str | None = None) -> Outcome:
    return Outcome(start=0.0, end=1.0, text=text, output_tokens=3, error=error)


def nothing(*_) -> None:
    """Nobody is written to."""


def burst(requests: int, agents: int, prompt_tokens: int = 30, worker: int = 0, own=()):
    ready = []
    scenario = burst_scenario(100, 0.8, ignore_eos=True)
    prompt = prompt_maker(7, prompt_tokens, own)
    first = worker << 32
    made = Burst(scenario, 7, ready.append, nothing, nothing, requests=requests, prompt=prompt, first_id=first)
    made.steer(agents, None, range(agents), (), 0.0)
    return made, ready


def run_out(swarm, ready) -> list:
    """Serve whoever is ready until nobody is; the prompts, in order."""
    prompts, now = [], 0.0
    while ready:
        agent = ready.pop(0)
        if swarm.may_begin(agent):
            prompt, _ = swarm.begin(agent, now)
            prompts.append(prompt)
            swarm.end(agent, outcome("A reply."), 0, now)
        now += 1.0
        swarm.tick(now)
    return prompts


@pytest.mark.parametrize(("requests", "agents"), [(50, 50), (50, 7), (3, 7), (1, 1)])
def test_exactly_so_many_requests_are_sent(requests, agents):
    swarm, ready = burst(requests, agents)
    assert len(run_out(swarm, ready)) == requests


def test_turns_that_have_begun_are_taken_at_once():
    swarm, ready = burst(2, 5)
    begun = [agent for agent in ready if swarm.may_begin(agent) and swarm.begin(agent, 0.0)]
    assert len(begun) == 2


def test_each_request_stands_alone():
    prompts = run_out(*burst(12, 4))
    assert all([message["role"] for message in prompt] == ["system", "user"] for prompt in prompts)
    assert not any("A reply." in prompt[1]["content"] for prompt in prompts)


def test_no_two_prompts_are_alike_also_not_those_of_two_workers():
    prompts = [prompt[1]["content"] for worker in (0, 1) for prompt in run_out(*burst(300, 20, worker=worker))]
    assert len(set(prompts)) == 600


def test_a_prompt_is_as_long_as_asked_and_the_same_for_the_same_seed():
    assert burst_prompt(7, 3, 400) == burst_prompt(7, 3, 400)
    assert burst_prompt(7, 3, 400) != burst_prompt(8, 3, 400)
    assert len(burst_prompt(7, 3, 400).split()) == pytest.approx(400, abs=5)
    assert burst_prompt(7, 3, 0)


def test_a_server_that_adds_67_tokens_and_takes_two_a_word_gets_as_many_words_as_make_up_what_was_asked():
    count = WordCount.of((13, 67 + 2 * 13), (60, 67 + 2 * 60))
    assert (count.fixed, count.a_word) == (pytest.approx(67), pytest.approx(2))
    assert 67 + 2 * count.words(200) == pytest.approx(200, abs=1)
    assert count.words(50) == 0  # the template alone is more


@pytest.mark.parametrize("many", [(60, 80), (60, 5), (13, 80)])
def test_a_server_that_counts_nonsense_is_not_believed(many):
    assert WordCount.of((13, 80), many) is None


def test_a_failed_request_counts_and_its_agent_goes_on():
    swarm, ready = burst(3, 1)
    agent = ready.pop()
    swarm.begin(agent, 0.0)
    swarm.end(agent, outcome(error="timeout"), 0, 0.0)
    swarm.tick(60.0)
    assert len(run_out(swarm, ready)) == 2


def test_own_prompts_are_sent_in_turn_and_again_from_the_start():
    prompts = run_out(*burst(5, 1, own=("one", "two")))
    assert [prompt[1]["content"] for prompt in prompts] == ["one", "two", "one", "two", "one"]
