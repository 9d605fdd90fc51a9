"""Convolution: a window slides over a picture, with every product, the sum and the bias."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.widgets import convolution


def body() -> None:
    """Draw the page."""
    committed = convolution.predict()
    stage = convolution.place_for_stage()  # above its choices, so that the picture comes first
    view = convolution.choose()
    with stage:
        convolution.stage(view, locked=not committed)
    if committed:
        convolution.why(view)
    convolution.check(view)
    convolution.source()


if __name__ == "__main__":
    run_page("convolution", body)
