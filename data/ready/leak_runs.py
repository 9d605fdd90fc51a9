"""The leak laboratory's ready runs: what each flaw does to the seen score, and to the test.

``data/ready/leaks/figures.json`` holds the figures, ``pictures.npz`` a few synthetic radiographs
with the stamp and the heat maps of both networks on them. `recipe` is how every run is trained,
those that were measured and those that a click begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.estimate import Difference, Estimate
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from core.training.spec import TrainingSpec
from data.ready import files

FOLDER: Final = Path(__file__).resolve().parent / "leaks"
PICTURES: Final = "pictures.npz"
COMMAND: Final = "python3 -m dashboard leaks measure"

SIZE: Final = 64
COUNT: Final = 1200
"""Synthetic radiographs: fewer than elsewhere, so that a network can learn them by heart."""
EPOCHS: Final = 12
SEEDS: Final = {"synthetic": 3, "fracatlas": 1}
"""Trainings of each network; on the X-rays each takes three times as long."""


def recipe(prepared: PreparedSet, *, seed: int, opens_test: bool = True) -> TrainingSpec:
    """How each network of the laboratory is trained: small, fast, and free to learn by heart."""
    return TrainingSpec(
        dataset=prepared.name,
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=paper_network(
            prepared.size, prepared.classes, filters=(16, 32, 64), dense=64, dropout=0.0
        ),
        epochs=EPOCHS,
        batch_size=32,
        learning_rate=2e-3,
        seed=seed,
        opens_test=opens_test,
    )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Outcome:
    """What one run said.

    Attributes:
        validation_labels, validation_groups, validation_scores: (V,) of its own validation part.
        labels, groups, scores: (T,) of the test part, which both runs of a pair share.
        learned: Images it learned from.
        epoch: The one with the lowest loss on its own validation part.
        evidence: Share of the positive evidence for "fracture" that lies on the stamp, mean over
            stamped fractures; NaN for other flaws.
        area: Share of the picture under the stamp.
        alarms: Share of the test part's normal images that are called fractures, as they are and
            with the stamp on them; NaN for other flaws.
    """

    validation_labels: IntArray
    validation_groups: IntArray
    validation_scores: FloatArray
    labels: IntArray
    groups: IntArray
    scores: FloatArray
    learned: int
    epoch: int
    evidence: float
    area: float
    alarms: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The runs of one side of a pair, one a seed.

    Attributes:
        seen: AUC on the validation part that a person sees, its interval by group; of several
            seeds the mean of both.
        test: The same on the test part.
        seen_by_seed, test_by_seed: The AUC of each.
        learned: Images learned from.
        evidence: Mean share of evidence on the stamp; None for other flaws.
        alarms: Mean share of normal test images called fractures, as they are and with the stamp.
    """

    seen: Estimate
    test: Estimate
    seen_by_seed: tuple[float, ...]
    test_by_seed: tuple[float, ...]
    learned: int
    evidence: float | None = None
    alarms: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One flaw on one set.

    Attributes:
        dataset: Name in the registry.
        flaw: Of `data.flaws.FLAWS`.
        honest, spoiled: Both sides.
        change: AUC on the test part, spoiled less honest, paired by image.
        area: Share of the picture under the stamp; None for other flaws.
    """

    dataset: str
    flaw: str
    honest: Side
    spoiled: Side
    change: Difference
    area: float | None = None

    @property
    def leap(self) -> float:
        """What the score that one sees gains by the flaw."""
        return self.spoiled.seen.value - self.honest.seen.value

    @property
    def lie(self) -> float:
        """How far the score that one sees is above the test, for the spoiled network."""
        return self.spoiled.seen.value - self.spoiled.test.value


def experiment(
    dataset: str, flaw: str, honest: Sequence[Outcome], spoiled: Sequence[Outcome]
) -> Experiment:
    """Figures of the runs of one flaw; both sides have the same seeds in the same order."""
    stamp = bool(np.isfinite(honest[0].area))
    return Experiment(
        dataset=dataset,
        flaw=flaw,
        honest=_side(honest, stamp),
        spoiled=_side(spoiled, stamp),
        change=_change(honest, spoiled),
        area=honest[0].area if stamp else None,
    )


def _side(runs: Sequence[Outcome], stamp: bool) -> Side:
    seen = [
        _auc(one.validation_labels, one.validation_scores, one.validation_groups) for one in runs
    ]
    test = [_auc(one.labels, one.scores, one.groups) for one in runs]
    alarms = np.mean([one.alarms for one in runs], axis=0)
    return Side(
        seen=_mean(seen),
        test=_mean(test),
        seen_by_seed=tuple(one.value for one in seen),
        test_by_seed=tuple(one.value for one in test),
        learned=runs[0].learned,
        evidence=float(np.mean([one.evidence for one in runs])) if stamp else None,
        alarms=(float(alarms[0]), float(alarms[1])) if stamp else None,
    )


def _auc(labels: IntArray, scores: FloatArray, groups: IntArray) -> Estimate:
    return resampling.auc(labels, scores, resampling.draw(groups)).estimate()


def _mean(found: Sequence[Estimate]) -> Estimate:
    """The mean figure with the mean interval, which knows the images and not how seeds differ.

    >>> _mean([Estimate(0.7, 0.6, 0.8, 10), Estimate(0.9, 0.8, 1.0, 12)]).plain()
    '0.800 (0.700 to 0.900, n = 10)'
    """
    ends = np.mean([(one.value, one.low, one.high) for one in found], axis=0)
    return Estimate(*map(float, ends), n=min(one.n for one in found))


def _change(honest: Sequence[Outcome], spoiled: Sequence[Outcome]) -> Difference:
    found = []
    for one, other in zip(spoiled, honest, strict=True):
        draws = resampling.draw(one.groups)
        first, second = (resampling.auc(run.labels, run.scores, draws) for run in (one, other))
        found.append(first.minus(second))
    ends = np.mean([(one.value, one.low, one.high) for one in found], axis=0)
    return Difference(*map(float, ends), n=found[0].n)


def write_leaks(
    experiments: Sequence[Experiment],
    pictures: Mapping[str, NDArray[Any]],
    folder: Path = FOLDER,
) -> None:
    """Keep figures and pictures."""
    told = {"command": COMMAND, "experiments": [_to_json(one) for one in experiments]}
    files.write_figures(folder, told)
    files.write_arrays(folder / PICTURES, pictures)


def read_leaks(folder: Path = FOLDER) -> tuple[Experiment, ...]:
    """The figures of all flaws.

    Raises:
        LessonError: ``ready.damaged``.
    """

    def read(told: Mapping[str, Any]) -> tuple[Experiment, ...]:
        return tuple(_from_json(one) for one in told["experiments"])

    return files.read_figures(folder, read, command=COMMAND)


def read_pictures(folder: Path = FOLDER) -> dict[str, NDArray[Any]]:
    """``images`` (K, S, S) uint8, and ``honest`` and ``spoiled`` (K, S, S), what the heat maps of
    the two networks say of "fracture".

    Raises:
        LessonError: ``ready.damaged``.
    """
    return files.read_arrays(folder / PICTURES, command=COMMAND)


def _to_json(one: Experiment) -> dict[str, Any]:
    return {
        "dataset": one.dataset,
        "flaw": one.flaw,
        "honest": _side_to_json(one.honest),
        "spoiled": _side_to_json(one.spoiled),
        "change": one.change.to_json(),
        "area": one.area,
    }


def _side_to_json(side: Side) -> dict[str, Any]:
    return {
        "seen": side.seen.to_json(),
        "test": side.test.to_json(),
        "seen_by_seed": side.seen_by_seed,
        "test_by_seed": side.test_by_seed,
        "learned": side.learned,
        "evidence": side.evidence,
        "alarms": side.alarms,
    }


def _from_json(plain: Mapping[str, Any]) -> Experiment:
    return Experiment(
        dataset=plain["dataset"],
        flaw=plain["flaw"],
        honest=_side_from_json(plain["honest"]),
        spoiled=_side_from_json(plain["spoiled"]),
        change=Difference.from_json(plain["change"]),
        area=plain["area"],
    )


def _side_from_json(plain: Mapping[str, Any]) -> Side:
    return Side(
        seen=Estimate.from_json(plain["seen"]),
        test=Estimate.from_json(plain["test"]),
        seen_by_seed=tuple(plain["seen_by_seed"]),
        test_by_seed=tuple(plain["test_by_seed"]),
        learned=plain["learned"],
        evidence=plain["evidence"],
        alarms=None if plain["alarms"] is None else tuple(plain["alarms"]),
    )
