"""Activations: shapes, slopes, and what a stack of them does to signal and gradient."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import activations


def body() -> None:
    """Draw the page."""
    committed = activations.question()
    activations.curves(locked=not committed)
    activations.table()
    activations.depth()
    activations.activity()
    activations.closing()


if __name__ == "__main__":
    run_page("activations", body)
