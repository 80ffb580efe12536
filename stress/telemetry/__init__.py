"""What the GPUs, the host and the engine say of themselves."""
