"""Dataset: choose, fetch or bring images, and know them before a network sees them."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.dataset.lesson import body

if __name__ == "__main__":
    run_page("dataset", body)
