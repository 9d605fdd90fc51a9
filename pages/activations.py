"""Activations: shapes, slopes, and what a stack of them does to signal and gradient."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.activations import lesson


def body() -> None:
    """Draw the page."""
    committed = lesson.question()
    lesson.curves(locked=not committed)
    lesson.table()
    lesson.depth()
    lesson.activity()
    lesson.closing()


if __name__ == "__main__":
    run_page("activations", body)
