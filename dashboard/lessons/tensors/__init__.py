"""Tensors as a component: slice, batch, memory, types and order, all in the browser."""
