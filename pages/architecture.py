"""Architecture: a network built by hand, drawn to scale, counted and trained."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import architecture


def body() -> None:
    """Draw the page."""
    architecture.style()
    committed = architecture.question()
    architecture.controls()
    stage = architecture.place_for_stage()
    picture = architecture.outlook()
    with stage:
        architecture.stage(picture, locked=not committed)
    if committed:
        architecture.why()
    architecture.closing()


if __name__ == "__main__":
    run_page("architecture", body)
