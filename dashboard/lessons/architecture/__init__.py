"""A network built in blocks, drawn to scale, counted while it is dragged."""
