"""The leak laboratory: what makes a validation score lie."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.leaks.lesson import body

if __name__ == "__main__":
    run_page("leaks", body)
