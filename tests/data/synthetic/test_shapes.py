"""Shapes against ray casting, and laws of placing them; the beam against Beer and Lambert."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.arrays import FloatArray
from data.synthetic.bones import Bone, Channel, GrowthPlate, bone_shadow, broken_shadow
from data.synthetic.fractures import KINDS, CrackLine, Fracture, draw_fracture
from data.synthetic.physics import Exposure, Grid, develop, expose, mask_bounds, soft_step
from data.synthetic.shapes import PROFILES, Arc, Ellipsoid, Pose, Shape, Tube

STRAIGHT = Tube(0j, 20 + 0j, 1.0, wall=0.3, canal_ends=0.1)
CLEAR = Exposure(
    photons=1e12,
    blur=0.0,
    scatter=0.0,
    heel=0j,
    vignette=0.0,
    lower=0.0,
    upper=4.0,
    gamma=1.0,
    equalize=0.0,
    fog=0.0,
    rows=0.0,
)


def at(shape: Shape, point: complex) -> tuple[float, float]:
    """Outer and inner ray length at one point."""
    chords = shape.chords(
        np.array([[point.real]], np.float32), np.array([[point.imag]], np.float32)
    )
    return float(chords.outer[0, 0]), float(chords.inner[0, 0])


def test_ray_through_the_middle_of_a_tube_is_its_diameter() -> None:
    outer, inner = at(STRAIGHT, 10 + 0j)
    assert outer == pytest.approx(2.0, abs=1e-3)
    # Mid-shaft keeps 12 percent spongy share: wall 0.3 (1 - 0.72 * 0.12) = 0.274.
    assert inner == pytest.approx(2 * (1 - 0.27408), abs=2e-3)


@pytest.mark.parametrize("across", [0.0, 0.5, 0.9])
def test_ray_length_matches_marching_through_a_cylinder(across: float) -> None:
    depth = np.linspace(-2, 2, 400_001)
    inside = across**2 + depth**2 <= 1.0
    marched = float(inside.mean() * 4)
    assert at(STRAIGHT, complex(10, across))[0] == pytest.approx(marched, abs=2e-3)


def test_wall_is_brightest_where_the_ray_grazes_the_canal() -> None:
    walls = []
    for across in np.linspace(0, 0.98, 50):
        outer, inner = at(STRAIGHT, complex(10, across))
        walls.append(outer - inner)
    assert 0.68 < np.linspace(0, 0.98, 50)[int(np.argmax(walls))] < 0.78
    assert max(walls) > 2 * walls[0]


def test_nothing_outside_the_ends() -> None:
    assert at(STRAIGHT, -0.1 + 0j) == (0.0, 0.0)
    assert at(STRAIGHT, 20.1 + 0j) == (0.0, 0.0)
    assert at(STRAIGHT, 10 + 1.01j) == (0.0, 0.0)


@pytest.mark.parametrize("point", [0j, 0.6 + 0.3j, -1.2 + 0.5j])
def test_ellipsoid_matches_marching(point: complex) -> None:
    body = Ellipsoid(0j, (2.0, 1.0), 0.4, depth=1.5)
    turned = point * complex(math.cos(0.4), -math.sin(0.4))
    depth = np.linspace(-2, 2, 400_001)
    inside = (turned.real / 2) ** 2 + turned.imag**2 + (depth / 1.5) ** 2 <= 1
    assert at(body, point)[0] == pytest.approx(float(inside.mean() * 4), abs=2e-3)


def test_arc_is_there_on_its_span_only() -> None:
    rod = Arc(0j, (4.0, 4.0), (-0.8, 0.8), radius=0.5)
    assert at(rod, 4 + 0j)[0] == pytest.approx(1.0, abs=1e-2)
    assert at(rod, 4j)[0] == 0.0
    assert at(rod, 3 + 0j)[0] == 0.0


SHAPES: tuple[Shape, ...] = (
    Tube(1 - 8j, -1 + 9j, 1.1, PROFILES["radius"], bow=0.8),
    Ellipsoid(0.5 - 1j, (2.5, 1.2), 0.7, lobes=0.2),
    Arc(-1 + 1j, (4.0, 2.5), (-0.4, 1.9), 0.3, radius=0.6),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
@pytest.mark.parametrize("mirrored", [False, True])
def test_placing_a_shape_moves_its_shadow_along(shape: Shape, mirrored: bool) -> None:
    pose = Pose(0.7 - 2j, mirrored=mirrored, angle=0.6, offset=1 + 0.5j)
    moved = pose(shape)
    seen = 0
    for x in np.linspace(-5, 5, 23):
        for y in np.linspace(-7, 7, 23):
            point = complex(x, y)
            before, after = at(shape, point), at(moved, pose.place(point))
            assert after == pytest.approx(before, abs=0.05)
            seen += before[0] > 0.3
    assert seen > 5, "the shape was never hit"


def field(half: float = 4.0, size: int = 96) -> tuple[FloatArray, FloatArray, float]:
    grid = Grid(size, half)
    x, y = grid.points((slice(0, size), slice(0, size)))
    return x, y, grid.pixel


SHAFT = Bone("shaft", Tube(-12j, 12j, 1.0, wall=0.35))


def fracture_of(**changes: object) -> Fracture:
    plain = CrackLine(0.0, 0.0, 0.0, (0.0, 0.0, 0.0))
    base = Fracture(
        kind="transverse", along=12.0, half_width=1.0, front=plain, back=plain, gap=0.4, depth=1.0
    )
    return replace(base, **changes)  # pyright: ignore[reportArgumentType]


def test_a_break_that_moves_and_opens_nothing_changes_nothing() -> None:
    x, y, soft = field()
    total, whole, _ = broken_shadow(
        SHAFT, fracture_of(gap=0.0, depth=0.0), x, y, mesh=np.ones((96, 96), "f4"), soft=soft
    )
    np.testing.assert_allclose(total, whole, atol=1e-5)


def test_an_empty_gap_lets_the_beam_through_and_only_there() -> None:
    x, y, soft = field()
    mesh = np.ones((96, 96), "f4")
    total, whole, lesion = broken_shadow(SHAFT, fracture_of(), x, y, mesh=mesh, soft=soft)
    rows = np.abs(y[:, 0])
    assert np.all(total[rows < 0.1] < 1e-6)
    np.testing.assert_allclose(total[rows > 0.4], whole[rows > 0.4], atol=1e-5)
    hit_rows = np.flatnonzero(lesion.any(axis=1))
    assert 3.4 < (hit_rows.mean() + 0.5) * soft < 4.6, "the mask lies around the crack"
    assert not lesion[rows > 1.0].any()


def test_moving_a_fragment_keeps_its_bone() -> None:
    x, y, soft = field(half=14.0, size=280)
    mesh = np.ones((280, 280), "f4")
    cut = fracture_of(gap=0.0, depth=0.0, shift_far=0.9)
    total, whole, _ = broken_shadow(SHAFT, cut, x, y, mesh=mesh, soft=soft)
    assert total.sum() == pytest.approx(whole.sum(), rel=0.01)
    middle = x[0, total[150] > 0.1].mean()
    assert abs(middle) > 0.5, "the far end did not move"
    assert abs(x[0, total[130] > 0.1].mean()) < 0.1, "the near end moved"


def test_overlapping_fragments_add_up() -> None:
    x, y, soft = field()
    mesh = np.ones((96, 96), "f4")
    total, whole, _ = broken_shadow(
        SHAFT, fracture_of(gap=0.0, depth=0.0, slide=-0.8), x, y, mesh=mesh, soft=soft
    )
    inside = (np.abs(y + 0.4) < 0.2) & (np.abs(x) < 0.9)
    assert np.median(total[inside] / whole[inside]) == pytest.approx(2.0, abs=0.05)


def test_front_and_back_wall_crack_apart() -> None:
    x, y, soft = field()
    mesh = np.ones((96, 96), "f4")
    up, down = (CrackLine(slope, 0.0, 0.0, (0.0, 0.0, 0.0)) for slope in (1.5, -1.5))
    total, whole, _ = broken_shadow(
        SHAFT, fracture_of(front=up, back=down), x, y, mesh=mesh, soft=soft
    )
    beside = (np.abs(x - 0.6) < 0.06) & (np.abs(np.abs(y) - 0.9) < 0.06)
    left = total[beside] / whole[beside]
    assert left.size >= 4
    np.testing.assert_allclose(left, 0.5, atol=0.06)
    crossing = np.hypot(x, y) < 0.08
    assert np.all(total[crossing] < 0.1 * whole[crossing] + 1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes_the_bone(kind: str) -> None:
    x, y, soft = field()
    mesh = np.ones((96, 96), "f4")
    rng = np.random.default_rng(5)
    fracture = None
    while fracture is None or fracture.kind != kind:
        fracture = draw_fracture(rng, shaft=SHAFT.shaft, along=12.0, contrast=0.7, displacement=0.6)
    total, whole, lesion = broken_shadow(SHAFT, fracture, x, y, mesh=mesh, soft=soft)
    assert lesion.sum() > 8
    outside = np.abs(total - whole)[~lesion].mean()
    assert np.abs(total - whole)[lesion].mean() > 4 * outside


@pytest.mark.parametrize("kind", KINDS)
def test_the_faintest_fracture_is_still_marked(kind: str) -> None:
    x, y, soft = field()
    rng = np.random.default_rng(6)
    fracture = None
    while fracture is None or fracture.kind != kind:
        fracture = draw_fracture(rng, shaft=SHAFT.shaft, along=12.0, contrast=0.0, displacement=0.0)
    mesh = np.ones((96, 96), "f4")
    assert broken_shadow(SHAFT, fracture, x, y, mesh=mesh, soft=soft)[2].sum() > 8


def test_a_leaning_fragment_is_not_marked_as_a_whole() -> None:
    x, y, soft = field()
    mesh = np.ones((96, 96), "f4")
    total, whole, lesion = broken_shadow(
        SHAFT, fracture_of(shift_far=0.9), x, y, mesh=mesh, soft=soft
    )
    far = np.abs(y[:, 0]) > 1.5
    assert np.abs(total - whole)[far].max() > 0.3, "the fragment moved there as well"
    assert not lesion[far].any()


def test_growth_plates_and_channels_are_darker_than_the_bone_around() -> None:
    x, y, _ = field()
    mesh = np.ones((96, 96), "f4")
    plain = bone_shadow(SHAFT, x, y, mesh=mesh)
    plate = replace(SHAFT, plates=(GrowthPlate(12.0, 0.2, 0.0, 0.0),))
    channel = replace(SHAFT, channels=(Channel(12.0, 3.0, 0.25, 1.0, 0.2),))
    inside = (np.abs(y) < 0.08) & (np.abs(x) < 0.9)
    darkened = bone_shadow(plate, x, y, mesh=mesh)[inside] / plain[inside]
    assert darkened.max() < 0.6
    seen = bone_shadow(channel, x, y, mesh=mesh) / np.maximum(plain, 1e-6)
    assert seen[plain > 0.1].min() < 0.7
    share = (seen[plain > 0.1] < 0.9).mean()
    assert 0.005 < share < 0.15, "a channel is a thin line"


def test_beer_and_lambert() -> None:
    depth = np.linspace(0, 4, 128, dtype=np.float32)[None, :].repeat(128, axis=0)
    read = expose(depth, CLEAR, rng=np.random.default_rng(0))
    np.testing.assert_allclose(read[:, 4:-4], depth[:, 4:-4], atol=2e-3)


def test_grain_grows_with_depth_and_with_fewer_photons() -> None:
    def grain(depth: float, photons: float) -> float:
        even = np.full((128, 128), depth, np.float32)
        rng = np.random.default_rng(1)
        return float(expose(even, replace(CLEAR, photons=photons), rng=rng).std())

    # Poisson: the relative spread of n photons is 1/sqrt(n), hence e^(d/2) with depth d.
    assert grain(2.0, 1e4) / grain(0.0, 1e4) == pytest.approx(math.e, rel=0.05)
    assert grain(1.0, 1e3) / grain(1.0, 4e3) == pytest.approx(2.0, rel=0.05)


def test_the_display_is_black_in_air_and_white_in_metal() -> None:
    depth = np.zeros((128, 128), np.float32)
    depth[40:80, 40:80] = 2.0
    depth[:10, :10] = 7.0
    image = develop(depth, replace(CLEAR, equalize=0.3))
    assert image[110, 110] < 10
    assert image[4, 4] == 255
    assert 60 < image[60, 60] < 220


def test_soft_step_and_box() -> None:
    np.testing.assert_allclose(
        soft_step(np.array([-1.0, -0.1, 0.0, 0.1, 1.0]), 0.4), [0, 0.25, 0.5, 0.75, 1]
    )
    mask = np.zeros((9, 9), bool)
    assert mask_bounds(mask) is None
    mask[2:4, 5:8] = True
    assert mask_bounds(mask) == (5, 2, 3, 2)
