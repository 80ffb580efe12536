from fixtures_engine import embedded_engine

__all__ = ["embedded_engine"]
