import pytest

from stress.errors import UsageError
from stress.scenario.library import LONGEST_PROMPT, VARIED, read_prompts


def test_the_set_that_we_ship_has_59_prompts_of_which_no_two_begin_alike():
    prompts = read_prompts(VARIED)
    assert len(prompts) == 59
    assert len({prompt[:12] for prompt in prompts}) > 50
    assert len(set(prompts)) == 59


def test_empty_lines_are_left_out(tmp_path):
    file = tmp_path / "own.txt"
    file.write_text("one\n\n  two  \n\n")
    assert read_prompts(file) == ("one", "two")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "contains no prompt"),
        (b"\n \n", "contains no prompt"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b"x" * (LONGEST_PROMPT + 1), "prompt 1 has more than"),
    ],
)
def test_what_is_no_file_of_prompts_is_said(tmp_path, content, words):
    file = tmp_path / "own.txt"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read_prompts(file)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_prompts(tmp_path / "none.txt")
