"""Reading a ``.keras`` file of somebody else, without Keras and without running anything of it.

Such a file is a ZIP archive: ``config.json`` says what the network is built of,
``model.weights.h5`` holds its numbers. Both are read as data, and become a description of our own
(`core.models.spec`) with its weights. What no layer of ours can say is named and refused.

A network of others is made ours without changing what it answers:

- what its first layer reads (0 to 255, 0 to 1, three equal colors) moves into that layer's numbers;
- two outputs with softmax become one logit, their difference;
- another epsilon of a normalization moves into its variance.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError
from core.models.layers import (
    ACTIVATIONS,
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    Layer,
    Pooling,
)
from core.models.spec import LOGITS, MAX_INPUT_SIZE, MIN_INPUT_SIZE, ModelSpec, kind_of
from core.models.weights import check_weights

Values: TypeAlias = Literal["0 to 255", "0 to 1", "-1 to 1"]
VALUES: Final[tuple[Values, ...]] = ("0 to 255", "0 to 1", "-1 to 1")
"""What a network may have been given of a pixel."""

MOST_BYTES: Final = 25 * 2**20
MOST_UNPACKED: Final = 256 * 2**20
"""Of the weights; with an optimizer a network of ours would take three times its own bytes."""
MOST_CONFIG: Final = 4 * 2**20
MOST_LAYERS: Final = 300
MOST_CLASSES: Final = 100
EPSILON: Final = 1e-3
"""Of our normalization, Keras's own."""

