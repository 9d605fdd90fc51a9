"""Architecture: a network built by hand, drawn to scale, counted and trained."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.architecture import lesson


def body() -> None:
    """Draw the page."""
    lesson.style()
    committed = lesson.question()
    lesson.controls()
    stage = lesson.place_for_stage()
    picture = lesson.outlook()
    with stage:
        lesson.stage(picture, locked=not committed)
    if committed:
        lesson.why()
    lesson.closing()


if __name__ == "__main__":
    run_page("architecture", body)
