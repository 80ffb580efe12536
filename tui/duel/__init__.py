"""The split screen of a duel."""
