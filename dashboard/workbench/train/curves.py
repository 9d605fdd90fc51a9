"""Curves that grow in place: a Plotly figure that keeps its node, and with it the zoom."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.shared.blob import UNPACK_JS

_FOLDER: Final = Path(__file__).parent
_HTML: Final = """
<figure class="lb-curves">
  <div class="lb-curves-plot" role="img"></div>
  <p class="lb-curves-message" hidden></p>
  <button class="lb-curves-reset" type="button" hidden>Show all</button>
</figure>
"""
_CSS: Final = (_FOLDER / "curves.css").read_text(encoding="utf-8")


def _without_comments(script: str) -> str:
    """The script without comment lines and indents: it is sent anew with every update."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


SCRIPT: Final = _without_comments(UNPACK_JS + (_FOLDER / "curves.js").read_text(encoding="utf-8"))

# Not in a shadow root: Plotly puts its own style sheet into the page's head.
_live_curves = st.components.v2.component(
    "lightbox_live_curves", html=_HTML, css=_CSS, js=SCRIPT, isolate_styles=False
)


def live_curves(blob: bytes, *, key: str) -> None:
    """Draw or update the curves.

    Args:
        blob: From `dashboard.workbench.train.figure.payload`.
        key: Of the component; while it stays, the browser keeps the figure and its zoom.
    """
    _live_curves(data=blob, key=key)
