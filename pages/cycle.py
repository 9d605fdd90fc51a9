"""The training cycle: batch, forward, loss, gradient, step, with every number shown."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.cycle import lesson


def body() -> None:
    """Draw the page."""
    lesson.style()
    committed = lesson.predict()
    choices = lesson.chosen()
    lesson.stage(choices, locked=not committed)
    if committed:
        lesson.why(choices)
    lesson.agreement(choices)
    lesson.check(choices)
    lesson.source()


if __name__ == "__main__":
    run_page("cycle", body)
