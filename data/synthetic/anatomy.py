"""Limbs in centimeters: which bones, how thick, and what lies around them.

Every builder draws one limb in its own frame: x to the thumb's, fibula's or patient's outer side,
y downwards to the fingers or toes. Sizes are those of grown people, scaled at random.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from data.synthetic.bones import Bone
from data.synthetic.shapes import PROFILES, Arc, Ellipsoid, Knots, Pose, Shape, Tube

VIEWS: Final = ("frontal", "lateral", "oblique")


@dataclass(frozen=True, slots=True)
class Site:
    """A stretch of a bone's shaft that may break or carry hardware: shares of its length."""

    bone: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Limb:
    """What lies in front of the detector.

    Attributes:
        flesh: Bodies of soft tissue; they run into each other.
        bones: Each throws its own shadow; shadows add.
        air: Bodies of air (lung, bowel) that take tissue away.
        sites: Where a fracture may be.
        half: Half of the detector's side that suits this region, cm.
    """

    flesh: tuple[Tube, ...]
    bones: tuple[Bone, ...]
    sites: tuple[Site, ...]
    half: float
    air: tuple[Ellipsoid, ...] = ()

    def posed(self, pose: Pose) -> Limb:
        """The limb as it lies on the detector."""
        return Limb(
            flesh=tuple(_tube(pose(part)) for part in self.flesh),
            bones=tuple(bone.posed(pose) for bone in self.bones),
            sites=self.sites,
            half=self.half,
            air=tuple(_ellipsoid(pose(part)) for part in self.air),
        )


def _tube(shape: Shape) -> Tube:
    assert isinstance(shape, Tube)
    return shape


def _ellipsoid(shape: Shape) -> Ellipsoid:
    assert isinstance(shape, Ellipsoid)
    return shape


class Builder:
    """Collects one limb; holds the random source and the view.

    Args:
        rng: Source of randomness.
        view: One of `VIEWS`.
        squeeze: Below 1 brings neighboring bones together until they overlap.
    """

    def __init__(self, rng: np.random.Generator, *, view: str, squeeze: float) -> None:
        self.rng = rng
        spread = {"frontal": (0.85, 1.0), "oblique": (0.5, 0.75), "lateral": (0.12, 0.35)}[view]
        self.spread = float(rng.uniform(*spread)) * squeeze
        self.view = view
        self.wall = float(rng.uniform(0.28, 0.48))
        self.bones: list[Bone] = []
        self.flesh: list[Tube] = []
        self.air: list[Ellipsoid] = []
        self.sites: list[Site] = []

    def near(self, value: float, share: float = 0.1) -> float:
        """A value scaled by up to the share in both directions."""
        return value * float(self.rng.uniform(1 - share, 1 + share))

    def bone(
        self,
        name: str,
        start: complex,
        end: complex,
        radius: float,
        *,
        shape: str,
        bow: float = 0.0,
        ends: float = 0.17,
        site: tuple[float, float] | None = None,
        others: tuple[Shape, ...] = (),
        density: float = 1.0,
        wall: float | None = None,
        depth: float = 1.0,
    ) -> None:
        """Adds a bone with a shaft from ``start`` to ``end``."""
        shaft = Tube(
            start=start,
            end=end,
            radius=self.near(radius, 0.08),
            knots=PROFILES[shape],
            side=1.0 if self.rng.random() < 0.5 and self.view == "lateral" else -1.0,
            bow=bow,
            wall=self.wall if wall is None else wall,
            canal_ends=ends,
            depth=depth,
        )
        phase = complex(*self.rng.uniform(0, 512, 2))
        if site is not None:
            self.sites.append(Site(len(self.bones), *site))
        self.bones.append(Bone(name, shaft, others, density, phase=phase))

    def nodule(
        self, name: str, center: complex, radii: tuple[float, float], *, depth: float = 0.8
    ) -> None:
        """Adds a small rounded bone (wrist, ankle, kneecap)."""
        turn = float(self.rng.uniform(0, math.pi))
        stub = Tube(center, center + 0.02, 0.01)
        blob = Ellipsoid(
            center,
            (self.near(radii[0]), self.near(radii[1])),
            turn,
            wall=0.13,
            depth=depth,
            lobes=float(self.rng.uniform(0.05, 0.28)),
        )
        phase = complex(*self.rng.uniform(0, 512, 2))
        self.bones.append(Bone(name, stub, (blob,), phase=phase))

    def limb(self, half: float) -> Limb:
        """Everything collected, for a detector of this half-side, cm."""
        return Limb(
            flesh=tuple(self.flesh),
            bones=tuple(self.bones),
            sites=tuple(self.sites),
            half=half,
            air=tuple(self.air),
        )

    def sleeve(
        self, start: complex, end: complex, radii: tuple[float, ...], *, depth: float = 1.0
    ) -> None:
        """Adds soft tissue with these half-widths at even steps from start to end, cm."""
        widest = max(radii)
        knots: Knots = tuple(
            (index / (len(radii) - 1), radius / widest, radius / widest)
            for index, radius in enumerate(radii)
        )
        self.flesh.append(Tube(start, end, widest, knots, depth=depth))


