"""What takes longer to see than a page may take: measured once for all who look."""

from __future__ import annotations

import streamlit as st

from core.jobs.folder import runs_root
from dashboard.workbench.health.vitals import Place, what_lies_where
from data.sets.registry import cache_root, downloads_root

SIZES_FOR_S = 60.0


@st.cache_data(ttl=SIZES_FOR_S, max_entries=1, show_spinner=False)
def places() -> tuple[Place, ...]:
    """What lies where, at most a minute old."""
    return what_lies_where(runs_root(), cache_root(), downloads_root())
