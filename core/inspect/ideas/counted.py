"""Ideas that are seen by counting: weights and multiply-adds with and without them."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.inspect.ideas.idea import Bar, Idea, Picture, View, count, several, share
from core.inspect.receptive_field import receptive_fields
from core.models.cost import layer_table
from core.models.layers import (
    Convolution,
    DepthwiseConvolution,
    Layer,
    Shape,
    multiply_adds,
    output_shape,
    parameters,
)
from core.models.spec import GlobalPooling, ModelSpec
from core.models.zoo.paper import paper_network

BINARY: Final = ("normal", "fracture")
CHANNELS: Final = 64
"""Maps in and out, where two ways to filter are compared."""


def weight_sharing() -> Idea:
    """LeNet-5: the same 5x5 weights at every position."""
    sides = (16, 20, 24, 28, 32, 40, 48, 56, 64)
    views = []
    for side in sides:
        shape = (side, side, 1)
        layer = Convolution(6, 5, padding="valid")
        out = output_shape(layer, shape)
        cells = int(np.prod(out))
        shared = parameters(layer, shape)
        local = cells * (25 + 1)
        dense = cells * (side * side + 1)
        bars = (
            Bar("Every pixel to every cell", dense, "old", count(dense)),
            Bar("A 5x5 window, own weights in each cell", local, "old", count(local)),
            Bar("A 5x5 window, the same weights everywhere", shared, "new", count(shared)),
        )
        views.append(
            View(
                f"For an image of {side} x {side} pixels, six maps of {out[0]} x {out[1]} cells "
                f"need {count(shared)} weights and biases when all cells of a map share them, "
                f"{count(local)} when each has its own, and {count(dense)} when each sees every "
                "pixel.",
                f"6 · (5 · 5 + 1) = {shared}   instead of   6 · {out[0]}² · (5 · 5 + 1) = "
                f"{local:,}",
                bars=bars,
            )
        )
    return Idea(
        title="Weights and biases of LeNet's first layer",
        control="Side of the image, pixels",
        positions=sides,
        start=sides.index(32),
        views=tuple(views),
        axis="weights and biases",
        logarithmic=True,
    )


_LABELS: Final = {"convolution": "Maps", "pooling": "Pooled", "dense": "Dense", "logits": "Answer"}


def halving() -> Idea:
    """The paper's network: maps halve while filters double."""
    sides = (28, 32, 48, 64, 96, 128)
    views = []
    for side in sides:
        rows = [
            row
            for row in layer_table(paper_network(side, BINARY))
            if row.name.startswith(("convolution", "pooling", "dense", "logits"))
        ]
        # Of the poolings only one in front of the dense layer is a bar of its own: the others
        # make the next maps smaller.
        rows = [
            row
            for row, after in zip(rows, [*rows[1:], None], strict=True)
            if "pooling" not in row.name or (after is not None and "dense" in after.name)
        ]
        bars = [Bar(f"Image {side} x {side}", side * side, "plain", count(side * side))]
        for row in rows:
            numbers = int(np.prod(row.output_shape))
            spoken = " x ".join(str(n) for n in row.output_shape)
            label = _LABELS[row.name.split("_")[0]]
            bars.append(Bar(f"{label} {spoken}", numbers, "new", count(numbers)))
        maps = [row for row in rows if row.name.startswith("convolution")]
        chain = " to ".join(str(row.output_shape[0]) for row in maps)
        widths = [row.output_shape[-1] for row in maps]
        views.append(
            View(
                f"From an image of {side} x {side} pixels the sides of the maps go from {chain}; "
                f"{bars[-3].shown} numbers reach the dense layer.",
                "half the side, twice the maps:   ½ · ½ · 2 = ½ of the numbers from block to block"
                + (";   as many maps:   ½ · ½ = ¼" if len(maps) > len(set(widths)) else ""),
                bars=tuple(bars),
            )
        )
    return Idea(
        title="How many numbers go on, layer by layer",
        control="Side of the image, pixels",
        positions=sides,
        start=sides.index(64),
        views=tuple(views),
        axis="numbers",
        logarithmic=True,
    )


