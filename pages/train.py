"""Train a network and read its curves while they grow."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.train.lesson import body

if __name__ == "__main__":
    run_page("train", body)
