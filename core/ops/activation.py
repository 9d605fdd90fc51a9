r"""Activation functions with their derivatives, as the paper's Table 1 and Fig. 6 name them.

Each is a pair of functions of the same arguments. Shape parameters (slope, scale, leak) are
explicit, because a lesson puts them on sliders.

Conventions, said once: the unit step gives 1 at the threshold; the derivative of ReLU at 0 is 0;
the step's derivative is 0 wherever it exists, and 0 is given at the threshold too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.errors import LessonError

SELU_ALPHA: Final = 1.6732632423543772
SELU_SCALE: Final = 1.0507009873554805
"""Fixed by the demand that mean 0 and variance 1 map to themselves (Klambauer et al., 2017)."""

_SQRT_2: Final = math.sqrt(2.0)
_SQRT_2_PI: Final = math.sqrt(2.0 * math.pi)
# erf without SciPy: core is NumPy only, and the standard library has it for one number.
_erf = np.vectorize(math.erf, otypes=[np.float64])


def sigmoid(x: FloatArray) -> FloatArray:
    """The logistic function in a form that never overflows.

    Two branches: exp is only ever taken of a negative number.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    x = np.asarray(x, dtype=np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One shape parameter of an activation.

    Attributes:
        name: Symbol in the formula.
        meaning: One phrase for the slider.
        default, low, high, step: Values of the slider; `default` is Keras's where Keras has one.
    """

    name: str
    meaning: str
    default: float
    low: float
    high: float
    step: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """One activation function.

    Attributes:
        name: Keras's name where Keras has one.
        title: For people.
        formula, derivative_formula: LaTeX, with the parameter's symbol.
        function, slope: From x (any shape) and the parameter to f(x) and f'(x).
        parameter: The shape parameter, None where there is none.
        limits: Greatest lower and least upper bound of f at the default parameter.
        source: Where it was introduced or is defined.
    """

    name: str
    title: str
    formula: str
    derivative_formula: str
    function: Callable[[FloatArray, float], FloatArray]
    slope: Callable[[FloatArray, float], FloatArray]
    parameter: Parameter | None
    limits: tuple[float, float]
    source: str

    def __call__(self, x: FloatArray, value: float | None = None) -> FloatArray:
        """f(x), of the shape of x, float64."""
        return self.function(np.asarray(x, dtype=np.float64), self._value(value))

    def derivative(self, x: FloatArray, value: float | None = None) -> FloatArray:
        """f'(x), of the shape of x, float64."""
        return self.slope(np.asarray(x, dtype=np.float64), self._value(value))

    def _value(self, value: float | None) -> float:
        if self.parameter is None:
            return 0.0
        chosen = self.parameter.default if value is None else float(value)
        if not self.parameter.low <= chosen <= self.parameter.high:
            raise LessonError(
                "activation.parameter",
                problem=f"{self.parameter.name} = {chosen:g} is outside the range of {self.title}.",
                remedy=f"Choose a value from {self.parameter.low:g} to {self.parameter.high:g}.",
            )
        return chosen


def _step(x: FloatArray, b: float) -> FloatArray:
    return np.where(x >= b, 1.0, 0.0)


def _logistic_slope(x: FloatArray, a: float) -> FloatArray:
    y = sigmoid(a * x)
    return a * y * (1.0 - y)


def _tanh_slope(x: FloatArray, a: float) -> FloatArray:
    return (1.0 - np.tanh(x / a) ** 2) / a


def _elu(x: FloatArray, alpha: float) -> FloatArray:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _elu_slope(x: FloatArray, alpha: float) -> FloatArray:
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0.0)))


def _normal_cdf(x: FloatArray) -> FloatArray:
    return 0.5 * (1.0 + _erf(x / _SQRT_2))


def _gelu_slope(x: FloatArray, _: float) -> FloatArray:
    return _normal_cdf(x) + x * np.exp(-0.5 * x**2) / _SQRT_2_PI


def _silu_slope(x: FloatArray, _: float) -> FloatArray:
    y = sigmoid(x)
    return y * (1.0 + x * (1.0 - y))


def _softplus(x: FloatArray, _: float) -> FloatArray:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


