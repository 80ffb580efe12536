import pytest

from stress.engines.embedded import LIMITS, EmbeddedOptions
from stress.engines.spec import parse_engine
from stress.errors import UsageError


def options(text):
    return parse_engine(text).options


def test_embedded_alone_takes_the_defaults():
    assert options("embedded") == EmbeddedOptions()


def test_options_follow_behind_commas():
    want = EmbeddedOptions(np=16, ctx=2048, threads=2, port=8123)
    assert options("embedded,np=16, ctx=2048,threads=2,port=8123") == want


def test_every_option_has_its_limits_and_its_default_is_within():
    defaults = EmbeddedOptions()
    assert all(low <= getattr(defaults, key) <= high for key, (low, high) in LIMITS.items())
    assert set(LIMITS) == set(EmbeddedOptions.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vllm:meta-llama/Llama-3.1-8B-Instruct,tp=2", "not 'vllm'; start its server yourself and name it with --url"),
        ("vlm:x", "did you mean 'vllm'"),
        ("embeded", "did you mean 'embedded'"),
        ("", "Only 'embedded' can be launched so far"),
        (",np=2", "Only 'embedded' can be launched so far"),
        ("embedded:tiny.gguf", "brings its own model"),
        ("embedded,np=two", "np=two is wrong"),
        ("embedded,np=0", "a np from 1 to 256"),
        ("embedded,np=257", "a np from 1 to 256"),
        ("embedded,np=-3", "np=-3 is wrong"),
        ("embedded,np=\u0663", "is wrong"),
        ("embedded,np", "'np' in 'embedded,np' is no option"),
        ("embedded,np=", "is no option"),
        ("embedded,,np=2", "is no option"),
        ("embedded,np=2,np=3", "gives np twice"),
        ("embedded,tp=2", "no option 'tp'; it has np, ctx, threads, port"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(text, said):
    with pytest.raises(UsageError) as error:
        options(text)
    assert said in str(error.value)
    assert str(error.value).endswith(".")
