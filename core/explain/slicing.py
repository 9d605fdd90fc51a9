"""The slice of one run, from its folder: what a worker computes, row after row, with Keras."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from core.evaluation.logits import balanced_weights
from core.explain.landscape import (
    FEWEST_SNAPSHOTS,
    Kind,
    Outline,
    Plane,
    axes,
    flatten,
    grid_side,
    path_plane,
    random_plane,
    sample_size,
    stamp_of,
    unflatten,
    weighted_loss,
)
from core.models.build import build
from core.models.spec import ModelSpec
from core.prepared import open_prepared
from core.training.results import list_snapshots, read_snapshot
from core.training.spec import TrainingSpec

SEED: Final = 0
CHUNK: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Survey:
    """A run's plane with the images that its loss is measured on."""

    spec: ModelSpec
    model: keras.Model
    forward: Callable[[], tf.Tensor]
    plane: Plane
    vectors: FloatArray
    epochs: tuple[int, ...]
    labels: IntArray
    class_weights: FloatArray
    weighted: bool
    focal_gamma: float

    @classmethod
    def open(cls, folder: Path, training: TrainingSpec, kind: Kind) -> Survey:
        """Read snapshots and images of a run.

        Raises:
            LessonError: ``slice.no-snapshots``, ``slice.short``, ``slice.no-images``,
                ``model.damaged``, and those of the run's folder.
        """
        spec = training.model
        epochs = list_snapshots(folder)
        if len(epochs) < FEWEST_SNAPSHOTS:
            raise LessonError(
                "slice.no-snapshots",
                problem=f"Run {folder.name} has kept {len(epochs)} snapshots; a slice "
                f"needs {FEWEST_SNAPSHOTS}.",
                remedy="Train for more epochs on the Train page.",
            )
        vectors = np.stack([_vector(folder, epoch, spec) for epoch in epochs])
        plane = path_plane(vectors) if kind == "path" else random_plane(vectors, spec, seed=SEED)
        try:
            prepared = open_prepared(Path(training.prepared))
        except LessonError as error:
            raise LessonError(
                "slice.no-images",
                problem=f"The images that run {folder.name} learned from are not here any more.",
                remedy="Prepare its dataset again on the Dataset page, or choose another run.",
            ) from error
        index = prepared.indices("validation")
        chosen = np.random.default_rng(SEED).permutation(index)[: sample_size(spec)]
        train = prepared.labels[prepared.indices("train")]
        count = len(prepared.classes)
        images = np.asarray(prepared.images[np.sort(chosen)])
        model = build(spec, seed=SEED)
        return cls(
            spec=spec,
            model=model,
            forward=_compiled(model, images),
            plane=plane,
            vectors=vectors,
            epochs=epochs,
            labels=np.asarray(prepared.labels[np.sort(chosen)]),
            class_weights=balanced_weights(train, num_classes=count)
            if training.class_weights
            else np.ones(count),
            weighted=training.class_weights,
            focal_gamma=training.focal_gamma,
        )

    def loss(self, vector: FloatArray) -> float:
        """Of any weights, on the sample, in evaluation mode: no dropout, no augmentation."""
        arrays = unflatten(vector, self.spec)
        for variable in self.model.weights:
            variable.assign(arrays[variable.path])
        return weighted_loss(
            self.forward().numpy(), self.labels, self.class_weights, focal_gamma=self.focal_gamma
        )

    def outline(self) -> Outline:
        """The way and its true losses; about as long as two rows of the grid."""
        plane = self.plane
        below = [self.loss(plane.weights(x, y)) for x, y in plane.coordinates]
        return Outline(
            kind=plane.kind,
            domain=plane.domain(),
            side=grid_side(self.spec),
            epochs=np.array(self.epochs),
            coordinates=plane.coordinates,
            distances=plane.distances,
            lengths=plane.lengths,
            shares=plane.shares,
            true=np.array([self.loss(vector) for vector in self.vectors]),
            below=np.array(below),
            images=len(self.labels),
            weighted=self.weighted,
            focal_gamma=self.focal_gamma,
        )

    def row(self, row: int) -> FloatArray:
        """(G,) losses of one row of the grid, from the lowest y upwards."""
        x, y = axes(self.plane, grid_side(self.spec))
        return np.array([self.loss(self.plane.weights(float(at), float(y[row]))) for at in x])


def survey(folder: Path, training: TrainingSpec, kind: Kind) -> Survey:
    """The survey of a run, kept while its rows are asked for."""
    return _survey(folder, training, kind, stamp_of(folder))


@lru_cache(maxsize=2)
def _survey(folder: Path, training: TrainingSpec, kind: Kind, stamp: int) -> Survey:
    # The stamp only tells one training from another in the same folder.
    return Survey.open(folder, training, kind)


def _compiled(model: keras.Model, images: UInt8Array) -> Callable[[], tf.Tensor]:
    batch = tf.constant(images.astype(np.float32)[..., None])

    @tf.function
    def forward() -> tf.Tensor:
        parts = [model(batch[i : i + CHUNK], training=False) for i in range(0, len(images), CHUNK)]
        return tf.concat(parts, axis=0)

    return forward


def _vector(folder: Path, epoch: int, spec: ModelSpec) -> FloatArray:
    try:
        return flatten(read_snapshot(folder, epoch)[0], spec)
    except (OSError, ValueError, KeyError) as error:
        raise LessonError(
            "model.damaged",
            problem=f"The snapshot of epoch {epoch} in {folder.name} cannot be read: {error}.",
            remedy="Choose another run.",
        ) from error
