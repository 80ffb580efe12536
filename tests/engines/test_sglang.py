import sys

import pytest

from stress.client.ask import NO_RESPONSE, ProbeResponse
from stress.engines.adapter import EngineSpec, ProbeResponses
from stress.engines.sglang import Sglang

ADAPTER = Sglang()
BASE = ("python", "-m", "sglang.launch_server")


def launch(**keys):
    return ADAPTER.launch(BASE, EngineSpec(name="sglang", model="org/model", **keys), 8123)


def test_the_command_with_nothing_asked_for_has_the_model_where_it_listens_and_its_metrics():
    assert launch().argv == (
        *BASE,
        *"--model-path org/model --host 127.0.0.1 --port 8123 --enable-metrics".split(),
    )


def test_every_common_key_is_its_own_flag():
    words = launch(tp=2, pp=3, np=64, ctx=4096, dummy=True).argv[len(BASE) + 6 : -1]
    assert words == tuple(
        "--tp-size 2 --pp-size 3 --max-running-requests 64 --context-length 4096 --load-format dummy".split()
    )


def test_any_other_key_is_passed_on_and_a_switch_that_is_off_is_left_out():
    argv = launch(flags={"attention-backend": "triton", "disable-radix-cache": "true", "enable-lora": "false"}).argv
    assert argv[-4:] == ("--enable-metrics", "--attention-backend", "triton", "--disable-radix-cache")


def test_its_metrics_can_be_switched_off():
    assert "--enable-metrics" not in launch(flags={"enable-metrics": "false"}).argv


def test_waiting_for_it_does_not_make_it_generate():
    assert ADAPTER.ready_path not in ("/health", "/health_generate")
    assert launch().env["SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION"] == "false"


def test_it_is_found_as_its_distribution(only_installed):
    only_installed({"sglang": "0.5.23"})
    assert ADAPTER.find().base == (sys.executable, "-m", "sglang.launch_server")
    only_installed({})
    assert ADAPTER.find() is None


LOG = [
    ("Load weight begin. avail mem=76.12 GB", "loading weights"),
    ("Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:00<00:00]", "loading weights, 25 %"),
    (
        "Load weight end. elapsed=3.10 s, type=LlamaForCausalLM, avail mem=61.00 GB, mem usage=14.98 GB.",
        "weights loaded, 14.98 GB per GPU",
    ),
    ("Memory pool end. avail mem=9.70 GB", "KV cache allocated"),
    ("Capture target decode CUDA graph begin. backend=full, num_tokens_per_req=1", "capturing CUDA graphs"),
    ("Capturing batches (bs=8 avail_mem=9.10 GB):  51%|█████     | 12/23", "capturing CUDA graphs, 51 %"),
    ("max_total_num_tokens=451936, chunked_prefill_size=8192, max_running_requests=256", "KV cache of 451936 tokens"),
    ("The server is fired up and ready to roll!", "engine ready"),
]


@pytest.mark.parametrize(("line", "words"), LOG)
def test_the_log_tells_how_far_the_start_is(line, words):
    found = [(step, match) for step in ADAPTER.steps if (match := step.regex.search(line))]
    assert [step.words.format(*match.groups(default="?")) for step, match in found][-1] == words


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("AssertionError: 32 is not divisible by 3", "bad_parallelism"),
        ("RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.", "does_not_fit"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.", "out_of_gpu_memory"),
        ("Received sigquit from a child process. It usually means the child failed.", "engine_dead"),
        ("RuntimeError: Cannot find any model weights with `/models/none`", "missing_model"),
    ],
)
def test_the_log_tells_what_is_wrong(line, name):
    assert next(trouble.name for trouble in ADAPTER.troubles if trouble.regex.search(line)) == name


def test_the_line_before_the_cause_is_not_taken_for_it():
    assert not any(known.regex.search("Scheduler hit an exception: Traceback") for known in ADAPTER.troubles)


def answers(info: bytes | None, **entry) -> ProbeResponses:
    models = ProbeResponse(200, {}, b'{"data": [{"id": "m", "owned_by": "sglang", "max_model_len": 4096}]}')
    return ProbeResponses(models, {"/server_info": ProbeResponse(200, {}, info) if info else NO_RESPONSE}, None)


def test_an_older_one_without_server_info_is_known_by_its_list():
    identity = ADAPTER.recognise(answers(None))
    assert (identity.engine, identity.model, identity.context, identity.slots) == ("sglang", "m", 4096, None)


def test_the_slots_of_replicas_add_up():
    states = b'{"internal_states": [{"effective_max_running_requests_per_dp": 100}, '
    states += b'{"effective_max_running_requests_per_dp": 50}]}'
    assert ADAPTER.recognise(answers(states)).slots == 150


@pytest.mark.parametrize("info", [b"[]", b'{"internal_states": "x"}', b'{"internal_states": null}', b"{"])
def test_strange_answers_state_nothing(info):
    assert ADAPTER.recognise(answers(info)).slots is None


def test_where_replicas_do_not_say_the_flag_does():
    assert ADAPTER.recognise(answers(b'{"max_running_requests": 7, "internal_states": [{}]}')).slots == 7
