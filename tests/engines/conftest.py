import importlib.metadata
from collections.abc import Callable

import pytest
from fixtures_engine import embedded_engine

__all__ = ["embedded_engine"]


@pytest.fixture(autouse=True)
def own_log_directory(monkeypatch, tmp_path):
    """Logs of engines that do not start are kept for their user: here, for the test."""
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: tmp_path / "logs")


@pytest.fixture
def only_installed(monkeypatch) -> Callable[..., None]:
    """Makes only these distributions (name to version) look installed for our interpreter, and no command findable."""

    def pretend(versions: dict[str, str]) -> None:
        def version(name: str) -> str:
            if name not in versions:
                raise importlib.metadata.PackageNotFoundError(name)
            return versions[name]

        monkeypatch.setattr("importlib.metadata.version", version)
        monkeypatch.setenv("PATH", "")

    return pretend
