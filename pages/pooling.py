"""Pooling: one number stays of each window; what comes back through it, and what is lost."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import pooling


def body() -> None:
    """Draw the page."""
    committed = pooling.ask_first()
    stage = pooling.place_for_stage()  # above its controls, so that the picture comes first
    subject = pooling.choose_subject()
    with stage:
        pooling.stage(subject, locked=not committed)
    pooling.why(subject)
    pooling.ask_after()
    pooling.sources()


if __name__ == "__main__":
    run_page("pooling", body)
