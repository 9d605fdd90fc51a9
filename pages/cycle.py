"""The training cycle: batch, forward, loss, gradient, step, with every number shown."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.cycle.lesson import body

if __name__ == "__main__":
    run_page("cycle", body)
