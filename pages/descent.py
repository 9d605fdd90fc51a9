"""Walk downhill with eight optimizers and see why each takes the step it takes."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import descent


def body() -> None:
    """Draw the page."""
    committed = descent.ask_first()
    ground = descent.choose_ground()
    if ground is None:
        descent.wait_for_ground()
    else:
        descent.race_down(ground, locked=not committed)
    descent.explain()
    descent.ask_after()
    descent.where_from()


if __name__ == "__main__":
    run_page("descent", body)