def forearm(b: Builder) -> float:
    """Radius, ulna, wrist and the roots of the hand; the elbow at y = -24, the wrist at 0."""
    k = b.spread
    b.bone(
        "ulna",
        complex(-0.9 * k, -25.3),
        complex(-1.75 * k, -0.5),
        0.58,
        shape="ulna",
        bow=b.near(0.25, 0.8),
        site=(0.2, 0.92),
    )
    b.bone(
        "radius",
        complex(1.6 * k, -23.6),
        complex(0.75 * k, 0.0),
        0.63,
        shape="radius",
        bow=b.near(0.55, 0.5),
        site=(0.22, 0.93),
        ends=0.14,
    )
    b.bone("humerus", complex(0.2, -24.6), complex(-1.5, -48), 1.05, shape="humerus-distal")
    for row, y, places in ((0, 1.0, (-1.3, 0.0, 1.4)), (1, 2.6, (-1.6, -0.4, 0.9, 1.9))):
        for place in places:
            center = complex((place + row * 0.1) * max(k, 0.5), y + b.rng.normal(0, 0.18))
            b.nodule("carpal", center, (0.86, 0.66), depth=0.6)
    for place in (-2.3, -1.0, 0.3, 1.5):
        root = complex(0.75 * place * max(k, 0.3), 3.7)
        tip = complex(1.25 * place * max(k, 0.25), b.near(10.0, 0.05))
        b.bone("metacarpal", root, tip, 0.42, shape="metacarpal", ends=0.25)
    thumb = 2.2 * max(k, 0.6)
    b.bone("thumb", complex(thumb, 3.2), complex(thumb + 2.3, 7.0), 0.45, shape="metacarpal")
    palm = 4.2 * max(k, 0.45)
    b.sleeve(0.6 - 30j, 0j, (4.6, 4.5, 4.0, 3.1, 2.7), depth=0.8)
    b.sleeve(-1.5j, 12j, (2.4, palm, palm, palm), depth=min(1.0, 2.2 / palm))
    b.sleeve(complex(thumb - 1.5, 2.0), complex(thumb + 3.2, 9.0), (1.3, 1.6, 1.2))
    return b.near(6.6, 0.18)


def leg(b: Builder) -> float:
    """Tibia, fibula, knee and ankle; the knee at y = -36, the ankle at 0."""
    k = b.spread
    b.bone(
        "fibula",
        complex(2.9 * k, -34.6),
        complex(2.5 * k, 1.6),
        0.62,
        shape="fibula",
        bow=b.near(0.3, 0.9),
        site=(0.15, 0.92),
        ends=0.12,
    )
    b.bone(
        "tibia",
        complex(0.0, -36.0),
        complex(0.0, 0.0),
        1.28,
        shape="tibia",
        bow=b.near(0.35, 0.9),
        site=(0.15, 0.93),
        ends=0.15,
    )
    condyles = tuple(
        Ellipsoid(
            complex(1.9 * side * max(k, 0.3), -38.2),
            (2.0, 1.75),
            1.35 * side,
            wall=0.12,
            depth=1.9,
            spongy=0.95,
        )
        for side in (-1.0, 1.0)
    )
    b.bone(
        "femur",
        complex(0.0, -37.6),
        complex(-0.8, -70),
        1.45,
        shape="femur-distal",
        others=condyles,
    )
    side = -1.0 if b.view == "lateral" else 0.15
    b.nodule("patella", complex(4.0 * side, -39.5), (2.1, 1.7), depth=0.7)
    b.nodule("talus", complex(0.2 * k, 1.9), (2.5, 1.7), depth=1.5)
    foot = -1.0 if b.view == "lateral" else -0.25
    b.nodule("calcaneus", complex(-2.2 * foot, 4.2), (3.3, 1.9), depth=1.4)
    b.nodule("navicular", complex(3.0 * foot, 3.0), (1.4, 1.1), depth=1.2)
    for place in range(4):
        root = complex(4.4 * foot - 0.4 * place, 3.4 + 0.5 * place)
        tip = complex(10.8 * foot + 0.8 * place * (1 + foot), 6.6 + 0.35 * place)
        b.bone("metatarsal", root, tip, 0.45, shape="metacarpal", ends=0.25)
    b.sleeve(-55j, 2j, (7.5, 7.0, 5.6, 6.0, 5.6, 4.4, 3.4, 3.6))
    b.sleeve(complex(-4.0 * foot, 4.3), complex(13 * foot, 6.5), (2.6, 3.3, 2.9, 1.9), depth=0.8)
    return b.near(9.5, 0.18)


