"""Tensors and batches: rank, shape, type, slices, bytes and order, on real tensors."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import tensors


def body() -> None:
    """Draw the page."""
    committed = tensors.predict()
    tensors.stage(locked=not committed)
    tensors.why()
    tensors.closing()


if __name__ == "__main__":
    run_page("tensors", body)