_CONFIG: Final = "config.json"
_METADATA: Final = "metadata.json"
_NUMBERS: Final = "model.weights.h5"
_RANDOM: Final = frozenset(
    {
        "GaussianNoise", "GaussianDropout", "SpatialDropout2D", "AlphaDropout", "RandomFlip",
        "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
        "ActivityRegularization",
    }
)  # fmt: skip
"""Layers that do something in training alone."""
_POOLS: Final = {"MaxPooling2D": "max", "AveragePooling2D": "average"}
_GLOBAL_POOLS: Final = {"GlobalMaxPooling2D": "max", "GlobalAveragePooling2D": "average"}
_NESTS: Final = ("Sequential", "Functional", "Model")
_END: Final = ("softmax", "sigmoid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a file does not tell.

    Attributes:
        title: For people.
        classes: Names of what it tells apart; () for "class 0" and so on.
        size: Side of its input in pixels where the file leaves that open.
        values: What it was given of a pixel; None for what is likely.
    """

    title: str = ""
    classes: tuple[str, ...] = ()
    size: int = 64
    values: Values | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadNetwork:
    """A network as ours.

    Attributes:
        spec: What it is built of.
        weights: Its arrays, float32, by the names of our variables.
        notes: What was changed or left out, in sentences.
        open_size: Whether the file leaves the size open.
        values: What it is taken to have been given of a pixel.
    """

    spec: ModelSpec
    weights: dict[str, FloatArray] = field(repr=False)
    notes: tuple[str, ...]
    open_size: bool
    values: Values


@dataclass(slots=True)
class _Step:
    """One of our layers with its arrays, float64."""

    layer: Layer
    arrays: dict[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Given:
    """One layer of the file."""

    kind: str
    name: str
    config: Mapping[str, Any]
    place: str


def read_keras_file(raw: bytes, answers: Answers) -> ReadNetwork:
    """A network from the bytes of a ``.keras`` file.

    Raises:
        LessonError: ``network.not-keras``, ``network.too-large``, ``network.other-version``,
            ``network.damaged``, ``network.layer``, ``network.input``, ``network.output``,
            ``network.classes``, ``network.not-finite``, and those of `ModelSpec`.
    """
    config, numbers = _unpack(raw)
    layers = list(_layers_of(config))
    if len(layers) > MOST_LAYERS:
        raise _refused("layer", f"It has {len(layers)} layers; {MOST_LAYERS} are read.")
    size, channels, layers = _input(layers)
    _require_known(layers)
    notes: list[str] = []
    steps, scale, offset, rescaled = _steps(layers, numbers, notes)
    values = answers.values or ("0 to 255" if rescaled else "0 to 1")
    _fold_input(steps, values, scale, offset, channels, notes)
    steps, head, count = _head(steps, notes)
    classes = _classes(answers.classes, count)
    spec = ModelSpec(
        name=answers.title or "brought",
        input_size=size or answers.size,
        classes=classes,
        layers=tuple(step.layer for step in steps),
    )
    weights = _named(spec, [*steps, head])
    return ReadNetwork(
        spec=spec, weights=weights, notes=tuple(notes), open_size=size is None, values=values
    )


# The archive.


def _unpack(raw: bytes) -> tuple[Mapping[str, Any], _Numbers]:
    if len(raw) > MOST_BYTES:
        raise _too_large(len(raw), MOST_BYTES)
    if raw[:8] == b"\x89HDF\r\n\x1a\n":
        raise _not_keras("an HDF5 file (.h5), which can hold code and is not read")
    if raw[:1] == b"\x80" or raw[:4] in {b"\x93NUM", b"(lp0", b"(dp0"}:
        raise _not_keras("a pickle or a NumPy file, which can hold code and is not read")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = set(archive.namelist())
            if any(name.endswith("saved_model.pb") for name in names):
                raise _not_keras("a packed SavedModel, which holds a program and is not read")
            if any(name.endswith("data.pkl") for name in names):
                raise _not_keras("a file of PyTorch, which can hold code and is not read")
            if not {_CONFIG, _NUMBERS} <= names:
                raise _not_keras("an archive without config.json and model.weights.h5")
            config = _json(_member(archive, _CONFIG, MOST_CONFIG))
            about = _json(_member(archive, _METADATA, MOST_CONFIG)) if _METADATA in names else {}
            numbers = _member(archive, _NUMBERS, MOST_UNPACKED)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise _not_keras("no whole archive") from error
    version = str(about.get("keras_version", "3"))
    if not version.startswith("3"):
        raise LessonError(
            "network.other-version",
            problem=f"This file was written by Keras {version[:12]}.",
            remedy="Open it with Keras 3 and save it again: model.save('network.keras').",
        )
    return config, _Numbers(numbers)


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A file of the archive, unpacked no further than allowed, whatever its header claims."""
    with archive.open(name) as packed:
        found = packed.read(most + 1)
    if len(found) > most:
        raise _too_large(archive.getinfo(name).file_size, most, unpacked=True)
    return found


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged("its description is no JSON") from error
    if not isinstance(found, dict):
        raise _damaged("its description is no object")
    return found


class _Numbers:
    """The arrays of ``model.weights.h5``; only what is asked for is read, and only its own."""

    def __init__(self, raw: bytes) -> None:
        import h5py  # read in a process of its own alone: the server has no use for it

        try:
            self._file = h5py.File(io.BytesIO(raw), "r")
        except (OSError, ValueError) as error:
            raise _damaged("its weights cannot be read") from error

    def read(self, layer: _Given, index: int, shape: tuple[int | None, ...]) -> FloatArray:
        """An array of a layer, (shape) float64, where it has that shape.

        Args:
            layer: Whose it is.
            index: Its number among the layer's.
            shape: What it must be; None for a side that the file decides.
        """
        data = self._dataset(f"{layer.place}/vars/{index}")
        if data is None:
            raise _damaged(f"the weights of {layer.name} are not there")
        fits = len(data.shape) == len(shape) and all(
            want in (None, side) for want, side in zip(shape, data.shape, strict=True)
        )
        if not fits:
            wanted = " x ".join("?" if side is None else str(side) for side in shape)
            raise _damaged(
                f"{layer.name} should hold {wanted} numbers, and holds "
                + " x ".join(map(str, data.shape))
            )
        if data.dtype.kind != "f" or math.prod(data.shape) * 8 > MOST_UNPACKED:
            raise _damaged(f"the weights of {layer.name} are no numbers, or too many")
        try:
            array = np.asarray(data[()], np.float64)
        except (OSError, ValueError, MemoryError) as error:
            raise _damaged(f"the weights of {layer.name} cannot be read") from error
        if not np.isfinite(array).all():
            raise LessonError(
                "network.not-finite",
                problem=f"Of the numbers of {layer.name} "
                f"{np.count_nonzero(~np.isfinite(array)):,} of {array.size:,} are infinite or no "
                "numbers at all: such a training has broken off.",
                remedy="Train it again with a smaller learning rate, and bring that.",
            )
        return array

    def has(self, layer: _Given, index: int) -> bool:
        """Whether a layer has an array of that number."""
        return self._dataset(f"{layer.place}/vars/{index}") is not None

    def _dataset(self, path: str) -> Any:
        """A dataset of this file alone: no link leads out of it."""
        import h5py

        place: Any = self._file
        try:
            for part in path.split("/"):
                link = place.get(part, getlink=True) if isinstance(place, h5py.Group) else None
                if link is None:
                    return None
                if not isinstance(link, h5py.HardLink):
                    raise _damaged("its weights point out of the file")
                place = place[part]
        except (OSError, KeyError, RuntimeError) as error:
            raise _damaged("its weights cannot be read") from error
        if not isinstance(place, h5py.Dataset):
            return None
        if place.external or place.is_virtual:
            raise _damaged("its weights point out of the file")
        return place


# The description.


def _layers_of(config: Mapping[str, Any], place: str = "") -> Iterator[_Given]:
    """The layers one behind the other; those of a network inside a network in its place."""
    kind, inner = str(config.get("class_name")), config.get("config")
    if kind not in _NESTS or not isinstance(inner, Mapping) or not inner.get("layers"):
        raise _refused(
            "layer",
            f"It is a {kind[:60]}, a class of one's own whose program is not in the file.",
            "Build it as Sequential or with the functional API, and save it again.",
        )
    entries = inner["layers"]
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise _damaged("its layers are no list")
    _require_chain(kind, inner, entries)
    seen: dict[str, int] = {}
    for entry in entries:
        name, own = str(entry.get("class_name")), entry.get("config")
        count = seen.get(name, 0)
        seen[name] = count + 1
        part = _snake(name) + (f"_{count}" if count else "")
        where = f"{place}layers/{part}"
        if not isinstance(own, Mapping):
            raise _damaged(f"what {name[:60]} is set to is missing")
        _require_of_keras(entry, name)
        if name in _NESTS:
            yield from _layers_of(entry, f"{where}/")
        else:
            yield _Given(name, str(own.get("name", name))[:60], own, where)


def _require_of_keras(entry: Mapping[str, Any], name: str) -> None:
    module = str(entry.get("module") or "keras.layers")
    if name in {"Lambda", "TFSMLayer"}:
        raise _refused(
            "layer",
            f"It has a {name} layer, which holds a program; none is run here.",
            "Put a layer of Keras in its place, and save it again.",
        )
    if not module.startswith("keras") or (entry.get("registered_name") or name) not in {
        name, f"keras>{name}", f"Custom>{name}" if name in _NESTS else name,
    }:  # fmt: skip
        raise _refused(
            "layer",
            f"Its layer {name[:60]} is one of somebody's own, whose program is not in the file.",
            "Put layers of Keras in its place, and save it again.",
        )


def _require_chain(
    kind: str, inner: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]
) -> None:
    """See that each layer reads the one before it, as ours do."""
    if kind == "Sequential":
        return
    before: str | None = None
    for entry in entries:
        found = json.dumps(entry.get("inbound_nodes", []))
        read = re.findall(r'"keras_history": \["((?:[^"\\]|\\.)*)"', found)
        name = str(entry.get("name") or entry.get("config", {}).get("name", ""))
        calls = entry.get("inbound_nodes") or []
        if len(calls) > 1 or (before is None) != (not read) or read not in ([], [before]):
            raise _refused(
                "layer",
                f"Layer {name[:60]} ({entry.get('class_name')}) does not simply read the one "
                "before it: branches, joins and shared layers are not taken over yet.",
                "Bring a network whose layers stand one behind the other.",
            )
        before = name
    ends = re.findall(r'\["((?:[^"\\]|\\.)*)"', json.dumps(inner.get("output_layers", [])))
    flat = inner.get("output_layers")
    if not ends and isinstance(flat, list) and flat and isinstance(flat[0], str):
        ends = [flat[0]]
    if ends and ends != [before]:
        raise _refused("output", "It has more than one output, or one in its middle.")


