"""Dropout: random outputs put to zero in training, none in use."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.dropout.lesson import body

if __name__ == "__main__":
    run_page("dropout", body)
