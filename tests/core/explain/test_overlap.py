"""Heat against marked boxes, with numbers a person can count."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.explain.overlap import overlap

WHOLE = (0, 0, 8, 8)


def test_evidence_spread_evenly_reaches_the_share_of_the_area():
    found = overlap(np.ones((8, 8)), [(0, 0, 4, 2)], picture=WHOLE)
    assert found.evidence == found.area == 8 / 64


def test_counts_only_what_is_positive():
    values = -np.ones((8, 8))
    values[1, 1], values[6, 6] = 3.0, 1.0
    found = overlap(values, [(1, 1, 1, 1)], picture=WHOLE)
    assert found.evidence == 0.75
    assert found.peak_inside
    assert not overlap(values, [(6, 6, 1, 1)], picture=WHOLE).peak_inside


def test_boxes_that_overlap_are_counted_once():
    found = overlap(np.ones((8, 8)), [(0, 0, 2, 2), (1, 1, 2, 2)], picture=WHOLE)
    assert found.area == 7 / 64


def test_bars_beside_the_picture_count_for_nothing():
    values = np.ones((8, 8))
    values[:, :2] = 100.0
    found = overlap(values, [(2, 0, 2, 8)], picture=(2, 0, 4, 8))
    assert found.evidence == found.area == 0.5


def test_a_box_smaller_than_a_pixel_still_has_its_place():
    values = np.zeros((8, 8))
    values[3, 5] = 1.0
    assert overlap(values, [(5.6, 3.6, 0.2, 0.2)], picture=WHOLE).evidence == 1.0


def test_no_evidence_is_not_a_share_of_nothing():
    found = overlap(-np.ones((8, 8)), [(0, 0, 4, 4)], picture=WHOLE)
    assert math.isnan(found.evidence)
    assert not found.peak_inside
    assert found.area == pytest.approx(0.25)
