"""Solid shapes seen by a beam: how much bone wall and how much filling a ray passes.

Points are complex numbers, x + 1j * y in centimeters on the detector, y downwards, so that a
rotation is a multiplication. Every shape is a body of round (or flattened) cross section with a
dense wall around a filling; its `chords` are the lengths of a ray inside the whole body and
inside the filling. The wall's share is their difference, which is why the edge of a shaft is
bright and its canal dark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np

from core.arrays import FloatArray

SAMPLES = 1024
Knots: TypeAlias = tuple[tuple[float, float, float], ...]
"""(place along the axis 0..1, left edge, right edge), edges in units of the shaft's radius."""


class Chords(NamedTuple):
    """Lengths of the ray, in cm, at each point asked for (any shape, float32)."""

    outer: FloatArray
    inner: FloatArray
    spongy: FloatArray | float  # share of trabecular bone in the filling, 0..1


class Profile(NamedTuple):
    """A bone's outline along its axis, all (SAMPLES,) float32, lengths in shaft radii."""

    center: FloatArray
    outer: FloatArray
    inner: FloatArray
    spongy: FloatArray


LINE: Knots = ((0.0, 1.0, 1.0), (1.0, 1.0, 1.0))
PROFILES: dict[str, Knots] = {
    "line": LINE,
    "radius": (
        (0.0, 1.5, 1.5),
        (0.03, 1.6, 1.6),
        (0.08, 1.0, 1.0),
        (0.13, 1.2, 1.5),
        (0.2, 1.0, 1.0),
        (0.6, 1.0, 1.05),
        (0.8, 1.2, 1.3),
        (0.92, 1.9, 1.9),
        (0.97, 2.15, 2.2),
        (1.0, 2.1, 2.35),
    ),
    "ulna": (
        (0.0, 1.9, 1.6),
        (0.06, 2.2, 2.0),
        (0.14, 1.6, 1.6),
        (0.3, 1.1, 1.1),
        (0.85, 0.9, 0.9),
        (0.96, 1.35, 1.25),
        (1.0, 1.5, 1.2),
    ),
    "tibia": (
        (0.0, 2.7, 2.7),
        (0.04, 2.75, 2.7),
        (0.12, 1.7, 1.6),
        (0.25, 1.1, 1.15),
        (0.6, 0.95, 0.95),
        (0.8, 1.0, 1.0),
        (0.93, 1.5, 1.5),
        (0.985, 1.9, 1.7),
        (1.0, 2.1, 1.6),
    ),
    "fibula": (
        (0.0, 1.7, 1.6),
        (0.05, 1.7, 1.7),
        (0.12, 1.0, 1.0),
        (0.85, 1.0, 1.0),
        (0.93, 1.5, 1.4),
        (0.98, 1.6, 1.5),
        (1.0, 1.2, 1.1),
    ),
    "femur-distal": (
        (0.0, 2.6, 2.6),
        (0.04, 2.7, 2.7),
        (0.12, 1.8, 1.8),
        (0.25, 1.2, 1.2),
        (1.0, 1.0, 1.0),
    ),
    "femur": (
        (0.0, 1.5, 1.2),
        (0.06, 1.6, 1.25),
        (0.16, 1.2, 1.15),
        (0.3, 1.0, 1.0),
        (1.0, 1.0, 1.0),
    ),
    "humerus": (
        (0.0, 1.7, 2.0),
        (0.07, 1.75, 2.0),
        (0.18, 1.25, 1.35),
        (0.35, 1.0, 1.1),
        (1.0, 1.0, 1.0),
    ),
    "humerus-distal": (
        (0.0, 2.2, 2.6),
        (0.03, 2.4, 2.8),
        (0.14, 1.4, 1.5),
        (0.28, 1.0, 1.0),
        (1.0, 1.0, 1.0),
    ),
    "metacarpal": (
        (0.0, 1.5, 1.5),
        (0.08, 1.6, 1.6),
        (0.25, 1.05, 1.05),
        (0.55, 0.9, 0.9),
        (0.8, 1.25, 1.25),
        (0.92, 1.6, 1.6),
        (1.0, 1.4, 1.4),
    ),
    "phalanx": (
        (0.0, 1.6, 1.6),
        (0.1, 1.6, 1.6),
        (0.3, 1.1, 1.1),
        (0.65, 0.85, 0.85),
        (0.88, 1.25, 1.25),
        (1.0, 1.15, 1.15),
    ),
    "tuft": (
        (0.0, 1.6, 1.6),
        (0.15, 1.5, 1.5),
        (0.6, 0.65, 0.65),
        (0.85, 0.95, 0.95),
        (1.0, 0.8, 0.8),
    ),
    "neck": ((0.0, 1.25, 1.25), (0.4, 1.0, 1.0), (0.75, 1.15, 1.2), (1.0, 1.5, 1.5)),
    "clavicle": (
        (0.0, 1.3, 1.3),
        (0.2, 1.05, 1.05),
        (0.6, 0.9, 0.9),
        (0.9, 1.4, 1.4),
        (1.0, 1.5, 1.5),
    ),
    "ramus": ((0.0, 1.5, 1.5), (0.35, 1.0, 1.0), (0.8, 1.0, 1.1), (1.0, 1.4, 1.4)),
}


