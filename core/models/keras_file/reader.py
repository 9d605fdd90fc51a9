"""Reading a ``.keras`` file of somebody else, without Keras and without running anything of it.

Such a file is a ZIP archive: ``config.json`` says what the network is built of,
``model.weights.h5`` holds its numbers. Both are read as data, and become a description of our own
(`core.models.spec`) with its weights. What no layer of ours can say is named and refused.

A network of others is made ours without changing what it answers:

- what its first layer reads (0 to 255, 0 to 1, three equal colors) moves into that layer's numbers;
- two outputs with softmax become one logit, their difference;
- another epsilon of a normalization moves into its variance;
- the normalization on a shortcut moves into its 1x1 convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError
from core.models.keras_file.description import find_input, require_known
from core.models.keras_file.folding import Values, fold_input, split_head
from core.models.keras_file.objections import damaged, refused
from core.models.keras_file.pathways import arrange
from core.models.keras_file.steps import Step, with_numbers
from core.models.keras_file.translation import split_pixels, translate
from core.models.keras_file.unpacking import unpack
from core.models.keras_file.wiring import layers_of
from core.models.spec import LOGITS, ModelSpec
from core.models.weights import check_weights, weight_shapes

MOST_LAYERS: Final = 300


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


def read_keras_file(raw: bytes, answers: Answers) -> ReadNetwork:
    """A network from the bytes of a ``.keras`` file.

    Raises:
        LessonError: ``network.not-keras``, ``network.too-large``, ``network.other-version``,
            ``network.damaged``, ``network.layer``, ``network.input``, ``network.output``,
            ``network.classes``, ``network.not-finite``, and those of `ModelSpec`.
    """
    config, numbers = unpack(raw)
    layers, end = layers_of(config)
    if len(layers) > MOST_LAYERS:
        raise refused("layer", f"It has {len(layers)} layers; {MOST_LAYERS} are read.")
    size, channels = find_input(layers)
    require_known(layers)
    scale, offset, rescaled, items = split_pixels(arrange(layers, end))
    notes: list[str] = []
    shape = (size or answers.size, size or answers.size, 1)
    steps = translate(items, shape, numbers, notes)
    values = answers.values or ("0 to 255" if rescaled else "0 to 1")
    fold_input(steps, values, scale, offset, channels, notes)
    steps, head, count = split_head(steps, shape, notes)
    classes = _classes(answers.classes, count)
    spec = ModelSpec(
        name=answers.title or "brought",
        input_size=shape[0],
        classes=classes,
        layers=tuple(step.layer for step in steps),
    )
    weights = _named(spec, [*steps, head])
    return ReadNetwork(
        spec=spec, weights=weights, notes=tuple(notes), open_size=size is None, values=values
    )


def _classes(given: tuple[str, ...], count: int) -> tuple[str, ...]:
    if not given:
        return tuple(f"class {number}" for number in range(count))
    if len(given) != count or len(set(given)) != count or not all(given):
        raise LessonError(
            "network.classes",
            problem=f"It tells {count} classes apart; {len(set(given))} different names are given.",
            remedy=f"Give {count} names with commas between, in the order of its outputs.",
        )
    return given


def _named(spec: ModelSpec, steps: Sequence[Step]) -> dict[str, FloatArray]:
    """The arrays under the names of our variables."""
    found: dict[str, FloatArray] = {}
    layers = groupby(weight_shapes(spec), key=lambda name: name.rpartition("/")[0])
    for (layer, _), step in zip(layers, with_numbers(steps), strict=True):
        for part, array in step.arrays.items():
            found[f"{layer}/{part}"] = array.astype(np.float32)
    try:
        check_weights(spec, found)
    except LessonError as error:
        raise damaged(error.problem.rstrip(".").replace(LOGITS, "the last layer")) from error
    return found
