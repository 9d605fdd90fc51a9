"""Tensors as memory: shape, strides, addresses, slices, bytes, batches, and typed indices.

An array is a run of bytes and a rule that says where the element of an index begins. A slice, a
transpose and (on contiguous bytes) a reshape change the rule alone; no byte moves. That rule is
`Layout`, and everything here follows NumPy to the byte.

Source: https://numpy.org/doc/stable/reference/arrays.ndarray.html (internal memory layout)
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Final, TypeAlias

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError

MAX_LENGTH: Final = 100
MAX_DIGITS: Final = 9
MAX_NEW_AXES: Final = 3
ITEM_SIZES: Final = {"uint8": 1, "float32": 4}
"""Bytes of one element of each type that the lesson shows."""

Item: TypeAlias = int | slice | EllipsisType | None
"""What may stand between two commas; None makes a new axis of size 1."""

Shape: TypeAlias = tuple[int, ...]


class TypedIndexError(LessonError):
    """A typed index that cannot be followed, with its place.

    Attributes:
        at: Position of the first character that is wrong, from 0.
        length: Number of characters to mark; at least 1.
    """

    def __init__(self, code: str, *, at: int, length: int, problem: str, remedy: str) -> None:
        super().__init__(f"index.{code}", problem=problem, remedy=remedy)
        self.at = at
        self.length = max(length, 1)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_TOKENS: Final = re.compile(
    r"(?P<space>[ \t]+)|(?P<dots>\.\.\.)|(?P<decimal>\d*\.\d+|\d+\.(?!\.)|\d+[eE][-+]?\d+)"
    r"|(?P<whole>\d+)|(?P<name>[A-Za-z_][A-Za-z_0-9.]*)|(?P<sign>[-+])|(?P<mark>[\[\]:,])"
    r"|(?P<other>.)",
    re.ASCII | re.DOTALL,
)
_NEW_AXIS: Final = ("None", "newaxis", "np.newaxis")


def parse_index(text: str, shape: Shape) -> tuple[Item, ...]:
    """The items of a typed index such as ``x[0, :, 10:20, -1]``, checked against a shape.

    Whole numbers, slices with steps, ``...`` and ``None`` are understood, as NumPy's basic
    indexing is; nothing is evaluated.

    Raises:
        TypedIndexError: What is wrong, where, and what to write instead.

    >>> parse_index("x[0, ..., 2:8:3]", (4, 5, 9))
    (0, Ellipsis, slice(2, 8, 3))
    """
    if len(text) > MAX_LENGTH:
        raise TypedIndexError(
            "long",
            at=MAX_LENGTH,
            length=len(text) - MAX_LENGTH,
            problem=f"The index has {len(text)} characters.",
            remedy=f"Write at most {MAX_LENGTH}.",
        )
    return _Parser(text, shape).items()


class _Parser:
    def __init__(self, text: str, shape: Shape) -> None:
        self.text = text
        self.shape = shape
        self.tokens = [
            _Token(str(found.lastgroup), found.group(), found.start())
            for found in _TOKENS.finditer(text)
            if found.lastgroup != "space"
        ]
        self.next = 0

    def items(self) -> tuple[Item, ...]:
        token = self.peek()
        if token.kind == "name" and token.text == "x":
            self.next += 1
            if self.peek().kind == "end":
                return ()
        self.expect("[", "An index begins with a bracket.", "Write for example x[0].")
        found: list[Item] = []
        places: list[_Token] = []
        while True:
            places.append(self.peek())
            found.append(self.item())
            if self.peek().text == ",":
                self.next += 1
                if self.peek().text != "]":
                    continue
            break
        self.expect("]", "The bracket is not closed here.", "Put a comma or ] there.")
        if self.peek().kind != "end":
            self.refuse(
                "after",
                self.peek(),
                "Something follows the bracket.",
                "Put all indices into one bracket: x[0, 1] instead of x[0][1].",
            )
        self.check(found, places)
        return tuple(found)

    def item(self) -> Item:
        token = self.peek()
        if token.kind == "dots":
            self.next += 1
            return Ellipsis
        if token.kind == "name" and token.text in _NEW_AXIS:
            self.next += 1
            return None
        parts: list[int | None] = [self.number()]
        colons = 0
        step_at = token
        while self.peek().text == ":" and colons < 2:
            self.next += 1
            colons += 1
            step_at = self.peek()
            parts.append(self.number())
        if not colons:
            if parts[0] is None:
                self.unexpected()
            return parts[0]
        start, stop, step = (*parts, None)[:3]
        if step == 0:
            self.refuse(
                "step", step_at, "A step of 0 never moves.", "Take 1, 2, ... or -1 to go backwards."
            )
        return slice(start, stop, step)

    def number(self) -> int | None:
        token = self.peek()
        sign = 1
        if token.kind == "sign":
            sign = -1 if token.text == "-" else 1
            self.next += 1
            if self.peek().kind not in ("whole", "decimal"):
                self.unexpected()
            token = self.peek()
        if token.kind == "decimal":
            self.refuse(
                "decimal",
                token,
                f"{token.text} is not a whole number.",
                "Elements are counted: 0, 1, 2, ...",
            )
        if token.kind != "whole":
            return None
        if len(token.text) > MAX_DIGITS:
            self.refuse(
                "digits",
                token,
                f"{token.text} is too large for any axis here.",
                f"Write at most {MAX_DIGITS} digits.",
            )
        self.next += 1
        return sign * int(token.text)

    def check(self, found: list[Item], places: list[_Token]) -> None:
        if found.count(Ellipsis) > 1:
            second = [p for p, item in zip(places, found, strict=True) if item is Ellipsis][1]
            self.refuse(
                "ellipsis",
                second,
                "A second ... leaves open which axes each of them means.",
                "Keep one.",
            )
        if found.count(None) > MAX_NEW_AXES:
            last = [p for p, item in zip(places, found, strict=True) if item is None][MAX_NEW_AXES]
            self.refuse(
                "new-axes",
                last,
                "That many new axes cannot be drawn.",
                f"Take at most {MAX_NEW_AXES}.",
            )
        real = [
            (i, p) for i, p in zip(found, places, strict=True) if i is not None and i is not ...
        ]
        rank = len(self.shape)
        if len(real) > rank:
            self.refuse(
                "many",
                real[rank][1],
                f"There are {len(real)} indices for {rank} axes.",
                f"Remove {len(real) - rank}.",
            )
        seen = 0
        after = False
        for item, place in zip(found, places, strict=True):
            if item is None:
                continue
            if item is Ellipsis:
                after = True
                continue
            axis = rank - len(real) + seen if after else seen
            seen += 1
            size = self.shape[axis]
            if isinstance(item, int) and not -size <= item < size:
                self.refuse(
                    "bounds",
                    place,
                    f"Axis {axis} has the length {size}; {item} is outside.",
                    f"Take 0 to {size - 1}, or -{size} to -1 from the end.",
                )

    def peek(self) -> _Token:
        if self.next < len(self.tokens):
            return self.tokens[self.next]
        return _Token("end", "", len(self.text))

    def expect(self, mark: str, problem: str, remedy: str) -> None:
        if self.peek().text != mark:
            self.refuse("bracket", self.peek(), problem, remedy)
        self.next += 1

    def unexpected(self) -> None:
        token = self.peek()
        said = f"{token.text} does not belong here." if token.text else "The index ends too early."
        remedy = "Write whole numbers, slices like 2:8, ..., or None, between commas."
        self.refuse("unexpected", token, said, remedy)

    def refuse(self, code: str, token: _Token, problem: str, remedy: str) -> None:
        raise TypedIndexError(
            code, at=token.at, length=len(token.text), problem=problem, remedy=remedy
        )


def expand(items: Sequence[Item], rank: int) -> tuple[int | slice | None, ...]:
    """Items with ``...`` and missing axes written out as full slices.

    >>> expand((0, ..., None), 3)
    (0, slice(None, None, None), slice(None, None, None), None)
    """
    real = sum(item is not None and item is not ... for item in items)
    full = [slice(None)] * (rank - real)
    if ... not in items:
        items = (*items, ...)
    found: list[int | slice | None] = []
    for item in items:
        if item is ...:
            found.extend(full)
        else:
            found.append(item)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the elements of an array lie.

    Attributes:
        shape: Entries along each axis.
        strides: Bytes from one entry of an axis to the next; negative goes back.
        offset: Byte where element (0, ..., 0) begins.
        itemsize: Bytes of one element.
    """

    shape: Shape
    strides: tuple[int, ...]
    offset: int
    itemsize: int

    @classmethod
    def of(cls, shape: Shape, itemsize: int) -> Layout:
        """Row after row without gaps, the last axis fastest, as NumPy and TensorFlow do.

        >>> Layout.of((2, 3, 4), 4).strides
        (48, 16, 4)
        """
        strides = [itemsize] * len(shape)
        for axis in range(len(shape) - 2, -1, -1):
            strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
        return cls(tuple(shape), tuple(strides), 0, itemsize)

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.count * self.itemsize

    @property
    def contiguous(self) -> bool:
        """Whether the elements lie side by side in the order of their indices."""
        if not self.count:
            return True
        expected = self.itemsize
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size > 1 and stride != expected:
                return False
            expected *= size
        return True

    def terms(self, index: Sequence[int]) -> tuple[int, ...]:
        """What each axis adds to the address: its index times its stride."""
        return tuple(i * stride for i, stride in zip(index, self.strides, strict=True))

    def address(self, index: Sequence[int]) -> int:
        """Byte where the element of an index, each 0 and up, begins.

        >>> Layout.of((24, 64, 64, 1), 4).address((2, 10, 20, 0))
        35408
        """
        return self.offset + sum(self.terms(index))

    def addresses(self) -> IntArray:
        """Byte of every element, in the array's shape."""
        found = np.full(self.shape, self.offset, np.int64)
        for axis, (size, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            along = np.arange(size) * stride
            found += along.reshape([-1 if a == axis else 1 for a in range(self.rank)])
        return found

    def take(self, items: Sequence[Item]) -> Layout:
        """What basic indexing leaves: the same bytes under another rule.

        Args:
            items: As `parse_index` gives them.
        """
        shape: list[int] = []
        strides: list[int] = []
        offset = self.offset
        axis = 0
        for item in expand(items, self.rank):
            if item is None:
                shape.append(1)
                strides.append(0)
                continue
            size, stride = self.shape[axis], self.strides[axis]
            axis += 1
            if isinstance(item, slice):
                start, stop, step = item.indices(size)
                count = len(range(start, stop, step))
                offset += start * stride if count else 0
                shape.append(count)
                strides.append(step * stride)
            else:
                offset += (item % size) * stride
        return Layout(tuple(shape), tuple(strides), offset, self.itemsize)

    def transposed(self, order: Sequence[int]) -> Layout:
        """The axes in another order; no byte moves.

        >>> Layout.of((64, 48, 3), 1).transposed((2, 0, 1)).strides
        (1, 144, 3)
        """
        if sorted(order) != list(range(self.rank)):
            raise ValueError(f"{tuple(order)} does not name each of {self.rank} axes once.")
        return Layout(
            tuple(self.shape[axis] for axis in order),
            tuple(self.strides[axis] for axis in order),
            self.offset,
            self.itemsize,
        )

    def reshaped(self, shape: Shape) -> Layout:
        """The same run of bytes cut into rows of other lengths; only of contiguous bytes.

        Raises:
            LessonError: ``tensor.reshape`` where the numbers of elements differ.
        """
        if math.prod(shape) != self.count:
            raise LessonError(
                "tensor.reshape",
                problem=f"{self.count} elements cannot fill a shape of {math.prod(shape)}.",
                remedy="Choose sides whose product is the number of elements.",
            )
        if not self.contiguous:
            raise LessonError(
                "tensor.scattered",
                problem="These elements do not lie side by side.",
                remedy="Copy them first, so that they do.",
            )
        plain = Layout.of(shape, self.itemsize)
        return Layout(plain.shape, plain.strides, self.offset, self.itemsize)


def unravel(number: int, shape: Shape) -> tuple[int, ...]:
    """Index of the element with that number, counted with the last axis fastest.

    >>> unravel(5, (2, 3))
    (1, 2)
    """
    found = []
    for size in reversed(shape):
        found.append(number % size)
        number //= size
    return tuple(reversed(found))


def element_bytes(value: float, dtype: str) -> bytes:
    """The element as it lies in memory, least important byte first.

    >>> element_bytes(0.1, "float32").hex(" ")
    'cd cc cc 3d'
    """
    if dtype == "uint8":
        return struct.pack("<B", int(value))
    return struct.pack("<f", value)


@dataclass(frozen=True, slots=True)
class FloatParts:
    """The 32 bits of a float32: sign, 8 bits of exponent, 23 of fraction."""

    sign: int
    exponent: int
    fraction: int

    @property
    def value(self) -> float:
        """The number they mean, from the formula of IEEE 754 (finite numbers)."""
        scale = -126 if self.exponent == 0 else self.exponent - 127
        lead = 0.0 if self.exponent == 0 else 1.0
        return (-1.0) ** self.sign * (lead + self.fraction / 2**23) * 2.0**scale


def float_parts(value: float) -> FloatParts:
    """The parts of a float32.

    Source: IEEE 754-2019, section 3.4

    >>> float_parts(-0.75)
    FloatParts(sign=1, exponent=126, fraction=4194304)
    """
    (bits,) = struct.unpack("<I", struct.pack("<f", value))
    return FloatParts(bits >> 31, bits >> 23 & 0xFF, bits & 0x7FFFFF)


def batch_sizes(samples: int, size: int, *, drop_last: bool = False) -> tuple[int, ...]:
    """Samples in each batch; the last may hold fewer.

    >>> batch_sizes(24, 5), batch_sizes(24, 5, drop_last=True)
    ((5, 5, 5, 5, 4), (5, 5, 5, 5))
    """
    if samples < 0 or size < 1:
        raise LessonError(
            "batch.size",
            problem=f"Batches of {size} cannot be made of {samples} samples.",
            remedy="Choose a batch size of 1 or more.",
        )
    full, rest = divmod(samples, size)
    return (size,) * full + ((rest,) if rest and not drop_last else ())


def add_uint8(values: UInt8Array, amount: int) -> UInt8Array:
    """What uint8 makes of an addition: it goes around at 256.

    >>> int(add_uint8(np.array([250], np.uint8), 10)[0])
    4
    """
    return (values.astype(np.int64) + amount).astype(np.uint8)


def scaled(values: UInt8Array) -> FloatArray:
    """0 to 255 as 0 to 1, float32; four times the bytes."""
    return values.astype(np.float32) / np.float32(255)


def standardized(values: UInt8Array) -> FloatArray:
    """Mean 0 and standard deviation 1 over all values, float32; a flat picture becomes 0."""
    exact = values.astype(np.float64)
    deviation = exact.std()
    return ((exact - exact.mean()) / (deviation or 1.0)).astype(np.float32)
