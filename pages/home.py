"""Home: what Lightbox is, a living picture, three doors, the map of the lessons."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.home.lesson import body

if __name__ == "__main__":
    run_page("home", body)
