"""What looks like a fracture and is none, or distracts from one.

All of it is decided before anybody knows whether the bone is broken, so that a picture's clutter
says nothing about its label.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from core.arrays import FloatArray
from data.synthetic.bones import Bone, Channel, GrowthPlate
from data.synthetic.physics import METAL_EXCESS, soft_step
from data.synthetic.shapes import Tube

CHANCES: Final[dict[str, float]] = {
    "growth plate": 0.7,
    "vessel channel": 0.9,
    "overlap": 0.7,
    "skin fold": 0.8,
    "hardware": 0.35,
}
"""Chance of each confounder at full clutter; it falls with the slider to none."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A crease of skin: a thin arc that is denser than its surroundings.

    Attributes:
        center: Middle of the arc's circle, cm.
        radius: Its radius, cm.
        through: The middle of the crease, cm.
        length: Its half-length, cm; it fades toward both ends.
        width: Thickness of the crease, cm.
        strength: Tissue in the crease, share of what lies around it; negative is an air gap.
    """

    center: complex
    radius: float
    through: complex
    length: float
    width: float
    strength: float

    def factor(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """What the tissue's shadow is multiplied by."""
        way = np.sqrt(np.square(x - self.center.real) + np.square(y - self.center.imag))
        way = (way - self.radius) * (1 / self.width)
        off = np.square(x - self.through.real) + np.square(y - self.through.imag)
        off = off * (1 / self.length**2)
        return 1 + self.strength * np.exp(-np.minimum(way * way + off * off, 40.0))


@dataclass(frozen=True, slots=True)
class Plate:
    """A metal plate on a shaft with its screws, or only screws and wires.

    Attributes:
        shaft: The tube it is fixed to.
        first: Begin along the shaft, cm.
        last: End along the shaft, cm.
        across: Where its middle line runs, cm from the axis.
        width: Its width on the detector, cm.
        pitch: Distance from screw to screw, cm.
        reach: How far the screws go across the bone, cm; 0 shows their heads only.
    """

    shaft: Tube
    first: float
    last: float
    across: float
    width: float
    pitch: float
    reach: float

    def shadow(self, x: FloatArray, y: FloatArray, *, soft: float) -> FloatArray:
        """Optical depth that the metal adds."""
        along, across = self.shaft.axes(x, y)
        middle = (self.first + self.last) / 2
        ends = soft_step((self.last - self.first) / 2 - np.abs(along - middle), soft)
        bar = ends * soft_step(self.width / 2 - np.abs(across - self.across), soft)
        turns = (along - self.first) / self.pitch
        off = (turns - np.floor(turns) - 0.5) * self.pitch
        if not self.reach:  # seen from the front: holes with screw heads in them
            ring = np.sqrt(np.square(off) + np.square(across - self.across))
            hole = soft_step(0.3 * self.width - ring, soft)
            return METAL_EXCESS * 0.28 * bar * (1 - 0.55 * hole)
        sign = -math.copysign(1.0, self.across)
        inward = sign * (across - self.across)
        screw = ends * soft_step(0.13 - np.abs(off), soft)
        screw = screw * soft_step(inward, soft) * soft_step(self.reach - inward, soft)
        return METAL_EXCESS * 0.28 * np.maximum(bar, screw)


@dataclass(frozen=True, slots=True)
class Wire:
    """A metal pin from one place to another, cm."""

    start: complex
    end: complex
    radius: float

    def shadow(self, x: FloatArray, y: FloatArray, *, soft: float) -> FloatArray:
        """Optical depth that the metal adds."""
        tube = Tube(self.start, self.end, self.radius)
        along, across = tube.axes(x, y)
        beyond = np.maximum(np.abs(along - tube.length / 2) - tube.length / 2, 0.0)
        return METAL_EXCESS * 0.22 * soft_step(self.radius - np.hypot(across, beyond), soft)


def choose(rng: np.random.Generator, *, clutter: float) -> tuple[str, ...]:
    """Which confounders one picture gets."""
    luck = rng.random(len(CHANCES))
    return tuple(
        name
        for value, (name, chance) in zip(luck, CHANCES.items(), strict=True)
        if value < chance * clutter
    )


def with_growth_plates(rng: np.random.Generator, bones: tuple[Bone, ...]) -> tuple[Bone, ...]:
    """The bones of a growing person: a dark line near both ends of each long one."""
    width = float(rng.uniform(0.7, 1.2))
    return tuple(
        replace(bone, plates=_growth_plates(rng, bone.shaft, width)) if _long(bone) else bone
        for bone in bones
    )


def _growth_plates(rng: np.random.Generator, shaft: Tube, width: float) -> tuple[GrowthPlate, ...]:
    places = (rng.uniform(0.05, 0.08), 1 - rng.uniform(0.05, 0.08))
    scale = shaft.radius
    return tuple(
        GrowthPlate(
            along=float(share) * shaft.length,
            width=0.16 * width * scale,
            wave=float(rng.uniform(0.05, 0.2)) * scale,
            phase=float(rng.uniform(0, 2 * math.pi)),
        )
        for share in places
    )


