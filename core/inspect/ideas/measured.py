"""Ideas that are seen by measuring: real layers answer a picture, a bar, a gradient."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.inspect.forward import forward, scale_answer
from core.inspect.ideas.idea import (
    Bar,
    Idea,
    Line,
    Picture,
    RoleName,
    View,
    few_digits,
    several,
    share,
)
from core.models.graph import Node, nodes
from core.models.layers import SharedConvolution
from core.models.spec import ModelSpec
from core.models.weights import initial_weights
from core.models.zoo.entries import MODELS
from core.ops.activation import ACTIVATIONS
from core.ops.stack import INITIALIZATIONS, MAX_DEPTH, measure_depth

BINARY: Final = ("normal", "fracture")
SEED: Final = 0
SHIFTS: Final = tuple(range(9))
ALEXNET_LAYERS: Final = 5
"""Convolutions of AlexNet, one behind the other."""
LINE_DETECTOR: Final = (-2.0, 1.0, 2.0, 1.0, -2.0)
"""Columns of a 5x5 kernel that answers to a bright bar of about three pixels, and sums to 0."""
FIRST_INITIALIZATION: Final = "small"
"""Of the stack that shows what a shortcut is for: without one its gradient vanishes."""
BAR_LEFT: Final = 16
"""Where the bar begins: all scales divide it, so that no window cuts its edge in two."""


def shift_tolerance(picture: UInt8Array) -> Idea:
    """Neocognitron: what a shift of the picture changes, behind each layer.

    Args:
        picture: (S, S), at least 72 pixels a side; windows of 64 are cut out of it.
    """
    side = 64
    spec = MODELS["neocognitron"].build(side, BINARY)
    top = (picture.shape[0] - side) // 2
    windows = np.stack(
        [picture[top : top + side, shift : shift + side] for shift in SHIFTS]
    ).astype(np.float32)
    known = forward(spec, initial_weights(spec, SEED), windows)
    stages = [name for name in known if name.startswith(("convolution", "pooling"))]
    changes = {name: _changes(known[name]) for name in stages}
    views = []
    for index, shift in enumerate(SHIFTS):
        bars = tuple(
            Bar(
                _cell_name(name),
                changes[name][index],
                "new" if name.startswith("pooling") else "old",
                share(changes[name][index]),
            )
            for name in stages
        )
        chosen = ("convolution_1", "pooling_1", stages[-1])
        pictures = (
            Picture("Picture", windows[index].astype(np.float64), note=f"moved by {shift}"),
            *(
                Picture(
                    _cell_name(name),
                    known[name][index, :, :, _busiest(known[name])].astype(np.float64),
                    "activation",
                    float(known[name][..., _busiest(known[name])].max()),
                    "one map",
                )
                for name in chosen
            ),
        )
        views.append(
            View(
                f"Moved by {several(shift, 'pixel')}, the picture changes the first S-cells by "
                f"{bars[0].shown}, the C-cells behind them by {bars[1].shown} and the last "
                f"C-cells by {bars[-1].shown} (untrained, seed {SEED}).",
                "change = |moved - unmoved| / |unmoved|",
                pictures,
                bars,
            )
        )
    return Idea(
        title="Change of the cells when the picture moves, root mean square",
        control="Picture moved to the left, pixels",
        positions=SHIFTS,
        start=2,
        views=tuple(views),
        axis="change of the cells",
    )


def _changes(maps: FloatArray) -> list[float]:
    """Relative change against the picture that was not moved."""
    size = float(np.linalg.norm(maps[0]))
    return [float(np.linalg.norm(one - maps[0])) / size for one in maps]


def _busiest(maps: FloatArray) -> int:
    """The map that tells most apart."""
    return int(np.argmax(maps[0].std(axis=(0, 1))))


def _cell_name(name: str) -> str:
    kind, number = name.split("_")
    return f"{'C' if kind == 'pooling' else 'S'}-cells {number}"


def slopes() -> Idea:
    """AlexNet: what ReLU, tanh and the logistic function leave of a gradient."""
    names = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "logistic"}
    positions = tuple(round(-1 + 0.25 * step, 2) for step in range(21))
    found = {
        name: [float(value) for value in ACTIVATIONS[name].derivative(np.array(positions))]
        for name in names
    }
    roles: dict[str, RoleName] = {"relu": "new", "tanh": "old", "sigmoid": "plain"}
    views = []
    for index, x in enumerate(positions):
        left = {name: found[name][index] ** ALEXNET_LAYERS for name in names}
        said = {name: few_digits(value) for name, value in left.items()}
        bars = tuple(
            Bar(
                f"{names[name]}, after {ALEXNET_LAYERS} layers",
                left[name],
                roles[name],
                few_digits(v),
            )
            for name, v in left.items()
        )
        views.append(
            View(
                f"Where the sum is {x:g}, the slope of ReLU is {found['relu'][index]:g}, of tanh "
                f"{found['tanh'][index]:.3g}, of the logistic function "
                f"{found['sigmoid'][index]:.3g}. Five such layers leave {said['relu']}, "
                f"{said['tanh']} and {said['sigmoid']} of a gradient.",
                f"ReLU'({x:g})⁵ = {said['relu']},   tanh'({x:g})⁵ = {said['tanh']}",
                bars=bars,
            )
        )
    lines = tuple(
        Line(names[name], tuple(found[name]), roles[name], jumps=name == "relu") for name in names
    )
    return Idea(
        title="Slope of the activation",
        control="Sum that a unit receives",
        positions=positions,
        start=positions.index(2.0),
        views=tuple(views),
        lines=lines,
        axis="slope",
    )


def shortcuts(initialization: str = FIRST_INITIALIZATION) -> Idea:
    """ResNet: the gradient through a stack of layers, with and without a way around each.

    What the shortcut does depends on how the weights begin, so that belongs to the figure: from
    weights of He's size the stack without shortcuts keeps its gradient, and the one with them
    lets it explode.

    Args:
        initialization: Name in `core.ops.stack.INITIALIZATIONS`.
    """
    relu, drawn = ACTIVATIONS["relu"], INITIALIZATIONS[initialization]
    plain, around = (
        measure_depth(relu, drawn, seed=SEED, shortcut=shortcut).gradient[:, 0]
        for shortcut in (False, True)
    )
    depths = tuple(range(1, MAX_DEPTH + 1))
    views = []
    for depth in depths:
        a, b = float(plain[depth]), float(around[depth])
        bars = (
            Bar("layers replace their input", a, "old", few_digits(a)),
            Bar("layers add to their input", b, "new", few_digits(b)),
        )
        views.append(
            View(
                f'Weights of the start "{drawn.title}" ({drawn.rule}). Of a gradient of 1, '
                f"{few_digits(a)} arrives through {several(depth, 'layer')} where each replaces "
                f"its input, and {few_digits(b)} where each adds to it.",
                "h' = h + f(W h)   gives   ∂h'/∂h = 1 + f'(W h) W : the 1 lets the gradient by",
                bars=bars,
            )
        )
    lines = (
        Line("replace", tuple(float(v) for v in plain[1:]), "old"),
        Line("add", tuple(float(v) for v in around[1:]), "new"),
    )
    return Idea(
        title=f"Gradient that reaches the input of 64 ReLU units a layer, weights {drawn.rule}",
        control="Layers",
        positions=depths,
        start=9,
        views=tuple(views),
        lines=lines,
        axis="gradient, of 1 at the top",
        logarithmic=True,
    )


DEPTHS: Final = ("Shallow", "Middle", "Deep")
NOTHING: Final = "Nothing"


def reaching_features(picture: UInt8Array) -> Idea:
    """Fused network: features of three depths, and what silencing one does to the head.

    Args:
        picture: (S, S) gray, at least 64 pixels; its middle 64 are seen.
    """
    side = 64
    top = (picture.shape[0] - side) // 2
    window = picture[top : top + side, top : top + side]
    spec = MODELS["fused"].build(side, BINARY)
    weights = initial_weights(spec, SEED)
    known = forward(spec, weights, window[None].astype(np.float32))
    features = known["parallel_1_join"][0].astype(np.float64)
    kernel = weights["dense_1/kernel"].astype(np.float64)
    heard = features @ kernel  # what the 64 units of the head sum up
    sources = _sources(spec)
    parts = _parts(known, sources)
    changes = {
        name: float(np.linalg.norm(features[part] @ kernel[part]) / np.linalg.norm(heard))
        for name, part in parts.items()
    }
    maps = {
        name: known[node.inputs[0]][0, :, :, _busiest(known[node.inputs[0]])].astype(np.float64)
        for name, node in sources.items()
    }
    views = []
    for position in (NOTHING, *DEPTHS):
        pictures = tuple(
            Picture(
                f"{name}, {found.shape[0]} x {found.shape[0]}",
                np.zeros_like(found) if name == position else found,
                "activation",
                float(found.max()) or 1.0,
                f"{parts[name].stop - parts[name].start} features"
                + (", silenced" if name == position else ""),
            )
            for name, found in maps.items()
        )
        bars = tuple(
            Bar(f"without the {name.lower()} ones", value, _silenced(name, position), share(value))
            for name, value in changes.items()
        )
        told = ", ".join(f"{share(value)} without the {n.lower()}" for n, value in changes.items())
        silent = f"Silenced: {position.lower()}."
        views.append(
            View(
                f"{silent} The head's sums change by {told} features (untrained, seed {SEED}); "
                "in a plain chain only the deep ones reach it.",
                " + ".join(str(part.stop - part.start) for part in parts.values())
                + f" = {len(features)} features go to each unit of the head",
                pictures,
                bars,
            )
        )
    return Idea(
        title="Change of the head's 64 sums when features of one depth are silenced",
        control="Silenced",
        positions=(NOTHING, *DEPTHS),
        start=0,
        views=tuple(views),
        axis="change of the sums",
    )


def _silenced(name: str, position: str) -> RoleName:
    return "old" if name == position else "new"


def _sources(spec: ModelSpec) -> dict[str, Node]:
    """The pooling nodes whose vectors are joined, by depth."""
    ends = [node for node in nodes(spec) if node.kind == "global_pooling"]
    return dict(zip(DEPTHS, ends, strict=True))


def _parts(known: dict[str, FloatArray], sources: dict[str, Node]) -> dict[str, slice]:
    """Where the features of each depth lie in the joined vector."""
    parts, start = {}, 0
    for title, node in sources.items():
        length = known[node.name].shape[1]
        parts[title] = slice(start, start + length)
        start += length
    return parts


def bar_at_any_width() -> Idea:
    """Shared scales: what one kernel answers to a bar, at each scale, as the bar widens."""
    side, widths = 48, tuple(range(1, 17))
    layer = SharedConvolution(1, 5)
    kernel = np.tile(np.array(LINE_DETECTOR), (5, 1))[..., None, None] / 25.0
    bars_drawn = np.stack([_bar(side, width) for width in widths])
    answers = {
        scale: scale_answer(bars_drawn[..., None] / 255.0, layer, kernel, np.zeros(1), scale)
        for scale in layer.scales
    }
    middles = [BAR_LEFT + width // 2 for width in widths]
    peaks = {
        scale: [float(one[side // 2, at, 0]) for one, at in zip(found, middles, strict=True)]
        for scale, found in answers.items()
    }
    best = [max(values) for values in zip(*peaks.values(), strict=True)]
    limit = max(best)
    views = []
    for index, width in enumerate(widths):
        pictures = (
            Picture("Picture", bars_drawn[index], note=f"bar of {several(width, 'pixel')}"),
            *(
                Picture(
                    f"Seen at 1/{scale}" if scale > 1 else "Seen as it is",
                    found[index, :, :, 0].astype(np.float64),
                    "activation",
                    limit,
                    f"in the bar {peaks[scale][index]:.2f}",
                )
                for scale, found in answers.items()
            ),
        )
        told = ", ".join(
            f"{values[index]:.2f} at 1/{scale}" if scale > 1 else f"{values[index]:.2f} as it is"
            for scale, values in peaks.items()
        )
        views.append(
            View(
                f"To a bar of {several(width, 'pixel')} the same kernel answers {told}. "
                f"The largest, {best[index]:.2f}, goes on.",
                "answer = max("
                + ", ".join(f"{values[index]:.2f}" for values in peaks.values())
                + f") = {best[index]:.2f}",
                pictures,
            )
        )
    lines = (
        *(
            Line(f"at 1/{scale}" if scale > 1 else "as it is", tuple(values), "old")
            for scale, values in peaks.items()
        ),
        Line("strongest", tuple(best), "new"),
    )
    return Idea(
        title="Answer of one 5x5 kernel in the middle of a bar",
        control="Width of the bar, pixels",
        positions=widths,
        start=5,
        views=tuple(views),
        lines=lines,
        axis="answer",
    )


def _bar(side: int, width: int) -> np.ndarray:
    drawn = np.zeros((side, side))
    drawn[:, BAR_LEFT : BAR_LEFT + width] = 255.0
    return drawn
