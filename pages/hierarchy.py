"""Spatial hierarchy: the paper's Fig. 5 on a real picture, from the whole to its parts."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import hierarchy


def body() -> None:
    """Draw the page."""
    committed = hierarchy.predict()
    place = hierarchy.place_for_stage()
    scene = hierarchy.choose()
    with place:
        hierarchy.stage(scene, locked=not committed)
    if committed:
        hierarchy.why(scene)
    hierarchy.check(scene)
    hierarchy.source()


if __name__ == "__main__":
    run_page("hierarchy", body)
