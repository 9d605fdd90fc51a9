"""The only module with `st.cache_*`: keyed by small values, always bounded."""

from __future__ import annotations

import gc

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
