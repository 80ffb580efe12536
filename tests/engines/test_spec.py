import pytest
from hypothesis import given
from hypothesis import strategies as st
from stress_process import stress

from stress.engines.adapter import EngineSpec
from stress.engines.registry import ADAPTERS
from stress.engines.spec import parse_engine
from stress.errors import UsageError


def spec(text):
    return parse_engine(text)[1]


def test_embedded_alone_takes_the_defaults():
    adapter, parsed = parse_engine("embedded")
    assert adapter.name == "embedded"
    assert parsed == EngineSpec(name="embedded")


@pytest.mark.parametrize("text", ["models/tiny.gguf", "Tiny.GGUF", "/m/tiny.gguf,np=4", "a:b.gguf"])
def test_a_gguf_alone_is_for_the_embedded_engine(text):
    assert spec(text) == spec(f"embedded:{text}")


def test_a_gguf_with_an_engine_is_that_engines():
    assert spec("llama.cpp:tiny.gguf").name == "llama.cpp"


def test_the_common_keys_are_read_and_the_others_are_the_engines_own_flags():
    assert spec(
        "vllm:org/Model-8B,tp=2, pp=3,np=64,ctx=4096,gpus=0+1,port=8123,dummy=true,dtype=bfloat16"
    ) == EngineSpec(
        name="vllm",
        model="org/Model-8B",
        tp=2,
        pp=3,
        np=64,
        ctx=4096,
        gpus=(0, 1),
        port=8123,
        dummy=True,
        flags={"dtype": "bfloat16"},
    )


def test_the_name_may_be_in_any_case_and_spaces_are_nothing():
    assert spec(" vLLM : a/b , tp=2 ") == EngineSpec(name="vllm", model="a/b", tp=2)


def test_a_model_may_hold_a_colon():
    assert spec("llama.cpp:C:/models/a.gguf").model == "C:/models/a.gguf"


@pytest.mark.parametrize(
    "value",
    ['{"rope_type":"yarn","factor":4.0}', '{"a":[1,2],"b":{"c":3,"d":4}}', "[1,2,3]", "(1,2)"],
)
def test_commas_within_brackets_belong_to_the_value(value):
    assert spec(f"vllm:m,hf-overrides={value},tp=2") == EngineSpec(
        name="vllm", model="m", tp=2, flags={"hf-overrides": value}
    )


def test_a_value_may_hold_an_equals_sign():
    assert spec("vllm:m,x=a=b").flags == {"x": "a=b"}


@pytest.mark.parametrize(("text", "gpus"), [("0", (0,)), ("0+1", (0, 1)), ("3+1", (3, 1)), ("12", (12,))])
def test_gpus_are_written_with_plus_signs(text, gpus):
    assert spec(f"vllm:m,gpus={text}").gpus == gpus


@pytest.mark.parametrize("text", ["0,1", "0+", "+", "a", "0+0", "-1", "0-3", "0+\u0661", "99999"])
def test_other_ways_to_write_gpus_are_refused(text):
    with pytest.raises(UsageError):
        spec(f"vllm:m,gpus={text}")


@pytest.mark.parametrize(
    ("text", "dummy"), [("true", True), ("1", True), ("YES", True), ("false", False), ("0", False)]
)
def test_dummy_is_a_switch(text, dummy):
    assert spec(f"vllm:m,dummy={text}").dummy is dummy


@pytest.mark.parametrize(
    "key", ["api-key", "api_key", "apikey", "API-KEY", "token", "hf-token", "password", "secret", "client_secret"]
)
def test_secrets_are_refused_without_being_repeated(key):
    with pytest.raises(UsageError) as error:
        spec(f"vllm:m,{key}=hunter2")
    assert "environment" in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("key", ["max-num-batched-tokens", "tokenizer", "tokenizer-mode", "skip-tokenizer-init"])
def test_flags_that_only_look_like_secrets_are_passed_on(key):
    assert spec(f"vllm:m,{key}=1").flags == {key: "1"}


WRONG = [
    ("vlm:x", "There is no engine 'vlm' (in 'vlm:x'); did you mean 'vllm'?"),
    ("embeded", "did you mean 'embedded'?"),
    ("", "the engines are embedded, vllm, llama.cpp"),
    ("foo", "There is no engine 'foo'; the engines are"),
    ("http://gpu:8000", "'http://gpu:8000' is a server's URL, not an engine to start; write an engine such as"),
    (",np=2", "There is no engine ''"),
    ("vllm", "'vllm' has no model; write it like vllm:"),
    ("vllm:", "has no model"),
    ("llama.cpp", "has no model; write it like llama.cpp:"),
    ("vllm:x,tp=two", "tp=two is wrong: tp is a whole number from 1 to 1,024"),
    ("vllm:x,tp=0", "tp=0 is wrong"),
    ("vllm:x,tp=1.5", "tp=1.5 is wrong"),
    ("vllm:x,np=-3", "np=-3 is wrong"),
    ("vllm:x,np=\u0663", "is wrong"),
    ("vllm:x,port=65536", "port is a whole number from 1 to 65,535"),
    ("vllm:x,dummy=maybe", "use dummy=true"),
    ("vllm:x,gpus=0-1", "such as gpus=0+1"),
    ("vllm:x,tp", "'tp' in 'vllm:x,tp' is not an option; write options as key=value, such as np=16"),
    ("vllm:x,tp=", "is not an option"),
    ("vllm:x,,tp=2", "is not an option"),
    ("vllm:x,=2", "is not an option"),
    ("vllm:x,--tp=2", "is not an option"),
    ("vllm:x,tp=2,tp=3", "sets tp twice; set it once"),
    ("vllm:x,dtype=a,dtype=b", "sets dtype twice"),
    ("embedded,tp=2", "has no tp; remove tp=2"),
    ("embedded,gpus=0", "has no gpus; remove gpus=0"),
    ("llama.cpp:x.gguf,pp=2", "llama.cpp has no pp: it splits the layers over all GPUs anyway"),
    ("llama.cpp:x.gguf,dummy=true", "llama.cpp has no dummy: it needs a file with weights"),
    ("embedded,np=257", "np from 1 to 256"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_said_in_a_sentence(text, said):
    with pytest.raises(UsageError) as error:
        spec(text)
    assert said.rstrip(".") in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vlm:x", "did you mean 'vllm'"),
        ("vllm", "has no model"),
        ("vllm:x,tp=two", "tp=two is wrong"),
        ("vllm:x,api-key=hunter2", "environment variable"),
        ("llama.cpp:missing.gguf", "There is no file missing.gguf"),
        ("embedded,tp=2", "has no tp"),
    ],
)
def test_the_command_says_it_in_one_line_with_exit_status_2(text, said, tmp_path):
    result = stress("ramp", "--agents", "2", "--engine", text, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("stress: ")
    assert said in line
    assert "hunter2" not in line
    assert list(tmp_path.iterdir()) == []


@given(
    st.text() | st.from_regex(r"(vllm|embedded|llama\.cpp)(:[a-z/]*)?(,[a-z]{0,3}=?[a-z0-9\[\]{},+]*)*", fullmatch=True)
)
def test_any_text_is_an_engine_or_one_sentence(text):
    said = None
    try:
        adapter, parsed = parse_engine(text)
    except UsageError as error:
        said = str(error)
    assert said is None or said.endswith(".")
    assert said is not None or (adapter in ADAPTERS and parsed.name == adapter.name)
