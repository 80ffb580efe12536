"""What a viewer must not see, and how it is hidden."""
