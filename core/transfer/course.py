"""The measurement from pictures to outputs of every training. Needs Keras.

Each training's outputs are kept as soon as it ends, so that an interrupted measurement goes on.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray
from core.npz import read_npz, write_npz
from core.prepared import PreparedSet
from core.reference.locator import cells_of
from core.transfer import fit as fitting
from core.transfer.fit import Material, fit, read_maps
from core.transfer.networks import CELLS
from core.transfer.plan import BATCH, PASSES, SIZE, Trial, subset

SETTINGS: Final = (
    f"1: {SIZE} {PASSES} {BATCH} {fitting.STRENGTH} {fitting.RATE_NOTHING} {fitting.RATE_TUNED}"
    f" {fitting.RATE_LOCATOR} {fitting.MARKED_WEIGHT} {fitting.CELL_SHARE}"
)
"""Goes into the name of the folder; count up its number where a training changes."""


def measured(
    prepared: PreparedSet,
    backbone: Mapping[str, FloatArray],
    folder: Path,
    trials: tuple[Trial, ...],
    *,
    say: Callable[[str], None],
) -> dict[str, dict[str, NDArray[Any]]]:
    """Do all trainings that were not done before.

    Args:
        prepared: X-rays at `SIZE` pixels.
        backbone: Its arrays as they are shipped.
        folder: Where what was made is kept.
        trials: What to do, in this order.
        say: Called with each line of the log.

    Returns:
        By the trial's name: ``logits`` (M,) of the validation part and then the test part,
        ``count`` and ``fractured`` of the X-rays learned from, ``seconds``; of the network from
        nothing also ``start`` and ``end``, the kernels of its first layer (3, 3, 1, 32).
    """
    place = folder / _name(prepared.fingerprint, backbone)
    place.mkdir(parents=True, exist_ok=True)
    material = _material(prepared, backbone, place, say)
    training = prepared.indices("train")
    asked = np.concatenate([prepared.indices("validation"), prepared.indices("test")])
    found: dict[str, dict[str, NDArray[Any]]] = {}
    for trial in trials:
        file = place / f"{trial.name}.npz"
        if not file.is_file():
            own = subset(
                prepared.labels[training], prepared.groups[training], trial.share, trial.seed
            )
            _one(trial, material, training[own], asked, file, say)
        found[trial.name] = read_npz(file)
    return found


def _material(
    prepared: PreparedSet,
    backbone: Mapping[str, FloatArray],
    place: Path,
    say: Callable[[str], None],
) -> Material:
    say(f"{len(prepared):,} X-rays of {prepared.title} at {prepared.size} pixels.")
    fine = read_maps(prepared.images, backbone, place / "fine.npy")
    marked, counted = cells_of([record["marks"] for record in prepared.records()], CELLS)
    return Material(
        images=prepared.images,
        fine=fine,
        labels=prepared.labels,
        marked=marked,
        counted=counted,
        backbone=backbone,
    )


def _one(
    trial: Trial,
    material: Material,
    learned: IntArray,
    asked: IntArray,
    file: Path,
    say: Callable[[str], None],
) -> None:
    fractured = int(material.labels[learned].sum())
    about = f"{trial.name}: {len(learned):,} X-rays, fractured {fractured}"
    start = time.monotonic()
    fitted = fit(trial, material, learned, asked, told=lambda line: say(f"{about}; {line}."))
    kept: dict[str, Any] = {
        "logits": fitted.logits.astype(np.float32),
        "count": np.array(len(learned)),
        "fractured": np.array(fractured),
        "seconds": np.array(time.monotonic() - start),
    }
    if fitted.stem is not None:
        kept |= {"start": fitted.stem[0], "end": fitted.stem[1]}
    write_npz(file, kept)
    say(f"{about}; done in {kept['seconds']:.0f} s.")


def _name(fingerprint: str, backbone: Mapping[str, FloatArray]) -> str:
    digest = hashlib.sha256(f"{SETTINGS} {fingerprint}".encode())
    for name in sorted(backbone):
        digest.update(name.encode() + np.ascontiguousarray(backbone[name]).tobytes())
    return f"transfer-{digest.hexdigest()[:12]}"