def with_channels(rng: np.random.Generator, bones: tuple[Bone, ...]) -> tuple[Bone, ...]:
    """The same bones, each long one with a vessel's canal in its shaft."""
    done = []
    for bone in bones:
        if _long(bone):
            radius = bone.shaft.radius
            bone = replace(bone, channels=(_channel(rng, bone.shaft.length, radius),))
        done.append(bone)
    return tuple(done)


def _channel(rng: np.random.Generator, length: float, radius: float) -> Channel:
    return Channel(
        along=float(rng.uniform(0.25, 0.75)) * length,
        length=radius * float(rng.uniform(2.0, 4.0)),
        width=radius * float(rng.uniform(0.16, 0.28)),
        side=1.0 if rng.random() < 0.5 else -1.0,
        slant=float(rng.uniform(-0.35, 0.35)),
    )


def _long(bone: Bone) -> bool:
    return bone.shaft.length > 3 * bone.shaft.radius and bone.shaft.radius > 0.2


def draw_fold(rng: np.random.Generator, *, half: float) -> Fold:
    """A crease somewhere in the picture, ``half`` the detector's half-side in cm."""
    through = complex(*rng.uniform(-0.6, 0.6, 2)) * half
    radius = half * float(rng.uniform(0.7, 3.0))
    angle = float(rng.uniform(0, 2 * math.pi))
    return Fold(
        center=through + radius * complex(math.cos(angle), math.sin(angle)),
        radius=radius,
        through=through,
        length=half * float(rng.uniform(0.15, 0.5)),
        width=half * float(rng.uniform(0.008, 0.02)),
        strength=float(rng.choice([-1.0, 1.0]) * rng.uniform(0.06, 0.2)),
    )


def draw_hardware(
    rng: np.random.Generator, bones: tuple[Bone, ...], *, half: float, keep_clear: complex
) -> tuple[Plate | Wire, ...]:
    """Metal on one of the bones, away from the place that may be broken.

    Args:
        rng: Source of randomness.
        bones: Bones that can carry it, on the detector.
        half: Half of the detector's side, cm.
        keep_clear: The place that stays free, cm.
    """
    for _ in range(12):
        shaft = bones[int(rng.integers(len(bones)))].shaft
        length = min(float(rng.uniform(0.35, 0.7)) * half, 0.45 * shaft.length)
        first = float(rng.uniform(0.06, 0.94)) * shaft.length - length / 2
        first = min(max(first, 0.02 * shaft.length), 0.98 * shaft.length - length)
        middle = shaft.point(first + length / 2)
        inside = max(abs(middle.real), abs(middle.imag)) < 0.85 * half
        if inside and abs(middle - keep_clear) > length / 2 + 0.16 * half:
            return _metal(rng, shaft, first, first + length)
    return ()


def _metal(
    rng: np.random.Generator, shaft: Tube, first: float, last: float
) -> tuple[Plate | Wire, ...]:
    half_width = shaft.half_width((first + last) / 2)
    pick = rng.random()
    pitch = (last - first) / int(rng.integers(4, 8))
    center = (shaft.point((first + last) / 2) - shaft.start) * shaft.direction.conjugate()
    if pick < 0.35:
        width = half_width * float(rng.uniform(0.8, 1.1))
        return (Plate(shaft, first, last, center.imag, width, pitch, 0.0),)
    if pick < 0.7:
        side = half_width * (1.08 if rng.random() < 0.5 else -1.08)
        reach = 2.1 * half_width
        return (Plate(shaft, first, last, center.imag + side, 0.28 * half_width, pitch, reach),)
    wires = []
    for _ in range(int(rng.integers(1, 4))):
        start = shaft.point(first, float(rng.uniform(-1.1, 1.1)) * half_width)
        end = shaft.point(last, float(rng.uniform(-1.1, 1.1)) * half_width)
        wires.append(Wire(start, end, 0.1 * half_width))
    return tuple(wires)


@lru_cache(maxsize=4)
def letter(text: str) -> FloatArray:
    """A lead letter as coverage 0..1, (64, 64) float32."""
    stamp = np.zeros((256, 256), np.uint8)
    cv2.putText(stamp, text, (40, 216), cv2.FONT_HERSHEY_SIMPLEX, 8.0, 255, 28, cv2.LINE_AA)
    return cv2.resize(stamp, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def marker(
    text: str, *, size: int, center: tuple[float, float], height: float, angle: float
) -> FloatArray:
    """A lead letter on the detector.

    Args:
        text: ``"L"`` or ``"R"``.
        size: Pixels along each side.
        center: Its middle (x, y), shares of the side.
        height: Its height, share of the side.
        angle: Its turn, degrees.

    Returns:
        Coverage 0..1, (size, size) float32.
    """
    matrix = cv2.getRotationMatrix2D((32.0, 32.0), angle, height * size / 48)
    matrix[:, 2] += np.array([center[0] * size - 32, center[1] * size - 32])
    flags = cv2.INTER_AREA if height * size < 48 else cv2.INTER_LINEAR
    turned = cv2.warpAffine(letter(text), matrix, (size, size), flags=flags)
    return np.asarray(turned, np.float32)
