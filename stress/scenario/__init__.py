"""Conversations as data: who takes part, who writes to whom, how it starts."""
