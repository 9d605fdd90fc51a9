"""Pooling: one number stays of each window; what comes back through it, and what is lost."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.pooling.lesson import body

if __name__ == "__main__":
    run_page("pooling", body)
