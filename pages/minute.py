"""A model of your own: collect pictures, train in a minute, ask it live."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.minute.lesson import body

if __name__ == "__main__":
    run_page("minute", body)