def _input(layers: list[_Given]) -> tuple[int | None, int, list[_Given]]:
    """Side (None where open), channels, and the layers behind the input."""
    shape = next(
        (
            one.config.get("batch_shape") or one.config.get("batch_input_shape")
            for one in layers
            if one.config.get("batch_shape") or one.config.get("batch_input_shape")
        ),
        None,
    )
    rest = [one for one in layers if one.kind != "InputLayer"]
    if not isinstance(shape, list) or len(shape) != 4:
        raise _refused(
            "input",
            f"It does not read pictures: its input has the shape {str(shape)[:60]}.",
            "Bring a network for pictures of one or three channels, the channels last.",
        )
    height, width, channels = shape[1:]
    if channels not in (1, 3):
        raise _refused("input", f"It reads {channels} channels; pictures have 1 or 3, last.")
    if height != width:
        raise _refused("input", f"It reads pictures of {height} x {width}; only squares are shown.")
    whole = isinstance(height, int) and not isinstance(height, bool)
    if height is not None and not (whole and MIN_INPUT_SIZE <= height <= MAX_INPUT_SIZE):
        raise _refused(
            "input",
            f"It reads pictures of {height} pixels a side; {MIN_INPUT_SIZE} to {MAX_INPUT_SIZE} "
            "are shown.",
        )
    return height, channels, rest


