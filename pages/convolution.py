"""Convolution: a window slides over a picture, with every product, the sum and the bias."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.convolution import lesson


def body() -> None:
    """Draw the page."""
    committed = lesson.predict()
    stage = lesson.place_for_stage()  # above its choices, so that the picture comes first
    view = lesson.choose()
    with stage:
        lesson.stage(view, locked=not committed)
    if committed:
        lesson.why(view)
    lesson.check(view)
    lesson.source()


if __name__ == "__main__":
    run_page("convolution", body)
