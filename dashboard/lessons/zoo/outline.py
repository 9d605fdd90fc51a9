"""What is drawn of a network: its maps and vectors, branches and shortcuts. No Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from core.models.layers import (
    Convolution,
    Dense,
    DepthwiseConvolution,
    Flatten,
    GlobalPooling,
    Layer,
    Parallel,
    Pooling,
    Residual,
    Shape,
    SharedConvolution,
    output_shape,
)
from core.models.spec import ModelSpec

ItemKind = Literal[
    "image", "convolution", "mix", "depthwise", "shared", "pooling", "vector", "dense",
    "parallel", "residual",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the drawing, from left to right.

    Attributes:
        kind: "mix" is a convolution of 1x1; "vector" is what pooling or flattening leaves.
        side: Of the maps that come out; 0 for a vector.
        count: Maps or numbers that come out.
        label: For people.
        branches: Of "parallel" and, its one body, of "residual".
    """

    kind: ItemKind
    side: int
    count: int
    label: str
    branches: tuple[tuple[Item, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Short keys: k, s, c, l and, where there are any, b."""
        plain: dict[str, Any] = {
            "k": self.kind,
            "s": self.side,
            "c": self.count,
            "l": self.label,
        }
        if self.branches:
            plain["b"] = [[item.to_json() for item in branch] for branch in self.branches]
        return plain


def outline(spec: ModelSpec) -> tuple[Item, ...]:
    """The drawing of a network; layers that keep every number in its place are left out."""
    side = spec.input_size
    image = Item("image", side, 1, f"image, {side} x {side}")
    items = _chain((*spec.layers, spec.head), spec.input_shape)
    return (image, *items)


def weight_layers(spec: ModelSpec) -> int:
    """Layers with kernels one behind the other, the longest way through."""
    return _depth((*spec.layers, spec.head))


def _depth(layers: tuple[Layer, ...]) -> int:
    total = 0
    for layer in layers:
        if isinstance(layer, Residual):
            total += _depth(layer.body)
        elif isinstance(layer, Parallel):
            total += max(_depth(branch) for branch in layer.branches)
        elif isinstance(layer, Convolution | DepthwiseConvolution | SharedConvolution | Dense):
            total += 1
    return total


def _chain(layers: tuple[Layer, ...], shape: Shape) -> tuple[Item, ...]:
    items = []
    for layer in layers:
        after = output_shape(layer, shape)
        item = _item(layer, shape, after)
        if item is not None:
            items.append(item)
        shape = after
    return tuple(items)


def _item(layer: Layer, shape: Shape, after: Shape) -> Item | None:
    side, count = (after[0] if len(after) == 3 else 0), after[-1]
    maps = f"{count} maps of {side} x {side}" if side else f"{count} numbers"
    match layer:
        case Convolution():
            size = layer.kernel_size
            kind: ItemKind = "mix" if size == 1 else "convolution"
            return Item(kind, side, count, f"{size}x{size} convolution: {maps}")
        case DepthwiseConvolution():
            size = layer.kernel_size
            return Item("depthwise", side, count, f"{size}x{size} one kernel a map: {maps}")
        case SharedConvolution():
            scales = ", ".join(str(scale) for scale in layer.scales)
            label = f"{layer.kernel_size}x{layer.kernel_size} at scales {scales}: {maps}"
            return Item("shared", side, count, label)
        case Pooling():
            return Item("pooling", side, count, f"{layer.kind} pooling: {maps}")
        case Flatten():
            return Item("vector", 0, count, f"flattened: {maps}")
        case GlobalPooling():
            return Item("vector", 0, count, f"{layer.kind} of each map: {maps}")
        case Dense():
            return Item("dense", 0, count, f"dense: {maps}")
        case Residual():
            return Item("residual", side, count, f"block: {maps}", (_chain(layer.body, shape),))
        case Parallel():
            branches = tuple(_chain(branch, shape) for branch in layer.branches)
            return Item("parallel", side, count, f"joined: {maps}", branches)
        case _:
            return None
