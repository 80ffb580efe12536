"""A run on disk: written as it happens, read by everything that comes after."""
