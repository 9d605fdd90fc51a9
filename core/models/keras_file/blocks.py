"""Paths that join, as our residual blocks and parallel branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from core.errors import LessonError
from core.models.keras_file.description import Given, not_shown
from core.models.keras_file.objections import damaged, refused
from core.models.keras_file.steps import EPSILON, End, Step
from core.models.layers import (
    BatchNormalization,
    Convolution,
    Layer,
    Parallel,
    Residual,
    Shape,
    output_shape,
    projection,
)

SHORTCUTS: Final = (
    "A shortcut can be the block's input itself where the block keeps its shape, and one 1x1 "
    "convolution, also with batch normalization behind it, where the block changes its size or "
    "the number of its maps."
)
FOLDED: Final = (
    "Batch normalization on shortcuts is folded into their 1x1 convolutions, which answers the "
    "same."
)


def join(one: Given, paths: Sequence[list[Step]], shape: Shape, notes: list[str]) -> Step:
    """The block that ends in a join.

    Args:
        one: Add or Concatenate.
        paths: The layers on each path.
        shape: Of what the paths read.
        notes: What is changed is added.

    Raises:
        LessonError: ``network.layer`` where no block of ours is like it, ``network.output`` for a
            softmax on a path, ``model.wrong-order`` for branches of different sizes.
    """
    if any(isinstance(step.layer, End) for path in paths for step in path):
        raise refused("output", "It has a softmax in its middle, which no view here can show.")
    if one.kind == "Concatenate":
        return _branches(one, paths, shape)
    first, second = paths
    # A sum does not say which of the two is the shortcut.
    for body, shortcut in ((second, first), (first, second)):
        step = _residual(body, shortcut, shape, notes)
        if step is not None:
            return step
    raise refused(
        "layer",
        f"Layer {one.name} (Add) adds two paths, and neither is a shortcut that can be shown"
        f"{' beside the other' if first and second else ''}.",
        SHORTCUTS,
    )


def _branches(one: Given, paths: Sequence[list[Step]], shape: Shape) -> Step:
    layer = Parallel(tuple(_layers(path) for path in paths))
    rank = len(output_shape(layer, shape))
    if one.config.get("axis", -1) not in (-1, rank):
        raise not_shown(one, f"axis {str(one.config['axis'])[:12]}")
    return Step(layer, parts=tuple(paths))


def _residual(
    body: list[Step], shortcut: list[Step], shape: Shape, notes: list[str]
) -> Step | None:
    """The block, or None where these two are none."""
    if not body:
        return None
    layer = Residual(_layers(body), "linear")
    try:
        wanted = projection(layer, shape)
    except LessonError:
        return None
    if wanted is None:
        return Step(layer, parts=(body, [])) if not shortcut else None
    found = _folded(shortcut)
    if found is None or found.layer != wanted:
        return None
    if len(shortcut) > 1 and FOLDED not in notes:
        notes.append(FOLDED)
    return Step(layer, parts=(body, [found]))


def _folded(shortcut: list[Step]) -> Step | None:
    """A convolution and the normalization behind it as one; None where it is not these."""
    kinds = [type(step.layer) for step in shortcut]
    if kinds not in ([Convolution], [Convolution, BatchNormalization]):
        return None
    layer, arrays = shortcut[0].layer, shortcut[0].arrays
    if not isinstance(layer, Convolution) or layer.kernel_size > 1:
        return None
    # With one pixel there is nothing to pad, and nothing to leave out between its cells.
    layer = replace(layer, padding="same", dilation=1)
    if len(shortcut) == 1:
        return Step(layer, arrays)
    own = shortcut[1].arrays
    if len(own["gamma"]) != layer.filters:
        raise damaged("the numbers of a shortcut do not fit together")
    scale = own["gamma"] / np.sqrt(own["moving_variance"] + EPSILON)
    bias = own["beta"] + (arrays["bias"] - own["moving_mean"]) * scale
    return Step(layer, {"kernel": arrays["kernel"] * scale, "bias": bias})


def _layers(path: Sequence[Step]) -> tuple[Layer, ...]:
    return tuple(step.layer for step in path)
