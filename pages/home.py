"""Home: what Lightbox is, a living picture, three doors, the map of the lessons."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.home import lesson


def body() -> None:
    """Draw the page."""
    lesson.styles()
    lesson.opening()
    lesson.lesson_map()
    lesson.about()


if __name__ == "__main__":
    run_page("home", body)
