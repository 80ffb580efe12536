"""A scenario to begin one's own from."""

from pathlib import Path

from stress.errors import UsageError


def write_template(path: Path) -> None:
    """Write a scenario with a comment on each field, for people to begin from; never over a file that exists.

    Raises:
        UsageError: the name does not end in .yaml or .yml, the file exists, or it cannot be written.
    """
    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{path} should end in .yaml, so that it can be told from a library name.")
    template = Path(__file__).with_name("template.yaml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError as there:
        raise UsageError(f"{path} exists already and is left as it is; choose another name.") from there
    except OSError as wrong:
        raise UsageError(f"{path} cannot be written: {wrong.strerror}.") from wrong
