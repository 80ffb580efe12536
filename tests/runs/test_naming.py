"""What a target is called, from what its record says of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.runs.find import find_run
from stress.runs.naming import RecordedTarget, TargetName, gpu_name, has_random_weights, name_target, told_apart
from stress.runs.recording import Recording

TWO = ["NVIDIA H200", "NVIDIA H200"]


def target(
    engine="vllm", model="meta-llama/Llama-3.1-8B-Instruct", gpus=(), identity=None, url=None, chosen=None, **asked
):
    asked |= {"gpus": chosen} if chosen else {}
    facts = {"identity": identity or {}} | ({"url": url} if url else {"engine": engine, "asked": asked})
    if url:
        facts["identity"] = {"engine": engine, **facts["identity"]}
    return RecordedTarget(facts=facts, model=model, gpus=gpus)


@pytest.mark.parametrize(
    ("known", "full", "short"),
    [
        (target(gpus=TWO, tp=2), "vLLM · Llama-3.1-8B-Instruct · tp=2 · 2×H200", "vLLM"),
        (target(gpus=TWO, ctx=8192), "vLLM · Llama-3.1-8B-Instruct · 1×H200", "vLLM"),
        (
            target("llama.cpp", "/models/llama-3.1-8b-f16.gguf", TWO, np=1, flags={"sm": "layer", "bs": "true"}),
            "llama.cpp · Llama-3.1-8B · layer · np=1 · 2×H200",
            "llama.cpp",
        ),
        (
            target("llama.cpp", "/home/bob/Qwen3-8B-Q4_K_M.gguf", TWO, np=4, flags={"sm": "none"}),
            "llama.cpp · Qwen3-8B · none · np=4 · Q4_K_M · 1×H200",
            "llama.cpp",
        ),
        (
            target(gpus=TWO, flags={"quantization": "fp8"}, tp=1),
            "vLLM · Llama-3.1-8B-Instruct · fp8 · tp=1 · 1×H200",
            "vLLM",
        ),
        (target("embedded", "/home/bob/.cache/toy.gguf"), "toy model · llama.cpp on this CPU", "embedded"),
        (target("embedded", "/x/toy.gguf", np=16), "toy model · llama.cpp on this CPU · np=16", "embedded"),
        (
            target("llama.cpp", "qwen3-8b", url="http://gpubox:8000/v1", identity={"slots": 4}),
            "llama.cpp · Qwen3-8B · np=4",
            "llama.cpp",
        ),
        (target(None, "org/Some-Model", url="http://gpubox:8000/v1"), "gpubox:8000 · Some-Model", "gpubox:8000"),
        (target(None, "", url="http://gpubox:8000/v1"), "gpubox:8000", "gpubox:8000"),
    ],
)
def test_a_name_says_engine_model_and_what_distinguishes(known, full, short):
    name = name_target(known)
    assert (name.full, name.short) == (full, short)


@pytest.mark.parametrize(
    ("demo", "name"),
    [
        ("duel/left-1", "vLLM · Llama-3.1-8B · tp=1 · 1×H200"),
        ("duel/right-1", "llama.cpp · Llama-3.1-8B · np=1 · 1×H200"),
        ("h200-70b-burst", "vLLM · Llama-3.1-70B · fp8 · tp=1 · 1×H200"),
        ("h200-llama-layer-np1", "llama.cpp · Llama-3.1-8B · layer · np=1 · 2×H200"),
        ("h200-vllm-tp2", "vLLM · Llama-3.1-8B · tp=2 · 2×H200"),
    ],
)
def test_a_run_that_was_recorded_before_there_were_names_has_one(demo, name):
    about = Recording(Path(find_run("demo:duel")).parent / demo).about
    assert about.name == name
    assert about.short_name == name.partition(" ")[0]
    assert about.random_weights


@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("NVIDIA H200", "H200"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("Tesla T4", "T4"),
        ("AMD Instinct MI300X", "MI300X"),
        ("NVIDIA", "NVIDIA"),
    ],
)
def test_a_gpus_name_is_short(product, name):
    assert gpu_name(product) == name


def test_mixed_gpus_are_named_each():
    gpus = ["NVIDIA GeForce RTX 3090", "NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090"]
    assert name_target(target("llama.cpp", "a/B", gpus)).full.endswith("1×RTX 3090 + 2×RTX 4090")
    assert name_target(target("llama.cpp", "a/B", gpus, flags={}, chosen=[1, 2])).full.endswith("· 2×RTX 4090")


def test_random_weights_are_known_of_dummies_and_of_our_own_models():
    assert not has_random_weights({"engine": "embedded", "asked": {"name": "embedded"}})  # the toy says what it is
    assert has_random_weights({"engine": "vllm", "asked": {"dummy": True}})
    assert has_random_weights({"url": "http://h/v1", "random_shape": "llama-3.1-8b"})
    assert not has_random_weights({"engine": "vllm", "asked": {"model": "a/b"}})
    assert not has_random_weights({"engine": "embedded", "asked": {"model": "mine.gguf"}})
    assert not has_random_weights({"url": "http://h/v1"})


@pytest.mark.parametrize(
    ("left", "right", "shorts"),
    [
        (target(tp=2), target("llama.cpp", "x.gguf", np=1), ("vLLM", "llama.cpp")),
        (target(tp=1), target(tp=2), ("vLLM tp=1", "vLLM tp=2")),
        (target("embedded", np=1), target("embedded", np=16), ("embedded np=1", "embedded np=16")),
        (target("embedded"), target("embedded", np=16), ("embedded", "embedded np=16")),
        (target(), target(model="Qwen/Qwen3-8B"), ("vLLM Llama-3.1-8B-Instruct", "vLLM Qwen3-8B")),
        (
            target(identity={"quantization": "F16"}),
            target(model="Qwen/Qwen3-8B"),
            ("vLLM Llama-3.1-8B-Instruct", "vLLM Qwen3-8B"),
        ),
        (target(url="http://a:1/v1"), target(url="http://a:2/v1"), ("vLLM a:1", "vLLM a:2")),
        (target(), target(), ("vLLM A", "vLLM B")),
    ],
)
def test_two_sides_are_told_apart_by_what_differs(left, right, shorts):
    ours, theirs = told_apart(name_target(left), name_target(right))
    assert (ours.short, theirs.short) == shorts
    assert ours.full != theirs.full


names = st.builds(
    TargetName,
    full=st.sampled_from(["vLLM", "vllm", "llama.cpp · x", ""]),
    short=st.sampled_from(["vLLM", "VLLM", "llama.cpp", ""]),
    marks=st.dictionaries(st.sampled_from(["tp", "np", "model", "version"]), st.sampled_from(["", "1", "2", "vLLM"])),
)


@given(names, names)
def test_two_sides_never_have_the_same_name(left, right):
    ours, theirs = told_apart(left, right)
    assert ours.full.casefold() != theirs.full.casefold()
    assert ours.short.casefold() != theirs.short.casefold()
    assert told_apart(left, right) == (ours, theirs)
