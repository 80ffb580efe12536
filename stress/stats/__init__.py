"""Arithmetic over numbers: histograms, windows, knees, trends. It knows no events."""
