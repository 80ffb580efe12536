"""Drawing with character cells: lines of text, areas, bars and big digits. Knows nothing of a run."""
