import sys

import pytest
import yaml

from stress.client.ask import ProbeResponse
from stress.engines.adapter import ProbeResponses
from stress.engines.spec import parse_engine
from stress.engines.tabbyapi import TabbyApi
from stress.errors import UsageError

ADAPTER = TabbyApi()


def launch(text=""):
    spec = parse_engine(f"tabbyapi:/models/llama-exl3{text}")[1]
    return ADAPTER.launch(("python", "/tabby/main.py"), spec, 8123)


def config(text=""):
    return yaml.safe_load(launch(text).files["config.yml"])


def test_main_is_given_a_file_of_ours():
    assert launch().argv == ("python", "/tabby/main.py", "--config", "config.yml")
    assert launch().env == {}


def test_the_file_has_the_model_and_the_port_on_the_loopback_interface_without_keys():
    assert config() == {
        "network": {"host": "127.0.0.1", "port": 8123, "disable_auth": True, "api_servers": ["OAI"]},
        "model": {"model_dir": "/models", "model_name": "llama-exl3", "tensor_parallel": False},
    }


def test_the_common_keys_are_its_own():
    model = config(",tp=2,np=32,ctx=4096")["model"]
    assert (model["tensor_parallel"], model["max_batch_size"], model["max_seq_len"]) == (True, 32, 4096)


@pytest.mark.parametrize(("text", "tokens"), [(",ctx=4096", 4096), (",ctx=1000,np=3", 3072), (",np=8", None)])
def test_the_cache_has_room_for_all_requests_in_whole_pages(text, tokens):
    assert config(text)["model"].get("cache_size") == tokens


def test_any_other_key_goes_into_the_section_that_it_names_else_to_the_model():
    found = config(",cache-mode=Q8,gpu_split=[20, 24],vision=True,draft_model.draft_model_name=small,cache_size=65536")
    model = found["model"]
    assert (model["cache_mode"], model["gpu_split"], model["vision"]) == ("Q8", [20, 24], True)
    assert model["cache_size"] == 65536
    assert found["draft_model"] == {"draft_model_name": "small"}


def test_it_sees_as_many_gpus_as_it_may_use():
    assert launch(",tp=2").env["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert launch(",tp=2,gpus=2+3").env == {}


def test_a_size_that_is_not_that_of_the_gpus_is_refused():
    with pytest.raises(UsageError, match="tp=2 and 3 GPUs contradict each other"):
        launch(",tp=2,gpus=0+1+2")


def checkout(path, **files):
    path.mkdir(parents=True)
    for name, text in ({"main.py": ""} | files).items():
        file = path / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return path


def test_a_checkout_is_found_where_the_variable_says(monkeypatch, tmp_path):
    directory = checkout(tmp_path / "there", venv__bin__python="", **{".git__HEAD": "ref: refs/heads/main\n"})
    (directory / ".git" / "refs" / "heads").mkdir(parents=True)
    (directory / ".git" / "refs" / "heads" / "main").write_text("0123456789abcdef\n")
    monkeypatch.setenv("TABBYAPI_DIR", str(directory))
    found = ADAPTER.find()
    assert (found.version, found.where) == ("0123456", str(directory))
    assert found.base == (str(directory / "venv" / "bin" / "python"), str(directory / "main.py"))


def test_a_checkout_at_home_needs_no_variable(monkeypatch, tmp_path):
    monkeypatch.delenv("TABBYAPI_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ADAPTER.find() is None
    directory = checkout(tmp_path / "tabbyAPI")
    found = ADAPTER.find()
    assert (found.version, found.base) == (None, (sys.executable, str(directory / "main.py")))


def test_a_model_is_a_directory_or_one_of_the_checkouts(monkeypatch, tmp_path):
    directory = checkout(tmp_path / "tabby", models__mine__config_json="{}")
    (directory / "models" / "mine" / "config_json").rename(directory / "models" / "mine" / "config.json")
    monkeypatch.setenv("TABBYAPI_DIR", str(directory))
    path = str(directory / "models" / "mine")
    for written in ("mine", path):
        assert ADAPTER.prepare(parse_engine(f"tabbyapi:{written}")[1], "", print).model == path
    with pytest.raises(UsageError, match=r"There is no model directory org/model, .* can't load from the Hub"):
        ADAPTER.prepare(parse_engine("tabbyapi:org/model")[1], "", print)


def test_a_server_whose_loaded_model_is_not_told_is_still_known():
    listed = ProbeResponse(200, {}, b'{"data": [{"id": "m", "owned_by": "tabbyAPI"}]}')
    refused = {"/v1/model": ProbeResponse(401, {}, b"")}
    identity = ADAPTER.recognise(ProbeResponses(listed, refused, "m"))
    assert (identity.engine, identity.model, identity.context, identity.slots) == ("tabbyapi", "m", None, None)