def _require_known(layers: Sequence[_Given]) -> None:
    known = {
        "Rescaling", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Activation", "ReLU",
        "LeakyReLU", "ELU", "Softmax", "BatchNormalization", "Dropout", "Flatten", "Reshape",
        "Dense", *_POOLS, *_GLOBAL_POOLS, *_RANDOM,
    }  # fmt: skip
    strange = list(dict.fromkeys(one.kind for one in layers if one.kind not in known))
    if strange:
        named = ", ".join(kind[:40] for kind in strange[:6])
        raise _refused(
            "layer",
            f"No view here can show its {'layer' if len(strange) == 1 else 'layers'} {named}.",
            "Convolutions, pooling, dense layers, batch normalization, dropout and the usual "
            "activations can be shown.",
        )


def _steps(
    layers: Sequence[_Given], numbers: _Numbers, notes: list[str]
) -> tuple[list[_Step], float, float, bool]:
    """Our layers with their numbers; scale and offset before the first, and whether it has them."""
    steps: list[_Step] = []
    scale, offset, rescaled = 1.0, 0.0, False
    for one in layers:
        if one.kind == "Rescaling":
            if steps:
                raise _layer(one, "a Rescaling in its middle")
            own, shift = (_one_number(one, name) for name in ("scale", "offset"))
            scale, offset, rescaled = scale * own, offset * own + shift, True
        elif one.kind in _RANDOM:
            notes.append(f"{one.name} ({one.kind}) works in training alone and is left out.")
        else:
            steps += _translated(one, numbers, steps)
    return steps, scale, offset, rescaled


