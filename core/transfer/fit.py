"""One training of each way. Keras and TensorFlow.

What stage 5 of the frozen backbone makes of each X-ray, and of its mirror image, is read once and
kept: the layers below are the same for all but the network from nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import FloatArray, IntArray, UInt8Array
from core.reference.build import in_single_precision
from core.reference.head import fitted
from core.reference.locator import CELL_SHARE, MARKED_WEIGHT, highest_mean
from core.transfer import networks
from core.transfer.plan import BATCH, FROZEN, MARKED, NOTHING, PASSES, Trial

STRENGTH: Final = 0.7155
"""Inverse penalty of the frozen way's head for one X-ray: divided by their number, as the loss is a
sum over them. For all of the training part it is 3e-4, chosen on validation among 3e-4 to 1e-2."""
RATE_NOTHING: Final = 2e-3
RATE_TUNED: Final = 1e-4
RATE_LOCATOR: Final = 2e-3
"""The locator begins at random, and its layers are few."""
_WARMING: Final = 0.1
_READ_AT_ONCE: Final = 32


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Material:
    """What all trainings take from.

    Attributes:
        images: (N, S, S) uint8.
        fine: (2, N, C, C, 120) float16, maps of stage 5 of each picture and of its mirror image.
        labels: (N,) 0 or 1.
        marked, counted: (N, C, C) float32, as `core.reference.locator.Lesson` has them.
        backbone: Its arrays.
    """

    images: UInt8Array
    fine: FloatArray
    labels: IntArray
    marked: FloatArray
    counted: FloatArray
    backbone: Mapping[str, FloatArray]


@dataclass(frozen=True, eq=False, slots=True)
class Fitted:
    """What a training gave.

    Attributes:
        logits: (M,) of the pictures that were asked.
        stem: Kernels of the first layer (3, 3, 1, 32) at the start and at the end, where they
            were learned; else None.
    """

    logits: FloatArray
    stem: tuple[FloatArray, FloatArray] | None = None


def read_maps(images: UInt8Array, backbone: Mapping[str, FloatArray], file: Path) -> FloatArray:
    """The maps of stage 5 of all pictures and of their mirror images, from the file if it is there.

    Returns:
        (2, N, C, C, 120) float16.
    """
    if not file.is_file():
        reader = networks.build_reader(in_single_precision(backbone))
        parts = []
        for start in range(0, len(images), _READ_AT_ONCE):
            pictures = images[start : start + _READ_AT_ONCE].astype(np.float32)[..., None]
            both = [reader.predict_on_batch(one) for one in (pictures, pictures[:, :, ::-1])]
            parts.append(np.stack(both).astype(np.float16))
        partial = file.with_suffix(".partial")
        with partial.open("wb") as opened:
            np.save(opened, np.concatenate(parts, axis=1), allow_pickle=False)
        partial.replace(file)
    return np.load(file)


def fit(
    trial: Trial,
    material: Material,
    learned: IntArray,
    asked: IntArray,
    *,
    told: Callable[[str], None],
) -> Fitted:
    """Train one way.

    Args:
        trial: Which.
        material: All pictures.
        learned: Places of those to learn from.
        asked: Places of those to answer.
        told: Called with a line after each pass.
    """
    if trial.way == NOTHING:
        return _from_nothing(trial, material, learned, asked, told)
    arrays = in_single_precision(material.backbone)
    upper = networks.build_upper(arrays, material.fine.shape[-1])
    deep, features = _answers(upper, material.fine[0], learned)
    kernel, bias = fitted(features, material.labels[learned], STRENGTH / len(learned))
    if trial.way == FROZEN:
        _, seen = _answers(upper, material.fine[0], asked)
        return Fitted(seen @ kernel + bias)
    keras.utils.set_random_seed(trial.seed)
    tuned = _Tuned(upper, features, kernel, bias, deep, marked=trial.way == MARKED)
    tuned.learn(material, learned, trial, told)
    return Fitted(tuned.answer(material.fine[0], asked))


def weight_of_fractured(labels: IntArray) -> float:
    """What a fractured X-ray counts in the loss, so that both classes count the same."""
    fractured = int(labels.sum())
    return (len(labels) - fractured) / max(fractured, 1)


class _Tuned:
    """The upper stages with a fitted head, and with a locator where marks are learned too."""

    def __init__(
        self,
        upper: keras.Model,
        features: FloatArray,
        kernel: FloatArray,
        bias: float,
        deep: FloatArray,
        *,
        marked: bool,
    ) -> None:
        self._upper = upper
        channels = int(upper.input_shape[-1])
        # The head works on scaled features, so that one rate suits all of its weights.
        self._scale = features.std(axis=0).astype(np.float32) + 1e-6
        self._mean = features.mean(axis=0).astype(np.float32)
        self._head = keras.layers.Dense(1)
        self._head.build((None, features.shape[1]))
        offset = bias + float(self._mean @ kernel)
        self._head.set_weights(
            [(kernel * self._scale).astype(np.float32)[:, None], np.array([offset], np.float32)]
        )
        self._locator = networks.build_locator(channels, deep.shape[-1]) if marked else None

    def _forward(self, fine: Any, *, training: bool) -> tuple[Any, Any]:
        """Logits of the whole (N,), and of the cells; without a locator None."""
        deep, features = self._upper(fine, training=training)
        whole = self._head((features - self._mean) / self._scale)[:, 0]
        if self._locator is None:
            return whole, None
        return whole, self._locator([fine, deep], training=training)

    def learn(
        self,
        material: Material,
        learned: IntArray,
        trial: Trial,
        told: Callable[[str], None],
    ) -> None:
        steps = PASSES * _batches(len(learned))
        own = [*self._upper.trainable_variables, *self._head.trainable_variables]
        others = self._locator.trainable_variables if self._locator else []
        tuning = keras.optimizers.Adam(_cosine(RATE_TUNED, steps))
        tuning.build(own)
        locating = keras.optimizers.Adam(_cosine(RATE_LOCATOR, steps))
        if others:
            locating.build(others)
        heavy = weight_of_fractured(material.labels[learned])

        @tf.function(reduce_retracing=True)
        def step(fine: Any, labels: Any, marked: Any, counted: Any) -> Any:
            with tf.GradientTape() as tape:
                whole, cells = self._forward(tf.cast(fine, tf.float32), training=True)
                loss = _of_whole(labels, whole, heavy)
                if cells is not None:
                    each = tf.nn.weighted_cross_entropy_with_logits(marked, cells, MARKED_WEIGHT)
                    loss += CELL_SHARE * tf.reduce_mean(tf.reduce_sum(each * counted, (1, 2)))
                    loss += _of_whole(labels, highest_mean(cells), heavy)
            gradients = tape.gradient(loss, [*own, *others])
            tuning.apply(gradients[: len(own)], own)
            if others:
                locating.apply(gradients[len(own) :], others)
            return loss

        order = np.random.default_rng(trial.seed)
        for number in range(1, PASSES + 1):
            losses = []
            for chosen in _order(learned, order):
                mirrored = order.integers(0, 2, len(chosen))
                masks = [material.marked[chosen], material.counted[chosen]]
                for one in masks:
                    one[mirrored == 1] = one[mirrored == 1][:, :, ::-1]
                labels = material.labels[chosen].astype(np.float32)
                losses.append(float(step(material.fine[mirrored, chosen], labels, *masks)))
            told(f"pass {number} of {PASSES}, loss {np.mean(losses):.3f}")

    def answer(self, fine: FloatArray, asked: IntArray) -> FloatArray:
        """(M,) logits: of the head; with a locator the mean of both."""
        found = []
        for start in range(0, len(asked), _READ_AT_ONCE):
            maps = tf.constant(fine[asked[start : start + _READ_AT_ONCE]], tf.float32)
            whole, cells = self._forward(maps, training=False)
            found.append(whole if cells is None else (whole + highest_mean(cells)) / 2)
        return np.concatenate([np.asarray(one) for one in found])


def _from_nothing(
    trial: Trial,
    material: Material,
    learned: IntArray,
    asked: IntArray,
    told: Callable[[str], None],
) -> Fitted:
    model = networks.build_from_nothing(trial.seed)
    stem = model.get_layer(networks.STEM_NAME)
    start = np.asarray(stem.kernel)
    variables = model.trainable_variables
    optimizer = keras.optimizers.Adam(_cosine(RATE_NOTHING, PASSES * _batches(len(learned))))
    optimizer.build(variables)
    heavy = weight_of_fractured(material.labels[learned])

    @tf.function(reduce_retracing=True)
    def step(pictures: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(tf.cast(pictures, tf.float32), training=True)[:, 0]
            loss = _of_whole(labels, logits, heavy)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    order = np.random.default_rng(trial.seed)
    for number in range(1, PASSES + 1):
        losses = []
        for chosen in _order(learned, order):
            pictures = material.images[chosen][..., None]
            mirrored = order.integers(0, 2, len(chosen)) == 1
            pictures[mirrored] = pictures[mirrored][:, :, ::-1]
            losses.append(float(step(pictures, material.labels[chosen].astype(np.float32))))
        told(f"pass {number} of {PASSES}, loss {np.mean(losses):.3f}")
    logits = [
        model.predict_on_batch(
            material.images[asked[first : first + _READ_AT_ONCE]].astype(np.float32)[..., None]
        )[:, 0]
        for first in range(0, len(asked), _READ_AT_ONCE)
    ]
    return Fitted(np.concatenate(logits), (start, np.asarray(stem.kernel)))


def _answers(
    upper: keras.Model, fine: FloatArray, chosen: IntArray
) -> tuple[FloatArray, FloatArray]:
    parts = [
        upper.predict_on_batch(fine[chosen[start : start + _READ_AT_ONCE]].astype(np.float32))
        for start in range(0, len(chosen), _READ_AT_ONCE)
    ]
    deep, features = (np.concatenate(kind) for kind in zip(*parts, strict=True))
    return deep, features


def _of_whole(labels: Any, logits: Any, heavy: float) -> Any:
    return tf.reduce_mean(tf.nn.weighted_cross_entropy_with_logits(labels, logits, heavy))


def _batches(count: int) -> int:
    """Steps of one pass; what does not fill a batch waits for another order."""
    return count // BATCH


def _order(learned: IntArray, order: np.random.Generator) -> Iterator[IntArray]:
    shuffled = order.permutation(learned)
    for number in range(_batches(len(learned))):
        yield shuffled[number * BATCH : (number + 1) * BATCH]


def _cosine(rate: float, steps: int) -> Any:
    warming = max(1, round(_WARMING * steps))
    return keras.optimizers.schedules.CosineDecay(
        rate / 20, max(steps - warming, 1), warmup_target=rate, warmup_steps=warming
    )
