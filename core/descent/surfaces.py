"""Surfaces to descend: value and exact gradient, domain, minima.

Every surface is vectorized: x and y are arrays of one shape, and so are the results.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.descent.expression import Expression
from core.errors import LessonError

Gradient = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A function of two variables with its gradient.

    Attributes:
        name, title: Key and name for people.
        formula: LaTeX.
        value: (x, y) -> f, any shape.
        gradient: (x, y) -> (df/dx, df/dy), any shape.
        domain: (x low, x high, y low, y high) that is drawn.
        start: A start that shows what the surface teaches.
        rate: A learning rate that suits plain gradient descent from there.
        minima: Known minima as (x, y); empty where there is none or it is not known.
        teaches: One sentence.
        source: Where it comes from.
    """

    name: str
    title: str
    formula: str
    value: Callable[[FloatArray, FloatArray], FloatArray]
    gradient: Callable[[FloatArray, FloatArray], Gradient]
    domain: tuple[float, float, float, float]
    start: tuple[float, float]
    rate: float
    minima: tuple[tuple[float, float], ...]
    teaches: str
    source: str

    def grid(self, points: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Axes x (P,), y (P,) and values (P, P) with rows along y."""
        x0, x1, y0, y1 = self.domain
        x, y = np.linspace(x0, x1, points), np.linspace(y0, y1, points)
        return x, y, self.value(*np.meshgrid(x, y))

    def hessian(self, x: float, y: float) -> FloatArray:
        """(2, 2) second derivatives by central differences of the exact gradient."""
        h = 1e-5 * max(1.0, abs(x), abs(y))
        columns = []
        for dx, dy in ((h, 0.0), (0.0, h)):
            up = self.gradient(np.array(x + dx), np.array(y + dy))
            down = self.gradient(np.array(x - dx), np.array(y - dy))
            columns.append([(float(a) - float(b)) / (2 * h) for a, b in zip(up, down, strict=True)])
        matrix = np.array(columns).T
        return 0.5 * (matrix + matrix.T)

    def stability_limit(self, x: float, y: float) -> float:
        """2 / lambda_max of the Hessian there: above it plain gradient descent moves away.

        Infinite where no direction curves upward.

        Source: Goh (2017), Why Momentum Really Works, doi:10.23915/distill.00006
        """
        largest = float(np.linalg.eigvalsh(self.hessian(x, y))[-1])
        return 2.0 / largest if largest > 0 else math.inf


def bowl(condition: float) -> Surface:
    """A quadratic bowl whose curvatures are 1 and `condition`.

    Raises:
        LessonError: ``surface.condition`` unless 1 <= condition <= 1000.
    """
    if not 1.0 <= condition <= 1000.0:
        raise LessonError(
            "surface.condition",
            problem=f"A condition number of {condition:g} cannot be drawn.",
            remedy="Choose one from 1 (a round bowl) to 1000 (a narrow valley).",
        )
    return Surface(
        name="bowl",
        title="Bowl",
        formula=r"f = \tfrac12 x^2 + \tfrac{\kappa}{2} y^2",
        value=lambda x, y: 0.5 * x**2 + 0.5 * condition * y**2,
        gradient=lambda x, y: (1.0 * x, condition * y),
        domain=(-3.0, 3.0, -2.0, 2.0),
        start=(-2.5, 1.2),
        rate=1.0 / condition,
        minima=((0.0, 0.0),),
        teaches="The steepest direction sets the step, the flattest one sets the time.",
        source="Goh (2017), doi:10.23915/distill.00006",
    )


def _beale(x: FloatArray, y: FloatArray) -> FloatArray:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_gradient(x: FloatArray, y: FloatArray) -> Gradient:
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    by_x = 2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1)
    by_y = 2 * a * x + 4 * b * x * y + 6 * c * x * y**2
    return by_x, by_y


_TWO_PI: Final = 2.0 * math.pi

_FIXED: Final = (
    Surface(
        name="rosenbrock",
        title="Rosenbrock's valley",
        formula=r"f = (1 - x)^2 + 100\,(y - x^2)^2",
        value=lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        gradient=lambda x, y: (
            -2 * (1 - x) - 400 * x * (y - x**2),
            200 * (y - x**2),
        ),
        domain=(-2.0, 2.0, -1.0, 3.0),
        start=(-1.5, 2.0),
        rate=0.001,
        minima=((1.0, 1.0),),
        teaches="The valley is found at once; walking along its floor takes for ever.",
        source="Rosenbrock (1960), doi:10.1093/comjnl/3.3.175",
    ),
    Surface(
        name="beale",
        title="Beale's function",
        formula=r"f = \sum_{i=1}^{3}\,(c_i - x + x y^i)^2,\; c = (1.5,\, 2.25,\, 2.625)",
        value=_beale,
        gradient=_beale_gradient,
        domain=(-4.5, 4.5, -4.5, 4.5),
        start=(1.0, 1.5),
        rate=0.01,
        minima=((3.0, 0.5),),
        teaches="Flat land beside steep walls: one rate cannot suit both.",
        source="Beale (1958), On an iterative method for finding a local minimum",
    ),
    Surface(
        name="himmelblau",
        title="Himmelblau's four valleys",
        formula=r"f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        value=lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        gradient=lambda x, y: (
            4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7),
            2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7),
        ),
        domain=(-5.0, 5.0, -5.0, 5.0),
        start=(-0.3, -0.9),
        rate=0.01,
        minima=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        teaches="Four minima of the same depth: the start decides which one is found.",
        source="Himmelblau (1972), Applied Nonlinear Programming",
    ),
    Surface(
        name="saddle",
        title="Saddle",
        formula=r"f = \tfrac12 x^2 - \tfrac12 y^2 + \tfrac14 y^4",
        value=lambda x, y: 0.5 * x**2 - 0.5 * y**2 + 0.25 * y**4,
        gradient=lambda x, y: (1.0 * x, -y + y**3),
        domain=(-2.0, 2.0, -1.8, 1.8),
        start=(-1.6, 0.001),
        rate=0.1,
        minima=((0.0, 1.0), (0.0, -1.0)),
        teaches="The gradient vanishes where nothing is won; a little noise leads on.",
        source="Dauphin et al. (2014), arXiv:1406.2572 (on saddles in networks)",
    ),
    Surface(
        name="rastrigin",
        title="Rastrigin's egg box",
        formula=r"f = 20 + \sum_{v \in \{x, y\}} \left(v^2 - 10\cos 2\pi v\right)",
        value=lambda x, y: 20 + x**2 + y**2 - 10 * np.cos(_TWO_PI * x) - 10 * np.cos(_TWO_PI * y),
        gradient=lambda x, y: (
            2 * x + 10 * _TWO_PI * np.sin(_TWO_PI * x),
            2 * y + 10 * _TWO_PI * np.sin(_TWO_PI * y),
        ),
        domain=(-3.2, 3.2, -3.2, 3.2),
        start=(-2.4, 1.7),
        rate=0.002,
        minima=((0.0, 0.0),),
        teaches="Gradient descent ends in the dent it starts in, seldom in the lowest one.",
        source="Rastrigin (1974), Systems of extremal control",
    ),
)
SURFACES: Final[dict[str, Surface]] = {surface.name: surface for surface in (bowl(10.0), *_FIXED)}


def typed(expression: Expression, *, span: float = 3.0) -> Surface:
    """A surface from a typed function, over a square around the origin."""
    return Surface(
        name="typed",
        title="A function of your own",
        formula="f = " + expression.text.replace("*", r"\,"),
        value=lambda x, y: expression.evaluate(x, y)[0],
        gradient=lambda x, y: expression.evaluate(x, y)[1:],
        domain=(-span, span, -span, span),
        start=(-0.7 * span, 0.6 * span),
        rate=0.05,
        minima=(),
        teaches="Yours: where is it steep, where is it flat, and where will a walker stop?",
        source="Typed on this page",
    )
