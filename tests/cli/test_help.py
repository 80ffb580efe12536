import subprocess
import sys

import pytest
from stress_process import stress

from stress import __version__

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


@pytest.mark.parametrize("command", [*COMMANDS.split("|")[0].split(), *COMMANDS.replace("\n", "").split("|")[1:]])
def test_every_commands_help_ends_with_two_examples_or_more(command):
    examples = stress(*command.split(), "--help").stdout.partition("\nExamples:\n")[2].splitlines()
    assert len(examples) >= 2
    assert all(line.startswith(f"  stress {command}") for line in examples)
