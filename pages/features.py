"""Feature maps: the whole network for one picture, then a layer, then one cell's formula."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.features.lesson import body

if __name__ == "__main__":
    run_page("features", body)
