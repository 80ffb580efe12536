import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.limits.capacity import BYTES, decode_cost_of, fits, weights_a_gpu
from stress.limits.chips import find_chip
from stress.limits.roofline import DecodeCost, decode_limit, distinct_experts, fastest_rate, link_bytes
from stress.models.shapes import LLAMA, NAMED, Shape, find_shape

LLAMA_8B, LLAMA_70B = find_shape("llama-3.1-8b"), find_shape("llama-3.1-70b")
H200, A100 = find_chip("h200"), find_chip("a100-40gb")
shapes = st.sampled_from(sorted(NAMED)).map(find_shape)
dtypes = st.sampled_from(sorted(BYTES))


def test_the_limit_of_8b_for_one_agent_on_one_h200_lies_above_what_was_measured_and_below_1_6_of_it():
    work = decode_cost_of(LLAMA_8B, "bf16")
    limit = decode_limit(work, H200, 1, 1, 600 + 256 / 2)
    assert 199 < limit.tok_s < 1.6 * 199
    assert limit.tok_s == pytest.approx(317.7, abs=0.1)
    assert limit.binds == "memory"


def test_the_limit_of_70b_for_one_agent_on_two_h200_lies_above_what_was_measured():
    work = decode_cost_of(LLAMA_70B, "bf16")
    assert 48 < decode_limit(work, H200, 2, 1, 600 + 128 / 2).tok_s < 2 * 48


@pytest.mark.parametrize(
    ("name", "gpus", "agents", "reply", "measured"),
    [
        ("llama-3.1-8b", 2, 1, 256, 277),
        ("llama-3.1-8b", 2, 50, 2000, 9240),
        ("llama-3.1-8b", 2, 400, 256, 13538),
        ("llama-3.1-8b", 1, 200, 256, 13189),
        ("llama-3.1-70b", 2, 50, 2000, 1968),
        ("llama-3.1-70b", 2, 200, 256, 3170),
    ],
)
def test_nothing_measured_is_above_the_limit(name, gpus, agents, reply, measured):
    work = decode_cost_of(find_shape(name), "bf16")
    assert decode_limit(work, H200, gpus, agents, 600 + reply / 2).tok_s > measured


def test_the_input_table_is_not_read_but_a_tied_one_is():
    untied, tied = decode_cost_of(LLAMA_8B, "bf16"), decode_cost_of(find_shape("llama-3.2-1b"), "bf16")
    assert untied.weight_bytes - untied.step_bytes == 128256 * 4096 * 2
    assert tied.weight_bytes == tied.step_bytes


def test_a_token_of_8b_takes_128_kib_of_kv_cache_at_any_precision_of_the_weights():
    assert decode_cost_of(LLAMA_8B, "int4").kv_bytes == 128 * 1024
    assert decode_cost_of(LLAMA_8B, "bf16", "fp8").kv_bytes == 64 * 1024


def test_one_token_reads_its_own_experts_and_a_large_batch_all():
    work = decode_cost_of(find_shape("qwen3-30b-a3b"), "bf16")
    assert distinct_experts(work, 1) == pytest.approx(8)
    assert 8 < distinct_experts(work, 2) < 16
    assert distinct_experts(work, 10_000) == pytest.approx(128)
    assert work.step_bytes + 128 * work.expert_bytes + 151936 * 2048 * 2 == pytest.approx(work.weight_bytes)


def test_a_window_caps_what_attention_reads():
    capped = decode_cost_of(Shape("m", LLAMA_8B.config | {"model_type": "mistral", "sliding_window": 4096}), "bf16")
    assert decode_limit(capped, H200, 1, 9, 4096) == decode_limit(capped, H200, 1, 9, 100_000)


def test_a_step_sends_each_sequences_vector_twice_a_layer():
    assert link_bytes(decode_cost_of(LLAMA_70B, "bf16"), 10) == 2 * 80 * 10 * 8192 * 2


def test_links_and_arithmetic_can_be_what_binds():
    work = decode_cost_of(LLAMA_70B, "bf16")
    slow = find_chip("h200,link=0.1")
    assert decode_limit(work, slow, 2, 50, 100).binds == "links"
    assert decode_limit(work, H200, 2, 5000, 100).binds == "compute"


