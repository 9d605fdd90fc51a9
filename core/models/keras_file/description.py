"""What ``config.json`` says: the layers of a network one behind the other, and its input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import LessonError
from core.models.keras_file.objections import damaged, refused
from core.models.spec import MAX_INPUT_SIZE, MIN_INPUT_SIZE

RANDOM: Final = frozenset(
    {
        "GaussianNoise", "GaussianDropout", "SpatialDropout2D", "AlphaDropout", "RandomFlip",
        "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness",
        "ActivityRegularization",
    }
)  # fmt: skip
"""Layers that do something in training alone."""
POOLS: Final = {"MaxPooling2D": "max", "AveragePooling2D": "average"}
GLOBAL_POOLS: Final = {"GlobalMaxPooling2D": "max", "GlobalAveragePooling2D": "average"}
_NESTS: Final = ("Sequential", "Functional", "Model")


@dataclass(frozen=True, slots=True)
class Given:
    """One layer of the file."""

    kind: str
    name: str
    config: Mapping[str, Any]
    place: str


def layers_of(config: Mapping[str, Any], place: str = "") -> Iterator[Given]:
    """The layers one behind the other; those of a network inside a network in its place."""
    kind, inner = str(config.get("class_name")), config.get("config")
    if kind not in _NESTS or not isinstance(inner, Mapping) or not inner.get("layers"):
        raise refused(
            "layer",
            f"It is a {kind[:60]}, a class of one's own whose program is not in the file.",
            "Build it as Sequential or with the functional API, and save it again.",
        )
    entries = inner["layers"]
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise damaged("its layers are no list")
    _require_chain(kind, inner, entries)
    seen: dict[str, int] = {}
    for entry in entries:
        name, own = str(entry.get("class_name")), entry.get("config")
        count = seen.get(name, 0)
        seen[name] = count + 1
        part = _snake(name) + (f"_{count}" if count else "")
        where = f"{place}layers/{part}"
        if not isinstance(own, Mapping):
            raise damaged(f"what {name[:60]} is set to is missing")
        _require_of_keras(entry, name)
        if name in _NESTS:
            yield from layers_of(entry, f"{where}/")
        else:
            yield Given(name, str(own.get("name", name))[:60], own, where)


def _require_of_keras(entry: Mapping[str, Any], name: str) -> None:
    module = str(entry.get("module") or "keras.layers")
    if name in {"Lambda", "TFSMLayer"}:
        raise refused(
            "layer",
            f"It has a {name} layer, which holds a program; none is run here.",
            "Put a layer of Keras in its place, and save it again.",
        )
    if not module.startswith("keras") or (entry.get("registered_name") or name) not in {
        name, f"keras>{name}", f"Custom>{name}" if name in _NESTS else name,
    }:  # fmt: skip
        raise refused(
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
            raise refused(
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
        raise refused("output", "It has more than one output, or one in its middle.")


def find_input(layers: list[Given]) -> tuple[int | None, int, list[Given]]:
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
        raise refused(
            "input",
            f"It does not read pictures: its input has the shape {str(shape)[:60]}.",
            "Bring a network for pictures of one or three channels, the channels last.",
        )
    height, width, channels = shape[1:]
    if channels not in (1, 3):
        raise refused("input", f"It reads {channels} channels; pictures have 1 or 3, last.")
    if height != width:
        raise refused("input", f"It reads pictures of {height} x {width}; only squares are shown.")
    whole = isinstance(height, int) and not isinstance(height, bool)
    if height is not None and not (whole and MIN_INPUT_SIZE <= height <= MAX_INPUT_SIZE):
        raise refused(
            "input",
            f"It reads pictures of {height} pixels a side; {MIN_INPUT_SIZE} to {MAX_INPUT_SIZE} "
            "are shown.",
        )
    return height, channels, rest


def require_known(layers: Sequence[Given]) -> None:
    """See that each layer is of a kind that can be shown."""
    known = {
        "Rescaling", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Activation", "ReLU",
        "LeakyReLU", "ELU", "Softmax", "BatchNormalization", "Dropout", "Flatten", "Reshape",
        "Dense", *POOLS, *GLOBAL_POOLS, *RANDOM,
    }  # fmt: skip
    strange = list(dict.fromkeys(one.kind for one in layers if one.kind not in known))
    if strange:
        named = ", ".join(kind[:40] for kind in strange[:6])
        raise refused(
            "layer",
            f"No view here can show its {'layer' if len(strange) == 1 else 'layers'} {named}.",
            "Convolutions, pooling, dense layers, batch normalization, dropout and the usual "
            "activations can be shown.",
        )


def not_shown(one: Given, what: str) -> LessonError:
    """A layer with a setting that no layer of ours has."""
    return refused("layer", f"Layer {one.name} ({one.kind}) has {what}, which no view here shows.")


def _snake(name: str) -> str:
    """A class's name as Keras writes it into the file.

    >>> _snake("BatchNormalization"), _snake("Conv2D"), _snake("DepthwiseConv2D")
    ('batch_normalization', 'conv2d', 'depthwise_conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
