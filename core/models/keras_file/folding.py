"""What moves into other layers: the range of the pixels into the first, the output into a logit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias

import numpy as np

from core.models.keras_file.objections import refused
from core.models.keras_file.steps import End, Step
from core.models.layers import (
    Activation,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
)

Values: TypeAlias = Literal["0 to 255", "0 to 1", "-1 to 1"]
VALUES: Final[tuple[Values, ...]] = ("0 to 255", "0 to 1", "-1 to 1")
"""What a network may have been given of a pixel."""
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
    at = next((at for at, step in enumerate(steps) if "kernel" in step.arrays), None)
    linear = (Dropout, Flatten)
    if at is None or not all(isinstance(step.layer, linear) for step in steps[:at]):
        raise refused(
            "input",
            "Its first layer is no convolution and no dense layer, so that what it is given of a "
            "pixel cannot be moved into it.",
        )
    step = steps[at]
    kernel, layer = step.arrays["kernel"], step.layer
    if channels == 3:
        if isinstance(layer, DepthwiseConvolution) or isinstance(steps[0].layer, Flatten):
            raise refused("input", "Its first layer keeps the three colors apart.")
        kernel = kernel.sum(axis=2, keepdims=True)
        notes.append(
            "It reads three colors. An X-ray is gray, so the kernels of its first layer are added "
            "up over them: for gray pictures it answers the same."
        )
    if shift and getattr(layer, "padding", "valid") == "same":
        raise refused(
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


def split_head(steps: list[Step], notes: list[str]) -> tuple[list[Step], Step, int]:
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
    if any(isinstance(step.layer, End) for step in steps):
        raise refused("output", "It has a softmax in its middle, which no view here can show.")
    if not steps:
        raise refused("output", "It has no layers.")
    last = steps[-1]
    if isinstance(last.layer, Dense) and last.layer.activation == "linear":
        steps, kernel, bias = steps[:-1], last.arrays["kernel"], last.arrays["bias"]
        units = last.layer.units
    else:
        units = _width(steps)
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


def _width(steps: Sequence[Step]) -> int:
    """Numbers behind the last layer that has weights, where a vector is given."""
    for step in reversed(steps):
        for name in ("bias", "beta"):
            if name in step.arrays:
                return len(step.arrays[name])
    raise refused("output", "It has no layer with weights.")
