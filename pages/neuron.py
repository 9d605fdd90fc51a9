"""Neuron: the paper's Fig. 1 with every number, and what a single one can decide."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.neuron.lesson import body

if __name__ == "__main__":
    run_page("neuron", body)
