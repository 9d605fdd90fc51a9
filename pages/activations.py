"""Activations: shapes, slopes, and what a stack of them does to signal and gradient."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.activations.lesson import body

if __name__ == "__main__":
    run_page("activations", body)
