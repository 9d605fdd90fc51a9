"""A `.keras` file of somebody else, read as data: archive, description, numbers, folding."""
