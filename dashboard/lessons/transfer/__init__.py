"""Transfer learning: begin with what photographs taught."""
