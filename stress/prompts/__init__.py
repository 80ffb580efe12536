"""Prompts that come with the package, one a line: 59 varied ones, written for `stress sweep`."""
