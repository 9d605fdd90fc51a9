"""From the whole to its parts: which cells of the layers before made one cell answer.

A convolution adds products. The cells with the largest positive products are the parts that this
answer was made of, and each part has parts of its own, down to the first convolution, whose parts
are pixels. That is the spatial hierarchy of the paper's Fig. 5, read backwards from one picture.

Between two convolutions a part is followed to the place it came from: through max pooling to the
winner, through average pooling to the largest cell of the window, through addition to the larger
summand, through a concatenation to its branch, and straight through the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.inspect.forward import pads
from core.inspect.receptive_field import ReceptiveField, receptive_fields
from core.models.graph import Node, nodes, weights_name
from core.models.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    DepthwiseConvolution,
    Dropout,
    Pooling,
    SharedConvolution,
)
from core.models.spec import ModelSpec
from core.models.weights import Weights

CONVOLUTIONS: Final = (Convolution, DepthwiseConvolution, SharedConvolution)
_FOLLOWERS: Final = (BatchNormalization, Activation, Dropout)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One cell of one feature map."""

    node: str
    row: int
    column: int
    channel: int


@dataclass(frozen=True, slots=True)
class Part:
    """A cell that another cell's answer was made of.

    Attributes:
        cell: The cell, of a convolution.
        product: Weight times value: what it added to the sum.
        share: Of all that was added, negative products left out, from 0 to 1.
    """

    cell: Cell
    product: float
    share: float


