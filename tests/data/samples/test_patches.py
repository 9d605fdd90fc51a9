"""The patches are what the lesson says they are: pairs that differ by their fracture alone."""

from __future__ import annotations

import numpy as np

from data.samples.patches import CLEAR, CONTRAST, SIZE, cut_pool
from data.synthetic.radiograph import draw


def test_each_patch_lies_in_its_radiograph() -> None:
    pool = cut_pool(2)
    assert pool.gray.shape == (8, 8, 8)
    np.testing.assert_array_equal(pool.targets, [1, 0] * 4)
    for gray, target, (index, row, column) in zip(
        pool.gray, pool.targets, pool.origins, strict=True
    ):
        shot = draw(int(index), size=SIZE, seed=2, difficulty=CLEAR, fractured=bool(target))
        np.testing.assert_array_equal(gray, shot.image[row : row + 8, column : column + 8])


def test_the_fracture_shows_in_each_pair_and_values_are_centered() -> None:
    pool = cut_pool(0)
    change = np.abs(pool.gray[::2].astype(float) - pool.gray[1::2]).mean(axis=(1, 2))
    assert (change > 5).all()
    assert (np.diff(change) <= 0).all()  # clearest first
    np.testing.assert_allclose(pool.values.mean(axis=(1, 2)), 0, atol=1e-12)
    span = np.ptp(pool.gray.astype(float), axis=(1, 2))
    np.testing.assert_allclose(np.ptp(pool.values, axis=(1, 2)) * CONTRAST, span)


def test_another_seed_gives_other_patches() -> None:
    assert not np.array_equal(cut_pool(0).gray, cut_pool(1).gray)
