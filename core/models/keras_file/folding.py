"""What moves into other layers: the range of the pixels into the first, the output into a logit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias

import numpy as np

from core.models.keras_file.objections import refused
from core.models.keras_file.steps import End, Step, shape_behind, with_numbers
from core.models.layers import (
    Activation,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    Shape,
)

Values: TypeAlias = Literal["0 to 255", "0 to 1", "-1 to 1"]
VALUES: Final[tuple[Values, ...]] = ("0 to 255", "0 to 1", "-1 to 1")
"""What a network may have been given of a pixel."""
MOST_CLASSES: Final = 100
_END: Final = ("softmax", "sigmoid")


def fold_input(
    steps: list[Step],
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
    first = _first(steps)
    if channels == 3:
        for step in first:
            if not isinstance(step.layer, Convolution):
                raise refused("input", "Its first layer keeps the three colors apart.")
            step.arrays["kernel"] = step.arrays["kernel"].sum(axis=2, keepdims=True)
        notes.append(
            "It reads three colors. An X-ray is gray, so the kernels of its first layer are added "
            "up over them: for gray pictures it answers the same."
        )
    if shift and any(getattr(step.layer, "padding", "valid") == "same" for step in first):
        raise refused(
            "input",
            f"It reads pixels from {shift:.3g} to {factor + shift:.3g}, and its first layer pads "
            "with zeros, which would then be gray and not black.",
            "Bring one that reads 0 to 255 or 0 to 1.",
        )
    for step in first:
        kernel = step.arrays["kernel"]
        depthwise = isinstance(step.layer, DepthwiseConvolution)
        over = (0, 1, 3) if depthwise else tuple(range(kernel.ndim - 1))
        step.arrays["bias"] = step.arrays["bias"] + shift * kernel.sum(axis=over)
        step.arrays["kernel"] = factor * kernel
    if not even:
        notes.append(
            f"It reads pixels from {shift:.3g} to {factor + shift:.3g}, and here a first layer "
            f"reads 0 to 1: the kernels of its first layer are shown times {factor:.4g}."
        )


def _first(steps: Sequence[Step]) -> list[Step]:
    """The layers with kernels that read the picture: several where it begins with branches."""
    for step in steps:
        if "kernel" in step.arrays:
            return [step]
        if step.parts:
            return [one for part in step.parts for one in _first(part)]
        if not isinstance(step.layer, Dropout | Flatten):
            break
    raise refused(
        "input",
        "Its first layer is no convolution and no dense layer, so that what it is given of a "
        "pixel cannot be moved into it.",
    )


def split_head(steps: list[Step], shape: Shape, notes: list[str]) -> tuple[list[Step], Step, int]:
    """The layers before the head, the head, and how many classes it tells apart.

    Args:
        steps: All layers.
        shape: Of what the first reads.
        notes: What is changed is added.
    """
    while steps and isinstance(steps[-1].layer, Dropout):
        steps = steps[:-1]
    end = "linear"
    if steps and isinstance(steps[-1].layer, Activation) and steps[-1].layer.kind in _END:
        end = str(steps[-1].layer.kind)
        steps = steps[:-1]
    elif steps and getattr(steps[-1].layer, "activation", "") == "sigmoid":
        end = "sigmoid"
        steps = [*steps[:-1], _bared(steps[-1])]
    if any(isinstance(step.layer, End) for step in steps):
        raise refused("output", "It has a softmax in its middle, which no view here can show.")
    if not any(with_numbers(steps)):
        raise refused("output", "It has no layer with weights.")
    units, last = shape_behind(steps, shape)[-1], steps[-1]
    if units > MOST_CLASSES:
        raise refused("output", f"It tells {units} classes apart; {MOST_CLASSES} are shown.")
    if isinstance(last.layer, Dense) and last.layer.activation == "linear":
        steps, kernel, bias = steps[:-1], last.arrays["kernel"], last.arrays["bias"]
    else:
        kernel, bias = np.eye(units), np.zeros(units)
    if (end == "softmax" and units < 2) or (end == "sigmoid" and units > 1):
        raise refused(
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
    head = Step(Dense(outputs, "linear"), {"kernel": kernel, "bias": bias})
    return steps, head, max(units, 2)


def _bared(step: Step) -> Step:
    """The same without its activation."""
    return Step(replace(step.layer, activation="linear"), step.arrays)
