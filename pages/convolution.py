"""Convolution: a window slides over a picture, with every product, the sum and the bias."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.convolution.lesson import body

if __name__ == "__main__":
    run_page("convolution", body)
