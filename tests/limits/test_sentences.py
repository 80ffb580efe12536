import pytest
from hypothesis import given
from test_diagnose import evidence, evidences, gpus

from stress.limits.diagnose import diagnose
from stress.readings import ClientReading


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (
            "The engine's slots limit this run: 1 of 200 requests runs at a time.",
            evidence(running=1, waiting=199, slots=1, gpus=gpus(37)),
        ),
        (
            "The engine's slots limit this run: 64 of 200 requests run at a time.",
            evidence(running=64, waiting=136, slots=64, gpus=gpus(60)),
        ),
        ("The GPUs take turns: 2 do the work of 0.9.", evidence(agents=16, in_flight=16, running=16, gpus=gpus(45))),
        ("The engine's CPU limits this run: the GPUs wait for it, 8 % busy.", evidence(gpus=gpus(8), engine_cpu=1.1)),
        (
            "The engine's CPU limits this run: the GPU waits for it, 39 % busy.",
            evidence(gpus=gpus(39, 1), engine_cpu=1.0),
        ),
        ("The engine's CPU limits this run.", evidence(gpus=None, engine_cpu=1.0)),
        (
            "The GPUs' memory bandwidth limits this run: 51 % in use.",
            evidence(gpus=gpus(100, sm=64, tensor=15, dram=51)),
        ),
        (
            "The GPU's arithmetic limits this run: tensor cores 60 % busy.",
            evidence(gpus=gpus(100, 1, sm=82, tensor=60, dram=46)),
        ),
        ("The GPUs limit this run: 99 % busy.", evidence(gpus=gpus(99))),
        (
            "The power limit slows the GPUs down to 71 % of full clock.",
            evidence(gpus=gpus(99, clock=71.0, slowdowns={"power_cap": 1.0})),
        ),
        (
            "Heat slows the GPUs down to 60 % of full clock.",
            evidence(gpus=gpus(99, clock=60.0, slowdowns={"thermal": 1.0})),
        ),
        ("The KV cache is full: 30 requests wait for room.", evidence(waiting=30, kv_usage=0.99, gpus=gpus(95))),
        ("The KV cache is full, and replies lose theirs.", evidence(kv_usage=0.9, preemptions=4, gpus=gpus(95))),
        (
            "The network limits this run: 80 of 200 requests are still on the way.",
            evidence(remote=True, running=120.0, gpus=gpus(70)),
        ),
        ("Not enough agents yet: the engine can take more.", evidence(agents=1, in_flight=1, running=1, gpus=gpus(99))),
        ("The engine has sent no token for 5 s.", evidence(silent=True)),
        ("Most requests fail.", evidence(failures=9, replies=3)),
        ("No single limit found.", evidence(gpus=gpus(70), engine_cpu=0.3)),
        (
            "The client limits this run: a load worker needs more than one core.",
            evidence(client_limited=0.8, client=ClientReading(cpu=0.97, cpu_user="client")),
        ),
        (
            "Other programs take this machine's CPU, so the client is late.",
            evidence(
                client_limited=0.8, client=ClientReading(cpu=0.1, loop_lag_ms=14.0, cpu_user="others"), gpus=gpus(60)
            ),
        ),
        (
            "The engine takes this machine's CPU, so the client is late.",
            evidence(
                client_limited=0.8, client=ClientReading(cpu=0.1, loop_lag_ms=14.0, cpu_user="engine"), gpus=gpus(60)
            ),
        ),
    ],
)
def test_every_limit_is_a_sentence_with_the_figure_that_says_most(said, seen):
    assert diagnose(seen).sentence == said


@given(evidences)
def test_whatever_is_seen_the_sentence_is_whole_and_fits_a_narrow_screen(seen):
    said = diagnose(seen).sentence
    assert said[0].isupper()
    assert said.endswith(".")
    assert "None" not in said
    assert len(" LIMIT  ") + len(said) <= 80
