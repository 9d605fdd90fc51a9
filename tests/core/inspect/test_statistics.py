"""Figures of a layer and limits of its colors, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.inspect.statistics import color_range, layer_statistics, limit

RELU = np.array([[[0.0, 2.0], [0.0, 0.0]], [[0.0, 4.0], [0.0, 6.0]]])
SIGNED = np.array([[[-3.0, 1.0], [1.0, 1.0]]])


def test_the_figures_are_those_of_the_definition() -> None:
    found = layer_statistics(RELU, bins=3)
    assert (found.count, found.units, found.silent) == (8, 2, 1)
    assert found.mean == pytest.approx(1.5)
    assert found.deviation == pytest.approx(np.sqrt((4 + 16 + 36) / 8 - 1.5**2))
    assert found.zeros == pytest.approx(5 / 8)
    assert found.edges.tolist() == [0, 2, 4, 6]
    assert found.counts.tolist() == [5, 1, 2]


def test_minus_zero_and_nearly_zero_are_told_apart() -> None:
    assert layer_statistics(np.array([0.0, -0.0, 1e-30, 1.0])).zeros == 0.5


def test_a_layer_of_one_value_still_has_a_histogram() -> None:
    found = layer_statistics(np.zeros((2, 2, 3)))
    assert found.counts.sum() == 12
    assert found.edges[0] < 0 < found.edges[-1]
    assert (found.zeros, found.silent) == (1.0, 3)


def test_limits_are_symmetric_only_where_there_are_both_signs() -> None:
    both = {"image": np.array([900.0]), "a": RELU, "b": SIGNED}
    assert (color_range(both, "a").low, color_range(both, "a").high) == (0.0, 6.0)
    assert (color_range(both, "b").low, color_range(both, "b").high) == (-3.0, 3.0)
    assert color_range(both, "b", unit=1, scope="unit").low == 0.0
    assert color_range(both, "a", unit=0, scope="unit").high == 0.0
    # The network's signs and its largest value, without the picture's own 900.
    whole = color_range(both, "a", scope="network")
    assert (whole.low, whole.high) == (-6.0, 6.0)


def test_a_clip_is_a_percentile_of_absolute_values() -> None:
    values = np.concatenate([-np.arange(51.0), np.arange(51.0, 101.0)])
    assert limit(values, 100.0) == 100.0
    assert limit(values, 95.0) == pytest.approx(95.0)
    assert color_range({"a": values}, "a", clip=90.0).low == pytest.approx(-90.0)
