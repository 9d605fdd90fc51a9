"""What the page keeps between reruns: the thumbnails of a pair of networks."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.prepared import PreparedSet
from dashboard.shared.set_image import record_title
from dashboard.workbench.results.stage import Sheet, sheet_of


@st.cache_resource(max_entries=16, show_spinner=False)
def wall_sheet(
    folder: str, fingerprint: str, indices: tuple[int, ...], _prepared: PreparedSet
) -> Sheet | None:
    """Thumbnails of some images of a set, in that order; None for no image.

    Args:
        folder: Where the set lies.
        fingerprint: Of its content: another content is another answer.
        indices: Positions in the set.
    """
    if not indices:
        return None
    every = _prepared.records()
    records = [every[index] for index in indices]
    return sheet_of(
        np.asarray(_prepared.images[np.array(indices)]),
        [record["marks"] for record in records],
        [record["id"] for record in records],
        [record_title(record) for record in records],
    )