def hand(b: Builder) -> float:
    """Wrist, metacarpals and fingers; the knuckles at y = 0."""
    k = max(b.spread, 0.4)
    lengths = (
        (5.2, 3.2, 1.9, 1.6),
        (5.6, 3.9, 2.5, 1.8),
        (6.3, 4.3, 2.8, 1.9),
        (6.5, 4.0, 2.4, 1.8),
    )
    for finger, (meta, first, second, third) in enumerate(lengths):
        place = finger - 1.5
        lean = (0.07 * place + b.rng.normal(0, 0.03)) * k
        knuckle = complex(2.05 * place * k, 0.35 * place * place * 0.5 + b.rng.normal(0, 0.1))
        radius = 0.36 + 0.03 * finger
        root = complex(1.35 * place * k, knuckle.imag - meta)
        b.bone(
            "metacarpal",
            root,
            knuckle,
            radius,
            shape="metacarpal",
            ends=0.24,
            site=(0.22, 0.85),
            depth=1.0,
        )
        way = cmath.rect(1.0, math.pi / 2 - lean)
        spot = knuckle + 0.12 * way
        b.sleeve(
            knuckle - 3 * way,
            knuckle + (first + second + third + 1.3) * way,
            (0.9, 1.15, 1.0, 0.95, 0.75),
            depth=0.95,
        )
        for length, shape in ((first, "phalanx"), (second, "phalanx"), (third, "tuft")):
            site = (0.22, 0.8) if length == first else None
            b.bone(
                "phalanx",
                spot,
                spot + length * way,
                radius * 0.92,
                shape=shape,
                ends=0.24,
                site=site,
            )
            radius *= 0.88
            spot += (length + 0.12) * way
            way *= cmath.rect(1.0, float(b.rng.normal(0, 0.04)))
    _thumb_and_wrist(b, k)
    return b.near(5.0, 0.18)


def _thumb_and_wrist(b: Builder, k: float) -> None:
    way = cmath.rect(1.0, math.pi / 2 - float(b.rng.uniform(0.5, 0.8)))
    spot = complex(2.6 * k, -5.9)
    b.sleeve(spot - 0.5 * way, spot + 10.0 * way, (1.6, 1.6, 1.2, 1.05, 0.85))
    for length, shape in ((4.3, "metacarpal"), (3.1, "phalanx"), (2.2, "tuft")):
        b.bone("thumb", spot, spot + length * way, 0.44, shape=shape, ends=0.24)
        spot += (length + 0.12) * way
    for y, places in ((-7.2, (-1.9, -0.6, 0.6, 1.8)), (-8.7, (-1.5, -0.1, 1.4))):
        for place in places:
            b.nodule(
                "carpal",
                complex(place * max(k, 0.5), y + b.rng.normal(0, 0.18)),
                (0.84, 0.66),
                depth=0.6,
            )
    b.bone("ulna", complex(-1.7 * k, -30), complex(-1.6 * k, -10.2), 0.58, shape="ulna")
    b.bone("radius", complex(1.4 * k, -30), complex(0.6 * k, -9.8), 0.63, shape="radius")
    palm = 4.1 * k
    b.sleeve(-11j, 1j, (2.7, palm * 0.9, palm, palm * 0.95), depth=min(1.0, 2.0 / palm))
    b.sleeve(-32j, -9j, (4.2, 3.6, 2.8), depth=0.8)


