"""The same work at several sizes of one engine: which size gets most out, and where more is less."""
