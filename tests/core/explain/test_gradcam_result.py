"""The plain result of an explanation: its sentence-making facts and its cost to import."""

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explain.result import ClassMap, enlarge, probabilities


def cam(cells: list[list[float]], *, sign: int = 1) -> ClassMap:
    """A map whose cells are shares of the logit 0.4; of the wrong sign with ``sign`` -1."""
    values = np.array(cells, np.float32)
    return ClassMap(
        logits=np.array([0.4], np.float32),
        probabilities=probabilities(np.array([0.4])),
        method="hirescam",
        map=enlarge(values, 8),
        weights=np.zeros(2, np.float32),
        without_positive=np.array([0.4 - sign * np.maximum(values, 0).sum()]),
        without_negative=np.array([0.4 - sign * np.minimum(values, 0).sum()]),
        layer="convolution_3",
        layers=("convolution_1", "convolution_3"),
        class_index=1,
        cells=values,
    )


@pytest.mark.parametrize(
    ("cells", "positive", "constant", "limit"),
    [
        ([[0.0, 2.0], [-3.0, 1.0]], True, False, 3.0),
        ([[-1.0, -2.0]], False, False, 2.0),
        ([[0.0, 0.0]], False, True, 0.0),
        ([[5.0, 5.0]], True, True, 5.0),
        # A sum of floats that should be 0 is not evidence.
        ([[-1.0, 1e-8]], False, False, 1.0),
    ],
)
def test_says_whether_anything_speaks_for_the_class(cells, positive, constant, limit):
    result = cam(cells)
    assert (result.positive, result.constant, result.limit) == (positive, constant, limit)


def test_travels_between_processes():
    original = cam([[0.0, 2.0], [-3.0, 1.0]])
    copy = pickle.loads(pickle.dumps(original))
    assert copy.positive
    np.testing.assert_array_equal(copy.map, original.map)


@given(logits=st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
def test_outputs_sum_to_one_for_any_logit(logits):
    with np.errstate(all="raise", under="ignore"):
        outputs = probabilities(np.array(logits))
    assert outputs.size == max(2, len(logits))
    assert abs(outputs.sum() - 1) < 1e-12
    assert (outputs >= 0).all()


@given(value=st.floats(-3, 3), rows=st.integers(1, 6), columns=st.integers(1, 6))
def test_enlarging_keeps_a_constant_and_never_overshoots(value, rows, columns):
    np.testing.assert_allclose(enlarge(np.full((rows, columns), value), 13), value, atol=1e-6)
    ramp = np.arange(float(rows * columns)).reshape(rows, columns)
    large = enlarge(ramp, 13)
    assert large.min() >= -1e-5
    assert large.max() <= ramp.max() + 1e-5


def test_reading_a_result_needs_no_keras():
    code = (
        "import sys, core.explain.result;"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_holds_only_where_the_signs_did_what_they_say():
    cells = [[0.0, 2.0], [-3.0, 1.0]]
    assert cam(cells).holds
    assert not cam(cells, sign=-1).holds
    # One wrong direction is enough: what is below 0 must speak against the class as well.
    half = dataclasses.replace(cam(cells), without_negative=np.array([0.3]))
    assert not half.holds
    assert cam([[1.0, 2.0]]).holds  # nothing below 0 to try
    assert cam([[-1.0, -2.0]]).holds


def test_one_logit_is_the_score_of_class_1_and_its_opposite_that_of_class_0():
    fracture = cam([[1.0, 2.0]])
    normal = dataclasses.replace(fracture, class_index=0)
    assert fracture.score(np.array([0.4])) == 0.4
    assert normal.score(np.array([0.4])) == -0.4
    assert normal.score(np.array([0.4, 0.1, 0.2])) == 0.4
    # The same logits without these cells: for class 0 its score rose, so they are no evidence.
    assert fracture.holds
    assert not normal.holds