def hip(b: Builder) -> float:
    """Hip joint at the origin, the patient's outer side at positive x, the shaft below."""
    lean = b.near(1.0, 0.25)
    root, elbow = 0.2 + 0.2j, complex(4.4 * lean, 3.5)
    foot = complex(2.6, 40)
    head = Ellipsoid(0j, (2.4, 2.4), wall=0.11, depth=2.1, spongy=0.85)
    bump = Ellipsoid(elbow + complex(0.9, -0.6), (1.3, 1.9), 0.4, wall=0.15, depth=1.4)
    small = Ellipsoid(elbow + complex(-1.0, 3.2), (0.9, 1.1), wall=0.15, depth=0.9)
    neck = Tube(root, elbow, b.near(1.55), PROFILES["neck"], wall=0.16, canal_ends=0.45, depth=0.85)
    shaft = Tube(
        elbow + complex(0.2, -0.6),
        foot,
        b.near(1.5),
        PROFILES["femur"],
        wall=b.wall,
        canal_ends=0.12,
        bow=b.near(0.4, 0.9),
    )
    # The break belongs to the first part, so neck or shaft comes first.
    neck_first = b.rng.random() < 0.35
    first, second = (neck, shaft) if neck_first else (shaft, neck)
    b.sites.append(Site(0, *((0.35, 0.75) if neck_first else (0.1, 0.45))))
    b.bones.append(Bone("femur", first, (second, head, bump, small)))
    _pelvis(b)
    b.bone("sacrum", complex(-12, -14), complex(-11.0, 2), 2.6, shape="line", ends=0.5, wall=0.12)
    b.sleeve(complex(0.5, -1), complex(1.2, 48), (9.5, 9.5, 8.6, 7.8, 7.0), depth=0.8)
    b.sleeve(complex(-10, -34), complex(-10, 8), (18, 19.5, 19.0, 15.0), depth=0.42)
    b.sleeve(complex(-22, 2), complex(-20, 44), (8.0, 8.6, 8.0), depth=0.9)
    _gas(b)
    return b.near(9.8, 0.15)


def _pelvis(b: Builder) -> None:
    socket = Arc(0.1 - 0.1j, (2.9, 2.9), (math.pi * 0.8, math.pi * 1.95), radius=0.3, wall=0.7)
    wing = Ellipsoid(complex(-4.4, -9.6), (6.2, 8.2), 0.5, wall=0.42, depth=0.62, spongy=0.5)
    body = Ellipsoid(complex(-2.6, -1.6), (2.5, 5.2), 0.3, wall=0.14, depth=0.85, spongy=0.6)
    turn = 3.3
    ring = Arc(complex(-4.4, 4.4), (2.3, 3.2), (-turn, turn), 0.5, radius=0.7, wall=0.26)
    seat = Ellipsoid(complex(-3.4, 6.4), (1.5, 3.0), 0.25, wall=0.14, depth=0.9, spongy=0.7)
    arm = Tube(
        complex(-0.9, 0.8), complex(-7.6, 2.0), 0.75, PROFILES["ramus"], wall=0.2, canal_ends=1.2
    )
    joint = Ellipsoid(complex(-7.9, 3.6), (1.0, 2.2), -0.15, wall=0.12, depth=0.8, spongy=0.7)
    brim = Arc(complex(-10.2, -3.0), (7.9, 6.6), (-0.9, 1.0), radius=0.25, wall=0.5)
    mirror = Pose(complex(-9.3, 0), mirrored=True, angle=0.0, offset=complex(-9.3, 0))
    far = tuple(mirror(part) for part in (ring, seat, arm, joint))
    stub = Tube(-2 - 2j, -2 - 1.9j, 0.01)
    parts = (wing, body, socket, ring, seat, arm, joint, brim, *far)
    b.bones.append(Bone("pelvis", stub, parts, phase=complex(*b.rng.uniform(0, 512, 2))))


