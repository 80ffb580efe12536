import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.limits.box import MOST_GPUS, box_of, find_box, least, names
from stress.limits.chip_table import CHIPS
from stress.limits.chips import find_chip

chips = st.sampled_from(sorted(CHIPS)).map(CHIPS.__getitem__)


def kinds(text: str, gpus: int | None = None) -> list[tuple[int, str]]:
    return [(count, chip.name) for count, chip in find_box(text, gpus).kinds()]


@pytest.mark.parametrize(
    ("text", "gpus", "found"),
    [
        ("h200", None, [(1, "h200")]),
        ("h200", 8, [(8, "h200")]),
        ("6*rtx-4090", None, [(6, "rtx-4090")]),
        ("6 x 4090", None, [(6, "rtx-4090")]),
        ("rtx-3090+rtx-4090", None, [(1, "rtx-4090"), (1, "rtx-3090")]),
        ("2*rtx-3090 + rtx-4090", None, [(1, "rtx-4090"), (2, "rtx-3090")]),
        ("3090+3090+3090", None, [(3, "rtx-3090")]),
        ("rtx-4090+h200", None, [(1, "h200"), (1, "rtx-4090")]),
        ("mine,mem=24,bandwidth=900+rtx-4090", None, [(1, "rtx-4090"), (1, "mine")]),
    ],
)
def test_a_box_is_written_as_people_write_it_and_its_best_gpus_come_first(text, gpus, found):
    assert kinds(text, gpus) == found


@pytest.mark.parametrize(
    ("text", "gpus", "said"),
    [
        ("2*rtx-3090", 4, "already gives the number of GPUs; leave --gpus 4 out"),
        ("rtx-3090+rtx-4090", 2, "already gives the number"),
        ("0*h200", None, "out of range"),
        (f"{MOST_GPUS + 1}*h200", None, "out of range"),
        (f"{MOST_GPUS}*h200+h200", None, "out of range"),
        ("rtx-3090+voodoo", None, "'voodoo'"),
        ("rtx-3090+", None, "''"),
    ],
)
def test_what_is_no_box_is_one_sentence(text, gpus, said):
    with pytest.raises(UsageError, match=said.replace("*", r"\*")):
        find_box(text, gpus)


@given(st.text(alphabet="h200rtx-3090+*x 4,=mem", max_size=30))
def test_no_text_crashes_the_search(text):
    with contextlib.suppress(UsageError):
        assert 1 <= find_box(text, None).count <= MOST_GPUS


def test_it_is_mixed_where_its_chips_differ():
    assert find_box("rtx-3090+rtx-4090", None).mixed
    assert not find_box("6*rtx-4090", None).mixed
    assert names(find_box("2*rtx-3090+rtx-4090", None).chips) == "1 × rtx-4090 + 2 × rtx-3090"


def test_gpus_that_do_even_shares_are_as_small_and_as_slow_as_the_smallest_and_the_slowest():
    both = least([find_chip("rtx-4090"), find_chip("rtx-3060-12gb")])
    assert (both.memory, both.bandwidth, both.bf16, both.fp8) == (12 * 2**30, 360e9, 25.5e12, None)
    fast_but_small = least([find_chip("a,mem=8,bandwidth=2000"), find_chip("b,mem=80,bandwidth=500")])
    assert (fast_but_small.memory, fast_but_small.bandwidth) == (8 * 2**30, 500e9)


@given(st.lists(chips, min_size=1, max_size=8), st.integers(1, 8))
def test_groups_share_no_gpu_and_leave_out_fewer_than_one_group(some, size):
    box = box_of(some)
    groups = box.groups(size)
    assert len(groups) == box.count // size
    assert [chip for group in groups for chip in group] == list(box.chips[: len(groups) * size])