def test_a_chip_without_fp8_computes_fp8_weights_as_16_bits_and_one_without_figures_has_no_such_roof():
    work = decode_cost_of(LLAMA_8B, "fp8")
    assert fastest_rate(A100, work) == 312e12
    assert fastest_rate(H200, work) == 1979e12
    plain = decode_cost_of(LLAMA_8B, "bf16")
    assert decode_limit(plain, find_chip("p40"), 1, 1, 100).compute_s is None


def test_work_goes_through_json():
    work = decode_cost_of(LLAMA_8B, "bf16")
    assert msgspec.json.decode(msgspec.json.encode(work), type=DecodeCost) == work


@given(shape=shapes, dtype=dtypes, batch=st.integers(1, 2000), context=st.integers(1, 8000))
def test_the_limit_grows_with_the_batch_and_never_shrinks_with_more_bandwidth(shape, dtype, batch, context):
    work = decode_cost_of(shape, dtype)
    limit = decode_limit(work, H200, 2, batch, context).tok_s
    faster = msgspec.structs.replace(H200, bandwidth=2 * H200.bandwidth)
    assert decode_limit(work, H200, 2, batch + 1, context).tok_s >= limit * (1 - 1e-9)
    assert decode_limit(work, faster, 2, batch, context).tok_s >= limit
    assert decode_limit(work, H200, 2, batch, context + 100).tok_s <= limit


@given(shape=shapes, dtype=dtypes, tp=st.sampled_from([1, 2, 4, 8]), gib=st.floats(1, 300), more=st.floats(0, 100))
def test_more_memory_never_fits_less(shape, dtype, tp, gib, more):
    work = decode_cost_of(shape, dtype)
    small = msgspec.structs.replace(H200, memory=gib * 2**30)
    large = msgspec.structs.replace(H200, memory=(gib + more) * 2**30)
    assert fits(shape, work, small, tp, 4096).agents <= fits(shape, work, large, tp, 4096).agents


@given(shape=shapes, dtype=dtypes, power=st.integers(0, 5))
def test_the_parts_of_the_weights_sum_to_all_or_more_where_kv_heads_are_repeated(shape, dtype, power):
    work, tp = decode_cost_of(shape, dtype), 2**power
    total = tp * weights_a_gpu(shape, work, tp)
    if tp <= shape.kv_heads:
        assert total == pytest.approx(work.weight_bytes)
    else:
        assert total > work.weight_bytes


def test_70b_does_not_fit_on_one_a100_and_fits_on_four():
    work = decode_cost_of(LLAMA_70B, "bf16")
    one, four = (fits(LLAMA_70B, work, A100, tp, 8192) for tp in (1, 4))
    assert not one.fits
    assert one.reason.startswith("weights 131.4 GiB, room ")
    assert one.reason.endswith("on 1 × a100-40gb")
    assert four.fits
    assert four.agents >= 1


def test_heads_that_do_not_divide_are_named():
    fit = fits(LLAMA_70B, decode_cost_of(LLAMA_70B, "bf16"), H200, 3, 8192)
    assert not fit.fits
    assert fit.reason == "3 does not divide the 64 attention heads and the 8 KV heads"


def test_kv_heads_are_repeated_past_their_number():
    shape, work = LLAMA_8B, decode_cost_of(LLAMA_8B, "bf16")
    eight, sixteen = (fits(shape, work, H200, tp, 8192) for tp in (8, 16))
    assert sixteen.fits
    assert sixteen.kv_tokens < 1.05 * eight.kv_tokens


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kv_lora_rank": 512}, "kv_lora_rank"),
        ({"model_type": "mamba"}, "'mamba' can't be planned"),
        ({"layer_types": ["sliding_attention", "full_attention"]}, "layer_types"),
    ],
)
def test_what_would_be_counted_wrongly_is_refused_in_a_sentence(change, said):
    with pytest.raises(UsageError, match=said):
        decode_cost_of(Shape("odd", LLAMA | NAMED["llama-3.1-8b"] | change), "bf16")


def test_an_unknown_precision_is_told_the_known_ones():
    with pytest.raises(UsageError, match=r"'bf15' is not known.*q4_k_m"):
        decode_cost_of(LLAMA_8B, "bf15")
