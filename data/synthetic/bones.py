"""A bone made of shapes, and the shadow it throws, whole or broken."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.arrays import BoolArray, FloatArray
from data.synthetic.fractures import Fracture
from data.synthetic.physics import CORTEX_EXCESS, SPONGY_EXCESS, Grid
from data.synthetic.shapes import Pose, Shape, Tube, texture

TILE_PER_CM = 44.0


@dataclass(frozen=True, slots=True)
class GrowthPlate:
    """The dark line of cartilage near the end of a growing bone.

    Attributes:
        along: Distance from the bone's start, cm.
        width: Thickness, cm.
        wave: Height of its undulation, cm.
        phase: Where the undulation begins, radians.
    """

    along: float
    width: float
    wave: float
    phase: float


@dataclass(frozen=True, slots=True)
class Channel:
    """A nutrient vessel's canal: a thin dark line that slants through the cortex of a shaft.

    Attributes:
        along: Distance of its middle from the bone's start, cm.
        length: Length along the axis, cm.
        width: Diameter, cm.
        side: The cortex it crosses, -1 or 1.
        slant: Across over along.
    """

    along: float
    length: float
    width: float
    side: float
    slant: float


@dataclass(frozen=True, slots=True)
class Bone:
    """One bone. Its parts are merged, not added: a head grows out of its shaft.

    Attributes:
        name: For example ``"radius"``.
        shaft: The part that carries fractures, growth plates and channels.
        others: Further parts.
        density: Scales the attenuation.
        plates: Growth plates.
        channels: Vessel channels.
        phase: Where in the texture tile this bone lies.
    """

    name: str
    shaft: Tube
    others: tuple[Shape, ...] = ()
    density: float = 1.0
    plates: tuple[GrowthPlate, ...] = ()
    channels: tuple[Channel, ...] = ()
    phase: complex = 0j

    @property
    def parts(self) -> tuple[Shape, ...]:
        """The shaft and everything that grows from it."""
        return (self.shaft, *self.others)

    def posed(self, pose: Pose) -> Bone:
        """The bone as it lies on the detector."""
        shaft = pose(self.shaft)
        assert isinstance(shaft, Tube)
        return replace(self, shaft=shaft, others=tuple(pose(part) for part in self.others))

    def bounds(self, margin: float) -> tuple[float, float, float, float]:
        """The rectangle that holds the bone and a margin, cm."""
        edges = np.array([part.bounds() for part in self.parts])
        low, high = edges[:, :2].min(axis=0) - margin, edges[:, 2:].max(axis=0) + margin
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def bone_shadow(bone: Bone, x: FloatArray, y: FloatArray, *, mesh: FloatArray) -> FloatArray:
    """What an unbroken bone adds to the optical depth at the points (x, y).

    Args:
        bone: Where it lies.
        x: Positions on the detector, cm; broadcasts with ``y``.
        y: As ``x``.
        mesh: Trabecular texture at the same points, mean 1.

    Returns:
        Attenuation above that of the soft tissue in its place, without unit.
    """
    outer: FloatArray | float = 0.0
    inner: FloatArray | float = 0.0
    filling: FloatArray | float = 0.0
    for part in bone.parts:
        chords = part.chords(x, y)
        filling = np.maximum(filling, chords.inner * chords.spongy)
        outer = np.maximum(outer, chords.outer)
        inner = np.maximum(inner, chords.inner)
    shadow = CORTEX_EXCESS * (outer - inner) + SPONGY_EXCESS * filling * mesh
    if bone.plates or bone.channels:
        shadow = shadow * _furrows(bone, x, y)
    return shadow * bone.density


def _furrows(bone: Bone, x: FloatArray, y: FloatArray) -> FloatArray:
    """Share of the shadow that growth plates and vessel channels leave, 0..1 and a rim above 1."""
    along, across = bone.shaft.axes(x, y)
    left = np.ones(np.broadcast(along, across).shape, np.float32)
    radius = bone.shaft.radius
    for plate in bone.plates:
        way = along - plate.along - plate.wave * np.sin(across * (2.2 / radius) + plate.phase)
        way = np.square(way * (1 / plate.width))
        left *= 1 - 0.62 * np.exp(-way) + 0.2 * np.exp(-np.square(np.sqrt(way) - 2.2))
    for channel in bone.channels:
        way = along - channel.along
        line = across - channel.side * radius * 0.55 - channel.slant * way
        near = np.clip(1.5 - np.abs(way) * (3 / channel.length), 0.0, 1.0)
        left *= 1 - 0.38 * near * np.exp(-np.square(line * (2 / channel.width)))
    return left


def mesh_for(bone: Bone, grid: Grid, window: tuple[slice, slice]) -> FloatArray:
    """Trabecular texture along the bone's axis over a window of the detector, mean 1."""
    way = bone.shaft.direction * grid.pixel * TILE_PER_CM
    corner = complex(window[1].start, window[0].start) * way.conjugate()
    # The tile's x runs along the shaft: conj(direction) turns detector steps into tile steps.
    matrix = np.array(
        [
            [way.real, way.imag, corner.real + bone.phase.real],
            [-way.imag, way.real, corner.imag + bone.phase.imag],
        ],
        dtype=np.float32,
    )
    shape = (window[1].stop - window[1].start, window[0].stop - window[0].start)
    tile = cv2.warpAffine(
        texture("trabecular"),
        matrix,
        shape,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.clip(1 + 0.25 * tile, 0.0, 2.4)


def broken_shadow(
    bone: Bone, fracture: Fracture, x: FloatArray, y: FloatArray, *, mesh: FloatArray, soft: float
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The shadow of a broken bone, of the same bone unbroken, and where they differ.

    Args:
        bone: Where it lies.
        fracture: Where and how its shaft breaks.
        x: Positions on the detector, cm; broadcasts with ``y``.
        y: As ``x``.
        mesh: Trabecular texture at the same points, mean 1.
        soft: Width of the ramp that replaces a hard edge, cm; about a pixel.
    """
    shaft = bone.shaft
    whole = bone_shadow(bone, x, y, mesh=mesh)
    along, across = shaft.axes(x, y)
    total = np.zeros_like(whole)
    for piece in fracture.pieces(shaft, along, across, soft=soft):
        if not piece.keep.any():
            continue
        spot_x = shaft.start.real + piece.along * shaft.direction.real
        spot_x = spot_x - piece.across * shaft.direction.imag
        spot_y = shaft.start.imag + piece.along * shaft.direction.imag
        spot_y = spot_y + piece.across * shaft.direction.real
        total += piece.keep * bone_shadow(bone, spot_x, spot_y, mesh=mesh)
    for shard in fracture.shards(shaft):
        chords = shard.chords(x, y)
        total += (CORTEX_EXCESS * bone.density * 0.8) * chords.outer
    near = fracture.near(shaft, along, across)
    # Away from the break the fragments still lean a little; that lean is not part of the lesion.
    peak = float(whole.max(initial=0.0)) or 1.0
    lesion = near & (np.abs(total - whole) > 0.1 * peak)
    lesion |= fracture.crack(shaft, along, across, soft=soft) & (whole > 0.03 * peak)
    return total, whole, lesion


def angle_of(direction: complex) -> float:
    """Angle of a direction on the screen, radians, clockwise from the right."""
    return math.atan2(direction.imag, direction.real)
