import pytest


@pytest.fixture(autouse=True)
def _same_on_every_machine(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TEXTUAL", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FILTERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