@lru_cache(maxsize=256)
def profile(knots: Knots, slenderness: float, wall: float, canal_ends: float) -> Profile:
    """The outline as tables along the axis.

    Args:
        knots: Edges along the axis.
        slenderness: Length over shaft radius; rounds the ends by about one radius.
        wall: Thickness of the cortex at mid-shaft, in shaft radii; thin at the ends.
        canal_ends: Share of the length at each end that is filled with spongy bone.
    """
    u = np.linspace(0.0, 1.0, SAMPLES)
    places, left, right = np.array(knots).T
    left, right = (_smooth(np.interp(u, places, edge)) for edge in (left, right))
    half = (left + right) / 2
    round_ = half[[0, -1]] * 0.45 / slenderness
    shell = 0.16 / slenderness  # the thin plate under the joint's cartilage
    toward_end = np.minimum(u, 1 - u)
    spongy = np.clip((canal_ends - toward_end) / (0.6 * canal_ends), 0.0, 0.88) + 0.12
    cortex = wall * (1 - 0.72 * spongy)
    outer = half * _cap(u, round_, 0.0)
    inner = np.maximum(half - cortex, 0.0) * _cap(u, round_, shell)
    tables = ((right - left) / 2, outer, inner, spongy)
    return Profile(*(np.ascontiguousarray(table, dtype=np.float32) for table in tables))


def _smooth(edge: FloatArray) -> FloatArray:
    """Rounds the corners of a piecewise linear edge over 5 percent of its length."""
    width = SAMPLES // 20
    padded = np.pad(edge, width, mode="edge")
    box = np.ones(width) / width
    twice = np.convolve(np.convolve(padded, box, mode="same"), box, mode="same")
    return twice[width:-width]


def _cap(u: FloatArray, round_: FloatArray, start: float) -> FloatArray:
    """1 along the body, falling to 0 at both ends as a flat superellipse does."""
    head = np.clip((round_[0] + start - u) / max(round_[0], 1e-6), 0.0, 1.0)
    tail = np.clip((round_[1] + start - (1 - u)) / max(round_[1], 1e-6), 0.0, 1.0)
    return (1 - head**2.6) ** (1 / 2.6) * (1 - tail**2.6) ** (1 / 2.6)


