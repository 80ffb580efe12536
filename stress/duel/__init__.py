"""Two targets against each other: the same scenario, seed and ramp, and one verdict."""
