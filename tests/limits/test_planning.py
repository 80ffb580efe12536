"""Ways to share a box, with numbers that were worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.limits.box import Box, box_of, find_box
from stress.limits.capacity import BATCHED_TOKENS, RUNTIME_BYTES, UTILISATION, decode_cost_of
from stress.limits.chip_table import CHIPS
from stress.limits.planning import AGENTS, Row, Way, advice, choices, rows_of, sizes, stages_of, ways_of
from stress.models.shapes import NAMED, find_shape

LLAMA_8B, LLAMA_70B = find_shape("llama-3.1-8b"), find_shape("llama-3.1-70b")
GIB = 2**30
chips = st.sampled_from(sorted(CHIPS)).map(CHIPS.__getitem__)
boxes = st.lists(chips, min_size=1, max_size=14).map(box_of)
shapes = st.sampled_from(sorted(NAMED)).map(find_shape)


def box(text: str) -> Box:
    return find_box(text, None)


def rows(shape, dtype: str, text: str, context: int = 8192) -> dict[str, Row]:
    there, work = box(text), decode_cost_of(shape, dtype)
    return {row.way.words: row for row in rows_of(shape, work, there, ways_of(shape, there), context)}


def said(shape, dtype: str, text: str, context: int = 8192) -> str:
    work = decode_cost_of(shape, dtype)
    return advice(shape, work, box(text), list(rows(shape, dtype, text, context).values()), context, dtype)


def test_the_ways_to_share_are_powers_of_two_and_all():
    assert [sizes(gpus) for gpus in (1, 2, 6, 8)] == [[1], [1, 2], [1, 2, 4, 6], [1, 2, 4, 8]]


def test_a_box_that_tensor_parallelism_can_use_whole_has_no_other_rows():
    assert [way.words for way in ways_of(LLAMA_70B, box("8*h200"))] == ["tp=1", "tp=2", "tp=4", "tp=8"]


def test_six_gpus_divide_no_heads_and_are_shared_in_stages_or_by_layers():
    words = [way.words for way in ways_of(LLAMA_8B, box("6*rtx-4090"))]
    assert words == ["tp=1", "tp=2", "tp=4", "tp=6", "tp=1,pp=6", "tp=2,pp=3", "llama.cpp's layer split"]


def test_fourteen_gpus_likewise():
    words = [way.words for way in ways_of(LLAMA_70B, box("14*rtx-3090"))]
    assert words[-3:] == ["tp=1,pp=14", "tp=2,pp=7", "llama.cpp's layer split"]


def test_a_mixed_box_of_two_can_be_split_by_layers():
    words = [way.words for way in ways_of(LLAMA_8B, box("rtx-3090+rtx-4090"))]
    assert words == ["tp=1", "tp=2", "llama.cpp's layer split"]


def test_layers_that_do_not_divide_go_one_more_to_the_first_stages():
    stages = stages_of(LLAMA_8B, box("6*rtx-4090").chips, Way(tp=2, pp=3))
    assert [(stage.layers, len(stage.chips)) for stage in stages] == [(11, 2), (11, 2), (10, 2)]


def test_the_room_in_stages_is_that_of_the_fullest_gpu():
    fit = rows(LLAMA_8B, "bf16", "6*rtx-4090")["tp=2,pp=3"].fit
    weights = LLAMA_8B.parameters * 2 * 11 / 32 / 2
    usable = UTILISATION * 24 * GIB - RUNTIME_BYTES - BATCHED_TOKENS * (4 * 4096 + 3 * 14336 / 2) * 2
    a_token = 128 * 1024 * 11 / 32 / 2
    assert fit.weights_gpu == pytest.approx(weights)
    assert fit.kv_tokens == int((usable - weights) / a_token) == 854_639
    assert fit.agents == 104


def test_a_pipeline_reads_the_weights_again_for_each_part_of_the_batch():
    limit = rows(LLAMA_70B, "q4_k_m", "6*rtx-4090")["tp=2,pp=3"].limits[50]
    read = 4.8944 / 8 * (LLAMA_70B.parameters - 128256 * 8192) + 50 / 3 * 8192 * 320 * 1024
    assert limit.step_s == pytest.approx(3 * 27 / 80 * read / (2 * 1008e9))
    assert limit.tok_s == pytest.approx(1141, abs=1)


def test_a_single_agent_passes_through_every_stage_in_turn():
    found = rows(LLAMA_8B, "bf16", "6*rtx-4090")
    assert found["tp=2,pp=3"].limits[1].tok_s == pytest.approx(found["tp=2"].limits[1].tok_s)
    assert found["tp=1,pp=6"].limits[1].tok_s == pytest.approx(found["tp=1"].limits[1].tok_s)


def test_a_layer_split_is_as_fast_as_one_gpu_however_many_there_are():
    found = rows(LLAMA_8B, "bf16", "6*rtx-4090")
    for agents in AGENTS:
        assert found["llama.cpp's layer split"].limits[agents].tok_s == pytest.approx(
            found["tp=1"].limits[agents].tok_s
        )


def test_tensor_parallelism_on_a_mixed_box_is_as_small_and_as_slow_as_its_smaller_and_slower_gpu():
    mixed, small = (rows(LLAMA_8B, "bf16", text)["tp=2"] for text in ("rtx-4090+rtx-3060-12gb", "2*rtx-3060-12gb"))
    assert (mixed.fit.kv_tokens, mixed.limits[50].tok_s) == (small.fit.kv_tokens, small.limits[50].tok_s)
    cards = mixed.fit.cards
    assert [(card.name, card.layers) for card in cards] == [("rtx-4090", 32), ("rtx-3060-12gb", 32)]
    assert cards[0].weights == cards[1].weights == pytest.approx(LLAMA_8B.parameters * 2 / 2)
    assert cards[0].kv_room - cards[1].kv_room == pytest.approx(UTILISATION * 12 * GIB)


def test_a_layer_split_gives_each_gpu_layers_by_its_memory():
    row = rows(LLAMA_8B, "bf16", "rtx-4090+rtx-3060-12gb")["llama.cpp's layer split"]
    assert [(card.name, card.layers) for card in row.fit.cards] == [("rtx-4090", 22), ("rtx-3060-12gb", 10)]
    read = 2 * (LLAMA_8B.parameters - 128256 * 4096) + 8192 * 128 * 1024
    assert row.limits[1].step_s == pytest.approx(read * (22 / 32 / 1008e9 + 10 / 32 / 360e9))


def test_a_single_engine_on_a_mixed_box_takes_its_best_gpu():
    assert rows(LLAMA_8B, "bf16", "rtx-3060-12gb+rtx-4090")["tp=1"].fit.cards[0].name == "rtx-4090"


def test_six_4090s_run_three_copies_of_an_8b():
    text = said(LLAMA_8B, "bf16", "6*rtx-4090")
    assert text.startswith(
        "Run 3 copies at tp=2, with room for 78 agents of 8,192 tokens: 50 agents get 3,063 tok/s at"
    )
    assert "against 2,970 with tp=2,pp=3 and 734 with llama.cpp's layer split" in text
    assert text.endswith("tp=6 is impossible, because 6 does not divide the 32 attention heads and the 8 KV heads.")


def test_six_4090s_run_a_70b_in_three_stages_of_two():
    assert said(LLAMA_70B, "q4_k_m", "6*rtx-4090").startswith("Run tp=2,pp=3, with room for 31 agents of 8,192 tokens:")


def test_fourteen_3090s_run_a_70b_in_seven_stages_of_two():
    assert said(LLAMA_70B, "bf16", "14*rtx-3090").startswith("Run tp=2,pp=7, with room for 53 agents of 8,192 tokens:")


def test_two_cards_of_one_size_run_tensor_parallelism_and_two_of_different_sizes_a_layer_split():
    assert said(LLAMA_8B, "bf16", "rtx-3090+rtx-4090").startswith("Run tp=2, with room for 26 agents")
    assert said(LLAMA_8B, "bf16", "rtx-4090+rtx-3060-12gb").startswith("Run llama.cpp's layer split, with room for 14")


def test_gpus_that_would_be_idle_are_counted():
    assert "; 2 of the 6 GPUs have nothing to do; " in said(LLAMA_70B, "bf16", "6*h200")


def test_a_mixed_box_that_is_too_small_says_what_would_fit():
    text = said(LLAMA_70B, "bf16", "2*rtx-3090+rtx-4090")
    assert text.startswith("It does not fit: weights 131.4 GiB, room ")
    assert text.endswith("--dtype int4 would fit.")


@given(shape=shapes, dtype=st.sampled_from(["bf16", "fp8", "int4"]), there=boxes)
def test_the_advice_is_always_one_sentence_and_names_a_way_that_fits(shape, dtype, there):
    work = decode_cost_of(shape, dtype)
    found = rows_of(shape, work, there, ways_of(shape, there), 4096)
    text = advice(shape, work, there, found, 4096, dtype)
    assert text.endswith(".")
    assert ". " not in text
    assert text.startswith("It does not fit") is not any(row.fit.fits for row in found)


@given(shape=shapes, there=boxes)
def test_every_layer_lies_somewhere_and_no_way_holds_more_than_the_gpus_have(shape, there):
    work = decode_cost_of(shape, "bf16")
    for way in ways_of(shape, there):
        stages = stages_of(shape, there.chips[: way.gpus], way)
        row = rows_of(shape, work, there, [way], 4096)[0]
        if row.fit.fits:
            assert sum(stage.layers for stage in stages) == shape.layers
            held = sum(card.weights for card in row.fit.cards) + row.fit.kv_tokens * work.kv_bytes
            assert held <= UTILISATION * sum(chip.memory for chip in there.chips)


@given(shape=shapes, there=boxes)
def test_no_way_is_faster_than_all_its_gpus_reading_at_once(shape, there):
    work = decode_cost_of(shape, "bf16")
    for row in rows_of(shape, work, there, ways_of(shape, there), 4096):
        if row.limits:
            bandwidth = sum(chip.bandwidth for chip in there.chips[: row.way.gpus])
            assert row.limits[1].tok_s <= bandwidth / work.step_bytes * 1.001


@given(shape=shapes, there=boxes)
def test_what_it_could_run_fits_into_the_box(shape, there):
    work = decode_cost_of(shape, "fp8")
    found = rows_of(shape, work, there, ways_of(shape, there), 4096)
    for choice in choices(shape, work, there, found, 4096):
        assert 1 <= choice.copies * choice.way.gpus <= there.count
        assert choice.agents >= choice.copies
        assert choice.tok_s > 0
