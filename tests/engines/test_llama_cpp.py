import itertools

import pytest

from stress.client.ask import ProbeResponse
from stress.engines.adapter import EngineSpec, ProbeResponses
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.spec import parse_engine
from stress.errors import UsageError

ADAPTER = LlamaCpp()
HEAD = ("llama-server", "-m", "m.gguf", "--host", "127.0.0.1", "--port", "8123")


def argv(text=""):
    spec = parse_engine(f"llama.cpp:m.gguf{text}")[1]
    return ADAPTER.launch(("llama-server",), spec, 8123).argv


def pairs(words):
    """Each flag with the word behind it."""
    return dict(itertools.pairwise(words))


def test_the_command_with_nothing_asked_for_has_the_port_the_metrics_and_all_layers_on_the_gpu():
    assert argv() == (*HEAD, "--metrics", "-ngl", "all")


def test_each_slot_has_the_context_that_was_asked_for():
    assert pairs(argv(",np=4,ctx=2048"))["-c"] == "8192"
    assert pairs(argv(",np=4,ctx=2048"))["-np"] == "4"


def test_a_context_alone_is_one_slots():
    assert (pairs(argv(",ctx=2048"))["-np"], pairs(argv(",ctx=2048"))["-c"]) == ("1", "2048")


def test_slots_alone_leave_the_context_to_the_engine():
    assert "-c" not in argv(",np=4")


@pytest.mark.parametrize("flag", ["ngl=20", "gpu-layers=20", "n-gpu-layers=20"])
def test_layers_on_the_gpu_can_be_chosen(flag):
    words = argv(f",{flag}")
    assert "all" not in words
    assert words[-1] == "20"


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("sm=layer", ("-sm", "layer")),
        ("kvu=true", ("-kvu",)),
        ("ts=1", ("-ts", "1")),
        ("ctkd=q8_0", ("-ctkd", "q8_0")),
        ("flash-attn=on", ("--flash-attn", "on")),
        ("cont-batching=true", ("--cont-batching",)),
        ("cram=0", ("-cram", "0")),
        ("fitc=512", ("-fitc", "512")),
        ("bs=true", ("-bs",)),
        ("kvu=false", ("-no-kvu",)),
        ("cb=False", ("-nocb",)),
        ("slots=false", ("--no-slots",)),
        ("fa=true", ("-fa", "true")),
        ("fit=false", ("-fit", "false")),
    ],
)
def test_a_flag_has_the_dashes_that_it_has_there(flag, words):
    assert argv(f",{flag}")[-len(words) :] == words


def test_tensor_parallelism_is_a_way_to_split_with_what_it_needs():
    flags = pairs(argv(",tp=2"))
    assert (flags["-sm"], flags["-fa"], flags["-fit"], flags["-dev"]) == ("tensor", "on", "off", "CUDA0,CUDA1")


def test_named_gpus_are_all_that_it_sees():
    assert "-dev" not in argv(",tp=2,gpus=1+2")


def test_the_users_own_flags_come_before_ours():
    assert pairs(argv(",tp=2,fa=auto,dev=CUDA3"))["-fa"] == "auto"
    assert pairs(argv(",tp=2,dev=CUDA3"))["-dev"] == "CUDA3"


def test_one_gpu_is_one_though_more_are_there():
    assert argv(",tp=1") == (*argv(), "-sm", "none")
    assert argv(",tp=1,gpus=1") == argv()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (",tp=2,sm=layer", "tp=2 and sm=layer contradict each other"),
        (",tp=2,split-mode=row", "tp=2 and sm=row contradict each other"),
        (",tp=2,gpus=0", "tp=2 and 1 GPUs contradict each other"),
    ],
)
def test_what_contradicts_itself_is_refused(text, said):
    with pytest.raises(UsageError, match=said):
        argv(text)


def test_tensor_splitting_without_a_size_is_the_users_business():
    assert pairs(argv(",sm=tensor"))["-sm"] == "tensor"


@pytest.mark.parametrize("version", ["6700 (abcdef)", "0.6.0-dev (build 0, commit unknown)", "6700"])
def test_the_version_is_read_from_what_the_program_says(monkeypatch, tmp_path, version):
    program = tmp_path / "llama-server"
    program.write_text(f'#!/bin/sh\necho "ggml_cuda_init: found 0 devices" >&2\necho "version: {version}" >&2\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ADAPTER.find().version == version
    assert ADAPTER.find().base == (str(program),)


def test_it_is_found_only_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ADAPTER.find() is None


def test_the_launch_does_not_touch_the_spec():
    spec = EngineSpec(name="llama.cpp", model="m.gguf", tp=2, flags={"fa": "on"})
    ADAPTER.launch(("x",), spec, 1)
    assert spec.flags == {"fa": "on"}


LOG = [
    ("0.00.005.052 I srv    load_model: loading model '/tmp/toy.gguf'", "loading weights"),
    ("load_tensors: offloaded 33/33 layers to GPU", "33/33 layers on the GPU"),
    (
        "0.00.027.264 I srv    load_model: initializing, n_slots = 16, n_ctx_slot = 2048, kv_unified = 'false'",
        "16 slots of 2048 tokens",
    ),
]


@pytest.mark.parametrize(("line", "words"), LOG)
def test_the_log_tells_how_far_the_start_is(line, words):
    assert [s.words.format(*found.groups()) for s in ADAPTER.steps if (found := s.regex.search(line))] == [words]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("E gguf_init_from_reader: invalid magic characters: 'hell', expected 'GGUF'", "missing_model"),
        ("E llama_model_load: error loading model: tensor 'x' … model is corrupted or incomplete", "missing_model"),
        ("ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed: out of memory", "out_of_gpu_memory"),
        (
            "llama_init_from_model: failed to initialize the context: failed to allocate compute pp buffers",
            "out_of_gpu_memory",
        ),
        ("ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 1", "out_of_gpu_memory"),
        ("E srv start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 18999", "port_in_use"),
    ],
)
def test_the_log_tells_what_is_wrong(line, name):
    assert [trouble.name for trouble in ADAPTER.troubles if trouble.regex.search(line)] == [name]


def test_a_server_that_lists_another_owner_is_known_by_its_header():
    listed = ProbeResponse(200, {"server": "llama.cpp"}, b'{"data": [{"id": "m", "owned_by": "mine"}]}')
    assert ADAPTER.recognise(ProbeResponses(listed, {}, "m")).engine == "llama.cpp"
