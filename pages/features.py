"""Feature maps: the whole network for one picture, then a layer, then one cell's formula."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import features


def body() -> None:
    """Draw the page."""
    committed = features.predict()
    features.explore(committed)
    features.source()


if __name__ == "__main__":
    run_page("features", body)
