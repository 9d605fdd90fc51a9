"""The stage of "A model of your own": classes, camera, training and the live answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np

from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, choice
from dashboard.workbench.minute.collection import (
    LONGEST_NAME,
    MOST_AT_ONCE,
    MOST_CLASSES,
    MOST_PICTURES,
    SENT_SIDE,
    Collection,
)
from dashboard.workbench.minute.learning import Learned
from dashboard.workbench.results.tiling import on_one_jpeg

VIEWS: Final = (("collect", "Collect"), ("answer", "Answer"))
SCHEMA: Final[Schema] = (choice("view", "collect", VIEWS, label="View"),)
TILE: Final = 56
"""Pixels a side of a thumbnail."""
_QUALITY: Final = 82

show = component("minute", "workbench/minute/stage.js")
show_live = component("minute_live", "workbench/minute/live.js")


def payload(
    collection: Collection,
    learned: Learned | None,
    words: Mapping[str, str],
    header: Mapping[str, Any],
    **told: Any,
) -> bytes:
    """The stage's message.

    Args:
        collection: What was collected.
        learned: Its head, of these pictures or of earlier ones; None before one.
        words: Sentences of the stage by name.
        header: From `Lesson.header`.
        told: What else the stage shows: see `stage.js`.
    """
    bursts = collection.bursts()
    tiles = [
        np.asarray(cv2.resize(one.gray, (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8)
        for one in collection.pictures
    ]
    jpeg, columns = on_one_jpeg(tiles, TILE, quality=_QUALITY) if tiles else (b"", 1)
    places = [collection.of_class(label) for label in range(len(collection.names))]
    message = {
        **header,
        "classes": [
            {"name": name, "places": at, "bursts": len(np.unique(bursts[at]))}
            for name, at in zip(collection.names, places, strict=True)
        ],
        "tile": TILE,
        "columns": columns,
        "limits": {
            "classes": MOST_CLASSES,
            "pictures": MOST_PICTURES,
            "atOnce": MOST_AT_ONCE,
            "side": SENT_SIDE,
            "name": LONGEST_NAME,
        },
        "losses": [] if learned is None else [round(float(one), 5) for one in learned.head.losses],
        "stale": learned is not None and learned.stamp != collection.stamp,
        "words": dict(words),
        "moments": moments(
            SCHEMA, words,
            collect={"view": "collect"}, train={"view": "collect"}, answer={"view": "answer"},
        ),
        **told,
    }  # fmt: skip
    return pack(message, [np.frombuffer(jpeg, np.uint8)])


def answer(
    frame: str, scores: Sequence[float], network: Sequence[float] | None, problem: str = ""
) -> bytes:
    """What is said of one picture.

    Args:
        frame: Names it in the browser that asked.
        scores: (K,) of the head; empty where there is none.
        network: (K,) of the small network, None where there is none.
        problem: Why there is no answer, "" where there is one.
    """
    told = {"frame": frame, "scores": list(scores), "problem": problem}
    return pack({**told, "network": None if network is None else list(network)})
