"""What people and programs read of a run, duel, sweep or plan: plain lines, JSON lines, tables."""
