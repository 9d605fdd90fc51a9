"""Activation functions with their slopes, and what depth does to them."""
