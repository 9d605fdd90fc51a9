"""Walk downhill with eight optimizers and see why each takes the step it takes."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import descent


def body() -> None:
    """Draw the page."""
    descent.ask_first()
    ground = descent.choose_ground()
    descent.race_down(ground)
    descent.explain()
    descent.ask_after()
    descent.sources()


if __name__ == "__main__":
    run_page("descent", body)
