"""Strange pictures lie beyond the limit, usual ones below; what is kept is what was learned."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import FloatArray
from core.reference.familiarity import KEPT, Familiarity, learn_familiarity, read_familiarity

FEATURES = 80


def usual(count: int, *, seed: int) -> FloatArray:
    """Features that vary in ten directions, of very different size, and by a little noise."""
    directions = np.random.default_rng(0).normal(size=(10, FEATURES))
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, 10)) @ directions + 0.05 * rng.normal(size=(count, FEATURES))
    return 3.0 + values * np.linspace(0.01, 10.0, FEATURES)


@pytest.fixture(scope="module")
def known() -> Familiarity:
    return learn_familiarity(usual(600, seed=1), usual(400, seed=2))


def test_nearly_all_of_the_same_kind_lie_below_the_limit(known: Familiarity) -> None:
    assert (known.distances(usual(400, seed=2)) <= 1.0).mean() == pytest.approx(KEPT, abs=0.005)
    assert (known.distances(usual(1000, seed=3)) <= 1.0).mean() > 0.96


def test_far_along_a_usual_direction_and_a_little_off_all_of_them_are_strange(
    known: Familiarity,
) -> None:
    far = usual(50, seed=4)
    far = far.mean(axis=0) + 8.0 * (far - far.mean(axis=0))
    assert (known.distances(far) > 1.0).mean() > 0.9
    rng = np.random.default_rng(5)
    off = usual(50, seed=6) + rng.normal(size=(50, FEATURES)) * np.linspace(0.01, 10.0, FEATURES)
    # No larger in any feature than usual ones are, and yet of another kind.
    assert np.abs(off - 3.0).max() < 2 * np.abs(usual(600, seed=1) - 3.0).max()
    assert (known.distances(off) > 1.0).all()


def test_the_unit_of_a_feature_is_of_no_account(known: Familiarity) -> None:
    units = np.geomspace(0.01, 100, FEATURES)
    other = learn_familiarity(usual(600, seed=1) * units, usual(400, seed=2) * units)
    fresh = usual(20, seed=7)
    np.testing.assert_allclose(other.distances(fresh * units), known.distances(fresh), rtol=1e-3)


def test_what_is_kept_is_what_was_learned(known: Familiarity) -> None:
    again, fresh = read_familiarity(known.arrays()), usual(30, seed=8)
    np.testing.assert_allclose(again.distances(fresh), known.distances(fresh), rtol=1e-3)
    assert again.arrays().keys() == known.arrays().keys()
