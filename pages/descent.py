"""Walk downhill with eight optimizers and see why each takes the step it takes."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.descent import lesson


def body() -> None:
    """Draw the page."""
    committed = lesson.ask_first()
    ground = lesson.choose_ground()
    if ground is None:
        lesson.wait_for_ground()
    else:
        lesson.race_down(ground, locked=not committed)
    lesson.explain()
    lesson.ask_after()
    lesson.where_from()


if __name__ == "__main__":
    run_page("descent", body)
