import importlib
import re
import shlex
import subprocess
import sys

import pytest
from stress_process import stress

from stress import __version__
from stress.engines.spec import parse_engine

HEAVY = ("aiohttp", "gguf", "numpy", "openai", "pydantic", "rich", "textual", "tui", "uvloop", "xllamacpp", "yaml")


def test_help_names_every_command_that_is_built():
    result = stress("--help")
    assert result.returncode == 0
    assert "ramp" in result.stdout
    assert "scenarios" in result.stdout


def test_help_loads_nothing_heavy():
    code = f"""
import sys
from stress.cli import main
sys.argv = ["stress", "--help"]
try:
    main()
finally:
    print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stderr.strip() == "[]"


def test_the_version_is_printed():
    assert stress("--version").stdout.strip() == f"agent-stress {__version__}"


def test_the_ramps_help_has_every_option_of_the_contract_that_is_built():
    text = stress("ramp", "--help").stdout
    for option in """
        --agents --over --hold --shape --stages --rate --max-rate --scenario --url --engine --api-key-env --model
        --max-tokens --temperature --ignore-eos --extra-body --seed --workers --client --out --label --metadata --ui
        --theme
    """.split():
        assert option in text


@pytest.mark.parametrize("command", ["ramp", "burst", "duel", "replay"])
def test_every_command_with_a_screen_has_its_themes(command):
    assert "--theme" in stress(command, "--help").stdout


COMMANDS = """ramp burst duel sweep serve engines doctor plan replay|model make|telemetry serve|scenarios show
|scenarios check|scenarios new"""


ALL = [*COMMANDS.split("|")[0].split(), *COMMANDS.replace("\n", "").split("|")[1:]]


@pytest.mark.parametrize("command", ["model", "telemetry", "scenarios"])
def test_a_group_of_commands_has_examples_as_well(command):
    assert f"\nExamples:\n  stress {command} " in stress(command, "--help").stdout


@pytest.mark.parametrize("command", ALL)
def test_every_commands_help_ends_with_two_examples_or_more(command):
    examples = stress(*command.split(), "--help").stdout.partition("\nExamples:\n")[2].splitlines()
    assert len(examples) >= 2
    assert all(line.startswith(f"  stress {command}") for line in examples)


@pytest.mark.parametrize("name", ALL)
def test_every_example_in_the_help_is_a_command_line_that_is_right(name):
    first, *rest = name.split()
    command = importlib.import_module(f"stress.cli.{first}").COMMAND
    for word in rest:
        command = command.commands[word]
    for line in command.epilog.splitlines():
        words = shlex.split(line, comments=True)
        assert words[: 1 + len(name.split())] == ["stress", *name.split()]
        values = command.make_context(name, words[1 + len(name.split()) :]).params
        for kind in getattr(command, "kinds", ()):
            options = kind(**{field: values[field] for field in kind.declared()})
            for target in ("engine", "left", "right"):
                if text := getattr(options, target, None):
                    parse_engine(text)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", ["", *ALL, "model", "telemetry", "scenarios"])
def test_help_fits_its_terminal_in_whole_sentences_and_without_typers_notation(name, columns):
    text, _, _ = stress(*name.split(), "--help", COLUMNS=str(columns)).stdout.partition("\nExamples:\n")
    lines = text.splitlines()
    assert max(map(len, lines)) <= columns
    assert not [line for line in lines[1:] if line.endswith("...")]
    assert not re.search(r"x[<>]=|[<>]=x|<str>|\{[A-Z]", text)


def test_help_uses_a_wide_terminal():
    lines = stress("ramp", "--help", COLUMNS="120").stdout.splitlines()
    assert max(map(len, lines)) > 100
