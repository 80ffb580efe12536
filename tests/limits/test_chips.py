import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.limits.chip_table import CHIPS
from stress.limits.chips import chip_of, find_chip


@pytest.mark.parametrize(
    ("product", "gib", "name"),
    [
        ("NVIDIA H200", 140.4, "h200"),
        ("NVIDIA A100-SXM4-40GB", 40, "a100-40gb"),
        ("NVIDIA A100 80GB PCIe", 80, "a100-80gb-pcie"),
        ("NVIDIA GeForce RTX 4090", 24, "rtx-4090"),
        ("Tesla T4", 15, "t4"),
        ("NVIDIA H100 80GB HBM3", 79.6, "h100"),
        ("NVIDIA H100 PCIe", 79.6, "h100-pcie"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 95.6, "rtx-pro-6000-server"),
        ("NVIDIA RTX 6000 Ada Generation", 48, "rtx-6000-ada"),
        ("AMD Instinct MI300X", 192, "mi300x"),
        ("NVIDIA GeForce RTX 3090", None, "rtx-3090"),
    ],
)
def test_a_drivers_name_is_its_chip(product, gib, name):
    assert chip_of(product, gib and gib * 2**30).name == name


@pytest.mark.parametrize(
    ("product", "gib"),
    [
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 16),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", 5),
        ("NVIDIA H200 NVL MIG 1g.18gb", 18),
        ("NVIDIA GeForce RTX 3060", 8),
        ("NVIDIA GeForce RTX 4090 D", 24),
        ("Some GPU", 24),
        ("", None),
    ],
)
def test_what_is_not_one_for_sure_is_none(product, gib):
    assert chip_of(product, gib and gib * 2**30) is None


@pytest.mark.parametrize(
    "text", ["rtx-3090", "RTX 3090", "3090", "rtx3090", "NVIDIA GeForce RTX 3090", "geforce rtx 3090"]
)
def test_a_user_may_write_a_name_in_many_ways(text):
    assert find_chip(text).name == "rtx-3090"


def test_figures_can_be_replaced_and_a_new_chip_given_by_them():
    chip = find_chip("h200,mem=100,bandwidth=4000,fp8=1000")
    assert (chip.memory, chip.bandwidth, chip.fp8, chip.bf16) == (100 * 2**30, 4e12, 1e15, 989.5e12)
    assert "bandwidth=4000" in chip.source
    mine = find_chip("mine,mem=24,bandwidth=936")
    assert (mine.name, mine.memory, mine.bf16) == ("mine", 24 * 2**30, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a100", "did you mean a100-40gb, a100-40gb-pcie"),
        ("h20000", "There are no figures for"),
        ("voodoo", "choose one of p40"),
        ("", "choose one of"),
        ("mine,mem=24", "no figures for"),
        ("h200,mem=lots", "is not a figure"),
        ("h200,mem=0", "is not a figure"),
        ("h200,colour=3", "is not a figure"),
    ],
)
def test_what_is_no_chip_is_said_in_one_sentence(text, said):
    with pytest.raises(UsageError, match=said) as error:
        find_chip(text)
    assert str(error.value).endswith((".", "?"))


@given(st.sampled_from(sorted(CHIPS)))
def test_a_row_is_found_by_its_names_and_has_its_source(name):
    chip = CHIPS[name]
    assert find_chip(name) == chip
    assert chip.source
    assert all(find_chip(product) == chip for product in chip.products)
    assert (chip.link is None) == (chip.link_name is None)
    assert chip.fp8 is None or chip.fp8 <= 2.05 * chip.bf16


@given(st.text(max_size=30))
def test_no_text_crashes_the_search(text):
    chip_of(text, 1e9)
    with contextlib.suppress(UsageError):
        find_chip(text)
