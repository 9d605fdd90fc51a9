"""A surface through grid points: exact at them, smooth between, nothing outside."""

from __future__ import annotations

import numpy as np
import pytest

from core.descent.gridded import Gridded, slice_surface
from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.trajectory import walk

DOMAIN = (-2.0, 1.0, 0.5, 2.5)


def sampled(function, side: int = 9) -> Gridded:
    x, y = np.linspace(*DOMAIN[:2], side), np.linspace(*DOMAIN[2:], side + 2)
    return Gridded(domain=DOMAIN, values=function(*np.meshgrid(x, y)))


def test_it_goes_through_every_point_corners_too() -> None:
    values = np.random.default_rng(0).standard_normal((6, 5))
    ground = Gridded(domain=DOMAIN, values=values)
    x, y = np.meshgrid(np.linspace(*DOMAIN[:2], 5), np.linspace(*DOMAIN[2:], 6))
    np.testing.assert_allclose(ground.value(x, y), values, atol=1e-12)


def test_a_plane_and_a_bowl_are_met_exactly_inside() -> None:
    x, y = np.meshgrid(np.linspace(-1.5, 0.5, 23), np.linspace(0.8, 2.1, 19))
    flat = sampled(lambda x, y: 2 * x - 3 * y + 1)
    np.testing.assert_allclose(flat.value(x, y), 2 * x - 3 * y + 1, atol=1e-12)
    np.testing.assert_allclose(flat.gradient(x, y)[1], -3, atol=1e-12)
    bowl = sampled(lambda x, y: x**2 + x * y + 2 * y**2)
    np.testing.assert_allclose(bowl.value(x, y), x**2 + x * y + 2 * y**2, atol=1e-12)
    np.testing.assert_allclose(bowl.gradient(x, y)[0], 2 * x + y, atol=1e-12)


def test_the_gradient_is_that_of_the_interpolation() -> None:
    ground = Gridded(domain=DOMAIN, values=np.random.default_rng(1).standard_normal((7, 7)))
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-1.99, 0.99, 200), rng.uniform(0.51, 2.49, 200)
    h = 1e-6
    by_x = (ground.value(x + h, y) - ground.value(x - h, y)) / (2 * h)
    by_y = (ground.value(x, y + h) - ground.value(x, y - h)) / (2 * h)
    found = ground.gradient(x, y)
    np.testing.assert_allclose(found[0], by_x, atol=1e-6)
    np.testing.assert_allclose(found[1], by_y, atol=1e-6)


@pytest.mark.parametrize("place", [(-2.1, 1.0), (1.1, 1.0), (0.0, 0.4), (0.0, 2.6)])
def test_outside_there_is_nothing(place: tuple[float, float]) -> None:
    ground = sampled(lambda x, y: x + y)
    assert np.isnan(ground.value(*map(np.array, place)))


def test_an_optimizer_walks_down_it() -> None:
    x, y = np.meshgrid(np.linspace(*DOMAIN[:2], 9), np.linspace(*DOMAIN[2:], 9))
    values = (x + 0.5) ** 2 + (y - 1.5) ** 2
    surface = slice_surface(DOMAIN, values, start=(-1.5, 2.2), teaches="")
    done = walk(surface, RULES["sgd"], start=surface.start, schedule=constant(0.2), steps=40)
    np.testing.assert_allclose(done.positions[-1], [-0.5, 1.5], atol=1e-3)
    first = np.linalg.norm(done.positions[1] - done.positions[0])
    assert first / 0.2 * surface.rate == pytest.approx(0.05 * 3, rel=0.02)
