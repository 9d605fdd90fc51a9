"""What the Dataset page keeps between reruns; see `dashboard.cache`."""

from __future__ import annotations

import streamlit as st

from dashboard.cache import prepared_set
from dashboard.workbench.dataset.view import DatasetView, look_into


@st.cache_resource(max_entries=4, show_spinner=False)
def dataset_view(folder: str, fingerprint: str) -> DatasetView:
    """A prepared set with its counts and mean images; never changed in place.

    Args:
        folder: The set's folder.
        fingerprint: Of its content: another content is another answer.
    """
    return look_into(prepared_set(folder))
