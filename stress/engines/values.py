"""An engine's own options where they go into a file and need a type: `true`, `8`, `[20, 24]`, or a word."""

import json
from typing import Any


def json_value(text: str) -> Any:
    """What the user wrote as JSON, else the text itself."""
    try:
        return json.loads(text.lower() if text.lower() in ("true", "false") else text)
    except ValueError:
        return text
