"""`stress plan` as its users run it."""

import json

import pytest
from stress_process import stress

from stress.cli.plan import _box
from stress.errors import UsageError
from stress.limits.box import names
from stress.models.shapes import NAMED
from stress.telemetry.machine_gpu import MachineGpu


def test_70b_on_one_a100_does_not_fit_and_what_would_is_said():
    result = stress("plan", "llama-3.1-70b", "--gpu", "a100-40gb", "--gpus", "1")
    assert result.returncode == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert "It does not fit: weights 131.4 GiB, room" in text
    assert text.endswith("on 1 × a100-40gb; 4 GPUs would fit.")


def test_70b_on_four_a100_fits():
    result = stress("plan", "llama-3.1-70b", "--gpu", "a100-40gb", "--gpus", "4", "--json")
    page = json.loads(result.stdout)
    assert [(row["fit"]["tp"], row["fit"]["fits"]) for row in page["rows"]] == [(1, False), (2, False), (4, True)]
    assert page["rows"][2]["limits"]["1"]["binds"] == "memory"


def test_tp_3_says_which_heads_do_not_divide():
    result = stress("plan", "llama-3.1-70b", "--gpu", "h200", "--gpus", "4", "--tp", "3")
    text = " ".join(result.stdout.split())
    assert result.returncode == 0
    assert "3 does not divide the 64 attention heads and the 8 KV heads" in text


def test_a_mixed_box_says_what_each_card_holds_and_what_to_run():
    result = stress("plan", "llama-3.1-8b", "--gpu", "rtx-4090+rtx-3060-12gb")
    text = " ".join(result.stdout.split())
    assert result.returncode == 0, result.stderr
    assert "1 × rtx-4090: 24 GiB" in text
    assert "1 × rtx-3060-12gb: 12 GiB" in text
    assert "tp=2: 1 × rtx-4090 + 1 × rtx-3060-12gb, an even share each: the smallest sets the room" in text
    assert "layers: rtx-4090 22 layers, 10.3 GiB of weights, 9.9 GiB of KV room; rtx-3060-12gb 10 layers" in text
    assert "Run llama.cpp's layer split, with room for 14 agents" in text


def test_as_json_a_mixed_box_has_its_cards_and_its_chips():
    page = json.loads(stress("plan", "llama-3.1-8b", "--gpu", "2*rtx-3090+rtx-4090", "--json").stdout)
    assert [(one["count"], one["chip"]["name"]) for one in page["chips"]] == [(1, "rtx-4090"), (2, "rtx-3090")]
    assert page["gpus"] == 3
    layers = page["rows"][-1]
    assert layers["way"] == {"tp": 1, "pp": 3, "split": "layers"}
    assert sum(card["layers"] for card in layers["fit"]["cards"]) == 32


def plan_here(monkeypatch, *gpus, **options):
    """`stress plan` on a machine with these GPUs: the box that it plans for."""
    found = [MachineGpu(place, name, str(place), gib * 2**30, 0) for place, (name, gib) in enumerate(gpus)]
    monkeypatch.setattr("stress.engines.launching.machine_gpus", lambda: found)
    return _box(None, options.get("count"), options.get("tp"))


def test_this_machines_gpus_may_differ(monkeypatch):
    box = plan_here(monkeypatch, ("NVIDIA GeForce RTX 3090", 24), ("NVIDIA GeForce RTX 4090", 23.99))
    assert names(box.chips) == "1 × rtx-3090 + 1 × rtx-4090"
    with pytest.raises(UsageError, match="GPUs differ"):
        plan_here(monkeypatch, ("NVIDIA GeForce RTX 3090", 24), ("NVIDIA GeForce RTX 4090", 24), count=4)


def test_equal_gpus_of_this_machine_are_one_kind_with_the_least_memory(monkeypatch):
    (kind,) = plan_here(monkeypatch, ("NVIDIA H200", 140.4), ("NVIDIA H200", 140.1)).kinds()
    assert kind[0] == 2
    assert kind[1].memory == 140.1 * 2**30


def test_a_gpu_of_this_machine_without_figures_is_named(monkeypatch):
    with pytest.raises(UsageError, match="no figures for this machine's NVIDIA Riva 128; name a similar chip"):
        plan_here(monkeypatch, ("NVIDIA Riva 128", 1))


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize("box", ["8*h200", "14*h200", "14*rtx-3090", "2*rtx-3090+rtx-4090"])
def test_every_line_keeps_within_the_terminal(columns, box):
    result = stress("plan", "llama-3.1-70b", "--gpu", box, COLUMNS=columns)
    assert result.returncode == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= int(columns)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("llama-9",), "There is no model 'llama-9'"),
        (("llama-3.1-8b", "--gpu", "voodoo"), "There are no figures for"),
        (("llama-3.1-8b", "--gpu", "h200", "--dtype", "bf15"), "--dtype 'bf15' is not known"),
        (("llama-3.1-8b", "--gpu", "h200", "--gpus", "2", "--tp", "4"), "needs 4 GPUs, but there are 2"),
        (("llama-3.1-8b", "--gpu", "h200", "--context", "999999"), "is more than the 131072 tokens"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_a_sentence(words, said):
    result = stress("plan", *words)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"sliding_window": 0},
        {"sliding_window": -5},
        {"hidden_size": 8, "head_dim": None},
        {"quantization_config": ["awq"]},
        {"quantization_config": "awq"},
        {"layer_types": [["a"]]},
        {"num_key_value_heads": 64},
        {"num_hidden_layers": True},
        {"text_config": {"model_type": "llama"}},
    ],
)
def test_an_odd_config_is_planned_or_refused_in_a_sentence(tmp_path, changes):
    (tmp_path / "config.json").write_text(json.dumps(NAMED["llama-3.1-8b"] | changes))
    done = stress("plan", str(tmp_path), "--gpu", "h200")
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
    assert " -" not in done.stdout


def test_an_inner_quantisation_is_seen(tmp_path):
    inner = NAMED["llama-3.1-8b"] | {"quantization_config": {"quant_method": "awq", "bits": 4}}
    (tmp_path / "config.json").write_text(json.dumps({"text_config": inner}))
    assert ", int4, weights" in stress("plan", str(tmp_path), "--gpu", "h200").stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--gpu", "h200", "--gpus", "1000000000"], "--gpus"),
        (["--gpu", "foo,mem=1e308,bandwidth=1"], "larger than any chip"),
        (["--gpu", "foo,mem=1e290,bandwidth=1"], "larger than any chip"),
    ],
)
def test_figures_beyond_sense_are_refused(words, found):
    done = stress("plan", "llama-3.1-8b", *words)
    assert done.returncode == 2
    assert found in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_name_on_the_hub_that_tells_its_shape_is_planned():
    assert "8.03 B parameters, bf16" in stress("plan", "meta-llama/Llama-3.1-8B-Instruct", "--gpu", "h200").stdout
