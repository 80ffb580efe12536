"""`stress plan` as its users run it."""

import json

import pytest
from stress_process import stress


def test_70b_on_one_a100_does_not_fit_and_what_would_is_said():
    result = stress("plan", "llama-3.1-70b", "--gpu", "a100-40gb", "--gpus", "1")
    assert result.returncode == 0, result.stderr
    text = " ".join(result.stdout.split())
    assert "It does not fit: weights 131.4 GiB, room" in text
    assert text.endswith("on 1 × a100-40gb; 4 would do.")


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


@pytest.mark.parametrize("columns", ["80", "120"])
def test_every_line_keeps_within_the_terminal(columns):
    result = stress("plan", "llama-3.1-70b", "--gpu", "h200", "--gpus", "8", COLUMNS=columns)
    assert result.returncode == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= int(columns)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("llama-9",), "There is no model 'llama-9'"),
        (("llama-3.1-8b", "--gpu", "voodoo"), "is no chip in the table"),
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
