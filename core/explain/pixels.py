"""What pixels do to an output: gradients of three kinds, and one place covered. Keras."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import BoolArray, FloatArray
from core.bounded import Bounded
from core.explain.gradcam import require_fit
from core.explain.result import NEGLIGIBLE, ClassMap, Method, enlarge, probabilities, score_of
from core.explain.shuffling import layers_of

GRADIENT_STEPS: Final = 64
"""Pictures between black and the X-ray; the sum is then within about 1 % of the score's change."""
GRADIENT_CELLS: Final = 32
COVERED_CELLS: Final = 14
GUIDED_CELLS: Final = 128
"""An edge is thin: in larger cells one side of it would undo the other."""
_BATCH: Final = 16
_PIXELS: Final = 2**20
"""Asked about at once at most: a gradient keeps every feature map of every picture."""
_KEPT: Final = 8


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
    at_once = _at_once(pixels)
    for start in range(0, GRADIENT_STEPS, at_once):
        batch = shares[start : start + at_once, None, None, None] * pixels[None, :, :, None]
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
    at_once = _at_once(pixels)
    for start in range(0, len(places), at_once):
        covered = np.repeat(pixels[None], len(places[start : start + at_once]), axis=0)
        for picture, place in zip(covered, places[start:], strict=False):
            picture[place] = gray
        falls += [whole - score_of(row, class_index) for row in _logits(model, covered)]
    side = len(edges) - 1
    cells = np.array(falls, np.float32).reshape(side, side)
    return _tried(model, pixels, cells, gray, class_index, "occlusion")


def guided_gradients(model: keras.Model, image: FloatArray, *, class_index: int) -> ClassMap:
    """The gradient of a class's logit by the pixels, without what was negative on its way back.

    At each ReLU the way back is closed where the forward value was below zero, as always, and
    where the gradient is below zero. What comes out looks like the picture's edges, for nearly any
    weights: it is no explanation, and `core.explain.shuffling` shows that. Of each cell the value
    of largest magnitude is kept.

    Args:
        model: Gives logits (1, K) for an image (1, S, S, 1) with values 0 to 255.
        image: (S, S), 0 to 255; not modified.
        class_index: Class to explain.

    Source:
        Springenberg et al. (2015). https://arxiv.org/abs/1412.6806
        Adebayo et al. (2018), Sanity checks for saliency maps. https://arxiv.org/abs/1810.03292
    """
    pixels = np.asarray(image, np.float32)
    found = _compiled(model).guided(pixels[None, :, :, None], class_index)[0]
    cells = _largest(found, _edges(len(pixels), GUIDED_CELLS))
    return _tried(model, pixels, cells, 0.0, class_index, "guided")


def _largest(values: FloatArray, edges: np.ndarray) -> FloatArray:
    """Of each cell of (S, S) the value of largest magnitude, with its sign."""
    high, low = (
        part.reduceat(part.reduceat(values, edges[:-1], axis=0), edges[:-1], axis=1)
        for part in (np.maximum, np.minimum)
    )
    return np.where(high >= -low, high, low).astype(np.float32)


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


def _at_once(pixels: FloatArray) -> int:
    return max(1, min(_BATCH, _PIXELS // pixels.size))


def _logits(model: keras.Model, pictures: FloatArray) -> FloatArray:
    at_once = _at_once(pictures[0])
    parts = [
        _compiled(model).logits(pictures[start : start + at_once, :, :, None])
        for start in range(0, len(pictures), at_once)
    ]
    return np.concatenate(parts)


def _gradients(model: keras.Model, batch: FloatArray, class_index: int) -> FloatArray:
    """(B, S, S) of each picture's own score by its own pixels."""
    return _compiled(model).gradients(batch, class_index)


class _Compiled:
    """What is asked of one model, as graphs: less than half of what layer by layer takes.

    It holds the model, so that its id cannot be given away.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self._forward = tf.function(
            lambda batch: model(batch, training=False), reduce_retracing=True
        )
        self._gradient = _gradient_of(model)
        self._guided: Callable[..., tf.Tensor] | None = None

    def logits(self, batch: FloatArray) -> FloatArray:
        """(B, K) of pictures (B, S, S, 1)."""
        return self._forward(tf.constant(batch, tf.float32)).numpy()

    def gradients(self, batch: FloatArray, class_index: int) -> FloatArray:
        """(B, S, S) of each picture's own score by its own pixels."""
        found = self._gradient(tf.constant(batch, tf.float32), tf.constant(class_index))
        return found.numpy()[..., 0]

    def guided(self, batch: FloatArray, class_index: int) -> FloatArray:
        """The same, with the way back closed to what is negative at each ReLU."""
        asked = (tf.constant(batch, tf.float32), tf.constant(class_index))
        guided = self._guided
        if guided is None:
            # Traced once, with the activations in their place: the graph keeps them.
            with _guided_activations(self.model):
                guided = _gradient_of(self.model).get_concrete_function(*asked)
            self._guided = guided
        return guided(*asked).numpy()[..., 0]


_compiled_models = Bounded[int, _Compiled](_KEPT)


def _compiled(model: keras.Model) -> _Compiled:
    return _compiled_models.find_or_put(id(model), lambda: _Compiled(model))


def _gradient_of(model: keras.Model) -> Any:
    outputs = model.output_shape[-1]

    @tf.function(reduce_retracing=True)
    def gradient(pictures: tf.Tensor, class_index: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            logits = model(pictures, training=False)
            if outputs == 1:
                scores = logits[:, 0] * tf.cast(2 * class_index - 1, logits.dtype)
            else:
                scores = tf.gather(logits, class_index, axis=1)
        return tf.convert_to_tensor(tape.gradient(scores, pictures))

    return gradient


_GUIDED: Final[dict[str, Callable[[Any], Any]]] = {"relu": tf.nn.relu, "relu6": tf.nn.relu6}


def _guided(forward: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @tf.custom_gradient
    def activation(values: Any) -> Any:
        def back(upstream: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(values)
                result = forward(values)
            own = tape.gradient(result, values, upstream)
            return own * tf.cast(upstream > 0, upstream.dtype)

        return forward(values), back

    return activation


@contextmanager
def _guided_activations(model: keras.Model) -> Iterator[None]:
    """While the block runs, every ReLU of a model passes back what is positive alone."""
    put: list[tuple[Any, str, Any]] = []
    for layer in layers_of(model):
        name = getattr(getattr(layer, "activation", None), "__name__", "")
        if isinstance(layer, keras.layers.ReLU):
            put.append((layer, "call", layer.call))
            setattr(layer, "call", _guided(type(layer).call.__get__(layer)))  # noqa: B010
        elif name in _GUIDED:
            put.append((layer, "activation", layer.activation))
            layer.activation = _guided(_GUIDED[name])
    try:
        yield
    finally:
        for layer, name, before in put:
            setattr(layer, name, before)


def pixel_map(
    model: keras.Model, image: FloatArray, *, class_index: int, method: Method
) -> ClassMap:
    """One of the three.

    Raises:
        LessonError: ``explain.wrong-size``, ``explain.unknown-class``.
    """
    require_fit(model, image, class_index)
    made = {"occlusion": occlusion, "guided": guided_gradients}
    return made.get(method, integrated_gradients)(model, image, class_index=class_index)
