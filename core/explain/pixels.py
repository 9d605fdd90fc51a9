"""What pixels do to an output: integrated gradients, and one place after another covered. Keras."""

from __future__ import annotations

import itertools
from typing import Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import BoolArray, FloatArray
from core.explain.gradcam import require_fit
from core.explain.result import NEGLIGIBLE, ClassMap, Method, enlarge, probabilities, score_of

GRADIENT_STEPS: Final = 64
"""Pictures between black and the X-ray; the sum is then within about 1 % of the score's change."""
GRADIENT_CELLS: Final = 32
COVERED_CELLS: Final = 14
_BATCH: Final = 16


def integrated_gradients(model: keras.Model, image: FloatArray, *, class_index: int) -> ClassMap:
    r"""Share out the change of a class's logit, from a black picture to this one, among the pixels.

    .. math:: L_p = x_p \int_0^1 \frac{\partial s(\alpha x)}{\partial x_p}\, d\alpha,
              \qquad \sum_p L_p = s(x) - s(0)

    The integral is taken at `GRADIENT_STEPS` midpoints. Pixels are added up in cells, so that the
    law still holds for the cells; `ClassMap.change` is what they should add up to.

    Args:
        model: Gives logits (1, K) for an image (1, S, S, 1) with values 0 to 255.
        image: (S, S), 0 to 255; not modified.
        class_index: Class to explain.

    Source:
        Sundararajan, Taly and Yan (2017). https://arxiv.org/abs/1703.01365
    """
    pixels = np.asarray(image, np.float32)
    shares = (np.arange(GRADIENT_STEPS, dtype=np.float32) + 0.5) / GRADIENT_STEPS
    total = np.zeros(pixels.shape, np.float64)
    for start in range(0, GRADIENT_STEPS, _BATCH):
        batch = shares[start : start + _BATCH, None, None, None] * pixels[None, :, :, None]
        total += _gradients(model, batch, class_index).sum(axis=0, dtype=np.float64)
    by_pixel = pixels * total / GRADIENT_STEPS
    edges = _edges(len(pixels), GRADIENT_CELLS)
    cells = np.add.reduceat(np.add.reduceat(by_pixel, edges[:-1], axis=0), edges[:-1], axis=1)
    logits = _logits(model, np.stack([pixels, np.zeros_like(pixels)]))
    change = score_of(logits[0], class_index) - score_of(logits[1], class_index)
    small = cells.astype(np.float32)
    return _tried(model, pixels, small, 0.0, class_index, "integrated", change)


def occlusion(model: keras.Model, image: FloatArray, *, class_index: int) -> ClassMap:
    """How far a class's logit falls when one place is covered in the picture's mean gray.

    Args:
        model: Gives logits (1, K) for an image (1, S, S, 1) with values 0 to 255.
        image: (S, S), 0 to 255; not modified.
        class_index: Class to explain.

    Source:
        Zeiler and Fergus (2014), section 4.2. https://arxiv.org/abs/1311.2901
    """
    pixels = np.asarray(image, np.float32)
    gray = float(pixels.mean())
    edges = _edges(len(pixels), COVERED_CELLS)
    places = [
        (slice(top, below), slice(left, right))
        for top, below in itertools.pairwise(edges)
        for left, right in itertools.pairwise(edges)
    ]
    whole = score_of(_logits(model, pixels[None])[0], class_index)
    falls = []
    for start in range(0, len(places), _BATCH):
        covered = np.repeat(pixels[None], len(places[start : start + _BATCH]), axis=0)
        for picture, place in zip(covered, places[start:], strict=False):
            picture[place] = gray
        falls += [whole - score_of(row, class_index) for row in _logits(model, covered)]
    side = len(edges) - 1
    cells = np.array(falls, np.float32).reshape(side, side)
    return _tried(model, pixels, cells, gray, class_index, "occlusion")


def _tried(
    model: keras.Model,
    pixels: FloatArray,
    cells: FloatArray,
    instead: float,
    class_index: int,
    method: Method,
    change: float | None = None,
) -> ClassMap:
    """A map of cells, and the logits when all of one sign are taken out of the picture."""
    rounding = NEGLIGIBLE * float(np.abs(cells).max())
    edges = _edges(len(pixels), len(cells))

    def without(gone: BoolArray) -> FloatArray:
        sizes = np.diff(edges)
        mask = gone.repeat(sizes, axis=0).repeat(sizes, axis=1)
        return np.where(mask, np.float32(instead), pixels)

    pictures = np.stack([pixels, without(cells > rounding), without(cells < -rounding)])
    logits, positive, negative = _logits(model, pictures)
    return ClassMap(
        logits=logits,
        probabilities=probabilities(logits),
        method=method,
        map=enlarge(cells, len(pixels)),
        weights=np.zeros(0, np.float32),
        without_positive=positive,
        without_negative=negative,
        layer="",
        layers=(),
        class_index=class_index,
        cells=cells,
        change=change,
    )


def _edges(size: int, cells: int) -> np.ndarray:
    """Where cells begin, and the end: whole pixels, as even as they can be."""
    return np.linspace(0, size, min(cells, size) + 1).round().astype(int)


def _logits(model: keras.Model, pictures: FloatArray) -> FloatArray:
    batch = tf.constant(pictures[..., None], tf.float32)
    return model(batch, training=False).numpy()


def _gradients(model: keras.Model, batch: FloatArray, class_index: int) -> FloatArray:
    """(B, S, S) of each picture's own score by its own pixels."""
    pictures = tf.constant(batch, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        logits = model(pictures, training=False)
        if logits.shape[-1] == 1:
            scores = logits[:, 0] * (2 * class_index - 1)
        else:
            scores = logits[:, class_index]
    return tf.convert_to_tensor(tape.gradient(scores, pictures)).numpy()[..., 0]


def pixel_map(
    model: keras.Model, image: FloatArray, *, class_index: int, method: Method
) -> ClassMap:
    """One of the two.

    Raises:
        LessonError: ``explain.wrong-size``, ``explain.unknown-class``.
    """
    require_fit(model, image, class_index)
    make = occlusion if method == "occlusion" else integrated_gradients
    return make(model, image, class_index=class_index)
