"""The stage of the leak laboratory: what one sees and what the test says, honest and spoiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.prepared import SPLITS
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.number import fixed
from dashboard.shared.schema import Schema, choice, flag
from data.arrangement import Arrangement
from data.flaws import FLAWS, HARDWARE, REGION, Known, arrange
from data.ready.leak_runs import Experiment, Side

SETS: Final = (("synthetic", "Synthetic"), ("fracatlas", "FracAtlas"))
SCHEMA: Final[Schema] = (
    choice(
        "flaw",
        "stamp",
        (
            ("random", "Split at random"),
            ("augmented", "Augment, then split"),
            ("copies", "Duplicates"),
            ("stamp", "A stamp on one class"),
            ("hardware", "Plates and screws"),
            ("region", "One body part only"),
        ),
        label="Flaw",
    ),
    choice("set", "synthetic", SETS, label="Set"),
    flag("spoiled", True, label="The spoiled network"),
    flag("maps", label="Where they looked"),
)
LETTERS: Final = "ABCDEFGHIJKL"
"""Patients of the small example, two X-rays each."""
_SHARES: Final = (8, 2, 2)
"""Of them in training, validation and test."""
_HEAT: Final = np.array([254, 200, 40])
"""Color of evidence for a fracture over gray bones."""
_OPAQUE: Final = 0.85

show = component("leaks", "lessons/leaks/stage.js")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LeaksView:
    """What the stage shows.

    Attributes:
        experiments: All that was measured.
        said: Of each, the sentences that speak of it.
        pictures: (K, S, S) uint8, synthetic radiographs with the stamp.
        honest, spoiled: (K, S, S), what the two networks' maps say of a fracture in them.
        words: Sentences of the stage by name.
    """

    experiments: Sequence[Experiment]
    said: Sequence[Sequence[str]]
    pictures: UInt8Array
    honest: FloatArray
    spoiled: FloatArray
    words: Mapping[str, str]


def example() -> Known:
    """Twelve patients with two X-rays each, from which the scheme of a flaw is drawn."""
    patients = np.repeat(np.arange(len(LETTERS)), 2)
    split = np.repeat(np.arange(len(SPLITS)), _SHARES)[patients].astype(np.int8)
    labels = patients % 2
    # Odd patients are fractured; those with plates are among them, and legs come one after another.
    return Known(
        labels=labels.astype(np.int64),
        split=split,
        told={HARDWARE: np.isin(patients, (1, 5, 9, 11)), REGION: patients % 4 < 2},
    )


def scheme(flaw: str) -> dict[str, list[dict[str, Any]]]:
    """The tiles of both arrangements of the small example, made by what makes the real ones.

    Returns:
        For "honest" and "spoiled": tiles with ``part`` (index into ``SPLITS``), ``text`` (the
        patient's letter, with a stroke on a changed copy), ``fracture``, ``stamp``, and ``unfair``,
        whether the training part gives its answer away.
    """
    known = example()
    names = ("honest", "spoiled")
    return {
        name: _tiles(known, arrangement)
        for name, arrangement in zip(names, arrange(known, flaw, seed=1), strict=True)
    }


def _tiles(known: Known, arrangement: Arrangement) -> list[dict[str, Any]]:
    patients = arrangement.sources // 2
    trained = set(patients[arrangement.split == 0].tolist())
    tiles = [
        {
            "part": int(part),
            "text": LETTERS[patient] + ("\N{PRIME}" if np.isfinite(change[0]) else ""),
            "fracture": bool(known.labels[source]),
            "stamp": bool(stamped),
            "unfair": bool(part == 1 and (int(patient) in trained or stamped)),
        }
        for source, patient, part, change, stamped in zip(
            arrangement.sources,
            patients,
            arrangement.split,
            arrangement.changes,
            arrangement.stamped,
            strict=True,
        )
    ]
    return sorted(tiles, key=lambda tile: (tile["part"], tile["text"]))


def overlaid(pictures: UInt8Array, maps: FloatArray) -> UInt8Array:
    """(K, S, S, 3): gray pictures with the positive evidence of each map in color."""
    positive = np.maximum(maps.astype(np.float64), 0)
    most = positive.max(axis=(1, 2), keepdims=True)
    share = _OPAQUE * np.divide(positive, most, out=np.zeros_like(positive), where=most > 0)
    gray = pictures.astype(np.float64)[..., None]
    mixed = gray * (1 - share[..., None]) + _HEAT * share[..., None]
    return np.rint(mixed).astype(np.uint8)


def payload(view: LeaksView, header: Mapping[str, Any]) -> bytes:
    """The stage's message."""
    return pack(
        {
            **header,
            "experiments": [
                {
                    "flaw": one.flaw,
                    "set": one.dataset,
                    "honest": _points(one.honest),
                    "spoiled": _points(one.spoiled),
                    "said": list(said),
                }
                for one, said in zip(view.experiments, view.said, strict=True)
            ],
            "schemes": {flaw: scheme(flaw) for flaw in FLAWS},
            "table": table(view.experiments, view.words),
            "words": dict(view.words),
            "moments": moments(
                SCHEMA,
                view.words,
                honest={"flaw": "copies", "set": "synthetic", "spoiled": False, "maps": False},
                copies={"flaw": "copies", "set": "synthetic", "spoiled": True, "maps": False},
                stamp={"flaw": "stamp", "set": "synthetic", "spoiled": True, "maps": False},
                maps={"flaw": "stamp", "set": "synthetic", "spoiled": True, "maps": True},
                xrays={"flaw": "stamp", "set": "fracatlas", "spoiled": True, "maps": False},
                random={"flaw": "random", "set": "fracatlas", "spoiled": True, "maps": False},
            ),
        },
        [overlaid(view.pictures, view.honest), overlaid(view.pictures, view.spoiled)],
    )


def _points(side: Side) -> dict[str, Any]:
    """Of "seen" and "test": the mean, its interval, and each training."""
    return {
        name: {
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "each": list(each),
            "text": fixed(found.value, 3),
        }
        for name, found, each in (
            ("seen", side.seen, side.seen_by_seed),
            ("test", side.test, side.test_by_seed),
        )
    }


def table(experiments: Sequence[Experiment], words: Mapping[str, str]) -> dict[str, Any]:
    """All figures for the text twin and the page: ``caption``, ``head``, ``rows``."""
    titles = dict(SCHEMA[0].options)
    sets = dict(SETS)
    return {
        "caption": words["table"],
        "head": [
            "Flaw",
            "Set",
            f"{words['seen']}, {words['honest']}",
            words["spoiled"],
            f"{words['test']}, {words['honest']}",
            words["spoiled"],
            "Change on the test",
        ],
        "rows": [
            [
                titles[one.flaw],
                sets[one.dataset],
                one.honest.seen.plain(),
                one.spoiled.seen.plain(),
                one.honest.test.plain(),
                one.spoiled.test.plain(),
                one.change.plain(),
            ]
            for one in experiments
        ],
    }