def _translated(one: _Given, numbers: _Numbers, before: Sequence[_Step]) -> list[_Step]:
    config = one.config
    if config.get("data_format", "channels_last") != "channels_last":
        raise _layer(one, "channels first")
    match one.kind:
        case "Conv2D":
            return _convolution(one, numbers)
        case "DepthwiseConv2D":
            return _depthwise(one, numbers)
        case "SeparableConv2D":
            return _separable(one, numbers)
        case "Dense":
            units = _whole(one, "units")
            kernel = numbers.read(one, 0, (None, units))
            return _ending(Dense(units, "linear"), one, _with_bias(one, numbers, kernel, units, 1))
        case "BatchNormalization":
            return [_Step(BatchNormalization(), _normalization(one, numbers))]
        case "Activation":
            return _activated(one, _activation(one))
        case "Softmax":
            return [_Step(_End("softmax"))]  # type: ignore[arg-type]
        case "ReLU":
            if config.get("max_value") is not None or config.get("threshold"):
                raise _layer(one, "a ReLU with a ceiling or a threshold")
            if config.get("negative_slope"):
                return [_Step(Activation(_leak(one)))]
            return [_Step(Activation("relu"))]
        case "LeakyReLU":
            return [_Step(Activation(_leak(one)))]
        case "ELU":
            if config.get("alpha", 1.0) != 1.0:
                raise _layer(one, f"an alpha of {config.get('alpha')}")
            return [_Step(Activation("elu"))]
        case "Dropout":
            return [_Step(Dropout(float(config.get("rate", 0.0))))]
        case "Flatten":
            return [_Step(Flatten())] if not _is_flat(before) else []
        case "Reshape":
            if len(config.get("target_shape") or ()) != 1:
                raise _layer(one, "another shape than a vector")
            return [_Step(Flatten())] if not _is_flat(before) else []
        case kind if kind in _POOLS:
            size = _side(one, "pool_size")
            step = _side(one, "strides") if config.get("strides") else size
            return [_Step(Pooling(_POOLS[kind], size, step, _padding(one)))]  # type: ignore[arg-type]
        case _:
            if config.get("keepdims"):
                raise _layer(one, "keepdims")
            return [_Step(GlobalPooling(_GLOBAL_POOLS[one.kind]))]  # type: ignore[arg-type]


class _End(Activation):
    """An activation that only an output can have; `_head` takes it away."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Nothing is refused: it is no layer of ours."""


def _convolution(one: _Given, numbers: _Numbers) -> list[_Step]:
    if one.config.get("groups", 1) != 1:
        raise _layer(one, "groups")
    size, filters = _side(one, "kernel_size"), _whole(one, "filters")
    layer = Convolution(
        filters,
        size,
        _side(one, "strides"),
        _padding(one),  # type: ignore[arg-type]
        "linear",
        _side(one, "dilation_rate"),
    )
    kernel = numbers.read(one, 0, (size, size, None, filters))
    return _ending(layer, one, _with_bias(one, numbers, kernel, filters, 1))


def _depthwise(one: _Given, numbers: _Numbers) -> list[_Step]:
    _require_plain_depth(one)
    size = _side(one, "kernel_size")
    layer = DepthwiseConvolution(size, _side(one, "strides"), _padding(one), "linear")  # type: ignore[arg-type]
    kernel = numbers.read(one, 0, (size, size, None, 1))
    return _ending(layer, one, _with_bias(one, numbers, kernel, kernel.shape[2], 1))


def _separable(one: _Given, numbers: _Numbers) -> list[_Step]:
    _require_plain_depth(one)
    size, filters = _side(one, "kernel_size"), _whole(one, "filters")
    depth = numbers.read(one, 0, (size, size, None, 1))
    point = numbers.read(one, 1, (1, 1, depth.shape[2], filters))
    first = DepthwiseConvolution(size, _side(one, "strides"), _padding(one), "linear")  # type: ignore[arg-type]
    steps = [_Step(first, {"kernel": depth, "bias": np.zeros(depth.shape[2])})]
    mixed = Convolution(filters, 1, activation="linear")
    return steps + _ending(mixed, one, _with_bias(one, numbers, point, filters, 2))


