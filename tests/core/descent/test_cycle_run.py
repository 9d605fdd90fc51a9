"""The repeated cycle: every update follows from the one before, and ends where numbers end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.descent.cycle import backward, central_differences, forward, initial
from core.descent.cycle_run import batches, flat, run
from core.errors import LessonError


def small_pool() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.normal(size=(6, 8, 8)), np.tile([1.0, 0.0], 3)


def test_each_pass_sees_every_patch_once() -> None:
    order = batches(6, size=4, updates=6, seed=3)
    assert order.shape == (6, 4)
    np.testing.assert_array_equal(np.bincount(order.ravel()), [4] * 6)
    np.testing.assert_array_equal(np.sort(order.ravel()[:6]), np.arange(6))


def test_every_update_steps_from_where_the_last_one_ended() -> None:
    pool, targets = small_pool()
    order = batches(6, size=2, updates=5, seed=0)
    turns = run(pool, targets, order=order, start=initial(kernels=2, side=8, seed=1), rate=0.1)
    assert len(turns) == 5
    for turn, following in pairwise(turns):
        np.testing.assert_array_equal(flat(turn.after), flat(following.before))
    for turn, row in zip(turns, order, strict=True):
        gradient = backward(forward(pool[row], targets[row], turn.before), turn.before).gradient
        np.testing.assert_allclose(flat(turn.after), flat(turn.before) - 0.1 * flat(gradient))
        assert turn.loss_after == forward(pool[row], targets[row], turn.after).loss


def test_differences_can_be_taken_after_a_step_too() -> None:
    # The bias is a plain number by then.
    pool, targets = small_pool()
    turns = run(
        pool,
        targets,
        order=batches(6, size=3, updates=3, seed=0),
        start=initial(kernels=1, side=8, seed=1),
        rate=0.2,
    )
    last = turns[-1]
    brute = central_differences(last.done.patches, last.done.targets, last.before)
    np.testing.assert_allclose(flat(brute), flat(last.back.gradient), atol=1e-6)


def test_a_rate_of_zero_moves_nothing() -> None:
    pool, targets = small_pool()
    start = initial(kernels=1, side=8, seed=1)
    turns = run(pool, targets, order=batches(6, size=2, updates=4, seed=0), start=start, rate=0.0)
    np.testing.assert_array_equal(flat(turns[-1].after), flat(start))


def test_it_ends_before_numbers_stop_being_finite() -> None:
    pool, targets = small_pool()
    order = batches(6, size=2, updates=40, seed=0)
    start = initial(kernels=2, side=8, seed=1)
    turns = run(pool * 1e60, targets, order=order, start=start, rate=10.0)
    assert len(turns) < 40
    for turn in turns:
        assert np.isfinite(flat(turn.after)).all()
        assert np.isfinite(turn.loss_after)


@pytest.mark.parametrize("rate", [-0.1, 1e6, float("nan")])
def test_a_rate_out_of_range_is_advice(rate: float) -> None:
    pool, targets = small_pool()
    with pytest.raises(LessonError) as caught:
        run(
            pool,
            targets,
            order=batches(6, size=2, updates=1, seed=0),
            start=initial(kernels=1, side=8, seed=0),
            rate=rate,
        )
    assert caught.value.code == "cycle.rate"
