"""The Hugging Face cache: models that somebody has fetched before."""

import os
from pathlib import Path


def cached_model(name: str) -> Path | None:
    """Where the Hugging Face cache has a model, if it does (its layout: huggingface.co/docs/huggingface_hub)."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    snapshots = hub / f"models--{name.replace('/', '--')}" / "snapshots"
    found = sorted(snapshots.glob("*/config.json"), key=lambda config: config.stat().st_mtime)
    return found[-1].parent if found else None
