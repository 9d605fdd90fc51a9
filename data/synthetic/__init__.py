"""Synthetic radiographs: the dataset that is always there."""
