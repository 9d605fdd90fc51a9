"""Small networks: a layer as matrix and lines, then a network that learns while one watches."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.layers import lesson


def body() -> None:
    """Draw the page."""
    lesson.style()
    part = lesson.opening()
    lesson.stage(part)
    lesson.explain(part)
    lesson.ask_after(part)
    lesson.sources(part)


if __name__ == "__main__":
    run_page("layers", body)
