"""Home: what Lightbox is, a living picture, three doors, the map of the lessons."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import home


def body() -> None:
    """Draw the page."""
    home.styles()
    home.opening()
    home.lesson_map()
    home.about()


if __name__ == "__main__":
    run_page("home", body)
