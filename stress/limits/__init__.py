"""What limits a run, by its evidence; and the limit that no engine can exceed, by the chips' figures."""
