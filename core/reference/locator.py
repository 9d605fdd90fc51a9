"""Where a fracture is: a small convolutional head that learns from the radiologists' marks. Keras.

It reads the maps of the frozen backbone at a sixteenth and at a thirty-second of the picture and
says for each of 32 x 32 cells whether a mark lies on it. The mean of its four highest cells says
whether there is a fracture at all, and is trained for that too, so that a normal picture has no
high cell anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import FloatArray, IntArray
from core.marks import Marks
from core.reference.build import LOCATED, LOCATOR_HIDDEN, LOCATOR_WIDTH
from core.reference.description import CELLS, HIGHEST

DROPPED: Final = 0.2
EPOCHS: Final = 5
BATCH: Final = 16
RATE: Final = 2e-3
DECAY: Final = 1e-4
FIRST_LOGIT: Final = -4.0
MARKED_WEIGHT: Final = 10.0
"""What a marked cell counts in the loss, others counting 1: one in 800 is marked."""
FRACTURED_WEIGHT: Final = 3.0
CELL_SHARE: Final = 1 / 20
"""What the sum over the cells counts beside the loss of the whole picture."""
SAMPLE: Final = 400
"""Pictures from which the scale of each map is taken."""

SETTINGS: Final = (
    f"1: {LOCATOR_WIDTH} {LOCATOR_HIDDEN} {DROPPED} {EPOCHS} {BATCH} {RATE} {DECAY}"
    f" {MARKED_WEIGHT} {FRACTURED_WEIGHT} {CELL_SHARE} {HIGHEST}"
)
"""Goes into the name of what was trained; count up its number where the training changes."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Lesson:
    """What the locator learns from.

    Attributes:
        fine: (N, 32, 32, 120) float16, maps at a sixteenth.
        deep: (N, 16, 16, 352) float16, maps at a thirty-second.
        marked: (N, 32, 32) float32, 1 on cells with a mark.
        counted: (N, 32, 32) float32, 0 on cells beside a mark, which are neither.
        labels: (N,) 0 or 1.
    """

    fine: FloatArray
    deep: FloatArray
    marked: FloatArray
    counted: FloatArray
    labels: IntArray


def cells_of(marks: Sequence[Marks], cells: int = CELLS) -> tuple[FloatArray, FloatArray]:
    """Which cells are marked, and which count, (N, cells, cells) each.

    Args:
        marks: Of each picture, in its prepared square.
        cells: A side.
    """
    none = np.zeros((cells, cells), np.bool_)
    marked = np.stack([one.mapped((cells, cells)).mask() if one else none for one in marks])
    spread = np.zeros_like(marked)
    padded = np.pad(marked, ((0, 0), (1, 1), (1, 1)))
    for row in range(3):
        for column in range(3):
            spread |= padded[:, row : row + cells, column : column + cells]
    return marked.astype(np.float32), (marked | ~spread).astype(np.float32)


