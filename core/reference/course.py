"""The training of the reference network from pictures to weights and outputs. Needs Keras.

Everything is chosen on the training and validation parts, by cross-validation over groups; the
test part is only scored, once all is fixed. Each step keeps what it made, so that an interrupted
training goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray
from core.evaluation.baselines import strata
from core.evaluation.logits import scores
from core.npz import write_npz
from core.prepared import PreparedSet
from core.reference import locator
from core.reference.account import side_of_marks
from core.reference.backbone import seen_as_a_whole
from core.reference.description import HIGHEST
from core.reference.familiarity import learn_familiarity
from core.reference.features import Collected, collect
from core.reference.head import Head, fit_head, folds_of
from core.reference.locator import Lesson

_LOG: Final = "log"
"""What was said while something was trained is said again where it is taken from the folder."""


@dataclass(frozen=True, eq=False, slots=True)
class Trained:
    """What a training made.

    Attributes:
        arrays: What was learned, by name, as `core.reference.build.build_reference` takes it.
        predictions: Outputs of validation and test, and all that the card tells by.
    """

    arrays: Mapping[str, FloatArray]
    predictions: Mapping[str, NDArray[Any]]


def train(
    prepared: PreparedSet,
    backbone: Mapping[str, FloatArray],
    folder: Path,
    *,
    seed: int,
    say: Callable[[str], None],
    told: Callable[[int], None],
) -> Trained:
    """Read, locate, join, calibrate, score.

    Args:
        prepared: X-rays at 512 pixels.
        backbone: Its arrays as they are shipped.
        folder: Where what was made is kept.
        seed: Of folds, weights and order.
        say: Called with each line of the log.
        told: Called with the number of pictures that were read.
    """
    read = collect(prepared.images, prepared.fingerprint, backbone, folder, told=told)
    say(f"{len(prepared):,} X-rays of {prepared.title}, {read.features.shape[1]:,} features each.")
    learned = np.flatnonzero(prepared.split != 2)
    labels, groups = prepared.labels[learned], prepared.groups[learned]
    alike = strata(prepared.metadata, prepared.metadata_names)

    lesson = _lesson(prepared, read)
    cells = np.zeros((len(prepared), *lesson.marked.shape[1:]), np.float32)
    for number, (known, held) in enumerate(folds_of(labels, groups, seed), start=1):
        found = _located(lesson, learned[known], learned[held], read.folder, seed=number, say=say)
        cells[learned[held]] = found["cells"]
    tested = prepared.indices("test")
    final = _located(lesson, learned, tested, read.folder, seed=seed, say=say)
    cells[tested] = final.pop("cells")
    located = highest_mean(cells)

    features = np.asarray(read.features)
    head = fit_head(features[learned], located[learned], labels, groups, alike[learned], seed=seed)
    for trial in head.trials:
        say(
            f"Inverse penalty {trial.strength:g}, without the locator: cross-validated AUC"
            f" {trial.auc:.4f}, {trial.matched:.4f} on pairs alike."
        )
    say(f"Chosen: {head.strength:g}.")

    whole = features[:, seen_as_a_whole()]
    known = learn_familiarity(
        whole[prepared.indices("train")], whole[prepared.indices("validation")]
    )
    logits = np.append(features, located[:, None], axis=1) @ head.kernel + head.bias
    logits[learned, 0] = head.unseen  # by heads and locators that did not learn from them
    return Trained(
        {**final, "logits/kernel": head.kernel, "logits/bias": head.bias, **known.arrays()},
        {
            **_choice(head, cells, lesson, learned, alike, prepared),
            **_outputs(prepared, logits, known.distances(whole), cells, lesson.marked, alike),
        },
    )


def highest_mean(cells: FloatArray) -> FloatArray:
    """(N,) the mean of the highest cells of each picture (N, 32, 32)."""
    flat = cells.reshape(len(cells), -1)
    return np.partition(flat, -HIGHEST, axis=1)[:, -HIGHEST:].mean(axis=1)


def _lesson(prepared: PreparedSet, read: Collected) -> Lesson:
    marked, counted = locator.cells_of([record["marks"] for record in prepared.records()])
    return Lesson(
        fine=read.fine, deep=read.deep, marked=marked, counted=counted, labels=prepared.labels
    )


def _located(
    lesson: Lesson,
    known: IntArray,
    asked: IntArray,
    folder: Path,
    *,
    seed: int,
    say: Callable[[str], None],
) -> dict[str, FloatArray]:
    """The cells of pictures by a locator that learned from others, and its weights."""
    text = f"{locator.SETTINGS} {seed} {known.tolist()} {asked.tolist()}"
    file = folder / f"located-{hashlib.sha256(text.encode()).hexdigest()[:12]}.npz"
    if file.is_file():
        with np.load(file) as kept:
            made = {name: kept[name] for name in kept.files}
        for line in made.pop(_LOG):
            say(str(line))
        return made
    lines: list[str] = []

    def note(line: str) -> None:
        lines.append(f"Locator {seed}, {len(known):,} X-rays: {line}.")
        say(lines[-1])

    model = locator.fit_locator(lesson, known, seed=seed, told=note)
    made = {"cells": locator.locate(model, lesson, asked), **locator.locator_arrays(model)}
    write_npz(file, {**made, _LOG: np.array(lines)})
    return made


def _choice(
    head: Head,
    cells: FloatArray,
    lesson: Lesson,
    learned: IntArray,
    alike: IntArray,
    prepared: PreparedSet,
) -> dict[str, NDArray[Any]]:
    """What cross-validation said, for the card: penalties, then the locator alone, then both."""
    from core.evaluation import resampling

    draws = resampling.draw(prepared.groups[learned], resamples=0)
    labels = prepared.labels[learned]
    figures = [
        (
            resampling.auc(labels, values, draws).value,
            resampling.matched_auc(labels, values, alike[learned], draws).value,
        )
        for values in (highest_mean(cells[learned]).astype(np.float64), head.unseen)
    ]
    return {
        "trials": np.array([[one.strength, one.auc, one.matched] for one in head.trials]),
        "locator": np.array(figures[0]),
        "both": np.array(figures[1]),
    }


def _outputs(
    prepared: PreparedSet,
    logits: FloatArray,
    strangeness: FloatArray,
    cells: FloatArray,
    marked: FloatArray,
    alike: IntArray,
) -> dict[str, NDArray[Any]]:
    records = prepared.records()
    outputs, marks = scores(logits.astype(np.float64)), side_of_marks(records, prepared.size)
    places = cells.reshape(len(cells), -1).argmax(axis=1)
    hit = marked.reshape(len(marked), -1)[np.arange(len(places)), places] > 0
    kept: dict[str, NDArray[Any]] = {}
    for part in ("validation", "test"):
        index = prepared.indices(part)
        kept |= {
            f"{part}_ids": np.array([records[k]["id"] for k in index]),
            f"{part}_scores": outputs[index].astype(np.float32),
            f"{part}_labels": prepared.labels[index],
            f"{part}_groups": prepared.groups[index],
            f"{part}_strata": alike[index],
            f"{part}_regions": np.array([records[k]["region"] or "" for k in index]),
            f"{part}_hardware": np.array([bool(records[k]["hardware"]) for k in index]),
            f"{part}_marks": marks[index].astype(np.float32),
            f"{part}_pointed": hit[index],
            f"{part}_strangeness": strangeness[index].astype(np.float32),
        }
    return kept
