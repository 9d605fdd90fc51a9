"""Pictures that please a unit: gradient ascent on the input. Keras.

Source: Erhan et al. (2009), Visualizing higher-layer features of a deep network; Olah et al.
(2017), doi:10.23915/distill.00007, for shifting the picture and for smoothing the gradient.
"""

from __future__ import annotations

from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import FloatArray
from core.errors import LessonError
from core.explain.result import OptimizedInput
from core.models.build import build
from core.models.graph import Node, nodes, weights_name
from core.models.layers import Convolution, Dense, DepthwiseConvolution, SharedConvolution
from core.models.spec import ModelSpec
from core.models.weights import Weights, check_weights

_SUMMING: Final = (Convolution, DepthwiseConvolution, SharedConvolution, Dense)
GRAY: Final = 127.5
NOISE: Final = 8.0
"""Deviation of the gray values that the picture begins with."""
RATE: Final = 24.0
"""Gray values by which the pixel that matters most changes in one step."""
SHIFT: Final = 2
MAX_STEPS: Final = 400
FRAMES: Final = 25


def optimize_input(
    spec: ModelSpec,
    weights: Weights,
    *,
    layer: str,
    unit: int,
    whole_map: bool = False,
    steps: int = 96,
    smoothness: float = 1.0,
    seed: int = 0,
) -> OptimizedInput:
    """Change a gray picture so that one unit sums up more and more.

    What is raised is the sum before the unit's own activation: behind a ReLU that is silent
    there would be no gradient to follow.

    Args:
        spec: The network.
        weights: Its arrays by name.
        layer: Name of a convolution or dense layer.
        unit: Index of the channel or unit.
        whole_map: Raise the mean over the map instead of its middle cell.
        steps: Of the ascent.
        smoothness: Deviation in pixels of the Gaussian that smooths each step; 0 for none.
        seed: Of the first noise, and of the shifts: for a whole map the picture is moved by up
            to 2 pixels in each step, so that no single pixel decides.

    Raises:
        LessonError: ``explain.unknown-layer``, ``explain.unknown-unit``, ``explain.steps``,
            ``model.other-weights``.
    """
    node = _find(spec, layer)
    _require(node, unit, steps)
    check_weights(spec, weights)
    cell = None if whole_map or len(node.shape) == 1 else (node.shape[0] // 2, node.shape[1] // 2)
    respond = _response_of(_cut(spec, weights, node), unit, cell)
    random = np.random.default_rng(seed)
    start = GRAY + random.normal(0, NOISE, (1, spec.input_size, spec.input_size, 1))
    picture = tf.Variable(tf.constant(start, tf.float32))
    ascend = _stepper(respond, picture, smoothness)
    kept = sorted({round(k) for k in np.linspace(0, steps, FRAMES)})
    frames: list[FloatArray] = []
    responses: list[float] = []
    for done in range(steps + 1):
        if done in kept:
            frames.append(np.clip(np.round(picture.numpy()[0, :, :, 0]), 0, 255))
            responses.append(float(respond(frames[-1][None, :, :, None])))
        if done < steps:
            moved = random.integers(-SHIFT, SHIFT + 1, 2) if whole_map else np.zeros(2, int)
            ascend(tf.constant(moved, tf.int32))
    return OptimizedInput(
        frames=np.asarray(frames).astype(np.uint8),
        steps=np.asarray(kept),
        responses=np.asarray(responses),
        layer=layer,
        unit=unit,
        cell=cell,
    )


def _cut(spec: ModelSpec, weights: Weights, node: Node) -> keras.Model:
    """The network up to a node, whose own activation is taken off."""
    model = build(spec, seed=0)
    for variable in model.weights:
        if variable.path in weights:
            variable.assign(weights[variable.path])
    summing = model.get_layer(weights_name(node))
    if hasattr(summing, "activation"):
        summing.activation = keras.activations.linear
    end: Any = model.get_layer(node.name).output
    return keras.Model(model.inputs[0], end)


def _response_of(model: keras.Model, unit: int, cell: tuple[int, int] | None) -> Any:
    @tf.function(reduce_retracing=True)
    def respond(picture: tf.Tensor) -> tf.Tensor:
        answer = model(tf.cast(picture, tf.float32), training=False)
        if cell is not None:
            return answer[0, cell[0], cell[1], unit]
        return tf.reduce_mean(answer[..., unit])

    return respond


def _stepper(respond: Any, picture: tf.Variable, smoothness: float) -> Any:
    """One step along the gradient, whose fine grain is blurred away.

    Neighboring pixels differ little in real pictures; a gradient asks for any grain that helps.
    """
    blur = _gaussian(smoothness) if smoothness else None

    @tf.function(reduce_retracing=True)
    def ascend(moved: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            response = respond(tf.roll(picture, moved, axis=[1, 2]))
        gradient = tf.convert_to_tensor(tape.gradient(response, picture))
        if blur is not None:
            gradient = _blurred(gradient, blur)
        # Largest change first: pixels that the unit does not see stay as they are.
        gradient *= RATE / (tf.reduce_max(tf.abs(gradient)) + 1e-12)
        picture.assign(tf.clip_by_value(picture + gradient, 0.0, 255.0))

    return ascend


def _gaussian(sigma: float) -> FloatArray:
    """(n,) weights of a Gaussian out to three deviations, summing to 1."""
    reach = max(1, round(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return (weights / weights.sum()).astype(np.float32)


def _blurred(gradient: tf.Tensor, weights: FloatArray) -> tf.Tensor:
    rows = tf.constant(weights[:, None, None, None])
    columns = tf.constant(weights[None, :, None, None])
    return tf.nn.conv2d(tf.nn.conv2d(gradient, rows, 1, "SAME"), columns, 1, "SAME")


def _find(spec: ModelSpec, layer: str) -> Node:
    # Pooling and the like pass on what others summed: behind a silent ReLU nothing could rise.
    known = {node.name: node for node in nodes(spec) if isinstance(node.layer, _SUMMING)}
    if layer not in known:
        raise LessonError(
            "explain.unknown-layer",
            problem=f"This network has no convolution or dense layer named {layer!r}.",
            remedy=f"Choose one of {', '.join(known)}.",
        )
    return known[layer]


def _require(node: Node, unit: int, steps: int) -> None:
    if not 0 <= unit < node.shape[-1]:
        raise LessonError(
            "explain.unknown-unit",
            problem=f"{node.name} has no unit {unit}.",
            remedy=f"Choose one from 0 to {node.shape[-1] - 1}.",
        )
    if not 1 <= steps <= MAX_STEPS:
        raise LessonError(
            "explain.steps",
            problem=f"{steps} steps are out of range.",
            remedy=f"Choose 1 to {MAX_STEPS}.",
        )
