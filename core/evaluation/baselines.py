"""What can be reached without looking at a pixel: the figures any accuracy must stand beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from core.arrays import BoolArray, FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.resampling import Draws, Figures
from core.evaluation.thresholds import HALF, answers, choose_threshold

_TREES: Final = 200
SIZE_COLUMNS: Final = frozenset({"log width", "log height"})
"""What is known of a picture's size: nothing about the patient, and a clue all the same."""
_KINDS: Final = {"region": "body part", "view": "view", "hardware": "hardware"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the data as the baselines see it.

    Attributes:
        labels: (N,).
        metadata: (N, M), what is known without pixels; NaN where unknown.
        names: The M names of what is known.
    """

    labels: IntArray
    metadata: FloatArray
    names: tuple[str, ...]

    def only(self, chosen: BoolArray) -> Part:
        """The same images with some of the columns."""
        names = tuple(name for name, kept in zip(self.names, chosen, strict=True) if kept)
        return Part(labels=self.labels, metadata=self.metadata[:, chosen], names=names)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Blind:
    """A way to answer without a network, and what it reaches.

    Attributes:
        name: "majority"; "facts", what is known of patient and view; "metadata", all of it.
        title: For people.
        figures: On the scored part.
    """

    name: str
    title: str
    figures: Figures


def majority(train: Part, scored: Part, draws: Draws, *, num_classes: int) -> Blind:
    """Always answer with the most frequent class of the training part."""
    answer = int(np.bincount(train.labels, minlength=num_classes).argmax())
    predicted = np.full(len(scored.labels), answer, dtype=np.int64)
    present = np.unique(scored.labels)
    # Right for one class and wrong for all others, whatever images are drawn.
    balanced = float(answer in present) / len(present)
    figures = Figures(
        accuracy=resampling.accuracy(scored.labels, predicted, draws),
        balanced_accuracy=resampling.exactly(balanced, draws, n=len(predicted)),
        auc=resampling.exactly(0.5, draws, n=len(predicted)),
        right=scored.labels == predicted,
    )
    return Blind(name="majority", title="always the most frequent class", figures=figures)


def without_pixels(
    train: Part,
    validation: Part,
    scored: Part,
    draws: Draws,
    *,
    num_classes: int,
    seed: int = 0,
) -> tuple[Blind, ...]:
    """Random forests on the metadata: fitted on training, threshold on validation, then scored.

    The network's own threshold is chosen the same way, so the comparison is fair. Where a
    picture's width and height are known besides other things, there are two forests, without and
    with them: the size of a file is no fact about a patient, and what it adds is a shortcut.
    Nothing where there is no metadata, or only one class to learn.
    """
    if not train.names or len(np.unique(train.labels)) < 2:
        return ()
    facts = np.array([name not in SIZE_COLUMNS for name in train.names])
    chosen = [("metadata", np.ones(len(facts), dtype=bool))]
    if facts.any() and not facts.all():
        chosen.insert(0, ("facts", facts))
    return tuple(
        _forest(
            name,
            [part.only(columns) for part in (train, validation, scored)],
            draws,
            num_classes=num_classes,
            seed=seed,
        )
        for name, columns in chosen
    )


def strata(metadata: FloatArray, names: Sequence[str]) -> IntArray:
    """Which images are alike in all that is known of patient and view; a file's size is no such.

    Args:
        metadata: (N, M).
        names: The M names of what is known.

    Returns:
        (N,) numbers from 0, equal for images that are alike.

    >>> known = np.array([[1.0, 0.0, 5.0], [1.0, 0.0, 6.0], [0.0, 1.0, 5.0]])
    >>> strata(known, ["region: hand", "hardware", "log width"]).tolist()
    [1, 1, 0]
    """
    facts = [place for place, name in enumerate(names) if name not in SIZE_COLUMNS]
    _, numbers = np.unique(metadata[:, facts], axis=0, return_inverse=True)
    return np.asarray(numbers.ravel(), np.int64)


def told(names: Sequence[str]) -> str:
    """What a forest was told, in words.

    >>> told(["region: hand", "region: leg", "view: lateral", "hardware", "log width"])
    'body part, view, hardware and image size'
    """
    kinds = [_KINDS.get(name.partition(":")[0], name) for name in names if name not in SIZE_COLUMNS]
    if SIZE_COLUMNS & set(names):
        kinds.append("image size")
    kinds = list(dict.fromkeys(kinds))
    return " and ".join(part for part in (", ".join(kinds[:-1]), kinds[-1]) if part)


def _forest(name: str, parts: list[Part], draws: Draws, *, num_classes: int, seed: int) -> Blind:
    train, validation, scored = parts
    forest = RandomForestClassifier(
        _TREES, min_samples_leaf=5, class_weight="balanced", random_state=seed, n_jobs=1
    )
    forest.fit(train.metadata, train.labels)
    scores = _scores(forest, scored.metadata, num_classes)
    threshold = HALF
    if num_classes == 2 and len(validation.labels):
        seen = _scores(forest, validation.metadata, num_classes)
        threshold = choose_threshold(validation.labels, seen)
    predicted = answers(scores, threshold=threshold)
    return Blind(
        name=name,
        title=f"{told(train.names)}, no pixel",
        figures=resampling.figures(
            scored.labels, predicted, scores, draws, num_classes=num_classes
        ),
    )


def _scores(forest: RandomForestClassifier, metadata: FloatArray, num_classes: int) -> FloatArray:
    """(N,) for two classes, else (N, C); a class absent from training scores 0."""
    shares = np.zeros((len(metadata), num_classes))
    if len(metadata):
        shares[:, forest.classes_] = forest.predict_proba(metadata)
    return shares[:, 1] if num_classes == 2 else shares
