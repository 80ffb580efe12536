import pytest
from stress_process import stress


def test_micro_is_made_as_a_directory_and_a_gguf_by_default(tmp_path):
    done = stress("model", "make", "micro", "--out", str(tmp_path / "m"))
    assert done.returncode == 0
    assert done.stdout.strip() == str(tmp_path / "m")
    assert {"config.json", "tokenizer.json", "micro-f16.gguf"} <= {file.name for file in (tmp_path / "m").iterdir()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("llama-9",), "There is no shape 'llama-9'; choose micro"),
        (("micro", "--format", "onnx"), "--format 'onnx' does not exist; use both, hf, gguf"),
        (("micro", "--quant", "q2"), "--quant 'q2' does not exist; use f16, q8_0, q4_0"),
        (("micro", "--format", "gguf", "--weights"), "a GGUF always contains its weights"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_with_status_2(tmp_path, words, said):
    done = stress("model", "make", *words, "--out", str(tmp_path / "m"))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("place", ["file", "file/m"])
def test_a_place_where_a_file_stands_is_wrong_usage(tmp_path, place):
    (tmp_path / "file").write_text("")
    done = stress("model", "make", "micro", "--out", str(tmp_path / place))
    assert done.returncode == 2
    assert f"{tmp_path / 'file'} is a file; choose another place" in done.stderr
    assert "Traceback" not in done.stderr
