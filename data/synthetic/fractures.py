"""Fractures: lines through the two walls of a tube, and fragments that move.

A shaft is a tube, so a crack meets the beam twice, in the front and in the back wall. Where both
meet it at the same place (transverse) the line is dark; where they part (oblique, spiral) two
weaker lines appear. Moved fragments leave a gap on one side and overlap on the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from core.arrays import BoolArray, FloatArray
from data.synthetic.physics import soft_step
from data.synthetic.shapes import Ellipsoid, Tube

KINDS: Final = ("transverse", "oblique", "spiral", "comminuted", "hairline", "displaced")


class Piece(NamedTuple):
    """One fragment: where its material comes from, and which share of it stays."""

    along: FloatArray  # cm along the unbroken shaft
    across: FloatArray  # cm across it
    keep: FloatArray  # 0..1


@dataclass(frozen=True, slots=True)
class CrackLine:
    """A jagged line across a shaft; heights are in local half-widths of the shaft.

    Attributes:
        slope: Rise from one side to the other, per half-width.
        bend: Height of an S over the width: the screw of a spiral fracture.
        jag: Height of the teeth.
        phases: Where three zigzags begin, radians.
    """

    slope: float
    bend: float
    jag: float
    phases: tuple[float, float, float]

    def rise(self, place: FloatArray) -> FloatArray:
        """Height over the place across the shaft (-1..1 from edge to edge)."""
        first, second, third = self.phases
        teeth = _zigzag(place * 3.1 + first) + 0.6 * _zigzag(place * 7.3 + second)
        teeth = teeth + 0.35 * _zigzag(place * 13.7 + third)
        line = self.slope * place + self.jag * teeth
        return line + self.bend * np.sin(place * 1.9) if self.bend else line


@dataclass(frozen=True, slots=True, kw_only=True)
class Fracture:
    """One fracture of a shaft.

    Attributes:
        kind: One of `KINDS`.
        along: Distance of the break from the shaft's start, cm.
        half_width: Half-width of the shaft there, cm.
        front: The crack in the front wall.
        back: The crack in the back wall.
        gap: Width of the crack, cm.
        depth: Share of the shadow missing inside the crack, 0..1.
        reach: How far the crack runs from one edge, -1..1 in half-widths; 1.2 runs through.
        shift_near: Sideways move of the fragment at the shaft's start, cm at the break.
        shift_far: The same for the other fragment.
        slide: Move of the far fragment along the axis, cm; negative overlaps.
        wedge: Height of a separate third fragment in half-widths; 0 for none.
        shift_wedge: Its sideways move, cm.
        debris: Small splinters as (along, across, size, turn) relative to the break, half-widths.
    """

    kind: str
    along: float
    half_width: float
    front: CrackLine
    back: CrackLine
    gap: float
    depth: float
    reach: float = 1.2
    shift_near: float = 0.0
    shift_far: float = 0.0
    slide: float = 0.0
    wedge: float = 0.0
    shift_wedge: float = 0.0
    debris: tuple[tuple[float, float, float, float], ...] = ()

    def pieces(
        self, shaft: Tube, along: FloatArray, across: FloatArray, *, soft: float
    ) -> Iterator[Piece]:
        """The fragments as seen at detector points given in the shaft's axes, cm."""
        rest = max(shaft.length - self.along, 1e-3)
        lean_near = np.clip(along * (1 / max(self.along, 1e-3)), 0.0, 1.0)
        lean_far = np.clip((shaft.length - along) * (1 / rest), 0.0, 1.0)
        near = across - self.shift_near * lean_near
        keep_near = self._keep(shaft, along, near, soft=soft, far=False)
        yield Piece(along, near, keep_near)
        slid = along - self.slide * lean_far
        far = across - self.shift_far * lean_far
        keep_far = self._keep(shaft, slid, far, soft=soft, far=True)
        if not self.wedge:
            yield Piece(slid, far, keep_far)
            return
        yield Piece(slid, far, keep_far * (1 - self._wedge_keep(shaft, slid, far, soft, 0.5)))
        moved = across - self.shift_wedge
        keep = self._keep(shaft, along, moved, soft=soft, far=True)
        yield Piece(along, moved, keep * self._wedge_keep(shaft, along, moved, soft, -0.5))

    def _keep(
        self, shaft: Tube, along: FloatArray, across: FloatArray, *, soft: float, far: bool
    ) -> FloatArray:
        place = self._place(shaft, along, across)
        sign = 1.0 if far else -1.0
        total: FloatArray | float = 0.0
        for line in (self.front, self.back):
            beyond = sign * (along - self.along - self.half_width * line.rise(place))
            beyond = beyond + 0.0
            inside = soft_step(beyond - self.gap / 2, soft)
            # Each fragment also keeps its half of what remains in a shallow crack.
            whole = soft_step(beyond, soft)
            left = inside + (1 - self.depth) * (whole - inside)
            if self.reach < 1.0:
                open_ = np.clip((self.reach - place) * 4 + 0.5, 0.0, 1.0)
                left = left * open_ + whole * (1 - open_)
            total = total + 0.5 * left
        return np.asarray(total, np.float32)

    def _wedge_keep(
        self, shaft: Tube, along: FloatArray, across: FloatArray, soft: float, side: float
    ) -> FloatArray:
        """1 inside the butterfly fragment: a triangle whose base is one cortex."""
        place = self._place(shaft, along, across)
        top = self.wedge * (1 + place) * 0.5 + 0.5 * self.front.jag * _zigzag(place * 9.0)
        top = top + self.front.slope * place
        below = self.half_width * top - (along - self.along)
        return soft_step(below + side * self.gap, soft) * soft_step(place + 0.9, 0.2)

    def _place(self, shaft: Tube, along: FloatArray, across: FloatArray) -> FloatArray:
        middle = shaft.point(self.along) - shaft.start
        center = (middle * shaft.direction.conjugate()).imag
        return (across - center) * (1 / self.half_width)

    def near(self, shaft: Tube, along: FloatArray, across: FloatArray) -> BoolArray:
        """The surroundings in which a change counts as part of the fracture."""
        place = np.clip(self._place(shaft, along, across), -1.3, 1.3)
        height = along - self.along
        reach = 0.35 * self.half_width + self.gap + abs(self.slide)
        hit = np.zeros(np.broadcast(along, across).shape, bool)
        for line in (self.front, self.back):
            rise = self.half_width * line.rise(place)
            hit |= (height > rise - reach) & (height < rise + reach + self.wedge * self.half_width)
        return hit

    def crack(
        self, shaft: Tube, along: FloatArray, across: FloatArray, *, soft: float
    ) -> BoolArray:
        """The crack itself, in both walls, on the unmoved bone."""
        place = self._place(shaft, along, across)
        height = along - self.along
        half = self.gap / 2 + soft * 0.6
        hit = np.zeros(np.broadcast(along, across).shape, bool)
        for line in (self.front, self.back):
            hit |= np.abs(height - self.half_width * line.rise(place)) < half
        return hit & (place < self.reach + 0.15) & (np.abs(place) < 1.6)

    def shards(self, shaft: Tube) -> Iterator[Ellipsoid]:
        """Splinters beside the break."""
        for along, across, size, turn in self.debris:
            spot = shaft.point(self.along + along * self.half_width, across * self.half_width)
            radii = (size * self.half_width, 0.45 * size * self.half_width)
            yield Ellipsoid(spot, radii, turn, depth=0.22 * self.half_width)


