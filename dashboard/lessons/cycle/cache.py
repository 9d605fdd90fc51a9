"""What the lesson on the training cycle keeps between reruns; see `dashboard.cache`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.descent.cycle import Parameters, central_differences, initial
from core.descent.cycle_run import Update, batches, flat, run
from core.jobs.remote import Tasks, request
from dashboard import cache
from dashboard.lessons.cycle.stage import Alternatives, all_alternatives
from data.samples.patches import SIDE, PatchPool, cut_pool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CycleRun:
    """A run of the training cycle and, for each update, its gradient by central differences."""

    updates: tuple[Update, ...]
    differences: tuple[Parameters, ...]


@st.cache_resource(max_entries=32, show_spinner=False)
def cycle_pool(seed: int) -> PatchPool:
    """The patches of a seed; never changed in place."""
    return cut_pool(seed)


@st.cache_resource(max_entries=1, show_spinner=False)
def cycle_alternatives() -> Alternatives:
    """What the cycle's stage needs for any of its choices; about a second, once."""
    return all_alternatives()


@st.cache_resource(max_entries=64, show_spinner=False)
def cycle_run(kernels: int, batch: int, seed: int, rate: float, updates: int) -> CycleRun:
    """The training cycle for those choices; never changed in place."""
    pool = cycle_pool(seed)
    found = run(
        pool.values,
        pool.targets,
        order=batches(len(pool.targets), size=batch, updates=updates, seed=seed),
        start=initial(kernels=kernels, side=SIDE, seed=seed),
        rate=rate,
    )
    differences = tuple(
        central_differences(turn.done.patches, turn.done.targets, turn.before) for turn in found
    )
    return CycleRun(updates=found, differences=differences)


@st.cache_data(max_entries=64, show_spinner=False)
def cycle_tape(kernels: int, batch: int, seed: int, rate: float, updates: int) -> FloatArray:
    """(U, n) gradients of that run from TensorFlow's tape, asked of an analyzing worker."""
    turns = cycle_run(kernels, batch, seed, rate, updates).updates
    before = [turn.before for turn in turns]
    asked = request(
        Tasks.tape_gradients,
        patches=np.stack([turn.done.patches for turn in turns]),
        targets=np.stack([turn.done.targets for turn in turns]),
        kernels=np.stack([one.kernels for one in before]),
        kernel_biases=np.stack([one.kernel_biases for one in before]),
        weights=np.stack([one.weights for one in before]),
        bias=np.stack([one.bias for one in before]),
    )
    found = cache.cluster().analyse(asked, timeout_s=20.0)
    return np.stack(
        [flat(Parameters(**{n: v[u] for n, v in found.items()})) for u in range(len(turns))]
    )
