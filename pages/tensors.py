"""Tensors and batches: rank, shape, type, slices, bytes and order, on real tensors."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import tensors


def body() -> None:
    """Draw the page."""
    committed = tensors.predict()
    place = tensors.place_for_stage()
    shown = tensors.specimens(tensors.choose_set())
    with place:
        tensors.stage(shown, locked=not committed)
    tensors.why(tensors.named(shown, "images"))
    tensors.closing(shown)


if __name__ == "__main__":
    run_page("tensors", body)