def fit_locator(
    lesson: Lesson, learned: IntArray, *, seed: int, told: Callable[[str], None]
) -> keras.Model:
    """Train it on some of the pictures.

    Args:
        lesson: All pictures.
        learned: (M,) places of those to learn from.
        seed: Of weights, dropout and order.
        told: Called with a line after each epoch.
    """
    model = _build(lesson, learned[:SAMPLE], seed)
    steps = EPOCHS * (len(learned) // BATCH)
    rate: Any = keras.optimizers.schedules.CosineDecay(
        DECAY, steps, warmup_target=RATE, warmup_steps=steps // 10
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=DECAY)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(fine: Any, deep: Any, marked: Any, counted: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            maps = [tf.cast(fine, tf.float32), tf.cast(deep, tf.float32)]
            cells = model(maps, training=True)[..., 0]
            each = tf.nn.weighted_cross_entropy_with_logits(marked, cells, MARKED_WEIGHT)
            whole = tf.nn.weighted_cross_entropy_with_logits(
                labels, highest_mean(cells), FRACTURED_WEIGHT
            )
            where = CELL_SHARE * tf.reduce_mean(tf.reduce_sum(each * counted, (1, 2)))
            loss = where + tf.reduce_mean(whole)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    order = np.random.default_rng(seed)
    for epoch in range(1, EPOCHS + 1):
        shuffled, losses = order.permutation(learned), []
        for start in range(0, len(shuffled) - BATCH + 1, BATCH):
            chosen = np.sort(shuffled[start : start + BATCH])
            loss = step(
                lesson.fine[chosen],
                lesson.deep[chosen],
                lesson.marked[chosen],
                lesson.counted[chosen],
                lesson.labels[chosen].astype(np.float32),
            )
            losses.append(float(loss))
        told(f"epoch {epoch} of {EPOCHS}, loss {np.mean(losses):.3f}")
    return model


def locate(model: keras.Model, lesson: Lesson, chosen: IntArray) -> FloatArray:
    """Logits of the cells of some pictures, (M, 32, 32) float32."""
    parts = [
        model.predict_on_batch(
            [np.asarray(maps[part], np.float32) for maps in (lesson.fine, lesson.deep)]
        )[..., 0]
        for part in np.array_split(chosen, max(1, -(-len(chosen) // 32)))
    ]
    return np.concatenate(parts)


def highest_mean(cells: Any) -> Any:
    """(N,) the mean of the four highest of the cells (N, 32, 32)."""
    flat = tf.reshape(cells, (tf.shape(cells)[0], -1))
    return tf.reduce_mean(tf.math.top_k(flat, HIGHEST).values, axis=1)


def locator_arrays(model: keras.Model) -> dict[str, FloatArray]:
    """Its weights as `core.reference.build` takes them: the scaling of the maps is in them."""
    found: dict[str, FloatArray] = {}
    for name in ("fine", "deep"):
        scaling = model.get_layer(f"scale_{name}")
        mean = np.asarray(scaling.mean).ravel()
        deviation = np.sqrt(np.asarray(scaling.variance)).ravel()
        kernel, bias = model.get_layer(f"locate_{name}").get_weights()
        kernel = kernel / deviation[None, None, :, None]
        found[f"locate_{name}/kernel"] = kernel.astype(np.float32)
        found[f"locate_{name}/bias"] = (bias - mean @ kernel[0, 0]).astype(np.float32)
    for name in ("locate_around", LOCATED):
        kernel, bias = model.get_layer(name).get_weights()
        found |= {f"{name}/kernel": kernel, f"{name}/bias": bias}
    return found


def _build(lesson: Lesson, sample: IntArray, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    inputs, scaled = [], []
    for name, maps in (("fine", lesson.fine), ("deep", lesson.deep)):
        seen = maps[sample].astype(np.float32)
        entry = keras.Input(maps.shape[1:], name=name)
        scale = layers.Normalization(
            mean=seen.mean((0, 1, 2)), variance=seen.var((0, 1, 2)), name=f"scale_{name}"
        )
        dropped = layers.SpatialDropout2D(DROPPED)(scale(entry))
        inputs.append(entry)
        scaled.append(layers.Conv2D(LOCATOR_WIDTH, 1, name=f"locate_{name}")(dropped))
    enlarged = layers.UpSampling2D(2, interpolation="bilinear")(scaled[1])
    joined = layers.Activation("relu")(layers.Add()([scaled[0], enlarged]))
    around = layers.Conv2D(
        LOCATOR_HIDDEN, 3, padding="same", activation="relu", name="locate_around"
    )
    tensor = layers.SpatialDropout2D(DROPPED)(around(layers.SpatialDropout2D(DROPPED)(joined)))
    first: Any = keras.initializers.Constant(FIRST_LOGIT)
    mark = layers.Conv2D(1, 3, padding="same", bias_initializer=first, name=LOCATED)
    return keras.Model(inputs, mark(tensor))
