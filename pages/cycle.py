"""The training cycle: batch, forward, loss, gradient, step, with every number shown."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import cycle


def body() -> None:
    """Draw the page."""
    cycle.style()
    committed = cycle.predict()
    choices = cycle.chosen()
    cycle.stage(choices, locked=not committed)
    if committed:
        cycle.why(choices)
    cycle.agreement(choices)
    cycle.check(choices)
    cycle.source()


if __name__ == "__main__":
    run_page("cycle", body)
