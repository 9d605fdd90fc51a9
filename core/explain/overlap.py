"""How a heat map and the places that a radiologist marked lie to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import BoolArray, FloatArray
from core.marks import Box, Marks


@dataclass(frozen=True, slots=True)
class Overlap:
    """Positive evidence against marked boxes, both inside the picture.

    Attributes:
        evidence: Share of the positive evidence that lies inside the boxes, 0 to 1; NaN where
            nothing is positive.
        area: Share of the picture that the boxes cover: what evidence spread evenly would reach.
        peak_inside: Whether the largest positive value lies in a box.
        shared: The highest places, as many as are marked, against the marked ones: what both
            hold as a share of what either holds. Places chosen at random reach area / (2 - area)
            on average, about.
    """

    evidence: float
    area: float
    peak_inside: bool
    shared: float = float("nan")


def overlap(values: FloatArray, marks: Marks, *, picture: Box) -> Overlap:
    """Compare a signed map with marked places.

    Args:
        values: (S, S) signed map of the square that the network saw.
        marks: Places in that square.
        picture: The picture's rectangle inside the square, whole pixels; the black bars beside
            it count for nothing.

    Raises:
        LessonError: ``marks.other-picture`` where the marks belong to another square.
    """
    rows = slice(int(picture.y), int(picture.y + picture.height))
    columns = slice(int(picture.x), int(picture.x + picture.width))
    marked = marks.of(values.shape).mask()[rows, columns]
    positive = np.maximum(np.asarray(values[rows, columns], np.float64), 0.0)
    total = float(positive.sum())
    peak = np.unravel_index(int(positive.argmax()), positive.shape)
    return Overlap(
        evidence=float(positive[marked].sum()) / total if total > 0 else float("nan"),
        area=float(marked.mean()),
        peak_inside=bool(total > 0 and marked[peak]),
        shared=_shared(np.asarray(values[rows, columns], np.float64), marked),
    )


def _shared(values: FloatArray, marked: BoolArray) -> float:
    count = int(marked.sum())
    highest = np.argsort(-values.ravel(), kind="stable")[:count]
    both = int(marked.ravel()[highest].sum())
    return both / (2 * count - both) if count else float("nan")