def _require_plain_depth(one: _Given) -> None:
    if one.config.get("depth_multiplier", 1) != 1 or _side(one, "dilation_rate") != 1:
        raise _layer(one, "a depth multiplier or a dilation")


def _with_bias(
    one: _Given, numbers: _Numbers, kernel: FloatArray, units: int, index: int
) -> dict[str, FloatArray]:
    uses = one.config.get("use_bias", True)
    return {
        "kernel": kernel,
        "bias": numbers.read(one, index, (units,)) if uses else np.zeros(units),
    }


def _ending(
    layer: Convolution | DepthwiseConvolution | Dense, one: _Given, arrays: dict[str, FloatArray]
) -> list[_Step]:
    """A layer with its activation; one that only an output can have stands behind it."""
    name = _activation(one)
    if name == "softmax":
        return [_Step(layer, arrays), _Step(_End("softmax"))]  # type: ignore[arg-type]
    return [_Step(replace(layer, activation=name), arrays)]


def _activated(one: _Given, name: str) -> list[_Step]:
    if name == "softmax":
        return [_Step(_End("softmax"))]  # type: ignore[arg-type]
    return [] if name == "linear" else [_Step(Activation(name))]  # type: ignore[arg-type]


def _normalization(one: _Given, numbers: _Numbers) -> dict[str, FloatArray]:
    axis = one.config.get("axis", -1)
    if axis not in (-1, [-1], 3, [3]):
        raise _layer(one, f"axis {axis}")
    scale, center = (one.config.get(name, True) for name in ("scale", "center"))
    at = int(bool(scale)) + int(bool(center))
    mean = numbers.read(one, at, (None,))
    width = (len(mean),)
    variance = numbers.read(one, at + 1, width) + float(one.config.get("epsilon", EPSILON))
    return {
        "gamma": numbers.read(one, 0, width) if scale else np.ones(width),
        "beta": numbers.read(one, int(bool(scale)), width) if center else np.zeros(width),
        "moving_mean": mean,
        "moving_variance": variance - EPSILON,
    }


# What is folded.


def _fold_input(
    steps: list[_Step],
    values: Values,
    scale: float,
    offset: float,
    channels: int,
    notes: list[str],
) -> None:
    """Have the first layer read a gray picture between 0 and 1, as ours do."""
    factor, shift = {"0 to 255": (255.0, 0.0), "0 to 1": (1.0, 0.0), "-1 to 1": (2.0, -1.0)}[values]
    factor, shift = factor * scale, shift * scale + offset
    even = math.isclose(factor, 1.0, rel_tol=1e-6) and abs(shift) < 1e-9
    if channels == 1 and even:
        return
    at = next((at for at, step in enumerate(steps) if "kernel" in step.arrays), None)
    linear = (Dropout, Flatten)
    if at is None or not all(isinstance(step.layer, linear) for step in steps[:at]):
        raise _refused(
            "input",
            "Its first layer is no convolution and no dense layer, so that what it is given of a "
            "pixel cannot be moved into it.",
        )
    step = steps[at]
    kernel, layer = step.arrays["kernel"], step.layer
    if channels == 3:
        if isinstance(layer, DepthwiseConvolution) or isinstance(steps[0].layer, Flatten):
            raise _refused("input", "Its first layer keeps the three colors apart.")
        kernel = kernel.sum(axis=2, keepdims=True)
        notes.append(
            "It reads three colors. An X-ray is gray, so the kernels of its first layer are added "
            "up over them: for gray pictures it answers the same."
        )
    if shift and getattr(layer, "padding", "valid") == "same":
        raise _refused(
            "input",
            f"It reads pixels from {shift:.3g} to {factor + shift:.3g}, and its first layer pads "
            "with zeros, which would then be gray and not black.",
            "Bring one that reads 0 to 255 or 0 to 1.",
        )
    over = (
        tuple(range(kernel.ndim - 1)) if not isinstance(layer, DepthwiseConvolution) else (0, 1, 3)
    )
    step.arrays["bias"] = step.arrays["bias"] + shift * kernel.sum(axis=over)
    step.arrays["kernel"] = factor * kernel
    if not even:
        notes.append(
            f"It reads pixels from {shift:.3g} to {factor + shift:.3g}, and here a first layer "
            f"reads 0 to 1: the kernels of its first layer are shown times {factor:.4g}."
        )


