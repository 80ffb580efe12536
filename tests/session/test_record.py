"""What a run says of itself before it starts."""

from dataclasses import replace

import pytest
from short_runs import make_plan
from town import make_scenario

from stress.scenario.cast import Cast
from stress.scenario.topology import parse_topology
from stress.session.options import RampOptions
from stress.session.record import about, describe_run


@pytest.mark.parametrize(
    "topology", ["none", "pairs", "ring", "star", "tree:2", "all", "rooms:3", "rooms:1000", "rooms:4000"]
)
def test_an_agents_card_shows_the_part_that_it_plays(topology):
    scenario = make_scenario(topology, lead={"name": "Lu", "is": "the judge."})
    cast = Cast(scenario, parse_topology(topology), seed=1)
    shown = about(make_plan("http://h/v1", scenario=scenario)).cast
    for index in (0, 1, 2, 3, 6, 999, 1000, 1500, 2000, 4000, 8000, 9999):
        assert shown.part_of(index).name == cast.persona(index).name, index


def test_the_options_in_the_record_hold_no_secret_at_any_depth():
    options = RampOptions(
        url="http://bob:hunter2@h/v1",
        gpu_metrics=["http://bob:hunter2@gpus:9400/metrics?token=hunter2"],
        extra_body={"callback": ["http://bob:hunter2@h/done"]},
        agents="3",
        ignore_eos=True,
    )
    record = describe_run(replace(make_plan("http://h/v1"), options=options))
    assert record.options == {
        "url": "http://h/v1",
        "gpu_metrics": ["http://gpus:9400/metrics?…"],
        "extra_body": {"callback": ["http://h/done"]},
        "agents": "3",
        "ignore_eos": True,
    }


FACTS = {"engine": "vllm", "asked": {"model": "org/M-8B", "tp": 2, "dummy": True}, "gpu_names": ["NVIDIA H200"] * 2}


def test_viewers_call_the_run_by_its_engine_its_model_and_what_distinguishes():
    shown = about(make_plan("http://h/v1", facts=FACTS | {"identity": {"model": "org/M-8B"}}))
    assert shown.name == "vLLM · fake-model · tp=2 · 2×H200"
    assert (shown.short_name, shown.random_weights) == ("vLLM", True)


def test_the_users_name_is_the_one_and_its_target_stays_in_the_record():
    plan = make_plan("http://h/v1", facts=FACTS)
    record = describe_run(replace(plan, options=RampOptions(url="http://h/v1", name="My box")))
    assert (record.about.name, record.about.short_name) == ("My box", "My box")
    assert record.options["name"] == "My box"
    assert record.target["asked"] == FACTS["asked"]


def test_a_server_that_no_engine_signs_is_called_by_its_address_which_a_safe_record_hides():
    plan = make_plan("http://gpubox:8000/v1")
    assert about(plan).name == "gpubox:8000 · fake-model"
    safe = describe_run(replace(plan, options=RampOptions(url="http://gpubox:8000/v1", streamer_safe=True)))
    assert "gpubox" not in safe.about.name + safe.about.short_name
