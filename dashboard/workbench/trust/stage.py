"""The stage of "Can the map be trusted?": frames of a check, its chart, and a brush."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import cv2
import numpy as np

from core.arrays import BoolArray, UInt8Array
from core.explain.result import METHODS
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, choice, flag, whole
from dashboard.workbench.maps import AGAINST_RGB, FOR_RGB, METHOD_TITLES
from dashboard.workbench.trust.checks import Chart, Checked, Frame
from data.pictures.disturbance import KINDS, SCALES

VIEWS: Final = (
    ("shuffle", "Shuffle weights"),
    ("rank", "Erase by rank"),
    ("compare", "Compare maps"),
    ("hand", "Erase by hand"),
    ("disturb", "Disturb picture"),
    ("marks", "Against marks"),
)
MOST_FRAMES: Final = 16
SHOWN_SIDE: Final = 384
"""Pixels of a picture that travels to the browser."""
BRUSHED: Final = 64
"""Cells a side that are painted over by hand."""
SCHEMA: Final[Schema] = (
    choice("view", "shuffle", VIEWS, label="Check"),
    choice("method", "hirescam", [(one, METHOD_TITLES[one]) for one in METHODS], label="Map"),
    choice("kind", "turn", [(one, SCALES[one].title) for one in KINDS], label="By"),
    flag("boxes", True, label="Marked places"),
    whole("brush", 4, 1, 12, label="Brush", unit="% of side"),
    whole("at", 0, 0, MOST_FRAMES, label="Frame"),
)

show = component("trust", "workbench/trust/stage.js")


def payload(
    checked: Checked | None,
    words: Mapping[str, str],
    header: Mapping[str, Any],
    *,
    view: str,
    told: Mapping[str, Any],
) -> bytes:
    """The stage's message.

    Args:
        checked: What a check found; None while it is awaited, or where it cannot be made.
        words: Sentences of the stage by name.
        header: From `Lesson.header`.
        view: Of `VIEWS`.
        told: ``waiting`` (what is said meanwhile), ``subject`` (names picture and network) and
            what painting by hand made.
    """
    arrays: list[Any] = []
    frames = [] if checked is None else [_frame(one, arrays) for one in checked.frames]
    message = {
        **header,
        "view": view,
        "frames": frames,
        "chart": _chart(checked.chart) if checked and checked.chart else None,
        "grid": bool(checked and checked.grid),
        "said": checked.said if checked else "",
        "head": list(checked.head) if checked else [],
        "rows": [list(row) for row in checked.rows] if checked else [],
        "hot": list(FOR_RGB),
        "cold": list(AGAINST_RGB),
        "brushed": BRUSHED,
        "words": dict(words),
        "moments": moments(
            SCHEMA,
            words,
            trained={"view": "shuffle", "method": "hirescam", "at": 0},
            shuffled={"view": "shuffle", "method": "hirescam", "at": 3},
            edges={"view": "shuffle", "method": "guided", "at": 3},
            rank={"view": "rank", "method": "hirescam", "at": 2},
            compare={"view": "compare", "at": 0},
            hand={"view": "hand", "at": 0},
            marks={"view": "marks", "method": "hirescam", "at": 0},
        ),
        **told,
    }
    return pack(message, arrays)


def _frame(frame: Frame, arrays: list[Any]) -> dict[str, Any]:
    side = len(frame.picture)
    shown = min(side, SHOWN_SIDE)
    picture = frame.picture
    if shown < side:
        small = cv2.resize(picture, (shown, shown), interpolation=cv2.INTER_AREA)
        picture = np.asarray(small, np.uint8)
    at = _place(np.ascontiguousarray(picture), arrays)
    cells = None
    if frame.cells is not None:
        cells = len(arrays)
        arrays.append(frame.cells.astype(np.float32))
    limit = frame.limit
    if not limit and frame.cells is not None:
        limit = float(np.abs(frame.cells).max())
    return {
        "picture": at,
        "cells": cells,
        "limit": limit,
        "title": frame.title,
        "said": frame.said,
        "x": frame.x,
        "boxes": [[value / side for value in box] for box in frame.boxes],
    }


def _place(picture: UInt8Array, arrays: list[Any]) -> int:
    """Where a picture stands among the arrays: the same one is sent once."""
    for at, known in enumerate(arrays):
        if known.dtype == np.uint8 and np.array_equal(known, picture):
            return at
    arrays.append(picture)
    return len(arrays) - 1


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "title": chart.title,
        "xTitle": chart.x_title,
        "y": list(chart.y),
        "curves": [
            {
                "name": one.name,
                "color": one.color,
                "dash": one.dash,
                "points": [
                    [float(x), float(y)] if np.isfinite(y) else None
                    for x, y in zip(one.x, one.y, strict=True)
                ],
            }
            for one in chart.curves
        ],
    }


def read_mask(sent: str, subject: str) -> BoolArray | None:
    """What was painted by hand, (G, G); None for nothing, for another picture, or for nonsense.

    >>> read_mask("", "a") is None, read_mask("b:AAAA", "a") is None
    (True, True)
    """
    named, _, text = sent.partition(":")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if named != subject or len(raw) != BRUSHED * BRUSHED // 8:
        return None
    return np.unpackbits(np.frombuffer(raw, np.uint8)).reshape(BRUSHED, BRUSHED).astype(bool)
