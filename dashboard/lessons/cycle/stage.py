"""The training cycle as a component: all updates sent once, walked and played in the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.descent.cycle import Parameters, forward, initial
from core.descent.cycle_run import GREATEST_RATE, Update, batches, flat
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.lesson import words
from dashboard.shared.schema import Schema, real, whole
from data.samples.patches import SIDE, PatchPool, cut_pool

STEPS: Final = (
    ("batch", 1),
    ("convolution", 2),
    ("relu", 2),
    ("pooling", 2),
    ("dense", 2),
    ("loss", 3),
    ("back-dense", 4),
    ("back-pooling", 4),
    ("back-relu", 4),
    ("back-convolution", 4),
    ("update", 5),
)
"""Name of each operation of one update and the paper's step, 1 to 5, that it belongs to."""

KERNELS: Final = (1, 2)
BATCHES: Final = (1, 2, 3, 4)
SEEDS: Final = 8
UPDATES: Final = 30


SCHEMA: Final[Schema] = (
    real("rate", 0.3, 0.0, GREATEST_RATE, 0.01, label="Learning rate", log=True),
    whole("kernels", 1, KERNELS[0], KERNELS[-1], label="Kernels"),
    whole("batch", 2, BATCHES[0], BATCHES[-1], label="Patches in a batch"),
    whole("seed", 2, 0, SEEDS - 1, label="Seed"),
    whole("patch", 1, 1, BATCHES[-1], label="Patch shown"),
    whole("kernel", 1, 1, KERNELS[-1], label="Kernel"),
    whole("weight", 4, 0, 8, label="Weight of the kernel"),
    whole("step", 0, 0, UPDATES * len(STEPS) - 1, label="Step"),
)

show = component("cycle", "lessons/cycle/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleChoices:
    """What leads to a run; the defaults are what the page opens with."""

    kernels: int = 1
    batch: int = 2
    seed: int = 2
    rate: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alternatives:
    """All that a run needs to begin with any kernels, batch and seed: small enough to be sent.

    Attributes:
        gray: (S, N, 8, 8) the patches of each seed, as cut.
        starts: For each of `KERNELS`, (S, n) first weights in one row.
        orders: For each of `BATCHES`, (S, U, B) positions in the pool.
        origins: For each seed, where its N patches come from.
    """

    gray: UInt8Array
    starts: tuple[FloatArray, ...]
    orders: tuple[UInt8Array, ...]
    origins: tuple[tuple[str, ...], ...]


def all_alternatives() -> Alternatives:
    """Every choice that the stage offers; about a second, for the patches."""
    pools = [cut_pool(seed) for seed in range(SEEDS)]
    count = len(pools[0].targets)
    return Alternatives(
        gray=np.stack([pool.gray for pool in pools]),
        starts=tuple(
            np.stack([flat(initial(kernels=k, side=SIDE, seed=seed)) for seed in range(SEEDS)])
            for k in KERNELS
        ),
        orders=tuple(
            np.stack(
                [batches(count, size=b, updates=UPDATES, seed=seed) for seed in range(SEEDS)]
            ).astype(np.uint8)
            for b in BATCHES
        ),
        origins=tuple(origins(pool) for pool in pools),
    )


def origins(pool: PatchPool) -> tuple[str, ...]:
    """Where each patch was cut, in words."""
    return tuple(
        f"{region}, radiograph {index}, row {row}, column {column}"
        for region, (index, row, column) in zip(pool.regions, pool.origins.tolist(), strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CycleView:
    """What the stage shows.

    Attributes:
        pool: The patches.
        updates: Every turn of the cycle; at least one.
        choices: That led to them.
        alternatives: What the browser turns the cycle with while the server catches up.
        differences: For each turn, the gradient by central differences.
        text: The page's text by section.
    """

    pool: PatchPool
    updates: Sequence[Update]
    choices: CycleChoices
    alternatives: Alternatives
    differences: Sequence[Parameters]
    text: Mapping[str, str]


def payload(view: CycleView, begin: Mapping[str, Any]) -> bytes:
    """All arrays of all updates as one blob, float64, in the order that the script expects."""
    updates = view.updates
    alternatives = view.alternatives
    header = {
        **begin,
        "choices": asdict(view.choices),
        "rate": view.choices.rate,
        "kernels": len(updates[0].before.kernels),
        "updates": len(updates),
        "wanted": UPDATES,
        "origins": [list(one) for one in alternatives.origins],
        "steps": [
            {"name": name, "phase": phase, "sentence": view.text[f"step-{name}"]}
            for name, phase in STEPS
        ],
        "phases": view.text["phases"].split(" | "),
        "words": words(view.text),
    }
    weights = [flat(u.before) for u in updates] + [flat(updates[-1].after)]
    arrays = [
        view.pool.values,
        view.pool.gray,
        view.pool.targets,
        np.stack([u.batch for u in updates]).astype(np.int32),
        np.stack(weights),
        _stack(updates, "done", "sums"),
        _stack(updates, "done", "winners").astype(np.uint8),
        *(_stack(updates, "done", name) for name in ("pooled", "logits", "outputs", "losses")),
        *(_stack(updates, "back", n) for n in ("by_logit", "by_pooled", "by_maps", "by_sums")),
        np.stack([flat(u.back.gradient) for u in updates]),
        np.array([u.done.loss for u in updates]),
        np.array([u.loss_after for u in updates]),
        np.array([*(u.pool_loss for u in updates), _last_pool_loss(view)]),
        np.stack([flat(found) for found in view.differences]),
        alternatives.gray,
        *alternatives.starts,
        *alternatives.orders,
    ]
    return pack(header, arrays)


def _stack(updates: Sequence[Update], part: str, name: str) -> FloatArray:
    return np.stack([getattr(getattr(update, part), name) for update in updates])


def _last_pool_loss(view: CycleView) -> float:
    return forward(view.pool.values, view.pool.targets, view.updates[-1].after).loss