def _gas(b: Builder) -> None:
    for _ in range(int(b.rng.integers(3, 9))):
        spot = complex(b.rng.uniform(-15, -6), b.rng.uniform(-14, 0))
        radii = (float(b.rng.uniform(0.5, 1.5)), float(b.rng.uniform(0.4, 0.9)))
        depth = float(b.rng.uniform(0.3, 1.0))
        b.air.append(Ellipsoid(spot, radii, float(b.rng.uniform(0, 3)), depth=depth))


def shoulder(b: Builder) -> float:
    """Shoulder joint at the origin, the arm hangs at positive x, the chest at negative x."""
    arm = cmath.rect(1.0, math.pi / 2 - float(b.rng.uniform(0.02, 0.75)))
    head = Ellipsoid(-0.3 - 0.2j, (2.25, 2.2), wall=0.12, depth=2.1, spongy=0.95)
    bump = Ellipsoid(1.3 * arm * -1j + 0.2 * arm, (1.0, 1.4), wall=0.12, depth=1.0)
    shaft = Tube(
        0.3 * arm,
        31 * arm,
        b.near(1.12),
        PROFILES["humerus"],
        wall=b.wall,
        canal_ends=0.14,
        bow=b.near(0.2, 0.9),
    )
    b.sites.append(Site(0, 0.09, 0.5))
    b.bones.append(Bone("humerus", shaft, (head, bump)))
    b.bone(
        "clavicle",
        complex(0.3, -3.9),
        complex(-14.0, -5.2 + b.rng.normal(0, 0.8)),
        0.6,
        shape="clavicle",
        bow=b.near(0.9, 0.5),
        site=(0.2, 0.7),
        ends=0.2,
    )
    socket = Ellipsoid(complex(-2.9, 0.3), (0.75, 2.0), 0.15, wall=0.16, depth=0.8)
    border = Tube(complex(-3.2, 1.4), complex(-6.0, 12.5), 0.42, PROFILES["ramus"], wall=0.4)
    blade = Ellipsoid(complex(-6.3, 4.6), (3.3, 7.8), 0.22, wall=0.3, depth=0.32, spongy=0.3)
    crest = Tube(complex(1.2, -2.9), complex(-6.5, -1.2), 0.5, PROFILES["tuft"], wall=0.25)
    hook = Ellipsoid(complex(-3.0, -1.9), (1.2, 0.75), 0.6, wall=0.14, depth=0.6)
    b.bones.append(Bone("scapula", crest, (socket, border, blade, hook), density=0.8))
    chest = complex(-15.5, 16)
    for index in range(7):
        drop = 2.5 * index
        ring = Arc(
            chest + complex(0, drop - 10.5),
            (9.6 + 0.22 * index, 5.2),
            (-1.9, 1.5),
            0.42,
            radius=0.5,
            wall=0.3,
        )
        stub = Tube(chest, chest + 0.01, 0.005)
        b.bones.append(
            Bone("rib", stub, (ring,), density=0.62, phase=complex(*b.rng.uniform(0, 512, 2)))
        )
    b.air.append(Ellipsoid(chest + 1.0, (8.3, 17.5), wall=0.5, depth=5.0))
    b.sleeve(-1.0 * arm, 36 * arm, (5.0, 5.3, 4.8, 4.2), depth=0.85)
    b.sleeve(complex(-13, -7), complex(-15, 40), (9.0, 14.0, 14.5, 13.5, 13.0), depth=0.45)
    b.sleeve(complex(2.6, 0.4), complex(-16, -6.5), (3.0, 5.0, 4.6, 5.0), depth=1.0)
    b.sleeve(complex(-17, -26), complex(-17, -2), (6.5, 6.0, 7.5))
    return b.near(9.4, 0.15)


REGIONS: Final[dict[str, Callable[[Builder], float]]] = {
    "forearm": forearm,
    "hand": hand,
    "leg": leg,
    "hip": hip,
    "shoulder": shoulder,
}


def build_limb(rng: np.random.Generator, *, region: str, view: str, squeeze: float = 1.0) -> Limb:
    """A random limb of a region.

    Args:
        rng: Source of randomness.
        region: A key of `REGIONS`.
        view: One of `VIEWS`.
        squeeze: 1 for bones side by side, less for overlapping ones.
    """
    builder = Builder(rng, view=view, squeeze=squeeze)
    half = REGIONS[region](builder)
    return builder.limb(half)
