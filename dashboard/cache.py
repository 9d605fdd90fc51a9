"""The only module with `st.cache_*`: keyed by small values, always bounded."""

from __future__ import annotations

import gc
from pathlib import Path

import streamlit as st


@st.cache_resource(show_spinner=False)
def freeze_imports() -> bool:
    """Import what any page needs, then take it out of the garbage collector's sight.

    Streamlit collects garbage after every rerun; frozen, a rerun falls to half its time.
    """
    import cv2  # noqa: F401
    import distributed  # noqa: F401
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import PIL.Image  # noqa: F401
    import plotly.graph_objects  # noqa: F401

    gc.collect()
    gc.freeze()
    return True


@st.cache_data(max_entries=64, show_spinner=False)
def page_text(slug: str, *, language: str = "en") -> dict[str, str]:
    """The prose of a page by section: what stands below each ``## name`` of its text file."""
    path = Path(__file__).parent / "text" / language / f"{slug}.md"
    blocks = path.read_text(encoding="utf-8").split("\n## ")
    pairs = (block.removeprefix("## ").partition("\n") for block in blocks if block.strip())
    return {name.strip(): text.strip() for name, _, text in pairs}
