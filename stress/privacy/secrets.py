"""What may be shown and recorded of a URL."""

import re

_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(r"(://[^\s?]*)\?[^\s'\"]+")


def without_secrets(text: str) -> str:
    """The text without `user:password@` in its URLs, and without what stands behind their question marks."""
    return _QUERY.sub(r"\1?…", _USERINFO.sub("", text))
