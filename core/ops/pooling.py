"""Pooling: a window moves over each map and one number stays of what it reads.

Three kinds are compared: ``max`` keeps the largest value, ``average`` the mean, ``stride`` the
one pixel at the stride's own step, as if there were no window at all.

Conventions, said once. Padding is TensorFlow's: ``valid`` drops the rows and columns that no
whole window covers, ``same`` gives a ceiling of length / stride outputs and puts the odd pad
behind. The pads of a maximum are minus infinity, and an average does not count them. Of equal
values the first in reading order wins, and it alone gets the gradient, as TensorFlow does it.

Source: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.arrays import FloatArray, IntArray
from core.errors import LessonError

GREATEST: Final = 8
"""Windows and strides reach from 1 to this."""

KINDS: Final = ("max", "average", "stride")
PADDINGS: Final = ("valid", "same")
GREATEST_TYPED: Final = 16
"""Rows and columns of a map that a person types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How windows lie along one axis.

    Attributes:
        length: Pixels.
        outputs: Windows.
        before, after: Pads at the two ends.
        uncovered: Pixels behind the last window that no window reads.
    """

    length: int
    outputs: int
    before: int
    after: int
    uncovered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Side and step of a square window, and what happens at the edge.

    Raises:
        LessonError: ``window.size``, ``window.stride`` or ``window.padding``.
    """

    size: int = 2
    stride: int = 2
    padding: str = "valid"

    def __post_init__(self) -> None:
        for name, value in (("size", self.size), ("stride", self.stride)):
            if not isinstance(value, int) or not 1 <= value <= GREATEST:
                raise LessonError(
                    f"window.{name}",
                    problem=f"A {'window' if name == 'size' else 'stride'} of {value} is not "
                    "possible here.",
                    remedy=f"Choose a whole number from 1 to {GREATEST}.",
                )
        if self.padding not in PADDINGS:
            raise LessonError(
                "window.padding",
                problem=f"There is no padding named {self.padding!r}.",
                remedy=f"Choose {' or '.join(PADDINGS)}.",
            )

    def span(self, length: int) -> Span:
        """Windows along an axis of ``length`` pixels.

        Raises:
            LessonError: ``window.too-large``, where not even one window fits.

        >>> Window(size=3, stride=2).span(28)
        Span(length=28, outputs=13, before=0, after=0, uncovered=1)
        """
        if length < 1:
            raise LessonError(
                "map.empty",
                problem="There is no pixel to pool.",
                remedy="Choose a picture of at least 1 by 1 pixel.",
            )
        if self.padding == "valid" and self.size > length:
            raise LessonError(
                "window.too-large",
                problem=f"A window of {self.size} by {self.size} does not fit a map that is "
                f"{length} wide or high.",
                remedy=f"Choose a window of at most {length}, or same padding.",
            )
        if self.padding == "valid":
            outputs, pads = (length - self.size) // self.stride + 1, 0
        else:
            outputs = -(-length // self.stride)
            pads = max((outputs - 1) * self.stride + self.size - length, 0)
        before = pads // 2  # the odd one goes behind
        end = (outputs - 1) * self.stride + self.size - before
        return Span(
            length=length,
            outputs=outputs,
            before=before,
            after=pads - before,
            uncovered=max(length - end, 0),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled:
    """What pooling made of a map.

    Attributes:
        kind: One of `KINDS`.
        window: How it was done.
        shape: Of the map that went in, (H, W) or (H, W, C).
        rows, columns: How the windows lie.
        values: (R, S) or (R, S, C).
        counts: (R, S), pixels that each window read; pads are none.
        winners: For each value the place it was taken from, as row * W + column; None for
            averages, where nobody wins.
    """

    kind: str
    window: Window
    shape: tuple[int, ...]
    rows: Span
    columns: Span
    values: FloatArray
    counts: IntArray
    winners: IntArray | None


def pool(values: FloatArray, window: Window, *, kind: str = "max") -> Pooled:
    """Pool a map of finite numbers, (H, W) or (H, W, C); channels stay apart.

    Raises:
        LessonError: ``map.shape``, ``map.empty``, ``window.too-large`` or ``pooling.kind``.

    >>> pool(np.array([[1.0, 5.0], [5.0, 2.0]]), Window()).winners
    array([[1]])
    """
    deep = _deep(values)
    if kind not in KINDS:
        raise LessonError(
            "pooling.kind",
            problem=f"There is no pooling named {kind!r}.",
            remedy=f"Choose one of {', '.join(KINDS)}.",
        )
    rows, columns = window.span(deep.shape[0]), window.span(deep.shape[1])
    winners = None
    if kind == "average":
        counts = _windows(np.ones((*deep.shape[:2], 1)), window, rows, columns, pad=0.0)
        total = _windows(deep, window, rows, columns, pad=0.0).sum(axis=-1)
        found = total / counts.sum(axis=-1)
    else:
        winners = _winners(deep, window, rows, columns, kind)
        found = np.take_along_axis(
            deep.reshape(-1, deep.shape[2]), winners.reshape(-1, deep.shape[2]), axis=0
        ).reshape(winners.shape)
    flat = np.asarray(values).ndim == 2
    return Pooled(
        kind=kind,
        window=window,
        shape=np.asarray(values).shape,
        rows=rows,
        columns=columns,
        values=found[..., 0] if flat else found,
        counts=np.outer(_read(rows, window), _read(columns, window)),
        winners=winners[..., 0] if winners is not None and flat else winners,
    )


def pool_loops(image: FloatArray, window: Window, *, kind: str = "max") -> FloatArray:
    """`pool` of one (H, W) map as a student reads it: one window after the other.

    >>> pool_loops(np.arange(16.0).reshape(4, 4), Window(), kind="average")
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    rows, columns = window.span(image.shape[0]), window.span(image.shape[1])
    result = np.empty((rows.outputs, columns.outputs))
    for r in range(rows.outputs):
        for c in range(columns.outputs):
            top, left = r * window.stride - rows.before, c * window.stride - columns.before
            inside = image[
                max(top, 0) : top + window.size,
                max(left, 0) : left + window.size,
            ]
            if kind == "max":
                result[r, c] = inside.max()
            elif kind == "average":
                result[r, c] = inside.mean()
            else:
                result[r, c] = image[r * window.stride, c * window.stride]
    return result


def backward(pooled: Pooled, gradient: FloatArray) -> FloatArray:
    """The gradient by the map that went in, from the gradient by the pooled values.

    Max and stride hand all of it to the winner, an average spreads it evenly over the pixels
    that it counted. Where windows overlap, contributions add up.

    Args:
        pooled: What `pool` gave.
        gradient: As `pooled.values`.

    Raises:
        ValueError: If the shapes differ; a bug of the caller.
    """
    gradient = np.asarray(gradient, dtype=np.float64)
    if gradient.shape != pooled.values.shape:
        raise ValueError(f"A gradient of {gradient.shape} for values of {pooled.values.shape}.")
    height, width = pooled.shape[:2]
    deep = gradient if gradient.ndim == 3 else gradient[..., None]
    result = np.zeros((height * width, deep.shape[2]))
    if pooled.winners is not None:
        winners = pooled.winners.reshape(-1, deep.shape[2])
        channels = np.broadcast_to(np.arange(deep.shape[2]), winners.shape)
        np.add.at(result, (winners, channels), deep.reshape(-1, deep.shape[2]))
        return result.reshape(pooled.shape)
    result = result.reshape(height, width, -1)
    share = deep / pooled.counts[..., None]
    for r in range(pooled.rows.outputs):
        top = r * pooled.window.stride - pooled.rows.before
        for c in range(pooled.columns.outputs):
            left = c * pooled.window.stride - pooled.columns.before
            result[
                max(top, 0) : top + pooled.window.size, max(left, 0) : left + pooled.window.size
            ] += share[r, c]
    return result.reshape(pooled.shape)


def unpool(pooled: Pooled, *, how: str) -> FloatArray:
    """A map of the old size from the pooled values.

    Args:
        pooled: What `pool` gave.
        how: ``switches`` puts each value back where it was taken from and 0 elsewhere (Zeiler
            and Fergus, 2014); ``nearest`` gives each pixel the value of the window whose center
            is nearest, of two equally near ones the later.

    Raises:
        ValueError: For switches of an average, which has none; a bug of the caller.
    """
    height, width = pooled.shape[:2]
    if how == "nearest":
        rows, columns = (
            _nearest(pooled.rows, pooled.window),
            _nearest(pooled.columns, pooled.window),
        )
        return pooled.values[np.ix_(rows, columns)]
    if how != "switches" or pooled.winners is None:
        raise ValueError(f"Cannot un-pool {pooled.kind} by {how}.")
    deep = pooled.values.reshape(pooled.rows.outputs * pooled.columns.outputs, -1)
    result = np.zeros((height * width, deep.shape[1]))
    np.put_along_axis(result, pooled.winners.reshape(deep.shape), deep, axis=0)
    return result.reshape(pooled.shape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GlobalPooled:
    """One number a map.

    Attributes:
        kind: ``max`` or ``average``.
        shape: Of the maps that went in, (H, W) or (H, W, C).
        values: () or (C,).
        winners: Place of each maximum as row * W + column, None for averages.
    """

    kind: str
    shape: tuple[int, ...]
    values: FloatArray
    winners: IntArray | None


def pool_globally(values: FloatArray, *, kind: str = "average") -> GlobalPooled:
    """The largest value or the mean of each map, (H, W) or (H, W, C).

    Raises:
        LessonError: ``map.shape``, ``map.empty`` or ``pooling.kind``.
    """
    deep = _deep(values)
    if kind not in {"max", "average"}:
        raise LessonError(
            "pooling.kind",
            problem=f"There is no global pooling named {kind!r}.",
            remedy="Choose max or average.",
        )
    if not deep.size:
        Window().span(0)
    rows = deep.reshape(-1, deep.shape[2])
    winners = rows.argmax(axis=0) if kind == "max" else None
    found = rows.max(axis=0) if kind == "max" else rows.mean(axis=0)
    flat = np.asarray(values).ndim == 2
    return GlobalPooled(
        kind=kind,
        shape=np.asarray(values).shape,
        values=found[0] if flat else found,
        winners=winners[0] if winners is not None and flat else winners,
    )


def backward_globally(pooled: GlobalPooled, gradient: FloatArray) -> FloatArray:
    """The gradient by the maps, from the gradient by their one number each."""
    gradient = np.atleast_1d(np.asarray(gradient, dtype=np.float64))
    height, width = pooled.shape[:2]
    result = np.zeros((height * width, len(gradient)))
    if pooled.winners is None:
        result[:] = gradient / (height * width)
    else:
        np.put_along_axis(result, np.atleast_1d(pooled.winners)[None], gradient[None], axis=0)
    return result.reshape(pooled.shape)


def reads(shape: tuple[int, int], window: Window) -> IntArray:
    """How many windows read each pixel: 0 at a dropped edge, more than 1 where they overlap.

    >>> reads((1, 5), Window(size=1, stride=2))
    array([[1, 0, 1, 0, 1]])
    """
    return np.outer(*(_readers(window.span(length), window) for length in shape))


def pyramid(
    values: FloatArray, window: Window, *, kind: str = "max", most: int = 12
) -> tuple[Pooled, ...]:
    """Pooling of the pooled, until a window no longer fits or nothing shrinks any more.

    Args:
        values: (H, W) or (H, W, C).
        window, kind: As for `pool`.
        most: Steps at most: with a stride of 1 there may be as many as pixels.

    >>> [step.rows.outputs for step in pyramid(np.zeros((28, 28)), Window())]
    [14, 7, 3, 1]
    """
    steps: list[Pooled] = []
    while len(steps) < most:
        now = steps[-1].values if steps else np.asarray(values)
        if window.padding == "valid" and min(now.shape[:2]) < window.size:
            return tuple(steps)
        step = pool(now, window, kind=kind)
        if step.values.shape == now.shape:
            return tuple(steps)
        steps.append(step)
    return tuple(steps)


def round_trip(
    values: FloatArray, window: Window, *, kind: str, how: str, rounds: int = 1
) -> FloatArray:
    """A map that was pooled that many times and then un-pooled as often.

    Raises:
        LessonError: ``window.too-large``, where a window does not fit what is left.
    """
    steps: list[Pooled] = []
    for _ in range(rounds):
        steps.append(pool(steps[-1].values if steps else values, window, kind=kind))
    result = steps[-1].values if steps else np.asarray(values)
    for step in reversed(steps):
        result = unpool(replace(step, values=result), how=how)
    return result


def relative_change(before: FloatArray, after: FloatArray) -> float:
    """How far two maps are apart, in units of the first one's own spread.

    0 is the same map, 1 an error as large as the map's deviation from its mean. A constant map
    has no spread: there the answer is 0 for no change, else infinity.

    >>> relative_change(np.array([1.0, 3.0]), np.array([2.0, 2.0]))
    1.0
    """
    before, after = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    apart = float(np.linalg.norm(after - before))
    spread = float(np.linalg.norm(before - before.mean()))
    if apart == 0:
        return 0.0
    return apart / spread if spread else math.inf


def shifted(values: FloatArray, pixels: int) -> FloatArray:
    """The map moved to the right; what leaves comes in again at the left, so nothing is lost."""
    return np.roll(values, pixels, axis=1)


def shift_change(
    values: FloatArray, window: Window, pixels: int, *, kind: str, along: bool = False
) -> float:
    """Relative change of the pooled map when the map moves to the right.

    Args:
        values: (H, W).
        window: Of the pooling.
        pixels: To the right.
        kind: One of `KINDS`.
        along: Compare with the first pooled map moved by the nearest whole number of its own
            cells (halves go up), instead of in place.
    """
    first = pool(values, window, kind=kind).values
    moved = pool(shifted(values, pixels), window, kind=kind).values
    steps = math.floor(pixels / window.stride + 0.5) if along else 0
    return relative_change(shifted(first, steps), moved)


_SEPARATORS: Final = re.compile(r"[\s,;|\[\]()]+")


def parse_map(text: str) -> FloatArray:
    """A map that a person typed: a line a row, numbers apart by spaces, commas or semicolons.

    Raises:
        LessonError: ``map.empty``, ``map.word``, ``map.ragged`` or ``map.large``, naming the place.

    >>> parse_map("1 2; 3\\n-4, 5, 6")
    array([[ 1.,  2.,  3.],
           [-4.,  5.,  6.]])
    """
    lines = [line for line in text.replace("\N{MINUS SIGN}", "-").splitlines() if line.strip()]
    rows = [
        [_number(word, r, c) for c, word in enumerate(filter(None, _SEPARATORS.split(line)), 1)]
        for r, line in enumerate(lines, 1)
    ]
    if not any(rows):
        raise LessonError(
            "map.empty",
            problem="There is no number in the text.",
            remedy="Type one line for each row, such as 1 5 2 0.",
        )
    ragged = [r for r, row in enumerate(rows, 1) if len(row) != len(rows[0])]
    if ragged:
        raise LessonError(
            "map.ragged",
            problem=f"Count of numbers in row {ragged[0]}: {len(rows[ragged[0] - 1])}; in row 1: "
            f"{len(rows[0])}.",
            remedy="Give every row the same count. A decimal point is a point, not a comma.",
        )
    if max(len(rows), len(rows[0])) > GREATEST_TYPED:
        raise LessonError(
            "map.large",
            problem=f"The map is {len(rows)} by {len(rows[0])}.",
            remedy=f"Type at most {GREATEST_TYPED} by {GREATEST_TYPED}; for more, pool a picture.",
        )
    return np.array(rows, dtype=np.float64)


def _number(word: str, row: int, column: int) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e6:
        raise LessonError(
            "map.word",
            problem=f"Row {row}, number {column} reads “{word[:20]}”, which is not a number "
            "from -1000000 to 1000000.",
            remedy="Write numbers with a decimal point, such as 0.5 or -12.",
        )
    return value


def _deep(values: FloatArray) -> FloatArray:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim not in {2, 3}:
        raise LessonError(
            "map.shape",
            problem=f"A map of shape {values.shape} cannot be pooled.",
            remedy="Give height and width, and channels last where there are several.",
        )
    return values if values.ndim == 3 else values[..., None]


def _windows(
    deep: FloatArray, window: Window, rows: Span, columns: Span, *, pad: float
) -> FloatArray:
    """(R, S, C, size * size): what each window reads, in reading order."""
    # A stride above the window leaves pixels behind the last window, which take no pad.
    edges = [(rows.before, rows.after), (columns.before, columns.after), (0, 0)]
    padded = np.pad(deep, edges, constant_values=pad)
    seen = sliding_window_view(padded, (window.size, window.size), axis=(0, 1))
    seen = seen[:: window.stride, :: window.stride][: rows.outputs, : columns.outputs]
    return seen.reshape(*seen.shape[:3], -1)


def _winners(deep: FloatArray, window: Window, rows: Span, columns: Span, kind: str) -> IntArray:
    tops = np.arange(rows.outputs)[:, None, None] * window.stride
    lefts = np.arange(columns.outputs)[None, :, None] * window.stride
    if kind == "stride":
        places = tops * columns.length + lefts
        return np.broadcast_to(places, (rows.outputs, columns.outputs, deep.shape[2])).copy()
    # argmax takes the first of equal values, in reading order.
    at = _windows(deep, window, rows, columns, pad=-np.inf).argmax(axis=-1)
    row, column = tops - rows.before + at // window.size, lefts - columns.before + at % window.size
    return row * columns.length + column


def _read(span: Span, window: Window) -> IntArray:
    """Pixels that each window reads along one axis."""
    first = np.arange(span.outputs) * window.stride - span.before
    return np.minimum(first + window.size, span.length) - np.maximum(first, 0)


def _readers(span: Span, window: Window) -> IntArray:
    """Windows that read each pixel along one axis."""
    first = np.arange(span.outputs) * window.stride - span.before
    pixels = np.arange(span.length)[:, None]
    return ((pixels >= first) & (pixels < first + window.size)).sum(axis=1)


def _nearest(span: Span, window: Window) -> IntArray:
    """For each pixel along one axis the window whose center is nearest, the later of two."""
    twice = 2 * (np.arange(span.length) + span.before) - (window.size - 1) + window.stride
    return np.clip(twice // (2 * window.stride), 0, span.outputs - 1)
