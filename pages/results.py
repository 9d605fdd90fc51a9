"""Read the results: move the threshold, see what it misses and what it alarms."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.results.lesson import body

if __name__ == "__main__":
    run_page("results", body)
