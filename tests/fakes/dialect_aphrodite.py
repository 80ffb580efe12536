"""Aphrodite as the package aphrodite-engine 0.24.1 speaks: as the engine that it was forked from."""

from dataclasses import replace

import dialect_vllm
from pages_server import listing

from stress.engines.adapter import Identity

DIALECT = replace(
    dialect_vllm.DIALECT,
    engine="aphrodite",
    pages={
        "/v1/models": listing("m", owned_by="aphrodite", root="org/m", parent=None, max_model_len=8192, permission=[]),
        "/version": {"version": "0.24.1"},
    },
    identity=Identity(engine="aphrodite", version="0.24.1", model="org/m", context=8192),
    metrics=dialect_vllm.page("aphrodite"),
)
