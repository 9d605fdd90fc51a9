"""Shares of the test images near an output, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.similar_outputs import outlook


def test_counts_the_nearest_outputs():
    scores = np.arange(200) / 200
    labels = (np.arange(200) >= 100).astype(int)
    found = outlook(scores, labels, np.arange(200), 0.5)
    # A fifth of 200 are the 40 nearest to 0.5: outputs 0.400 to 0.595 or 0.405 to 0.600.
    assert found.share.n == 40
    assert found.share.value == pytest.approx(0.5, abs=1 / 40)
    assert (found.lowest, found.highest) == (0.405, 0.6) or (found.lowest, found.highest) == (
        0.4,
        0.595,
    )
    assert found.base == 0.5
    assert outlook(scores, labels, np.arange(200), 1.0).share.value == 1.0
    assert outlook(scores, labels, np.arange(200), 0.0).share.value == 0.0


def test_takes_at_most_a_hundred_and_is_silent_on_a_small_test():
    scores = np.linspace(0, 1, 2000)
    assert outlook(scores, np.zeros(2000, int), np.arange(2000), 0.3).share.n == 100
    assert outlook(scores[:99], np.zeros(99, int), np.arange(99), 0.3) is None


def test_images_of_one_group_are_no_independent_witnesses() -> None:
    scores = np.linspace(0, 1, 500)
    labels = (np.arange(500) % 10 < 3).astype(int)
    alone = outlook(scores, labels, np.arange(500), 0.5)
    # The same images in blocks of 25 that are all positive or all normal.
    blocks = np.arange(500) // 25
    few = outlook(scores, (blocks % 3 == 0).astype(int), blocks, 0.5)
    assert alone is not None
    assert few is not None
    assert alone.share.n == few.share.n == 100
    assert few.groups <= 5 < alone.groups == 100
    assert few.share.high - few.share.low > 2 * (alone.share.high - alone.share.low)
