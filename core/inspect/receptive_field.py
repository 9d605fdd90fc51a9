"""What a unit of a network can see of the input image: its receptive field.

Rows and columns behave alike, since images, maps and windows are square, so everything here
is said of one axis. Two answers are kept for every node:

- the *law*: size, jump and center of a field far from the border, where the image goes on as
  far as one likes (for a plain chain ``r = sum (k_l - 1) prod s_i + 1``);
- the *reach*: for each position the first and the last pixel of the real image that can change
  it. Zeros that pad a map carry nothing, so at the border it is smaller than the law.

Source: Araujo, Norris & Sim (2019), Computing Receptive Fields of Convolutional Neural Networks,
https://doi.org/10.23915/distill.00021
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.arrays import IntArray
from core.geometry import Padding, Window
from core.models.graph import Node, nodes
from core.models.layers import (
    Convolution,
    Dense,
    DepthwiseConvolution,
    Flatten,
    GlobalPooling,
    Pooling,
    Shape,
    SharedConvolution,
)
from core.models.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Path:
    """One way from the image to a node, on an axis without an end.

    The unit at position u sees the pixels ``first[u % P] + (u - u % P) jump`` to ``last[...]``
    likewise, with P = ``len(first)``. P is 1 but behind a shared convolution, whose coarse
    answers are repeated.
    """

    jump: int
    first: tuple[int, ...]
    last: tuple[int, ...]

    def at(self, position: int) -> tuple[int, int]:
        """First and last pixel that the unit at ``position`` sees."""
        phase = position % len(self.first)
        shift = (position - phase) * self.jump
        return self.first[phase] + shift, self.last[phase] + shift


@dataclass(frozen=True, slots=True, eq=False)
class ReceptiveField:
    """What the units of one node see of the image along one axis, in pixels.

    Channels are taken together: behind parallel branches one channel may see less than another.

    Attributes:
        name: The node.
        side: Positions along the axis; 1 where every unit sees the same.
        channels: Units that share a position.
        paths: Ways from the image, one for each jump.
        low, high: (side,) first and last pixel of the image that can change a unit.
    """

    name: str
    side: int
    channels: int
    paths: tuple[Path, ...]
    low: IntArray
    high: IntArray

    @property
    def size(self) -> int:
        """Pixels that a unit sees where no border is near; the largest of all positions."""
        hulls = [self._hull(position) for position in range(self.side)]
        return max(last - first + 1 for first, last in hulls)

    @property
    def jump(self) -> int | None:
        """Pixels from one unit's field to the next's; None where branches step differently."""
        return self.paths[0].jump if len(self.paths) == 1 else None

    @property
    def center(self) -> float:
        """Middle of the first unit's field, with the middle of the first pixel at 0."""
        first, last = self._hull(0)
        return (first + last) / 2

    def window(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Top, left, bottom and right of what one unit sees, the last two excluded.

        All zero for a unit whose taps fall between the pixels, on padding only.

        Raises:
            IndexError: For a position outside the map.

        >>> from core.models.zoo.entries import paper_network
        >>> fields = receptive_fields(paper_network(28, ("normal", "fracture")))
        >>> fields["pooling_1"].size, fields["pooling_1"].window(0, 1)
        (4, (0, 1, 3, 5))
        """
        if not (0 <= row < self.side and 0 <= column < self.side):
            raise IndexError(f"There is no unit ({row}, {column}) in {self.side}x{self.side}.")
        if self.high[row] < 0 or self.high[column] < 0:
            return 0, 0, 0, 0
        return (
            int(self.low[row]),
            int(self.low[column]),
            int(self.high[row]) + 1,
            int(self.high[column]) + 1,
        )

    def position(self, unit: int) -> tuple[int, int]:
        """Row and column that a unit of a vector belongs to."""
        return divmod(unit // self.channels, self.side)

    def _hull(self, position: int) -> tuple[int, int]:
        ends = [path.at(position) for path in self.paths]
        return min(first for first, _ in ends), max(last for _, last in ends)


def receptive_fields(spec: ModelSpec) -> dict[str, ReceptiveField]:
    """The receptive field of every node by name, from the image to the logits."""
    found: dict[str, ReceptiveField] = {}
    for node in nodes(spec):
        if node.kind == "input":
            pixels = np.arange(spec.input_size)
            here = Path(1, (0,), (0,))
            found[node.name] = ReceptiveField(
                node.name, spec.input_size, node.shape[2], (here,), pixels, pixels
            )
        else:
            found[node.name] = _through(node, [found[name] for name in node.inputs])
    return found


def closed_form(windows: Iterable[tuple[int, int]]) -> int:
    """Size of the field behind a chain of windows: ``sum (k_l - 1) prod_(i<l) s_i + 1``.

    Args:
        windows: Side k (a dilated one as wide as it reaches) and stride s, from the image on.

    >>> closed_form([(3, 1), (2, 2), (3, 1)])
    8
    """
    size, jump = 1, 1
    for side, stride in windows:
        size += (side - 1) * jump
        jump *= stride
    return size


def _through(node: Node, sources: list[ReceptiveField]) -> ReceptiveField:
    before, layer = sources[0], node.layer
    match layer:
        case Convolution() | DepthwiseConvolution() | Pooling():
            return _slide(node, before, layer)
        case SharedConvolution():
            return _share(node, before, layer)
        case GlobalPooling() | Dense():
            return _see_all(node, before)
        case Flatten():
            return _same(node, before, channels=before.channels)
        case _ if len(sources) > 1:
            return _join(node, sources)
        case _:
            return _same(node, before, channels=_channels(node.shape, before))


def _slide(
    node: Node, before: ReceptiveField, layer: Convolution | DepthwiseConvolution | Pooling
) -> ReceptiveField:
    if isinstance(layer, Pooling):
        side, stride, dilation = layer.size, layer.step, 1
    else:
        side, stride = layer.kernel_size, layer.stride
        dilation = layer.dilation if isinstance(layer, Convolution) else 1
    count = node.shape[0]
    window = Window(size=side, stride=stride, dilation=dilation, padding=Padding(layer.padding))
    pad, _ = window.pads(before.side)
    paths = tuple(_step(path, side, stride, dilation, pad) for path in before.paths)
    taps = np.arange(side) * dilation - pad
    inside = np.arange(count)[:, None] * stride + taps
    return _reached(node, before, paths, inside)


def _share(node: Node, before: ReceptiveField, layer: SharedConvolution) -> ReceptiveField:
    """Averaged, convolved and repeated: unit u sees what its coarse cell u // scale sees."""
    side = layer.kernel_size
    pad, count = (side - 1) // 2, node.shape[0]
    positions = np.arange(count)[:, None]
    low, high = before.low, before.high
    ends, paths = [], []
    for scale in layer.scales:
        # Whole cells only: a coarse cell outside the coarse map is one of the padding's zeros.
        cells = positions // scale + np.arange(side) - pad
        cells = np.clip(cells, 0, count // scale - 1)
        ends.append((low[cells[:, 0] * scale], high[cells[:, -1] * scale + scale - 1]))
        for path in before.paths:
            period = math.lcm(len(path.first), scale)
            begins = [path.at((u // scale - pad) * scale)[0] for u in range(period)]
            stops = [path.at((u // scale - pad + side) * scale - 1)[1] for u in range(period)]
            paths.append(Path(path.jump, tuple(begins), tuple(stops)))
    return ReceptiveField(
        node.name,
        count,
        node.shape[2],
        _merged(paths),
        np.min([first for first, _ in ends], axis=0),
        np.max([last for _, last in ends], axis=0),
    )


def _step(path: Path, side: int, stride: int, dilation: int, pad: int) -> Path:
    period = len(path.first) // math.gcd(len(path.first), stride)
    starts = [unit * stride - pad for unit in range(period)]
    reach = (side - 1) * dilation
    # Ends of a repeated map may overtake each other, so every tap is asked.
    first = [min(path.at(s + t)[0] for t in range(0, reach + 1, dilation)) for s in starts]
    last = [max(path.at(s + t)[1] for t in range(0, reach + 1, dilation)) for s in starts]
    return Path(path.jump * stride, tuple(first), tuple(last))


def _reached(
    node: Node, before: ReceptiveField, paths: tuple[Path, ...], inside: IntArray
) -> ReceptiveField:
    real = (inside >= 0) & (inside < before.side)
    cells = np.clip(inside, 0, before.side - 1)
    low = np.where(real, before.low[cells], np.iinfo(np.int64).max).min(axis=1)
    high = np.where(real, before.high[cells], -1).max(axis=1)
    return ReceptiveField(node.name, len(inside), node.shape[-1], paths, low, high)


def _see_all(node: Node, before: ReceptiveField) -> ReceptiveField:
    hulls = [path.at(position) for path in before.paths for position in range(before.side)]
    everything = Path(0, (min(first for first, _ in hulls),), (max(last for _, last in hulls),))
    low, high = before.low.min(keepdims=True), before.high.max(keepdims=True)
    return ReceptiveField(node.name, 1, node.shape[-1], (everything,), low, high)


def _join(node: Node, sources: list[ReceptiveField]) -> ReceptiveField:
    """Union, position by position: a unit sees what any of its branches sees."""
    if len(node.shape) == 1 and node.kind == "concatenate":  # units no longer have a position
        sources = [_see_all(node, source) for source in sources]
    return ReceptiveField(
        node.name,
        sources[0].side,
        _channels(node.shape, sources[0]),
        _merged(path for source in sources for path in source.paths),
        np.min([source.low for source in sources], axis=0),
        np.max([source.high for source in sources], axis=0),
    )


def _same(node: Node, before: ReceptiveField, *, channels: int) -> ReceptiveField:
    return ReceptiveField(node.name, before.side, channels, before.paths, before.low, before.high)


def _channels(shape: Shape, before: ReceptiveField) -> int:
    """Units at one position; a flattened vector keeps the positions of its maps."""
    return shape[-1] if len(shape) == 3 else max(1, shape[0] // before.side**2)


def _merged(paths: Iterable[Path]) -> tuple[Path, ...]:
    found: dict[int, Path] = {}
    for path in paths:
        known = found.get(path.jump)
        found[path.jump] = path if known is None else _hull_of(known, path)
    return tuple(found.values())


def _hull_of(one: Path, other: Path) -> Path:
    period = math.lcm(len(one.first), len(other.first))
    ends = [(*one.at(unit), *other.at(unit)) for unit in range(period)]
    return Path(
        one.jump,
        tuple(min(first, second) for first, _, second, _ in ends),
        tuple(max(last, second) for _, last, _, second in ends),
    )
