"""Can the map be trusted?: checks that a map can fail, and a brush to try one's own."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.trust.lesson import body

if __name__ == "__main__":
    run_page("trust", body)
