import pytest

from stress.errors import UsageError
from stress.sweep.grid import MOST_POINTS, Axis, parse_axis, parse_vary, points


def test_every_combination_is_a_point_and_the_last_axis_moves_fastest():
    grid = points([Axis("tp", ("1", "2")), Axis("np", ("8", "16"))])
    assert [point.words for point in grid] == ["tp=1, np=8", "tp=1, np=16", "tp=2, np=8", "tp=2, np=16"]


def test_without_an_axis_there_is_one_point():
    (point,) = points([])
    assert (point.words, point.slug, point.engine("vllm:m"), point.agents) == ("as given", "only", "vllm:m", None)


def test_a_point_is_the_users_engine_with_its_settings_but_for_the_agents():
    (point,) = points([Axis("tp", ("2",)), Axis("agents", ("64",)), Axis("max-num-seqs", ("128",))])
    assert point.engine("vllm:m,ctx=8192") == "vllm:m,ctx=8192,tp=2,max-num-seqs=128"
    assert point.agents == 64
    assert point.slug == "tp2-agents64-max-num-seqs128"


def test_a_slug_is_a_name_for_a_directory():
    (point,) = points([Axis("compilation-config", ('{"a/b": 1}',))])
    assert not set(point.slug) & set('/"{} :')


@pytest.mark.parametrize(("text", "axis"), [("1,2,4", Axis("tp", ("1", "2", "4"))), (" 8 ", Axis("tp", ("8",)))])
def test_a_list_has_commas(text, axis):
    assert parse_axis("--tp", "tp", text) == axis


@pytest.mark.parametrize("text", ["", "1,,2", ",", "1,1"])
def test_what_is_no_list_is_said(text):
    with pytest.raises(UsageError, match="--tp"):
        parse_axis("--tp", "tp", text)


@pytest.mark.parametrize("text", ["0", "x", "1.5", "-3"])
def test_agents_are_whole_numbers(text):
    with pytest.raises(UsageError, match="whole numbers above 0"):
        parse_axis("--agents", "agents", text)


def test_any_key_can_be_varied():
    assert parse_vary("max-num-seqs=64,128") == Axis("max-num-seqs", ("64", "128"))
    for text in ("max-num-seqs", "=1,2", "x="):
        with pytest.raises(UsageError, match="--vary"):
            parse_vary(text)


def test_a_key_is_varied_once_and_there_is_an_end_to_it():
    with pytest.raises(UsageError, match="tp is varied twice"):
        points([Axis("tp", ("1",)), Axis("tp", ("2",))])
    with pytest.raises(UsageError, match="the most is 200"):
        points([Axis("a", tuple(map(str, range(MOST_POINTS + 1))))])
