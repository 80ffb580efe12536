"""Shell completion is typer's; this mends what its script for zsh lacks."""

from typer import _completion_shared

_FIRST_TAB = """
if [ "$funcstack[1]" = "_%(prog_name)s" ]; then
  %(complete_func)s "$@"
fi
"""
"""zsh loads the script as a function when TAB is first pressed, and that TAB needs an answer as well."""


def mend_zsh() -> None:
    """Make the script that typer shows and installs for zsh answer the first TAB of a session."""
    scripts = _completion_shared._completion_scripts  # noqa: SLF001 (typer has no other way in)
    if not scripts["zsh"].endswith(_FIRST_TAB):
        scripts["zsh"] += _FIRST_TAB
