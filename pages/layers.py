"""Small networks: a layer as matrix and lines, then a network that learns while one watches."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import layers


def body() -> None:
    """Draw the page."""
    layers.style()
    part = layers.opening()
    layers.stage(part)
    layers.explain(part)
    layers.ask_after(part)
    layers.sources(part)


if __name__ == "__main__":
    run_page("layers", body)
