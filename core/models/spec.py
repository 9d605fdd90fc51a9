"""A network as a value: what is built, drawn, counted and trained from one description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from core.errors import LessonError
from core.models.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    Layer,
    Parallel,
    Pooling,
    Rescaling,
    Residual,
    Shape,
    SharedConvolution,
    output_shape,
    parameters,
)

__all__ = [
    "Activation",
    "BatchNormalization",
    "Convolution",
    "Dense",
    "DepthwiseConvolution",
    "Dropout",
    "Flatten",
    "GlobalPooling",
    "Layer",
    "ModelSpec",
    "Parallel",
    "Pooling",
    "Residual",
    "Shape",
    "SharedConvolution",
]

MIN_INPUT_SIZE = 8
MAX_INPUT_SIZE = 512
MAX_PARAMETERS = 50_000_000
LOGITS = "logits"

_KINDS: dict[str, type[Any]] = {
    "convolution": Convolution,
    "depthwise_convolution": DepthwiseConvolution,
    "shared_convolution": SharedConvolution,
    "pooling": Pooling,
    "activation": Activation,
    "batch_normalization": BatchNormalization,
    "dropout": Dropout,
    "flatten": Flatten,
    "global_pooling": GlobalPooling,
    "dense": Dense,
    "residual": Residual,
    "parallel": Parallel,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A network for gray images of ``input_size`` x ``input_size`` pixels.

    The head is implied: a dense layer named "logits" with ``outputs`` units and no activation.
    Two classes share one logit, positive for ``classes[1]``.

    Raises:
        LessonError: ``model.vanishes``, ``model.wrong-order``, ``model.too-large``,
            ``model.invalid``, ``model.invalid-layer``.
    """

    name: str
    input_size: int
    classes: tuple[str, ...]
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        # Lists come from JSON and from callers; equality and hashing want tuples.
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "layers", tuple(self.layers))
        self._check_names()
        self._check_size()
        self._check_shapes()

    @property
    def outputs(self) -> int:
        """Logits: 1 for two classes, else one a class."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def input_shape(self) -> Shape:
        """(input_size, input_size, 1)."""
        return (self.input_size, self.input_size, 1)

    @property
    def rescaling(self) -> Rescaling:
        """What is done to the picture first."""
        return Rescaling()

    @property
    def head(self) -> Dense:
        """The implied last layer."""
        return Dense(self.outputs, activation="linear")

    def named_layers(self) -> Iterator[tuple[str, Layer]]:
        """Each layer and the head with the name that the Keras model gives it.

        Names count within their kind: convolution_1, pooling_1, convolution_2, ..., logits.
        """
        seen: dict[str, int] = {}
        for layer in self.layers:
            kind = kind_of(layer)
            seen[kind] = seen.get(kind, 0) + 1
            yield f"{kind}_{seen[kind]}", layer
        yield LOGITS, self.head

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; `from_json` is its inverse."""
        return {
            "name": self.name,
            "input_size": self.input_size,
            "classes": list(self.classes),
            "layers": [layer_to_json(layer) for layer in self.layers],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelSpec:
        """Rebuild what `to_json` wrote; ``model.invalid`` where it does not fit."""
        try:
            return cls(
                name=data["name"],
                input_size=data["input_size"],
                classes=tuple(data["classes"]),
                layers=tuple(_layer_from_json(layer) for layer in data["layers"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _invalid(f"The description of a network is incomplete: {error!r}.") from error

    def _check_names(self) -> None:
        if not self.name or not isinstance(self.name, str):
            raise _invalid(f"The network's name is {self.name!r}.")
        if len(self.classes) < 2 or len(set(self.classes)) != len(self.classes):
            raise _invalid(f"A network needs two or more different classes, not {self.classes}.")
        if not all(isinstance(label, str) and label for label in self.classes):
            raise _invalid(f"Classes must have names, but are {self.classes}.")

    def _check_size(self) -> None:
        size = self.input_size
        whole = isinstance(size, int) and not isinstance(size, bool)
        if not whole or not MIN_INPUT_SIZE <= size <= MAX_INPUT_SIZE:
            raise LessonError(
                "model.invalid",
                problem=f"An input size of {size!r} pixels is out of range.",
                remedy=f"Choose a size from {MIN_INPUT_SIZE} to {MAX_INPUT_SIZE} pixels.",
            )

    def _check_shapes(self) -> None:
        shape, total = self.input_shape, 0
        for _, layer in self.named_layers():
            after = output_shape(layer, shape)  # first: it refuses what cannot be counted
            total += parameters(layer, shape)
            shape = after
        if total > MAX_PARAMETERS:
            raise LessonError(
                "model.too-large",
                problem=f"This network has {total:,} parameters; {MAX_PARAMETERS:,} is the limit.",
                remedy="Pool once more before Flatten, use GlobalPooling, or fewer dense units.",
            )


def kind_of(layer: Layer) -> str:
    """The layer's kind as written in JSON and in layer names, such as "convolution"."""
    return _NAMES[type(layer)]


def layer_class(kind: str) -> type[Any]:
    """The class of a kind of layer; ``model.invalid`` where there is none."""
    if kind not in _KINDS:
        raise _invalid(f"{kind!r} is not a kind of layer.")
    return _KINDS[kind]


def layer_from_json(data: Mapping[str, Any]) -> Layer:
    """One layer from what `ModelSpec.to_json` wrote of it; ``model.invalid`` where it is none."""
    try:
        return _layer_from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(f"The description of a layer is incomplete: {error!r}.") from error


def layer_to_json(layer: Layer) -> dict[str, Any]:
    """One layer as plain values for ``json.dumps``; `layer_from_json` is its inverse."""
    data: dict[str, Any] = {"layer": kind_of(layer)}
    if isinstance(layer, Residual):
        data["body"] = [layer_to_json(part) for part in layer.body]
        # What was written before 0.2.0 says nothing of an activation, and stays as it was.
        return data if layer.activation == "relu" else data | {"activation": layer.activation}
    if isinstance(layer, Parallel):
        branches = [[layer_to_json(part) for part in branch] for branch in layer.branches]
        return data | {"branches": branches}
    return data | {field.name: getattr(layer, field.name) for field in fields(layer)}


def _layer_from_json(data: Mapping[str, Any]) -> Layer:
    values = dict(data)
    name = values.pop("layer")
    if name not in _KINDS:
        raise _invalid(f"{name!r} is not a kind of layer.")
    if name == "residual":
        body = tuple(_layer_from_json(part) for part in values["body"])
        return Residual(body, values.get("activation", "relu"))
    if name == "parallel":
        branches = values["branches"]
        return Parallel(tuple(tuple(_layer_from_json(p) for p in branch) for branch in branches))
    layer: Layer = _KINDS[name](**values)
    return layer


def _invalid(problem: str) -> LessonError:
    return LessonError(
        "model.invalid", problem=problem, remedy="Choose a network of the list, or build it again."
    )
