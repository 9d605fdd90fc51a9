"""Neuron: the paper's Fig. 1 with every number, and what a single one can decide."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.neuron import lesson


def body() -> None:
    """Draw the page."""
    committed = lesson.question()
    lesson.stage(locked=not committed)
    lesson.closing()


if __name__ == "__main__":
    run_page("neuron", body)
