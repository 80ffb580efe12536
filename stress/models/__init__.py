"""Models made here, so that nothing has to be downloaded."""
