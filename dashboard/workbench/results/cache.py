"""What the page keeps between reruns: outputs, thumbnails and intervals, by small keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import BoolArray, FloatArray, IntArray, UInt8Array
from core.bounded import Bounded
from core.prepared import PreparedSet
from dashboard.background.once import Once
from dashboard.networks.network import Network
from dashboard.networks.validation_outputs import ValidationOutputs, validation_outputs
from dashboard.shared.set_image import record_title
from dashboard.workbench.results.figure import threshold_table
from dashboard.workbench.results.stage import Sheet, Subset, sheet_of

HARDWARE: Final[dict[bool | None, str]] = {True: "hardware", False: "no hardware", None: ""}
FEWEST: Final = 20
"""Images that a subset must hold, of both classes."""


@st.cache_resource(max_entries=16, show_spinner=False)
def outputs_of(
    key: str, stamp: str, fingerprint: str, _network: Network, _prepared: PreparedSet | None
) -> ValidationOutputs:
    """What a network said of its validation images.

    Args:
        key: Of the network.
        stamp: Of its weights: another epoch is another answer.
        fingerprint: Of its set, "" where that is not here.
    """
    return validation_outputs(_network, _prepared)


@st.cache_resource(max_entries=8, show_spinner=False)
def sheet(
    key: str, folder: str, fingerprint: str, _prepared: PreparedSet, _indices: IntArray
) -> Sheet:
    """Thumbnails of the validation images of a set.

    Args:
        key: Of the network, whose validation part may be its own.
        folder: Where the set lies.
        fingerprint: Of its content: another content is another answer.
    """
    every = _prepared.records()
    records = [every[int(index)] for index in _indices]
    return sheet_of(
        np.asarray(_prepared.images[_indices]),
        [record["marks"] for record in records],
        [record["id"] for record in records],
        [record_title(record) for record in records],
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def subsets(
    key: str, folder: str, fingerprint: str, _prepared: PreparedSet, _indices: IntArray
) -> tuple[Subset, ...]:
    """Validation images of one region, view, or with hardware, where enough are of both classes.

    Args:
        key: Of the network, whose validation part may be its own.
        folder: Where the set lies.
        fingerprint: Of its content: another content is another answer.
    """
    every = _prepared.records()
    records = [every[int(index)] for index in _indices]
    labels = _prepared.labels[_indices]
    ways: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "region": lambda record: str(record.get("region") or ""),
        "view": lambda record: str(record.get("view") or ""),
        "hardware": lambda record: HARDWARE[record.get("hardware")],
    }
    found = []
    for way, name_of in ways.items():
        names = np.array([name_of(record) for record in records])
        for name in sorted(set(names) - {""}):
            members: BoolArray = names == name
            both = len(np.unique(labels[members])) == 2
            if both and FEWEST <= members.sum() < len(members):
                slug = re.sub(r"[^A-Za-z0-9]+", "-", f"{way}-{name}").strip("-")
                found.append(Subset(key=slug, title=name, members=members))
    return tuple(found)


@Once
def heat_tiles() -> Bounded[tuple[str, int], dict[int, UInt8Array]]:
    """Tiles with their heat, by the stamp of a network and the side of a tile; a few MB each."""
    return Bounded(6)


@st.cache_data(max_entries=64, show_spinner=False)
def table(
    key: str,
    stamp: str,
    part: str,
    threshold: float,
    classes: tuple[str, str],
    _labels: IntArray,
    _scores: FloatArray,
    _groups: IntArray,
) -> list[dict[str, Any]]:
    """The figures of a part at a threshold.

    Args:
        key: Of the network.
        stamp: Of its weights and epoch.
        part: "validation" or "test".
        threshold: Scores at or above it are answered with the second class.
        classes: Their names.
    """
    return threshold_table(_labels, _scores, _groups, threshold, classes)
