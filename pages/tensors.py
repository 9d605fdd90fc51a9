"""Tensors and batches: rank, shape, type, slices, bytes and order, on real tensors."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.tensors import lesson


def body() -> None:
    """Draw the page."""
    committed = lesson.predict()
    place = lesson.place_for_stage()
    shown = lesson.specimens(lesson.choose_set())
    with place:
        lesson.stage(shown, locked=not committed)
    lesson.why(lesson.named(shown, "images"))
    lesson.closing(shown)


if __name__ == "__main__":
    run_page("tensors", body)
