"""What the lesson on the training cycle keeps between reruns; see `dashboard.cache`."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.descent.cycle import Parameters, central_differences, initial
from core.descent.cycle_run import Update, batches, flat, run
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
    """(U, n) gradients of that run from TensorFlow's tape, asked of an analysing worker."""
    turns = cycle_run(kernels, batch, seed, rate, updates).updates
    given = {
        field.name: [getattr(turn.before, field.name) for turn in turns]
        for field in fields(Parameters)
    }
    found = cache.cluster().analyse(
        "tape_gradients",
        timeout_s=20.0,
        patches=np.stack([turn.done.patches for turn in turns]),
        targets=np.stack([turn.done.targets for turn in turns]),
        **{name: np.stack(values) for name, values in given.items()},
    )
    return np.stack(
        [flat(Parameters(**{n: v[u] for n, v in found.items()})) for u in range(len(turns))]
    )
