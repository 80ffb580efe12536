"""The panels of the screen, one widget a file; each draws itself from a Snapshot."""
