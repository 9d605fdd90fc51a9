"""A network looked into: the whole, a layer, one cell."""
