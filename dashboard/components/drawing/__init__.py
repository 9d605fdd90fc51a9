"""A picture drawn by hand."""
