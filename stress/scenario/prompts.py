"""Reads a file of prompts."""

from pathlib import Path

from stress.errors import UsageError

VARIED = Path(__file__).parent / "varied.txt"
LONGEST = 1_000_000
"""Characters."""


def read_prompts(file: Path) -> tuple[str, ...]:
    """The prompts of a file: one a line, empty lines left out.

    Raises:
        UsageError: it cannot be read, or holds none.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"--prompts {file} cannot be read ({why}); give a text file with a prompt a line.") from None
    prompts = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not prompts:
        raise UsageError(f"--prompts {file} holds no prompt; write one a line.")
    long = next((number for number, prompt in enumerate(prompts, 1) if len(prompt) > LONGEST), None)
    if long is not None:
        raise UsageError(f"--prompts {file}: prompt {long} has more than {LONGEST:,} characters; shorten it.")
    return prompts
