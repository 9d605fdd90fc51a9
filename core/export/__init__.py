"""A network as something to take away: Keras source, a notebook, a link."""
