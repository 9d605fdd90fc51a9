"""The training cycle: batch, forward, loss, gradient, step, with every number shown."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import cycle


def body() -> None:
    """Draw the page."""
    cycle.style()
    committed = cycle.predict()
    stage = cycle.place_for_stage()  # above its controls, so that the picture comes first
    choices = cycle.controls()
    with stage:
        cycle.stage(choices, locked=not committed)
    if committed:
        cycle.why(choices)
    cycle.agreement(choices)
    cycle.check(choices)
    cycle.source()


if __name__ == "__main__":
    run_page("cycle", body)
