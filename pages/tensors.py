"""Tensors and batches: rank, shape, type, slices, bytes and order, on real tensors."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.tensors.lesson import body

if __name__ == "__main__":
    run_page("tensors", body)
