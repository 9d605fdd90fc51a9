"""Spatial hierarchy: the paper's Fig. 5 on a real picture, from the whole to its parts."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.hierarchy import lesson


def body() -> None:
    """Draw the page."""
    committed = lesson.predict()
    place = lesson.place_for_stage()
    scene = lesson.choose()
    with place:
        lesson.stage(scene, locked=not committed)
    if committed:
        lesson.why(scene)
    lesson.check(scene)
    lesson.source()


if __name__ == "__main__":
    run_page("hierarchy", body)
