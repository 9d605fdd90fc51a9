"""How much of a network is silent or saturated on real images, layer by layer. NumPy only.

A rectified unit that answers 0 to every image passes no gradient back and learns nothing from them,
until the layers below it change; one that answers 0 to some images is what makes rectified networks
sparse. A sigmoid or hyperbolic
tangent far from its middle is nearly flat, so that hardly any gradient passes either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from core.arrays import BoolArray, FloatArray, RealArray
from core.errors import LessonError
from core.inspect.forward import forward
from core.models.graph import nodes
from core.models.layers import Activation
from core.models.spec import LOGITS, ModelSpec
from core.models.weights import Weights
from core.ops.activation import sigmoid

Watched: TypeAlias = Literal["relu", "sigmoid", "tanh"]
FLAT: Final = 0.01
"""A slope below this share of the function's steepest one counts as saturated."""

OUTPUT: Final = "output"
_CHUNK: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerActivity:
    """What one layer did on a sample of images.

    Attributes:
        name: Of the layer; "output" for the sigmoid behind the logit of a two-class network.
        function: Its activation.
        units: Filters of a convolution, units of a dense layer.
        idle: Of these, how many never left the flat part, on any image at any place: silent
            (always 0) for a ReLU, saturated for the others.
        share: Mean over images of the share of answers in the flat part.
        images: How many were looked at.
    """

    name: str
    function: Watched
    units: int
    idle: int
    share: float
    images: int

    @property
    def idle_share(self) -> float:
        """Share of the units that never left the flat part."""
        return self.idle / self.units


def watched(spec: ModelSpec) -> dict[str, Watched]:
    """The layers that can fall silent or saturate, in the order of computation.

    >>> from core.models.zoo.entries import paper_network
    >>> list(watched(paper_network(28, ("normal", "fracture"))))[-1]
    'output'
    """
    found: dict[str, Watched] = {}
    for node in nodes(spec):
        layer = node.layer
        function = layer.kind if isinstance(layer, Activation) else getattr(layer, "activation", "")
        match function:
            case "relu" | "sigmoid" | "tanh":
                found[node.name] = function
    if spec.outputs == 1:
        found[OUTPUT] = "sigmoid"
    return found


def measure_activity(
    spec: ModelSpec, weights: Weights, images: RealArray
) -> tuple[LayerActivity, ...]:
    """Walk the images through the network and count what is silent and what is saturated.

    Args:
        spec: The network.
        weights: Its arrays by name.
        images: (N, S, S), gray values 0 to 255.

    Raises:
        LessonError: ``activity.no-images``; ``model.other-size``.
    """
    if not len(images):
        raise LessonError(
            "activity.no-images",
            problem="There is no image to look at.",
            remedy="Prepare a dataset with images, or choose another network.",
        )
    functions = watched(spec)
    always: dict[str, BoolArray] = {}
    shares: dict[str, list[float]] = {name: [] for name in functions}
    for start in range(0, len(images), _CHUNK):
        for name, answers in _answers(spec, weights, images[start : start + _CHUNK], functions):
            flat = is_flat(answers, functions[name])
            axes = tuple(range(1, flat.ndim))
            shares[name].extend(flat.mean(axis=axes).tolist())
            idle = np.asarray(flat.all(axis=tuple(range(flat.ndim - 1))), np.bool_)
            always[name] = always[name] & idle if name in always else idle
    return tuple(
        LayerActivity(
            name=name,
            function=function,
            units=len(always[name]),
            idle=int(np.count_nonzero(always[name])),
            share=float(np.mean(shares[name])),
            images=len(images),
        )
        for name, function in functions.items()
    )


def is_flat(answers: FloatArray, function: Watched) -> BoolArray:
    """Where the function has no slope to speak of, told from what it answered.

    ReLU: where it is 0. Sigmoid and tanh: where the slope is below `FLAT` of its maximum.

    >>> is_flat(np.array([0.0, 0.5, 0.999]), "sigmoid").tolist()
    [True, False, True]
    """
    values = answers.astype(np.float64)
    match function:
        case "relu":
            return values <= 0.0
        case "sigmoid":
            return values * (1.0 - values) < FLAT * 0.25
        case "tanh":
            return 1.0 - values**2 < FLAT


def _answers(
    spec: ModelSpec, weights: Weights, images: RealArray, names: Iterable[str]
) -> Iterator[tuple[str, FloatArray]]:
    known = forward(spec, weights, images)
    for name in names:
        yield name, sigmoid(known[LOGITS]) if name == OUTPUT else known[name]
