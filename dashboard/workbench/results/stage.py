"""The stage of "Read the results": outputs, matrix, curves and the X-rays behind each count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from core.arrays import BoolArray, UInt8Array
from core.evaluation.thresholds import choose_threshold
from core.marks import Marks
from dashboard.browser.publication import component
from dashboard.networks.validation_outputs import ValidationOutputs
from dashboard.shared.blob import pack
from dashboard.shared.schema import Schema, choice, flag, real, whole
from dashboard.workbench.results.heat import HeatSheet
from dashboard.workbench.results.tiling import on_one_jpeg

CELLS: Final = ("missed", "alarms", "found", "spared")
CURVES: Final = (("roc", "ROC"), ("pr", "Precision and recall"), ("calibration", "Calibration"))
EVERYTHING: Final = "all"
SHEET_BYTES: Final = 2_000_000
"""Pixels of all thumbnails together; many images have smaller ones."""
_SIDES: Final = (64, 56, 48, 40, 32)
_JPEG_QUALITY: Final = 88

show = component("results", "workbench/results/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subset:
    """Some of the images, such as those of one region.

    Attributes:
        key: Letters, digits and hyphens; stands in the address.
        title: For people.
        members: (V,).
    """

    key: str
    title: str
    members: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """All thumbnails on one JPEG, row by row.

    Attributes:
        jpeg: Its bytes.
        side: Of a thumbnail, in pixels.
        columns: Thumbnails in a row.
        boxes: Marks of each image, in pixels of a thumbnail.
        ids: What the set calls each image.
        titles: Id, region and view of each, for people.
    """

    jpeg: bytes
    side: int
    columns: int
    boxes: tuple[tuple[Sequence[float], ...], ...]
    ids: tuple[str, ...]
    titles: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For the browser, all but the bytes."""
        return {
            "side": self.side,
            "columns": self.columns,
            "boxes": [[list(box) for box in boxes] for boxes in self.boxes],
            "ids": list(self.ids),
            "titles": list(self.titles),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResultsView:
    """What the stage shows.

    Attributes:
        outputs: What the network said.
        subsets: Some of the images each; all of them are offered beside these.
        sheet: Their thumbnails; None where the images are not here.
        words: Sentences of the stage by name.
        heat: Thumbnails with their heat, as far as they were asked for.
    """

    outputs: ValidationOutputs
    subsets: tuple[Subset, ...]
    sheet: Sheet | None
    words: Mapping[str, str]
    heat: HeatSheet | None = None


def schema_of(outputs: ValidationOutputs, subsets: Sequence[Subset]) -> Schema:
    """What can be set: it begins at the best epoch, with its best threshold, at the base rate."""
    total = f"All {outputs.labels.size:,}"
    named = [(one.key, f"{one.title} ({int(one.members.sum()):,})") for one in subsets]
    prevalence = min(max(round(100 * outputs.base_rate, 1), 0.1), 99.0)
    return (
        real("threshold", first_threshold(outputs), 0, 1, 0.001, label="Threshold"),
        real("prevalence", prevalence, 0.1, 99, 0.1, label="Prevalence", unit="%"),
        real("cost", 1, 0.01, 100, 0.01, label="Miss : alarm", log=True),
        choice("subset", EVERYTHING, [(EVERYTHING, total), *named], label="X-rays"),
        choice("curve", "roc", CURVES, label="Curve"),
        flag("marks", True, label="Marked places"),
        flag("heat", label="Heat maps"),
        choice("cell", "missed", [(cell, cell) for cell in CELLS]),
        whole("at", outputs.best, 0, len(outputs.epochs) - 1, label="Epoch"),
    )


def first_threshold(outputs: ValidationOutputs) -> float:
    """Where the stage begins, and the page's questions with it: the best one at the best epoch."""
    return round(choose_threshold(outputs.labels, outputs.scores[outputs.best]), 3)


def sheet_of(
    images: UInt8Array, marks: Sequence[Marks], ids: Sequence[str], titles: Sequence[str]
) -> Sheet:
    """Thumbnails of (V, S, S) images, with their marks in the thumbnails' own pixels."""
    count, size = images.shape[:2]
    fitting = (side for side in _SIDES if count * side * side <= SHEET_BYTES)
    side = min(next(fitting, _SIDES[-1]), size)
    small = [
        np.asarray(
            cv2.resize(np.asarray(image), (side, side), interpolation=cv2.INTER_AREA), np.uint8
        )
        for image in images
    ]
    jpeg, columns = on_one_jpeg(small, side, quality=_JPEG_QUALITY)
    boxes = tuple(
        tuple(tuple(box.plain()) for box in one.mapped((side, side)).boxes) if one else ()
        for one in marks
    )
    return Sheet(
        jpeg=jpeg, side=side, columns=columns, boxes=boxes,
        ids=tuple(ids), titles=tuple(titles),
    )  # fmt: skip


def payload(view: ResultsView, header: Mapping[str, Any]) -> bytes:
    """The stage's message."""
    outputs, sheet, heat = view.outputs, view.sheet, view.heat
    told = {
        **header,
        "classes": list(outputs.classes),
        "epochs": list(outputs.epochs),
        "temperatures": list(outputs.temperatures),
        "subsets": [one.key for one in view.subsets],
        "sheet": sheet and sheet.to_json(),
        "words": dict(view.words),
        "best": outputs.best,
        "heat": heat and {"side": heat.side, "columns": heat.columns, "images": list(heat.images)},
    }
    members = [one.members for one in view.subsets]
    arrays = [
        outputs.scores.astype(np.float32),
        outputs.labels.astype(np.uint8),
        np.array(members, dtype=np.uint8).reshape(len(members), outputs.labels.size),
        np.frombuffer(sheet.jpeg if sheet else b"", np.uint8),
        np.frombuffer(heat.jpeg if heat else b"", np.uint8),
    ]
    return pack(told, arrays)
