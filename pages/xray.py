"""xray."""

from __future__ import annotations

from dashboard.frame import run_page


def body() -> None:
    """Draw the page."""


if __name__ == "__main__":
    run_page("xray", body)
