"""How the server does: sessions, trainings, workers, memory, disk, last errors."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.health.lesson import body

if __name__ == "__main__":
    run_page("health", body)
