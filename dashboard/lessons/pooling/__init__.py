"""Pooling as a stage: a window that slides, its way back, shifts, and what is lost."""