def draw_fracture(
    rng: np.random.Generator, *, shaft: Tube, along: float, contrast: float, displacement: float
) -> Fracture:
    """A random fracture of a shaft; every kind is equally likely.

    Args:
        rng: Source of randomness.
        shaft: The tube that breaks.
        along: Where, cm from its start.
        contrast: 0 barely opens the crack, 1 opens it wide and empty.
        displacement: 0 leaves the fragments in line, 1 moves them by more than the shaft's width.
    """
    kind = KINDS[int(rng.integers(len(KINDS)))]
    half_width = shaft.half_width(along)
    size = half_width * rng.uniform(0.85, 1.2)
    gap = size * (0.07 + 0.36 * contrast)
    depth = 0.3 + 0.7 * contrast
    push = size * displacement * rng.uniform(0.6, 1.3) * _sign(rng)
    still = CrackLine(0.0, 0.0, 0.0, (0.0, 0.0, 0.0))
    base = Fracture(
        kind=kind, along=along, half_width=half_width, front=still, back=still, gap=gap, depth=depth
    )
    # A short neck has no room for the long slants of a shaft.
    slant = min(1.0, shaft.length / half_width / 8)
    return _MAKERS[kind](rng, base, float(push), float(slant))


def _line(rng: np.random.Generator, slope: float, *, jag: float, bend: float = 0.0) -> CrackLine:
    phases = rng.uniform(0.0, 2 * math.pi, 3)
    return CrackLine(slope, bend, jag, (float(phases[0]), float(phases[1]), float(phases[2])))