def small_filters() -> Idea:
    """VGG: several 3x3 filters in a row against one large filter."""
    depths = (1, 2, 3, 4)
    views = []
    for depth in depths:
        spec = ModelSpec(
            "stack", 28, BINARY, (*(Convolution(1) for _ in range(depth)), GlobalPooling())
        )
        field = receptive_fields(spec)[f"convolution_{depth}"].size
        shape = (28, 28, CHANNELS)
        stacked = depth * _weights(Convolution(CHANNELS, 3), shape)
        single = _weights(Convolution(CHANNELS, field), shape)
        ways = _ways(depth)
        filters, see = several(depth, "filter"), "sees" if depth == 1 else "see"
        picture = Picture(
            f"{field} x {field} pixels are seen",
            ways,
            "count",
            float(ways.max()),
            "ways from each pixel to the cell",
        )
        bars = (
            Bar(f"One {field}x{field} filter", single, "old", count(single)),
            Bar(f"{filters} of 3x3", stacked, "new", count(stacked)),
        )
        views.append(
            View(
                f"{filters} of 3x3 in a row {see} {field} x {field} pixels with "
                f"{count(stacked)} weights; one {field}x{field} filter needs {count(single)}. "
                f"That is {share(stacked / single)} as many.",
                f"{depth} · 3² · {CHANNELS}² = {stacked:,}   against   "
                f"{field}² · {CHANNELS}² = {single:,}",
                (picture,),
                bars,
            )
        )
    return Idea(
        title=f"Weights from {CHANNELS} maps to {CHANNELS} maps",
        control="3x3 filters in a row",
        positions=depths,
        start=1,
        views=tuple(views),
        axis="weights",
    )


def _weights(layer: Convolution, shape: Shape) -> int:
    return parameters(layer, shape) - layer.filters


def _ways(depth: int) -> np.ndarray:
    """In how many ways each pixel reaches the cell in the middle through 3x3 windows."""
    row = np.ones(1)
    for _ in range(depth):
        row = np.convolve(row, np.ones(3))
    return np.outer(row, row)


def bottleneck() -> Idea:
    """GoogLeNet: 1x1 filters in front of the costly ones."""
    shape, widths = (28, 28, 192), (8, 16, 24, 32, 48, 64, 96, 128, 192)
    narrow, wide = Convolution(128, 3), Convolution(32, 5)  # the first module of 2014
    direct = multiply_adds(narrow, shape) + multiply_adds(wide, shape)
    views = []
    for width in widths:
        few = max(2, width // 6)
        squeeze = multiply_adds(Convolution(width, 1), shape) + multiply_adds(
            Convolution(few, 1), shape
        )
        rest = multiply_adds(narrow, (28, 28, width)) + multiply_adds(wide, (28, 28, few))
        total = squeeze + rest
        verdict = (
            f"{share(total / direct)} of the direct way"
            if total < direct
            else "more than the direct way"
        )
        bars = (
            Bar("3x3 and 5x5 read all 192 maps", direct, "old", count(direct)),
            Bar(f"1x1 first, leaving {width} and {few} maps", total, "new", count(total)),
            Bar("of it: the 1x1 filters", squeeze, "part", count(squeeze)),
            Bar("of it: 3x3 and 5x5", rest, "part", count(rest)),
        )
        views.append(
            View(
                f"With 1x1 filters that leave {width} maps for the 3x3 and {few} for the 5x5 "
                f"filters the module takes {count(total)} multiply-adds, {verdict}; without them "
                f"{count(direct)}.",
                f"28² · (192 · {width} + 9 · {width} · 128 + 192 · {few} + 25 · {few} · 32) = "
                f"{total:,}",
                bars=bars,
            )
        )
    return Idea(
        title="Multiply-adds of the two costly branches, 28 x 28 x 192 in",
        control="Maps that 1x1 leaves",
        positions=widths,
        start=widths.index(96),
        views=tuple(views),
        axis="multiply-adds",
    )


def separable_cost() -> Idea:
    """MobileNet: filter each channel, then mix the channels."""
    shape, widths = (28, 28, CHANNELS), (8, 16, 24, 32, 48, 64, 96, 128)
    views = []
    for filters in widths:
        whole = multiply_adds(Convolution(filters), shape)
        parts: list[Layer] = [DepthwiseConvolution(), Convolution(filters, 1)]
        depth, mix = (multiply_adds(layer, shape) for layer in parts)
        ratio = (depth + mix) / whole
        bars = (
            Bar("3x3 over all channels", whole, "old", count(whole)),
            Bar("one 3x3 a channel, then 1x1", depth + mix, "new", count(depth + mix)),
            Bar("of it: one 3x3 a channel", depth, "part", count(depth)),
            Bar("of it: the 1x1 mix", mix, "part", count(mix)),
        )
        views.append(
            View(
                f"For {filters} filters over {CHANNELS} maps of 28 x 28 the separable way takes "
                f"{count(depth + mix)} multiply-adds instead of {count(whole)}: {share(ratio)}, "
                f"which is 1/{filters} + 1/9.",
                f"1/{filters} + 1/3² = {1 / filters + 1 / 9:.3f}",
                bars=bars,
            )
        )
    return Idea(
        title=f"Multiply-adds of one layer, 28 x 28 x {CHANNELS} in",
        control="Filters",
        positions=widths,
        start=widths.index(64),
        views=tuple(views),
        axis="multiply-adds",
    )
