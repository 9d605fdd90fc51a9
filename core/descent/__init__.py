"""Descending a surface: surfaces, update rules, trajectories, and backpropagation by hand."""
