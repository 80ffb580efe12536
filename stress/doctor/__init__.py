"""Can this machine do it, and what does a server really serve? Each check is a line with what to do about it."""
