import math

import pytest

from stress.sweep.results import PointResult, Run, apart, best, conclusions
from stress.view.sweep_table import sweep_table


def outcome(words: str, *rates: float, gpus: int = 0, trouble: str | None = None) -> PointResult:
    runs = tuple(Run(tok_s=rate, duration=1.0, failed=0, gpus=gpus, gpu="H200" if gpus else None) for rate in rates)
    return PointResult(words=words, runs=runs, trouble=trouble)


def test_a_point_has_the_mean_the_sample_deviation_and_the_interval_of_its_runs():
    found = outcome("tp=1", 90.0, 100.0, 110.0, gpus=2)
    assert (found.mean, found.deviation) == (100, 10)
    assert found.margin == pytest.approx(4.30 * 10 / math.sqrt(3))
    assert found.per_gpu == 50


def test_of_one_run_there_is_no_spread_and_of_none_no_mean():
    assert (outcome("a", 5.0).deviation, outcome("a", 5.0).margin) == (None, None)
    assert (outcome("a").mean, outcome("a").per_gpu, best([outcome("a")])) == (None, None, None)


def test_two_points_are_apart_where_their_intervals_do_not_meet():
    fast, slow = outcome("a", 200.0, 202.0, 198.0), outcome("b", 100.0, 101.0, 99.0)
    assert apart(fast, slow) is True
    assert apart(fast, outcome("c", 196.0, 204.0, 195.0)) is False
    assert apart(fast, outcome("d", 1.0)) is None


def test_the_best_is_named_with_how_much_better_and_how_surely():
    fast, slow = outcome("tp=2", 200.0, 202.0, 198.0, gpus=2), outcome("tp=1", 150.0, 151.0, 149.0, gpus=1)
    said = conclusions([slow, fast])
    assert said[0] == "Best: tp=2 with 200 tok/s, 1.33 × tp=1."
    assert said[1] == "Per GPU: tp=1 with 150 tok/s each."


def test_where_more_gpus_are_slower_it_is_said():
    one, four = outcome("tp=1", 150.0, 151.0, 149.0, gpus=1), outcome("tp=4", 100.0, 101.0, 99.0, gpus=4)
    assert "tp=4 on 4 GPUs is slower than tp=1 on 1: 100 against 150 tok/s." in conclusions([one, four])


def test_a_difference_within_the_spread_is_no_slowness():
    one, four = outcome("tp=1", 150.0, 130.0, 170.0, gpus=1), outcome("tp=4", 148.0, 120.0, 175.0, gpus=4)
    assert not any("slower" in sentence for sentence in conclusions([one, four]))
    assert "not surely" in conclusions([one, four])[0]


def test_nothing_measured_is_said():
    assert conclusions([outcome("tp=1", trouble="it died")]) == ["Nothing was measured."]


def test_the_table_has_the_sources_columns_a_bar_each_and_the_troubles():
    lines = sweep_table("llama", [outcome("tp=1", 90.0, 110.0, gpus=1), outcome("tp=9", trouble="needs 9 GPUs")])
    head, first, last, _, bar, none, *_ = lines
    assert head.split()[:4] == ["model", "setting", "GPU", "GPUs"]
    assert first.split()[:6] == ["llama", "tp=1", "H200", "1", "2", "100"]
    assert last.split()[2] == "n/a"
    assert "█" in bar
    assert "├" in bar
    assert bar.endswith("100 tok/s")
    assert none.endswith("n/a")
    assert "tp=9: needs 9 GPUs" in lines


def test_the_longest_bar_is_the_best_runs():
    lines = sweep_table("m", [outcome("a", 100.0), outcome("b", 50.0)])
    bars = [line.count("█") for line in lines if "█" in line]
    assert bars == [40, 20]


def test_the_table_names_the_model_and_no_path():
    _, first, *_ = sweep_table("/srv/models/llama-3.1-8b-f16.gguf", [outcome("np=1", 90.0)])
    assert first.startswith("Llama-3.1-8B ")
