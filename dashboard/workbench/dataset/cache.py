"""What the Dataset page keeps between reruns; see `dashboard.cache`."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from dashboard.cache import prepared_set
from dashboard.theme import THEMES
from dashboard.workbench.dataset import figure as figures
from dashboard.workbench.dataset.view import DatasetView, look_into


@st.cache_resource(max_entries=4, show_spinner=False)
def dataset_view(folder: str, fingerprint: str) -> DatasetView:
    """A prepared set with its counts and mean images; never changed in place.

    Args:
        folder: The set's folder.
        fingerprint: Of its content: another content is another answer.
    """
    return look_into(prepared_set(folder))


@st.cache_resource(max_entries=8, show_spinner=False)
def counts_figure(folder: str, fingerprint: str, theme: str) -> go.Figure:
    """The bars of a set's counts; made once, since Plotly takes longer for it than the page.

    Args:
        folder, fingerprint: As of `dataset_view`.
        theme: Name of the appearance.
    """
    view = dataset_view(folder, fingerprint)
    return figures.counts_figure(view.rows, view.prepared.classes, theme=THEMES[theme])


@st.cache_resource(max_entries=8, show_spinner=False)
def mean_figure(folder: str, fingerprint: str, theme: str) -> go.Figure:
    """The mean images of a set's classes, drawn once.

    Args:
        folder, fingerprint, theme: As of `counts_figure`.
    """
    return figures.mean_figure(dataset_view(folder, fingerprint).means, theme=THEMES[theme])
