"""Pooling: one number stays of each window; what comes back through it, and what is lost."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.pooling import lesson


def body() -> None:
    """Draw the page."""
    committed = lesson.ask_first()
    stage = lesson.place_for_stage()  # above its controls, so that the picture comes first
    subject = lesson.choose_subject()
    with stage:
        lesson.stage(subject, locked=not committed)
    lesson.why(subject)
    lesson.ask_after()
    lesson.sources()


if __name__ == "__main__":
    run_page("pooling", body)