class Composition:
    """The parts of any cell of a network, for one picture.

    Args:
        spec: The network.
        weights: Its arrays by name.
        known: Activations of all nodes for one image, as `core.inspect.forward.forward` gives.
    """

    def __init__(self, spec: ModelSpec, weights: Weights, known: Mapping[str, FloatArray]) -> None:
        self.nodes: dict[str, Node] = {node.name: node for node in nodes(spec)}
        self._fields: dict[str, ReceptiveField] = receptive_fields(spec)
        self._weights = weights
        self._maps = {name: values[0] for name, values in known.items()}
        self._answers = {name: self._behind(name) for name in self.levels()}

    def levels(self) -> tuple[str, ...]:
        """Names of the convolutions, from the image on."""
        return tuple(n.name for n in self.nodes.values() if isinstance(n.layer, CONVOLUTIONS))

    def reads_pixels(self, name: str) -> bool:
        """Whether a convolution looks at the picture, perhaps among other maps."""
        sources = self.nodes[name].inputs
        return any(
            source.kind == "input"
            or (not isinstance(source.layer, CONVOLUTIONS) and self.reads_pixels(source.name))
            for source in (self.nodes[source] for source in sources)
        )

    def answer(self, cell: Cell) -> float:
        """The cell's activation, behind its own normalization where it has one."""
        return float(self._answers[cell.node][cell.row, cell.column, cell.channel])

    def window(self, cell: Cell) -> tuple[int, int, int, int]:
        """Top, left, bottom and right (excluded) of the pixels that can reach the cell."""
        return self._fields[cell.node].window(cell.row, cell.column)

    def strongest(self, node: str, count: int) -> tuple[Cell, ...]:
        """The largest cell of each of the ``count`` maps that answer most, the largest first.

        Maps that are nowhere positive are left out.
        """
        maps = self._answers[node]
        flat = maps.reshape(-1, maps.shape[2])
        best = flat.argmax(axis=0)
        peaks = flat[best, np.arange(maps.shape[2])]
        order = [int(c) for c in np.argsort(-peaks, kind="stable")[:count] if peaks[c] > 0]
        places = ((channel, *divmod(int(best[channel]), maps.shape[1])) for channel in order)
        return tuple(Cell(node, row, column, channel) for channel, row, column in places)

    def parts(self, cell: Cell, count: int) -> tuple[Part, ...]:
        """The ``count`` cells of earlier convolutions that added most, each of another map.

        Empty where the parts are pixels, and where nothing added anything: a bias can be enough.
        """
        node = self.nodes[cell.node]
        if not isinstance(node.layer, CONVOLUTIONS):
            raise ValueError(f"{cell.node} is no convolution; only those add products.")
        products, top, left, step = self._products(node, cell)
        total = float(np.maximum(products, 0).sum())
        found: list[Part] = []
        taken: set[int] = set()
        for flat in np.argsort(-products, axis=None, kind="stable"):
            row, column, channel = np.unravel_index(int(flat), products.shape)
            product = float(products[row, column, channel])
            if product <= 0 or len(found) == count:
                break
            if int(channel) in taken:
                continue
            taken.add(int(channel))
            source = Cell(
                node.inputs[0], top + int(row) * step, left + int(column) * step, int(channel)
            )
            origin = self._origin(source)
            if origin is not None:
                found.append(Part(origin, product, product / total))
        return tuple(found)

    def _behind(self, name: str) -> FloatArray:
        """Maps of a convolution behind the normalization and activation that it alone feeds."""
        while True:
            readers = [node for node in self.nodes.values() if name in node.inputs]
            if len(readers) != 1 or not isinstance(readers[0].layer, _FOLLOWERS):
                return self._maps[name]
            name = readers[0].name

    def _products(self, node: Node, cell: Cell) -> tuple[FloatArray, int, int, int]:
        """(k, k, C) weight times value; padding adds nothing. And where the window begins."""
        layer = node.layer
        maps = self._maps[node.inputs[0]]
        kernel = self._weights[f"{weights_name(node)}/kernel"]
        if isinstance(layer, SharedConvolution):
            return self._shared_products(node, cell, maps, kernel)
        assert isinstance(layer, Convolution | DepthwiseConvolution)
        dilation = layer.dilation if isinstance(layer, Convolution) else 1
        size, reach = layer.kernel_size, (layer.kernel_size - 1) * dilation + 1
        before = [pads(length, reach, layer.stride, layer.padding)[0] for length in maps.shape[:2]]
        top = cell.row * layer.stride - before[0]
        left = cell.column * layer.stride - before[1]
        values = _window(maps, top, left, size, dilation)
        if isinstance(layer, DepthwiseConvolution):
            weights = np.zeros((size, size, maps.shape[2]), np.float32)
            weights[:, :, cell.channel] = kernel[:, :, cell.channel, 0]
        else:
            weights = kernel[:, :, :, cell.channel]
        return values * weights, top, left, dilation

    def _shared_products(
        self, node: Node, cell: Cell, maps: FloatArray, kernel: FloatArray
    ) -> tuple[FloatArray, int, int, int]:
        """The products of the scale that won; each stands at the corner of its averaged cell."""
        assert isinstance(node.layer, SharedConvolution)
        found = []
        for scale in node.layer.scales:
            side = maps.shape[0] // scale
            seen = maps.reshape(side, scale, side, scale, -1).mean(axis=(1, 3))
            row, column = cell.row // scale, cell.column // scale
            pad = (node.layer.kernel_size - 1) // 2
            values = _window(seen, row - pad, column - pad, node.layer.kernel_size, 1)
            products = values * kernel[:, :, :, cell.channel]
            found.append((float(products.sum()), products, row - pad, column - pad, scale))
        _, products, top, left, scale = max(found, key=lambda entry: entry[0])
        return products, top * scale, left * scale, scale

    def _origin(self, cell: Cell) -> Cell | None:
        """The convolution's cell that a value came from; None where it is a pixel."""
        node = self.nodes[cell.node]
        if node.kind in {"input", "rescaling"}:
            return None
        if isinstance(node.layer, CONVOLUTIONS):
            return cell
        return self._origin(self._step_back(node, cell))

    def _step_back(self, node: Node, cell: Cell) -> Cell:
        if isinstance(node.layer, Pooling):
            return self._pooled_from(node, node.layer, cell)
        if node.kind == "add":
            value = [self._maps[n][cell.row, cell.column, cell.channel] for n in node.inputs]
            source = node.inputs[int(np.argmax(value))]
            return Cell(source, cell.row, cell.column, cell.channel)
        if node.kind == "concatenate":
            channel = cell.channel
            for source in node.inputs:
                if channel < self._maps[source].shape[-1]:
                    return Cell(source, cell.row, cell.column, channel)
                channel -= self._maps[source].shape[-1]
        return Cell(node.inputs[0], cell.row, cell.column, cell.channel)

    def _pooled_from(self, node: Node, layer: Pooling, cell: Cell) -> Cell:
        maps = self._maps[node.inputs[0]]
        before = [pads(n, layer.size, layer.step, layer.padding)[0] for n in maps.shape[:2]]
        top, left = cell.row * layer.step - before[0], cell.column * layer.step - before[1]
        rows = slice(max(top, 0), min(top + layer.size, maps.shape[0]))
        columns = slice(max(left, 0), min(left + layer.size, maps.shape[1]))
        window = maps[rows, columns, cell.channel]
        row, column = divmod(int(window.argmax()), window.shape[1])
        return Cell(node.inputs[0], rows.start + row, columns.start + column, cell.channel)


def _window(maps: FloatArray, top: int, left: int, size: int, dilation: int) -> FloatArray:
    """(size, size, C) of ``maps`` from a corner on; 0 where there is none."""
    rows = top + np.arange(size) * dilation
    columns = left + np.arange(size) * dilation
    inside = np.outer(
        (rows >= 0) & (rows < maps.shape[0]), (columns >= 0) & (columns < maps.shape[1])
    )
    cut = maps[np.clip(rows, 0, maps.shape[0] - 1)[:, None], np.clip(columns, 0, maps.shape[1] - 1)]
    return cut * inside[:, :, None]
