"""A prepared set with all that the Dataset page derives from it. No Streamlit here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.prepared import PreparedSet
from dashboard.workbench.dataset.figure import Count, Means, mean_images, tally


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetView:
    """A prepared set with all that the page derives from it.

    Attributes:
        prepared: Its arrays.
        records: One dict an image, in their order.
        rows: Counts by part and region.
        means: Mean images.
    """

    prepared: PreparedSet
    records: tuple[dict[str, Any], ...]
    rows: tuple[Count, ...]
    means: Means


def look_into(prepared: PreparedSet) -> DatasetView:
    """Read the records and count."""
    records = tuple(prepared.records())
    return DatasetView(
        prepared=prepared,
        records=records,
        rows=tally(prepared, records),
        means=mean_images(prepared),
    )
