"""Optimizers racing down a surface, walked and drawn in the browser."""
