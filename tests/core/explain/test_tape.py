"""The tape that the lesson shows agrees with the cycle done by hand, update by update."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.descent.cycle import Parameters, initial
from core.descent.cycle_run import batches, run
from core.jobs import tasks


@pytest.mark.reference
@pytest.mark.parametrize(("kernels", "batch"), [(1, 1), (2, 3)])
def test_every_update_agrees(kernels: int, batch: int) -> None:
    rng = np.random.default_rng(kernels)
    turns = run(
        rng.normal(size=(6, 8, 8)),
        np.tile([1.0, 0.0], 3),
        order=batches(6, size=batch, updates=4, seed=0),
        start=initial(kernels=kernels, side=8, seed=5),
        rate=0.3,
    )
    names = [field.name for field in fields(Parameters)]
    found = tasks.tape_gradients(
        patches=np.stack([turn.done.patches for turn in turns]),
        targets=np.stack([turn.done.targets for turn in turns]),
        **{name: np.stack([getattr(turn.before, name) for turn in turns]) for name in names},
    )
    for name in names:
        ours = np.stack([getattr(turn.back.gradient, name) for turn in turns])
        assert np.abs(ours).max() > 0
        np.testing.assert_allclose(found[name], ours, atol=1e-12)
