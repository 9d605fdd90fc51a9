"""Architecture: a network built by hand, drawn to scale, counted and trained."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.architecture.lesson import body

if __name__ == "__main__":
    run_page("architecture", body)
