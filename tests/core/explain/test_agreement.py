"""Rank correlation of maps, against scipy and laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.explain.agreement import GRID, agreement, blocks_inside, in_blocks, likeness, ranks
from core.marks import Box

SIZE = 48
WHOLE = Box(0, 0, SIZE, SIZE)


@pytest.fixture
def maps() -> list[np.ndarray]:
    rng = np.random.default_rng(4)
    first = rng.normal(size=(SIZE, SIZE))
    return [first, -(first**3), rng.normal(size=(SIZE, SIZE)).round(0)]


def test_it_is_spearmans_over_cells_of_equal_size(maps) -> None:
    found = agreement(maps, WHOLE)
    side = SIZE // GRID
    means = [m.reshape(GRID, side, GRID, side).mean((1, 3)).ravel() for m in maps]
    theirs = spearmanr(np.stack(means, axis=1)).statistic
    np.testing.assert_allclose(found, theirs, atol=1e-12)
    np.testing.assert_allclose(np.diag(found), 1)


def test_a_map_turned_over_is_as_unlike_as_can_be_and_of_equal_size(maps) -> None:
    signed, sizes = likeness(maps[0], -maps[0], WHOLE)
    assert signed == pytest.approx(-1)
    assert sizes == pytest.approx(1)


def test_units_do_not_matter_and_the_bars_beside_the_picture_count_for_nothing(maps) -> None:
    picture = Box(12, 0, 24, SIZE)
    other = 7 * maps[0]
    other[:, :12] = 1000
    assert likeness(maps[0], other, picture)[0] == pytest.approx(1)
    assert likeness(maps[0], other, WHOLE)[0] < 0.99
    assert blocks_inside(SIZE, picture).sum() == GRID * GRID // 2


def test_a_map_that_points_nowhere_agrees_with_none(maps) -> None:
    assert np.isnan(likeness(maps[0], np.ones((SIZE, SIZE)), WHOLE)[0])


def test_equal_values_share_their_rank() -> None:
    assert ranks(np.array([3.0, 3.0, 1.0, 9.0])).tolist() == [2.5, 2.5, 1.0, 4.0]


def test_cells_of_a_size_that_does_not_divide_are_means_still() -> None:
    assert in_blocks(np.full((50, 50), 2.0)).tolist() == np.full((GRID, GRID), 2.0).tolist()
