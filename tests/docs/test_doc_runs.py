"""The commands in README and docs that need no GPU, no server and no network do what the page says, as processes."""

import shlex

import pytest
from pages import LOCAL, is_demo
from stress_process import stress

RUN = {page: [words for one, words in LOCAL if one == page and not is_demo(words)] for page, _ in LOCAL}


@pytest.mark.parametrize("page", [page for page, found in RUN.items() if found], ids=lambda page: page.name)
def test_it_runs(page, tmp_path):
    """A page's commands in their order, in one directory: some need what others have made."""
    done = [(words, stress(*words, cwd=tmp_path)) for words in RUN[page]]
    assert {shlex.join(words): process.stderr for words, process in done if process.returncode} == {}
