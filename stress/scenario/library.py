"""The scenarios and prompts that come with the project, those in files of the user's own, and one to begin from."""

import difflib
from pathlib import Path

from stress.errors import UsageError
from stress.scenario.model import Scenario, _one_line

DEFAULT_SCENARIO = "tavern"
"""What `stress ramp` plays when nobody chooses."""
VARIED = Path(__file__).parent / "varied.txt"
"""The prompts of `--prompts varied`."""
LONGEST_PROMPT = 1_000_000
"""Characters."""


def library_dir() -> Path:
    """Where the library's files are: in the installed package, or at the top of a checkout."""
    here = Path(__file__).parent.parent
    installed = here / "scenarios"
    return installed if installed.is_dir() else here.parent / "scenarios"


def library() -> tuple[str, ...]:
    """The names of the library's scenarios, in alphabetical order."""
    return tuple(sorted(path.stem for path in library_dir().glob("*.yaml")))


def load_scenario(name_or_file: str) -> Scenario:
    """The library's scenario of that name, or the one in that file (a path with a slash, or ending in .yaml or .yml).

    Raises:
        UsageError: there is none, or its file is wrong; the sentence says where and what would be right.
    """
    from stress.scenario.yaml_file import read_scenario  # workers do without YAML

    if "/" in name_or_file or name_or_file.endswith((".yaml", ".yml")):
        return read_scenario(Path(name_or_file))
    names = library()
    if name_or_file not in names:
        near = difflib.get_close_matches(name_or_file.lower(), names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(
            f"There is no scenario {name_or_file!r}; {hint}"
            "`stress scenarios` lists the library; for your own file, give a path that ends in .yaml."
        )
    return read_scenario(library_dir() / f"{name_or_file}.yaml")


def read_prompts(file: Path) -> tuple[str, ...]:
    """The prompts of a file: one a line, empty lines left out.

    Raises:
        UsageError: it cannot be read, or holds none.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(
            f"--prompts {file} can't be read ({why}); give a text file with one prompt per line."
        ) from None
    prompts = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not prompts:
        raise UsageError(f"--prompts {file} has no prompts; write one per line.")
    long = next((number for number, prompt in enumerate(prompts, 1) if len(prompt) > LONGEST_PROMPT), None)
    if long is not None:
        raise UsageError(f"--prompts {file}: prompt {long} has more than {LONGEST_PROMPT:,} characters; shorten it.")
    return prompts


def write_template(path: Path) -> None:
    """Write a scenario with a comment on each field, for people to begin from; never over a file that exists.

    Raises:
        UsageError: the name does not end in .yaml or .yml, the file exists, or it cannot be written.
    """
    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{path} must end in .yaml, so that stress can tell it apart from a name in the library.")
    template = Path(__file__).with_name("template.yaml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError as there:
        raise UsageError(f"{path} already exists and was not changed; choose another name.") from there
    except OSError as wrong:
        raise UsageError(f"{path} can't be written ({wrong.strerror}); choose another place.") from wrong


def corpus(*extra: Scenario) -> str:
    """All that agents read in the library and the given scenarios, a paragraph a line, always in the same order.

    The toy model takes its words, and which follows which, from here.
    """
    known = [load_scenario(name) for name in library()]
    return "\n".join(_prose(scenario) for scenario in [*known, *(one for one in extra if one not in known)])


def _prose(scenario: Scenario) -> str:
    cast = [scenario.lead, *scenario.personas] if scenario.lead else list(scenario.personas)
    people = (f"{persona.name} is {persona.who}" for persona in cast)
    return "\n".join(map(_one_line, (scenario.setting, *people, *scenario.openers)))