def _head(steps: list[_Step], notes: list[str]) -> tuple[list[_Step], _Step, int]:
    """The layers before the head, the head, and how many classes it tells apart."""
    while steps and isinstance(steps[-1].layer, Dropout):
        steps = steps[:-1]
    end = "linear"
    if steps and isinstance(steps[-1].layer, Activation) and steps[-1].layer.kind in _END:
        end = str(steps[-1].layer.kind)
        steps = steps[:-1]
    elif steps and getattr(steps[-1].layer, "activation", "") == "sigmoid":
        end = "sigmoid"
        steps = [*steps[:-1], _bared(steps[-1])]
    if any(isinstance(step.layer, _End) for step in steps):
        raise _refused("output", "It has a softmax in its middle, which no view here can show.")
    if not steps:
        raise _refused("output", "It has no layers.")
    last = steps[-1]
    if isinstance(last.layer, Dense) and last.layer.activation == "linear":
        steps, kernel, bias = steps[:-1], last.arrays["kernel"], last.arrays["bias"]
        units = last.layer.units
    else:
        units = _width(steps)
        kernel, bias = np.eye(units), np.zeros(units)
    if (end == "softmax" and units < 2) or (end == "sigmoid" and units > 1):
        raise _refused(
            "output",
            f"It ends in {units} outputs with {end}: it does not choose one of several classes.",
            "Bring one that ends in one output with sigmoid, or in several with softmax.",
        )
    if end == "linear":
        notes.append("It ends without sigmoid or softmax: its outputs are taken for logits.")
    if units == 2:
        kernel, bias = kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]
        notes.append("Its two outputs are shown as one logit, the second less the first.")
    outputs = 1 if units <= 2 else units
    head = _Step(Dense(outputs, "linear"), {"kernel": kernel, "bias": bias})
    return steps, head, max(units, 2)


def _bared(step: _Step) -> _Step:
    """The same without its activation."""
    return _Step(replace(step.layer, activation="linear"), step.arrays)


def _width(steps: Sequence[_Step]) -> int:
    """Numbers behind the last layer that has weights, where a vector is given."""
    for step in reversed(steps):
        for name in ("bias", "beta"):
            if name in step.arrays:
                return len(step.arrays[name])
    raise _refused("output", "It has no layer with weights.")


def _classes(given: tuple[str, ...], count: int) -> tuple[str, ...]:
    if count > MOST_CLASSES:
        raise _refused("output", f"It tells {count} classes apart; {MOST_CLASSES} are shown.")
    if not given:
        return tuple(f"class {number}" for number in range(count))
    if len(given) != count or len(set(given)) != count or not all(given):
        raise LessonError(
            "network.classes",
            problem=f"It tells {count} classes apart; {len(set(given))} different names are given.",
            remedy=f"Give {count} names with commas between, in the order of its outputs.",
        )
    return given


