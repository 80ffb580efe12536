import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.engines.adapter import Identity
from stress.engines.mismatches import Wanted, mismatches, parameters_in

GB = 10**9


def said(model=None, *, agents=8, tokens=2000, listed=(), gpu_bytes=None, root=None, **identity):
    wanted = Wanted(model=model, agents=agents, tokens=tokens)
    return mismatches(wanted, tuple(listed), Identity(model=root, **identity), gpu_bytes)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", 8e9),
        ("Llama-3.3-70B-Instruct-AWQ", 70e9),
        ("Qwen3-30B-A3B-Instruct-2507", 30e9),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 56e9),
        ("Mixtral-8x22B", 176e9),
        ("google/gemma-3-270m", 270e6),
        ("SmolLM2-135M-Instruct", 135e6),
        ("Qwen2.5-0.5B", 0.5e9),
        ("/models/llama-2-7b.Q4_K_M.gguf", 7e9),
        ("llama3.1:70b", 70e9),
        ("Qwen2.5-7B-Instruct-1M", 7e9),
        ("openai/gpt-oss-120b", 120e9),
        ("llama_7b_chat", 7e9),
        ("microsoft/phi-4-mini", None),
        ("agent-stress-toy", None),
        ("deepseek-ai/DeepSeek-V3", None),
        ("Phi-3-mini-128k-instruct", None),
        ("model-4bit", None),
        ("A3B", None),
        ("google/gemma-3n-E4B-it", None),
        ("Llama-4-Scout-17B-16E-Instruct", None),
        ("", None),
    ],
)
def test_a_name_claims_a_number_of_parameters_or_none(name, parameters):
    found = parameters_in(name)
    assert found is None if parameters is None else found == pytest.approx(parameters)


@pytest.mark.parametrize(
    ("name", "n_params"),
    [
        ("Llama-3.1-8B-Instruct", 8.03e9),
        ("Llama-2-7b-chat", 6.74e9),
        ("Llama-3.3-70B-Instruct", 70.6e9),
        ("Qwen3-30B-A3B", 30.5e9),
        ("Mixtral-8x7B-Instruct-v0.1", 46.7e9),
        ("Mixtral-8x22B", 140.6e9),
        ("gemma-3-270m", 268e6),
        ("gemma-2-9b", 9.24e9),
        ("phi-4-mini", 3.84e9),
        ("Qwen2.5-0.5B", 0.494e9),
        ("gpt-oss-20b", 20.9e9),
        ("Llama-4-Scout-17B-16E-Instruct", 107.8e9),
    ],
)
def test_nothing_is_said_of_a_server_that_serves_what_was_asked_for(name, n_params):
    whole = {"n_params": int(n_params), "weight_bytes": int(n_params * 2), "context": 8192, "slots": 256}
    assert said(name, listed=[name], root=f"org/{name}", **whole) == []
    assert said(name, listed=[name], gpu_bytes=int(n_params * 0.6), n_params=int(n_params)) == []


def test_a_server_that_says_nothing_of_itself_is_believed():
    assert said("Llama-3.1-70B") == []
    assert said(None, listed=["anything"]) == []


def test_another_model_than_the_listed_ones_is_told():
    (sentence,) = said("big-model", listed=["small-model", "other"])
    assert sentence == "The server lists small-model, other, not 'big-model'; it may answer with another model."


def test_a_7b_behind_the_name_of_a_70b_is_told_by_its_parameters():
    (sentence,) = said("Llama-3.1-70B", listed=["Llama-3.1-70B"], n_params=int(6.74e9))
    assert "'Llama-3.1-70B' should have 70.0 B parameters, but the server's model has 6.7 B" in sentence


def test_it_is_told_by_the_model_that_the_server_says_it_serves():
    (sentence,) = said("Llama-3.1-70B", listed=["Llama-3.1-70B"], root="/models/llama-2-7b")
    assert sentence == "You asked for 'Llama-3.1-70B', but the server says that it serves '/models/llama-2-7b'."


def test_it_is_told_by_the_size_of_its_weights():
    (sentence,) = said("Llama-3.1-70B", listed=["Llama-3.1-70B"], weight_bytes=4 * GB)
    assert "should have 70.0 B parameters, but its weights take only 4.0 GB" in sentence


def test_it_is_told_by_the_memory_that_all_gpus_hold():
    (sentence,) = said("Llama-3.1-70B", listed=["Llama-3.1-70B"], gpu_bytes=9 * GB)
    assert "all GPUs on this machine together hold only 9.0 GB" in sentence
    assert said("Llama-3.1-70B", listed=["Llama-3.1-70B"], gpu_bytes=140 * GB) == []


def test_weights_that_the_server_states_are_believed_before_the_gpus():
    assert said("Llama-3.1-70B", listed=["Llama-3.1-70B"], weight_bytes=140 * GB, gpu_bytes=GB) == []


def test_a_file_whose_name_claims_more_than_it_holds_is_told_also_if_nothing_was_asked_for():
    (sentence,) = said(None, root="/m/llama-70b.gguf", n_params=8 * GB)
    assert "'/m/llama-70b.gguf' should have 70.0 B" in sentence


def test_a_context_smaller_than_a_request_needs_is_told():
    (sentence,) = said(tokens=3072, context=2048)
    assert "This server allows 2,048 tokens per request, and the scenario asks for 3,072" in sentence
    assert said(tokens=2048, context=2048) == []


@pytest.mark.parametrize(("slots", "words"), [(1, "1 request at a time"), (4, "4 requests at a time")])
def test_fewer_slots_than_agents_are_told(slots, words):
    (sentence,) = said(agents=200, slots=slots)
    assert words in sentence
    assert "200 agents" in sentence
    assert said(agents=slots, slots=slots) == []


def test_every_doubt_is_told_at_once_each_a_sentence():
    sentences = said("Llama-3.1-70B", listed=["x"], n_params=8 * GB, weight_bytes=GB, context=1, slots=1)
    assert len(sentences) == 5
    assert all(sentence.endswith(".") for sentence in sentences)


@given(name=st.text(), n_params=st.none() | st.integers(0, 10**13), weights=st.none() | st.integers(0, 10**13))
def test_any_name_and_any_figures_give_sentences(name, n_params, weights):
    for sentence in said(name, listed=[name], n_params=n_params, weight_bytes=weights):
        assert sentence.endswith(".")


@given(
    st.integers(1, 999), st.sampled_from(["B", "b"]), st.sampled_from(["Llama-{}", "org/x-{}-Instruct", "{}", "m:{}"])
)
def test_a_size_is_found_wherever_it_stands_by_itself(size, unit, pattern):
    assert parameters_in(pattern.format(f"{size}{unit}")) == pytest.approx(size * 1e9)
