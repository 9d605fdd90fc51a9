"""A network's kernels shuffled from the top layer down: what a map must not survive.

A map that says what a network has learned is another one once the network has forgotten it. One
that stays shows the picture's own edges. No Keras is imported: a model is asked for its layers.

Source:
    Adebayo et al. (2018), Sanity checks for saliency maps, section 3.1 (cascading
    randomization). https://arxiv.org/abs/1810.03292
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from core.arrays import FloatArray


def layers_of(model: Any) -> Iterator[Any]:
    """Every layer, from the picture to the output; those of a model inside in its place."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
        else:
            yield layer


def cascade(model: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is shuffled, step by step from the top down: a title, and names of layers.

    Layers of one stage, and layers of one name in two places, are shuffled in one step.
    """
    steps: dict[str, list[str]] = {}
    names = [layer.name for layer in layers_of(model) if _kernels(layer)]
    for name in reversed(names):
        found = steps.setdefault(_stage_of(name), [])
        if name not in found:
            found.append(name)
    # A network inside another stands before what reads it: its stem is still the last.
    order = sorted(steps, key=lambda stage: max(names.index(name) for name in steps[stage]))
    return tuple((stage, tuple(steps[stage])) for stage in reversed(order))


@contextmanager
def shuffled(model: Any, depth: int, *, seed: int = 0) -> Iterator[tuple[str, ...]]:
    """While the block runs, the kernels of the first ``depth`` steps of `cascade` are shuffled.

    Each kernel keeps its numbers, and each loses its order; biases and normalization stay. Nobody
    else may use the model meanwhile.

    Args:
        model: Changed in place, and put back.
        depth: Steps from the top; 0 changes nothing.
        seed: Of the order; a layer's order depends on its name too, not on the depth.

    Yields:
        Names of the layers that are shuffled.
    """
    chosen = tuple(name for _, names in cascade(model)[:depth] for name in names)
    kept: list[tuple[Any, FloatArray]] = []
    for layer in layers_of(model):
        if layer.name not in chosen:
            continue
        for place, kernel in enumerate(_kernels(layer)):
            before = np.asarray(kernel)
            kept.append((kernel, before))
            rng = np.random.default_rng([seed, place, zlib.crc32(layer.name.encode())])
            kernel.assign(rng.permutation(before.ravel()).reshape(before.shape))
    try:
        yield chosen
    finally:
        for kernel, before in kept:
            kernel.assign(before)


def _kernels(layer: Any) -> list[Any]:
    return [weight for weight in layer.weights if len(weight.shape) >= 2]


def _stage_of(name: str) -> str:
    """
    >>> [_stage_of(name) for name in ("stage_7_1_widen", "locate_fine", "dense_2")]
    ['stage_7', 'locate', 'dense_2']
    """
    parts = name.split("_")
    if parts[0] == "stage":
        return "_".join(parts[:2])
    return parts[0] if parts[0] == "locate" else name
