"""Weights of the published names and shapes, made by chance."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import FloatArray
from core.reference.backbone import HEAD, STEM, blocks
from core.reference.published import brought_over

Arrays = dict[str, FloatArray]


@pytest.fixture(scope="session")
def published() -> Arrays:
    """Random arrays with the names and shapes of the published file."""
    rng = np.random.default_rng(5)
    arrays: Arrays = {}

    def add(kernel: str, normalization: str, shape: tuple[int, ...]) -> None:
        deviation = (2.0 / np.prod(shape[1:])) ** 0.5
        arrays[f"{kernel}.weight"] = rng.normal(0, deviation, shape).astype(np.float32)
        # Small variances, as the published ones have: there the epsilon counts. The gain undoes
        # them, or rounding errors would grow from layer to layer.
        variance = rng.uniform(0.0005, 0.01, shape[0])
        for part, values in (
            ("weight", rng.uniform(0.5, 1.0, shape[0]) * np.sqrt(variance + 0.001)),
            ("bias", rng.uniform(-0.5, 0.5, shape[0])),
            ("running_mean", rng.uniform(-0.2, 0.2, shape[0])),
            ("running_var", variance),
        ):
            arrays[f"{normalization}.{part}"] = values.astype(np.float32)

    add("_conv_stem", "_bn0", (STEM, 3, 3, 3))
    for number, block in enumerate(blocks()):
        place, size = f"_blocks.{number}", block.kernel_size
        if block.expansion != 1:
            add(f"{place}._expand_conv", f"{place}._bn0", (block.inside, block.inputs, 1, 1))
        add(f"{place}._depthwise_conv", f"{place}._bn1", (block.inside, 1, size, size))
        add(f"{place}._project_conv", f"{place}._bn2", (block.outputs, block.inside, 1, 1))
    add("_conv_head", "_bn1", (HEAD, blocks()[-1].outputs, 1, 1))
    return arrays


@pytest.fixture(scope="session")
def published_arrays(published: Arrays) -> Arrays:
    """The same as the backbone takes them."""
    return brought_over(published)
