"""Spatial hierarchy: the paper's Fig. 5 on a real picture, from the whole to its parts."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.hierarchy.lesson import body

if __name__ == "__main__":
    run_page("hierarchy", body)