def _named(spec: ModelSpec, steps: Sequence[_Step]) -> dict[str, FloatArray]:
    """The arrays under the names of our variables."""
    found: dict[str, FloatArray] = {}
    for (name, layer), step in zip(spec.named_layers(), steps, strict=True):
        if kind_of(layer) != kind_of(step.layer):
            raise _damaged("its layers cannot be matched")
        for part, array in step.arrays.items():
            found[f"{name}/{part}"] = array.astype(np.float32)
    try:
        check_weights(spec, found)
    except LessonError as error:
        raise _damaged(error.problem.rstrip(".").replace(LOGITS, "the last layer")) from error
    return found


# Single settings.


def _activation(one: _Given) -> str:
    given = one.config.get("activation", "linear")
    if given is None:
        return "linear"
    name = given if isinstance(given, str) else "one of somebody's own"
    name = {"swish": "silu"}.get(name, name)
    if name not in ACTIVATIONS and name != "softmax":
        raise _layer(one, f"the activation {name[:40]}")
    return name


def _leak(one: _Given) -> Any:
    slope = one.config.get("negative_slope", one.config.get("alpha", 0.3))
    if not isinstance(slope, int | float) or not math.isclose(slope, 0.2, rel_tol=1e-6):
        raise _layer(one, f"a slope of {str(slope)[:12]}; 0.2 can be shown")
    return "leaky_relu"


def _side(one: _Given, name: str) -> int:
    given = one.config.get(name, 1)
    sides = given if isinstance(given, list | tuple) else [given, given]
    if len(sides) != 2 or sides[0] != sides[1] or not isinstance(sides[0], int):
        raise _layer(one, f"{name} {str(given)[:20]}; only squares can be shown")
    return sides[0]


def _whole(one: _Given, name: str) -> int:
    given = one.config.get(name)
    if not isinstance(given, int) or isinstance(given, bool):
        raise _damaged(f"{name} of {one.name} is no whole number")
    return given


def _one_number(one: _Given, name: str) -> float:
    given = one.config.get(name, {"scale": 1.0, "offset": 0.0}[name])
    numbers = given if isinstance(given, list) else [given]
    if not numbers or not all(isinstance(each, int | float) for each in numbers):
        raise _damaged(f"{name} of {one.name} is no number")
    if len(set(numbers)) != 1 or not math.isfinite(numbers[0]):
        raise _layer(one, f"another {name} for each color")
    return float(numbers[0])


def _padding(one: _Given) -> str:
    return str(one.config.get("padding", "valid"))


def _is_flat(steps: Sequence[_Step]) -> bool:
    for step in reversed(steps):
        if isinstance(step.layer, Flatten | Dense | GlobalPooling):
            return True
        if isinstance(step.layer, Convolution | DepthwiseConvolution | Pooling):
            return False
    return False


def _snake(name: str) -> str:
    """A class's name as Keras writes it into the file.

    >>> _snake("BatchNormalization"), _snake("Conv2D"), _snake("DepthwiseConv2D")
    ('batch_normalization', 'conv2d', 'depthwise_conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _layer(one: _Given, what: str) -> LessonError:
    return _refused("layer", f"Layer {one.name} ({one.kind}) has {what}, which no view here shows.")


def _refused(code: str, problem: str, remedy: str = "Bring another network.") -> LessonError:
    return LessonError(f"network.{code}", problem=problem, remedy=remedy)


def _damaged(what: str) -> LessonError:
    return LessonError(
        "network.damaged",
        problem=f"This file cannot be read: {what}.",
        remedy="Save the network again with Keras 3: model.save('network.keras').",
    )


def _not_keras(what: str) -> LessonError:
    return LessonError(
        "network.not-keras",
        problem=f"This is {what}.",
        remedy="Save the network with Keras 3, model.save('network.keras'), and bring that file.",
    )


def _too_large(given: int, most: int, *, unpacked: bool = False) -> LessonError:
    where = " unpacked" if unpacked else ""
    return LessonError(
        "network.too-large",
        problem=f"This file takes {given / 2**20:,.0f} MB{where}; {most / 2**20:.0f} are read.",
        remedy="Save it without its optimizer (compile=False), or bring a smaller network.",
    )
