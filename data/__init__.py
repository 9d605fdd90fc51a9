"""Datasets: what exists, how it is read, split, prepared and cached."""
