"""One module an engine: how to start it, when it is ready, who it is, its metrics' names."""