def _sign(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _transverse(rng: np.random.Generator, base: Fracture, push: float, slant: float) -> Fracture:
    front = _line(rng, rng.uniform(-0.25, 0.25), jag=rng.uniform(0.06, 0.14))
    bent = push * rng.uniform(0.0, 0.7)  # an angle without a step: both ends move alike
    return replace(
        base,
        front=front,
        back=front,
        shift_near=bent,
        shift_far=bent + 0.35 * push,
        slide=abs(push) * rng.uniform(-0.9, 0.3),
    )


def _oblique(rng: np.random.Generator, base: Fracture, push: float, slant: float) -> Fracture:
    slope = slant * _sign(rng) * rng.uniform(0.7, 1.6)
    front = _line(rng, slope, jag=0.06)
    return replace(
        base,
        front=front,
        back=_line(rng, slope * rng.uniform(0.8, 1.1), jag=0.06),
        shift_far=0.75 * push,
        slide=abs(push) * rng.uniform(-0.8, 0.25),
    )


def _spiral(rng: np.random.Generator, base: Fracture, push: float, slant: float) -> Fracture:
    slope = slant * _sign(rng) * rng.uniform(1.3, 2.3)
    bend = slant * rng.uniform(0.5, 1.0)
    return replace(
        base,
        front=_line(rng, slope, jag=0.04, bend=bend),
        back=_line(rng, slope, jag=0.04, bend=-bend),
        gap=1.6 * base.gap,
        shift_far=0.85 * push,
        slide=-0.3 * abs(push) * rng.random(),
    )


def _comminuted(rng: np.random.Generator, base: Fracture, push: float, slant: float) -> Fracture:
    front = _line(rng, rng.uniform(-0.7, 0.1), jag=rng.uniform(0.06, 0.14))
    debris = tuple(
        (
            float(rng.uniform(-0.8, 1.6)),
            float(_sign(rng) * rng.uniform(0.5, 1.5)),
            float(rng.uniform(0.18, 0.42)),
            float(rng.uniform(0, math.pi)),
        )
        for _ in range(int(rng.integers(2, 6)))
    )
    return replace(
        base,
        front=front,
        back=front,
        shift_far=0.5 * push,
        slide=abs(push) * rng.uniform(-0.7, 0.1),
        wedge=rng.uniform(0.9, 1.7),
        shift_wedge=0.15 * base.half_width + 0.7 * abs(push),
        debris=debris,
    )


def _hairline(rng: np.random.Generator, base: Fracture, push: float, slant: float) -> Fracture:
    del push, slant  # nothing moves, and the line is nearly straight
    front = _line(rng, rng.uniform(-0.9, 0.9), jag=rng.uniform(0.05, 0.12))
    return replace(
        base,
        front=front,
        back=front,
        gap=0.62 * base.gap,
        depth=0.92 * base.depth,
        reach=rng.uniform(0.4, 1.2),
    )


def _displaced(rng: np.random.Generator, base: Fracture, push: float, slant: float) -> Fracture:
    slope = _sign(rng) * rng.uniform(0.0, 0.9)
    step = 1.45 * push
    share = rng.uniform(0.0, 0.4)
    return replace(
        base,
        front=_line(rng, slope, jag=0.1),
        back=_line(rng, slope, jag=0.1),
        shift_near=-share * step,
        shift_far=(1.15 - share) * step,
        slide=-rng.uniform(-0.1, 1.0) * abs(step),
    )


_Maker: TypeAlias = Callable[[np.random.Generator, Fracture, float, float], Fracture]
_MAKERS: Final[dict[str, _Maker]] = {
    "transverse": _transverse,
    "oblique": _oblique,
    "spiral": _spiral,
    "comminuted": _comminuted,
    "hairline": _hairline,
    "displaced": _displaced,
}


def _zigzag(phase: FloatArray) -> FloatArray:
    """A triangle wave between -1 and 1 with the period of a sine."""
    turn = phase * (0.5 / math.pi)
    return 4 * np.abs(turn - np.floor(turn + 0.5)) - 1
