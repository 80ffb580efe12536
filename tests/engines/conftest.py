import pytest
from fixtures_engine import embedded_engine

__all__ = ["embedded_engine"]


@pytest.fixture(autouse=True)
def own_log_directory(monkeypatch, tmp_path):
    """Logs of engines that do not start are kept for their user: here, for the test."""
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: tmp_path / "logs")
