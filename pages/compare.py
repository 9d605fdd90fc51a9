"""Compare runs: curves in one frame, figures in pairs, and the X-rays on which two differ."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.compare.lesson import body

if __name__ == "__main__":
    run_page("compare", body)
