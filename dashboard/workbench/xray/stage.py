"""The stage of "Test an X-ray": the radiograph, its heat, and the network's answer beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import UInt8Array
from core.explain.result import ClassMap
from core.marks import Box, Marks
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.schema import Schema, flag, numbers, whole
from dashboard.workbench.maps import AGAINST_RGB, FOR_RGB
from dashboard.workbench.xray.words import (
    number,
    overlay_sentence,
    trial_sentence,
)

SCHEMA: Final[Schema] = (
    whole("opacity", 70, 0, 100, label="Heat", unit="%"),
    whole("hide", 0, 0, 99, label="Hide weakest", unit="%"),
    flag("positive", label="Only what is orange"),
    flag("input", label="As the network saw it"),
    flag("boxes", True, label="Marked places"),
    numbers("cell", (), 0, 4096, longest=2, label="Row and column of the cell pointed at"),
)

UNSIGNED: Final = "unsigned-"
"""Beginning of the words that a map has whose signs are no evidence."""

show = component("xray", "workbench/xray/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """What the stage shows of an answer.

    Attributes:
        picture: (H, W) uint8, the upright X-ray, at most some 800 pixels a side.
        network: (S, S) uint8, what the network saw.
        picture_box: Rectangle of the picture inside the square, whole pixels.
        cam: The explanation of ``network``.
        target: Name of the explained class.
        answer: The output on its scale, as HTML.
        doubts: Short sentences on what makes the number worth less.
        marks: Places in the square; None where none are.
    """

    picture: UInt8Array
    network: UInt8Array
    picture_box: Box
    cam: ClassMap
    target: str
    answer: str = ""
    doubts: Sequence[str] = ()
    marks: Marks | None = None


def payload(overlay: Overlay, words: Mapping[str, str], header: Mapping[str, Any]) -> bytes:
    """Pictures and maps as one blob. Values stay signed and unscaled; the limit is symmetric.

    Args:
        overlay: What to show.
        words: Sentences of the stage by name.
        header: From `Lesson.header`.
    """
    cam = overlay.cam
    marks = (overlay.marks or Marks(size=overlay.network.shape)).of(overlay.network.shape)
    told = {
        **header,
        "empty": None,
        "size": int(overlay.network.shape[0]),
        "placement": [int(value) for value in overlay.picture_box.plain()],
        "limit": cam.limit,
        "low": number(-cam.limit) + (f" against {overlay.target}" if cam.holds else ""),
        "high": number(cam.limit) + (f" for {overlay.target}" if cam.holds else ""),
        "target": overlay.target,
        "hot": list(FOR_RGB),
        "cold": list(AGAINST_RGB),
        "boxes": [box.plain() for box in marks.boxes],
        "summary": overlay_sentence(cam, overlay.target),
        "trial": trial_sentence(cam, overlay.target),
        "answer": overlay.answer,
        "doubts": list(overlay.doubts),
        "words": words_of(cam, overlay.target, words),
    }
    arrays = [
        overlay.picture,
        overlay.network,
        cam.map.astype(np.float32),
        cam.cells.astype(np.float32),
    ]
    return pack(told, arrays)


def words_of(cam: ClassMap, target: str, words: Mapping[str, str]) -> dict[str, str]:
    """The stage's words for a map: none says "for" or "against" where its signs do not hold."""
    signed = {name: text for name, text in words.items() if not name.startswith(UNSIGNED)}
    unsigned = {
        name.removeprefix(UNSIGNED): text
        for name, text in words.items()
        if name.startswith(UNSIGNED)
    }
    chosen = {**signed, **({} if cam.holds else unsigned)}
    return {name: text.replace("{target}", target) for name, text in chosen.items()}


def empty_payload(
    title: str, sentences: Sequence[str], header: Mapping[str, Any], *, offer: str = ""
) -> bytes:
    """The stage before there is a picture, or in place of one that cannot be shown.

    Args:
        title: What is missing.
        sentences: What to do, one paragraph each.
        header: From `Lesson.header`.
        offer: Of the button that takes an X-ray of the set; "" for none.
    """
    empty = {"title": title, "sentences": list(sentences), "offer": offer}
    return pack({**header, "empty": empty}, [])
