"""Transfer learning: begin with what photographs taught."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.transfer.lesson import body

if __name__ == "__main__":
    run_page("transfer", body)