_ALL: Final = (
    Activation(
        name="step",
        title="Unit step",
        formula=r"f(x) = \begin{cases}1 & x \ge b\\ 0 & x < b\end{cases}",
        derivative_formula=r"f'(x) = 0 \quad (x \ne b)",
        function=_step,
        slope=lambda x, b: np.zeros_like(x),
        parameter=Parameter(
            name="b", meaning="threshold", default=0.0, low=-5.0, high=5.0, step=0.1
        ),
        limits=(0.0, 1.0),
        source="McCulloch & Pitts (1943), doi:10.1007/BF02478259",
    ),
    Activation(
        name="sigmoid",
        title="Logistic",
        formula=r"f(x) = \frac{1}{1 + e^{-a x}}",
        derivative_formula=r"f'(x) = a\, f(x)\,(1 - f(x))",
        function=lambda x, a: sigmoid(a * x),
        slope=_logistic_slope,
        parameter=Parameter(name="a", meaning="slope", default=1.0, low=0.1, high=10.0, step=0.1),
        limits=(0.0, 1.0),
        source="Verhulst (1838); as an activation: Rumelhart et al. (1986), doi:10.1038/323533a0",
    ),
    Activation(
        name="tanh",
        title="Hyperbolic tangent",
        formula=r"f(x) = \tanh\frac{x}{a}",
        derivative_formula=r"f'(x) = \frac{1 - \tanh^2(x/a)}{a}",
        function=lambda x, a: np.tanh(x / a),
        slope=_tanh_slope,
        parameter=Parameter(name="a", meaning="scale", default=1.0, low=0.1, high=10.0, step=0.1),
        limits=(-1.0, 1.0),
        source="LeCun et al. (1998), Efficient BackProp, section 4.4",
    ),
    Activation(
        name="relu",
        title="ReLU",
        formula=r"f(x) = \max(0, x)",
        derivative_formula=r"f'(x) = \begin{cases}1 & x > 0\\ 0 & x \le 0\end{cases}",
        function=lambda x, _: np.maximum(x, 0.0),
        slope=lambda x, _: np.where(x > 0, 1.0, 0.0),
        parameter=None,
        limits=(0.0, math.inf),
        source="Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines",
    ),
    Activation(
        name="leaky_relu",
        title="Leaky ReLU",
        formula=r"f(x) = \begin{cases}x & x > 0\\ \alpha x & x \le 0\end{cases}",
        derivative_formula=r"f'(x) = \begin{cases}1 & x > 0\\ \alpha & x \le 0\end{cases}",
        function=lambda x, alpha: np.where(x > 0, x, alpha * x),
        slope=lambda x, alpha: np.where(x > 0, 1.0, alpha),
        parameter=Parameter(
            name="\\alpha", meaning="leak", default=0.2, low=0.0, high=1.0, step=0.01
        ),
        limits=(-math.inf, math.inf),
        source="Maas et al. (2013), Rectifier nonlinearities improve neural acoustic models",
    ),
    Activation(
        name="elu",
        title="ELU",
        formula=r"f(x) = \begin{cases}x & x > 0\\ \alpha (e^x - 1) & x \le 0\end{cases}",
        derivative_formula=r"f'(x) = \begin{cases}1 & x > 0\\ \alpha e^x & x \le 0\end{cases}",
        function=_elu,
        slope=_elu_slope,
        parameter=Parameter(
            name="\\alpha", meaning="depth", default=1.0, low=0.0, high=3.0, step=0.05
        ),
        limits=(-1.0, math.inf),
        source="Clevert et al. (2016), arXiv:1511.07289",
    ),
    Activation(
        name="selu",
        title="SELU",
        formula=r"f(x) = \lambda\begin{cases}x & x > 0\\ \alpha (e^x - 1) & x \le 0\end{cases}",
        derivative_formula=r"f' = \lambda\begin{cases}1 & x > 0\\ \alpha e^x & x \le 0\end{cases}",
        function=lambda x, _: SELU_SCALE * _elu(x, SELU_ALPHA),
        slope=lambda x, _: SELU_SCALE * _elu_slope(x, SELU_ALPHA),
        parameter=None,
        limits=(-SELU_SCALE * SELU_ALPHA, math.inf),
        source="Klambauer et al. (2017), arXiv:1706.02515",
    ),
    Activation(
        name="gelu",
        title="GELU",
        formula=r"f(x) = x\,\Phi(x)",
        derivative_formula=r"f'(x) = \Phi(x) + x\,\varphi(x)",
        function=lambda x, _: x * _normal_cdf(x),
        slope=_gelu_slope,
        parameter=None,
        limits=(-0.16997120747, math.inf),
        source="Hendrycks & Gimpel (2016), arXiv:1606.08415",
    ),
    Activation(
        name="silu",
        title="SiLU (swish)",
        formula=r"f(x) = x\,\sigma(x)",
        derivative_formula=r"f'(x) = \sigma(x)\,(1 + x\,(1 - \sigma(x)))",
        function=lambda x, _: x * sigmoid(x),
        slope=_silu_slope,
        parameter=None,
        limits=(-0.27846454276, math.inf),
        source="Elfwing et al. (2017), arXiv:1702.03118",
    ),
    Activation(
        name="softplus",
        title="Softplus",
        formula=r"f(x) = \ln(1 + e^x)",
        derivative_formula=r"f'(x) = \sigma(x)",
        function=_softplus,
        slope=lambda x, _: sigmoid(x),
        parameter=None,
        limits=(0.0, math.inf),
        source="Dugas et al. (2001), Incorporating second-order functional knowledge",
    ),
    Activation(
        name="linear",
        title="Linear",
        formula=r"f(x) = x",
        derivative_formula=r"f'(x) = 1",
        function=lambda x, _: x.copy(),
        slope=lambda x, _: np.ones_like(x),
        parameter=None,
        limits=(-math.inf, math.inf),
        source="The identity: no activation at all",
    ),
)
ACTIVATIONS: Final[dict[str, Activation]] = {entry.name: entry for entry in _ALL}


def find_activation(name: str) -> Activation:
    """The activation of that name.

    Raises:
        LessonError: ``activation.unknown``, with the names that there are.
    """
    if name not in ACTIVATIONS:
        raise LessonError(
            "activation.unknown",
            problem=f"There is no activation named {name!r}.",
            remedy=f"Choose one of {', '.join(ACTIVATIONS)}.",
        )
    return ACTIVATIONS[name]
