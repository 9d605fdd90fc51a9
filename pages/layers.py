"""Small networks: a layer as matrix and lines, then a network that learns while one watches."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.layers.lesson import body

if __name__ == "__main__":
    run_page("layers", body)