@dataclass(frozen=True, slots=True)
class Tube:
    """A long body from ``start`` to ``end`` with an outline along its axis.

    Attributes:
        start: First end, cm.
        end: Last end, cm.
        radius: Half-width of the shaft, cm.
        knots: The outline, see `PROFILES`.
        side: 1, or -1 where the limb is seen mirrored.
        bow: How far the middle of the axis stands off the straight line, cm.
        wall: Cortex thickness in shaft radii.
        canal_ends: Share of the length at each end filled with spongy bone.
        depth: Extent along the beam over the width.
    """

    start: complex
    end: complex
    radius: float
    knots: Knots = LINE
    side: float = 1.0
    bow: float = 0.0
    wall: float = 0.36
    canal_ends: float = 0.2
    depth: float = 1.0

    @property
    def length(self) -> float:
        """Distance between the two ends, cm."""
        return abs(self.end - self.start)

    @property
    def direction(self) -> complex:
        """Unit vector along the axis."""
        return (self.end - self.start) / self.length

    def axes(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Distance along the axis and across it, cm; the bow is not taken off."""
        way = self.direction
        dx, dy = x - self.start.real, y - self.start.imag
        return dx * way.real + dy * way.imag, dy * way.real - dx * way.imag

    def point(self, along: float, across: float = 0.0) -> complex:
        """The place on the detector at (along, across) cm from the start, bow included."""
        u = along / self.length
        return self.start + self.direction * complex(
            along, across + self.side * 4 * self.bow * u * (1 - u)
        )

    def half_width(self, along: float) -> float:
        """Outer half-width, cm, at a distance along the axis."""
        table = self._profile().outer
        index = int(np.clip(along / self.length, 0.0, 1.0) * (SAMPLES - 1))
        return float(table[index]) * self.radius

    def chords(self, x: FloatArray, y: FloatArray) -> Chords:
        """Ray lengths at the points (x, y), cm."""
        along, across = self.axes(x, y)
        tables = self._profile()
        u = along * (1 / self.length)
        index = (np.clip(u, 0.0, 1.0) * (SAMPLES - 1)).astype(np.int32)
        center = tables.center[index] * (self.radius * self.side)
        if self.bow:
            center = center + (4 * self.bow * self.side) * u * (1 - u)
        square = np.square(across - center)
        # The tables end in 0, so nothing is left beyond the ends.
        outer = _chord(tables.outer[index] * self.radius, square) * self.depth
        inner = _chord(tables.inner[index] * self.radius, square) * self.depth
        return Chords(outer, inner, tables.spongy[index])

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the place the body can be in, cm."""
        reach = self.radius * max(max(left, right) for _, left, right in self.knots) + abs(self.bow)
        xs, ys = (self.start.real, self.end.real), (self.start.imag, self.end.imag)
        return min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach

    def _profile(self) -> Profile:
        # Coarse steps keep the number of cached tables small: the eye cannot tell them apart.
        slenderness = float(max(round(self.length / self.radius / 2) * 2, 4))
        return profile(self.knots, slenderness, round(self.wall, 2), round(self.canal_ends, 2))


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """A rounded body: wrist bones, joint heads, the kneecap.

    Attributes:
        center: Middle, cm.
        radii: Half-axes, cm, before turning.
        turn: Angle of the first half-axis, radians.
        wall: Thickness of its shell, cm.
        depth: Half-extent along the beam, cm.
        spongy: Share of trabecular bone inside.
        lobes: Amplitude of a threefold dent in the outline, 0 for a plain ellipse.
    """

    center: complex
    radii: tuple[float, float]
    turn: float = 0.0
    wall: float = 0.1
    depth: float = 1.0
    spongy: float = 1.0
    lobes: float = 0.0

    def chords(self, x: FloatArray, y: FloatArray) -> Chords:
        """Ray lengths at the points (x, y), cm."""
        cosine, sine = math.cos(self.turn), math.sin(self.turn)
        dx, dy = x - self.center.real, y - self.center.imag
        p = (dx * cosine + dy * sine) * (1 / self.radii[0])
        q = (dy * cosine - dx * sine) * (1 / self.radii[1])
        square = p * p + q * q
        if self.lobes:
            third = (p * p * p - 3 * p * q * q) / np.maximum(square, 1e-6) ** 1.5
            square = square * (1 + self.lobes * third)
        shrink = max(1 - self.wall / min(self.radii), 0.05)
        outer = _chord(np.float32(1.0), square) * self.depth
        inner = _chord(np.float32(shrink), square) * self.depth
        return Chords(outer, inner, self.spongy)

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the place the body can be in, cm."""
        reach = max(self.radii) * (1 + self.lobes)
        x, y = self.center.real, self.center.imag
        return x - reach, y - reach, x + reach, y + reach


@dataclass(frozen=True, slots=True)
class Arc:
    """A bent rod along a part of an ellipse: a rib, the rim of the hip's socket.

    Attributes:
        center: Middle of the ellipse, cm.
        radii: Its half-axes, cm.
        span: First and last angle, radians, clockwise on the screen from the right.
        turn: Angle of the first half-axis, radians.
        radius: Half-width of the rod, cm.
        wall: Its wall in radii.
    """

    center: complex
    radii: tuple[float, float]
    span: tuple[float, float]
    turn: float = 0.0
    radius: float = 0.5
    wall: float = 0.3

    def chords(self, x: FloatArray, y: FloatArray) -> Chords:
        """Ray lengths at the points (x, y), cm."""
        cosine, sine = math.cos(self.turn), math.sin(self.turn)
        dx, dy = x - self.center.real, y - self.center.imag
        p, q = dx * cosine + dy * sine, dy * cosine - dx * sine
        a, b = self.radii
        level = np.sqrt((p / a) ** 2 + (q / b) ** 2)
        slope = np.sqrt((p / (a * a)) ** 2 + (q / (b * b)) ** 2) / np.maximum(level, 1e-3)
        square = np.square((level - 1) / np.maximum(slope, 1e-3))
        angle = np.arctan2(q / b, p / a)
        middle, half = sum(self.span) / 2, (self.span[1] - self.span[0]) / 2
        off = np.abs((angle - middle + math.pi) % (2 * math.pi) - math.pi)
        fade = np.clip((half - off) * 6, 0.0, 1.0)
        outer = _chord(np.float32(self.radius), square) * fade
        inner = _chord(np.float32(self.radius * (1 - self.wall)), square) * fade
        return Chords(outer, inner, 0.5)

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the place the body can be in, cm."""
        reach = max(self.radii) + self.radius
        x, y = self.center.real, self.center.imag
        return x - reach, y - reach, x + reach, y + reach


Shape: TypeAlias = Tube | Ellipsoid | Arc


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a limb lies on the detector: moved, mirrored, turned, in this order.

    Attributes:
        origin: The limb's point that comes to the detector's middle, cm.
        mirrored: Left becomes right.
        angle: Turn, radians, clockwise on the screen.
        offset: Final shift, cm.
    """

    origin: complex
    mirrored: bool
    angle: float
    offset: complex = 0j

    def place(self, point: complex) -> complex:
        """The detector position of a point of the limb."""
        moved = point - self.origin
        if self.mirrored:
            moved = complex(-moved.real, moved.imag)
        return moved * complex(math.cos(self.angle), math.sin(self.angle)) + self.offset

    def __call__(self, shape: Shape) -> Shape:
        """The shape as it lies on the detector."""
        if isinstance(shape, Tube):
            side = -shape.side if self.mirrored else shape.side
            return replace(
                shape, start=self.place(shape.start), end=self.place(shape.end), side=side
            )
        turn = (math.pi - shape.turn if self.mirrored else shape.turn) + self.angle
        center = self.place(shape.center)
        if isinstance(shape, Ellipsoid):
            return replace(shape, center=center, turn=turn)
        # Mirroring turns the ellipse's own axes by half a turn and reverses its sense.
        span = (-shape.span[1], -shape.span[0]) if self.mirrored else shape.span
        return replace(shape, center=center, turn=turn, span=span)


def _chord(radius: FloatArray | np.float32, square: FloatArray) -> FloatArray:
    """2 sqrt(radius^2 - distance^2), 0 outside: the ray through a round cross section."""
    return 2 * np.sqrt(np.maximum(radius * radius - square, 0.0))


@lru_cache(maxsize=8)
def texture(name: str) -> FloatArray:
    """A fixed tile of noise that wraps around, mean 0, standard deviation 1, (512, 512) float32.

    ``"trabecular"`` is a fine mesh drawn out along x, ``"soft"`` is slow mottling.
    """
    rng = np.random.default_rng(20200229 if name == "trabecular" else 20200301)
    noise = rng.standard_normal((512, 512)).astype(np.float32)
    if name == "trabecular":
        scales = ((2.6, 0.8, 1.0), (6.0, 1.6, 0.9), (9.0, 6.0, 0.6))
    else:
        scales = ((14.0, 14.0, 1.0), (40.0, 30.0, 1.2), (3.0, 3.0, 0.15))
    total = np.zeros_like(noise)
    for along, across, weight in scales:
        wrapped = np.pad(noise, 160, mode="wrap")
        layer = cv2.GaussianBlur(wrapped, (0, 0), along, sigmaY=across)[160:-160, 160:-160]
        total += weight * layer / layer.std()
    return (total - total.mean()) / total.std()
