"""Activations: shapes, slopes, and what a stack of them does to signal and gradient."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import activations


def body() -> None:
    """Draw the page."""
    activations.question()
    activations.curves()
    activations.table()
    activations.depth()
    activations.activity()
    activations.closing()


if __name__ == "__main__":
    run_page("activations", body)
