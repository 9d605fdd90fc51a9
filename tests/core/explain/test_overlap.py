"""Heat against marked boxes, with numbers a person can count."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import LessonError
from core.explain.overlap import overlap
from core.marks import Box, Marks

WHOLE = Box(0, 0, 8, 8)


def marks(*boxes: tuple[float, float, float, float]) -> Marks:
    return Marks(size=(8, 8), boxes=tuple(Box(*box) for box in boxes))


def test_evidence_spread_evenly_reaches_the_share_of_the_area():
    found = overlap(np.ones((8, 8)), marks((0, 0, 4, 2)), picture=WHOLE)
    assert found.evidence == found.area == 8 / 64


def test_counts_only_what_is_positive():
    values = -np.ones((8, 8))
    values[1, 1], values[6, 6] = 3.0, 1.0
    found = overlap(values, marks((1, 1, 1, 1)), picture=WHOLE)
    assert found.evidence == 0.75
    assert found.peak_inside
    assert not overlap(values, marks((6, 6, 1, 1)), picture=WHOLE).peak_inside


def test_boxes_that_overlap_are_counted_once():
    found = overlap(np.ones((8, 8)), marks((0, 0, 2, 2), (1, 1, 2, 2)), picture=WHOLE)
    assert found.area == 7 / 64


def test_bars_beside_the_picture_count_for_nothing():
    values = np.ones((8, 8))
    values[:, :2] = 100.0
    found = overlap(values, marks((2, 0, 2, 8)), picture=Box(2, 0, 4, 8))
    assert found.evidence == found.area == 0.5


def test_a_box_smaller_than_a_pixel_still_has_its_place():
    values = np.zeros((8, 8))
    values[3, 5] = 1.0
    assert overlap(values, marks((5.6, 3.6, 0.2, 0.2)), picture=WHOLE).evidence == 1.0


def test_no_evidence_is_not_a_share_of_nothing():
    found = overlap(-np.ones((8, 8)), marks((0, 0, 4, 4)), picture=WHOLE)
    assert math.isnan(found.evidence)
    assert not found.peak_inside
    assert found.area == pytest.approx(0.25)


def test_marks_of_another_scale_are_refused_and_never_laid_over():
    """A 64 px mark on a 256 px map once lay in its upper left corner."""
    small = Marks(size=(64, 64), boxes=(Box(32, 32, 16, 16),))
    values = np.ones((256, 256))
    with pytest.raises(LessonError) as caught:
        overlap(values, small, picture=Box(0, 0, 256, 256))
    assert caught.value.code == "marks.other-picture"
    found = overlap(values, small.mapped((256, 256)), picture=Box(0, 0, 256, 256))
    assert found.area == found.evidence == 1 / 16
