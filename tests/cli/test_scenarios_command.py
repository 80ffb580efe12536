"""`stress scenarios`, as typed."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from stress.cli.scenarios import app
from stress.errors import UsageError
from stress.scenario.library import library, load_scenario


def run(*words):
    """What the command prints; its errors as they are."""
    return CliRunner().invoke(app, list(words), catch_exceptions=False, env={"COLUMNS": "80"}).stdout


def test_without_a_word_it_lists_the_library():
    listed = run()
    for name in library():
        scenario = load_scenario(name)
        [line] = [line for line in listed.splitlines() if line.startswith(f"{name} ")]
        assert scenario.topology in line
        assert scenario.title in line
    assert (
        "11 personas   The Crooked Lantern (the default)\n              A wet night, a low roof, and a table" in listed
    )
    assert "Whoever comes in" not in listed  # the second sentence is for `show`
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.parametrize("name", library())
def test_show_prints_the_whole_page(name):
    shown = " ".join(run("show", name).split())
    scenario = load_scenario(name)
    people = [*scenario.personas, *([scenario.lead] if scenario.lead else [])]
    everything = [scenario.title, scenario.about, scenario.setting, *scenario.openers]
    everything += [f"{persona.name}: {persona.who}" for persona in people]
    for text in everything:
        assert " ".join(text.split()) in shown
    assert f"topology {scenario.topology} fanout" in shown


def test_a_new_file_passes_the_check_and_is_not_written_twice(tmp_path):
    file = tmp_path / "mine.yaml"
    assert str(file) in run("new", str(file))
    checked = run("check", str(file))
    assert checked.startswith("ok: mine: The Waiting Room, rooms:4, 3 personas, 2 openers.\n")
    assert "You sit in the waiting room of a doctor" in checked
    assert "@a02" in checked  # the agent whose prompt is shown
    assert max(map(len, checked.splitlines())) <= 80
    assert "note:" not in checked
    with pytest.raises(UsageError, match="already exists"):
        run("new", str(file))


def test_check_notes_a_memory_too_small_to_remember(tmp_path):
    file = tmp_path / "mine.yaml"
    run("new", str(file))
    file.write_text(file.read_text().replace("memory: 1000", "memory: 150"))
    assert "so with a memory of 150 agents remember little" in run("check", str(file))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "gone.yaml"), "gone.yaml can't be read: No such file"),
        (("show", "taven"), "did you mean 'tavern'?"),
        (("new", "mine"), "must end in .yaml"),
        (("new", "no/such/place/mine.yaml"), "can't be written (No such file"),
    ],
)
def test_mistakes_are_usage_errors(words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as wrong:
        run(*words)
    assert says in str(wrong.value)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_is_one_line_on_stderr_and_status_2(tmp_path):
    file = tmp_path / "mine.yaml"
    run("new", str(file))
    file.write_text(file.read_text().replace("name: Hanna", "nme: Hanna"))
    code = "from stress.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "scenarios", "check", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"{file}, line 42, personas[1].nme: there is no such field here; write 'name'" in done.stderr


def test_the_module_is_light_enough_for_help():
    heavy = "'pydantic', 'yaml', 'rich', 'stress.scenario.model'"
    code = f"import sys, stress.cli.scenarios; sys.exit(bool({{{heavy}}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
