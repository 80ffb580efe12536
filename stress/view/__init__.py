"""What a run looks like to whoever watches: the screen, plain lines, JSON lines, or nothing."""
