r"""Update rules, one step at a time, with their inner state laid open.

Each rule follows Keras's own definition and defaults; the tests walk 50 steps beside Keras. What
differs between textbooks is said: momentum here is v = m v - a g, so the learning rate is inside
the velocity; Adam's epsilon stands outside the root.

In the rules g is the gradient, p the parameters before the step, s the state, t the number of the
step from 1, o the settings: one letter each, as in the formulas beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from core.arrays import FloatArray

State: TypeAlias = Mapping[str, FloatArray]
Settings: TypeAlias = Mapping[str, float]
Change: TypeAlias = tuple[FloatArray, dict[str, FloatArray]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One optimizer.

    Attributes:
        name, title: Keras's name, and one for people.
        formula: LaTeX lines of one step.
        settings: Defaults of its hyperparameters besides the learning rate.
        slots: Names of the state, each an array like the parameters.
        initial: Start value of each slot where it is not 0.
        update: (gradient, parameters, state, t, rate, settings) -> (change, new state); t counts
            from 1.
        source: Where it was introduced.
    """

    name: str
    title: str
    formula: tuple[str, ...]
    settings: Settings
    slots: tuple[str, ...]
    update: Callable[[FloatArray, FloatArray, State, int, float, Settings], Change]
    source: str
    initial: Mapping[str, float] = field(default_factory=dict)

    def begin(self, parameters: FloatArray) -> dict[str, FloatArray]:
        """The state before the first step."""
        return {s: np.full_like(parameters, self.initial.get(s, 0.0)) for s in self.slots}


def _sgd(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    return -rate * g, {}


def _momentum(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    v = o["momentum"] * s["velocity"] - rate * g
    return v, {"velocity": v}


def _nesterov(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    v = o["momentum"] * s["velocity"] - rate * g
    return o["momentum"] * v - rate * g, {"velocity": v}


def _adagrad(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    total = s["squares"] + g**2
    return -rate * g / np.sqrt(total + o["epsilon"]), {"squares": total}


def _rmsprop(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    mean = o["rho"] * s["squares"] + (1 - o["rho"]) * g**2
    return -rate * g / np.sqrt(mean + o["epsilon"]), {"squares": mean}


def _moments(g: FloatArray, s: State, o: Settings) -> tuple[FloatArray, FloatArray]:
    m = o["beta_1"] * s["mean"] + (1 - o["beta_1"]) * g
    v = o["beta_2"] * s["squares"] + (1 - o["beta_2"]) * g**2
    return m, v


def _adam(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    m, v = _moments(g, s, o)
    # Keras takes these two powers of a decay in single precision; in double, 1 - 0.999 differs
    # by a hundred-thousandth of itself, and a walk by the sixth decimal.
    decayed_1, decayed_2 = (float(np.float32(o[name])) ** t for name in ("beta_1", "beta_2"))
    corrected = rate * np.sqrt(1 - decayed_2) / (1 - decayed_1)
    return -corrected * m / (np.sqrt(v) + o["epsilon"]), {"mean": m, "squares": v}


def _adamw(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    # Decay first, on the parameters as they were; it never enters the moments.
    change, state = _adam(g, p, s, t, rate, o)
    return change - rate * o["weight_decay"] * p, state


def _nadam(g: FloatArray, p: FloatArray, s: State, t: int, rate: float, o: Settings) -> Change:
    b1, b2 = o["beta_1"], o["beta_2"]
    u = b1 * (1.0 - 0.5 * 0.96**t)
    u_next = b1 * (1.0 - 0.5 * 0.96 ** (t + 1))
    product = s["schedule"] * u
    m, v = _moments(g, s, o)
    m_hat = u_next * m / (1 - product * u_next) + (1 - u) * g / (1 - product)
    v_hat = v / (1 - b2**t)
    change = -rate * m_hat / (np.sqrt(v_hat) + o["epsilon"])
    return change, {"mean": m, "squares": v, "schedule": product}


_ADAM: Final = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
_MOMENTS: Final = (
    r"m \leftarrow \beta_1 m + (1-\beta_1)\, g",
    r"v \leftarrow \beta_2 v + (1-\beta_2)\, g^2",
)
_ADAM_STEP: Final = (
    r"w \leftarrow w - \alpha\,\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}\,\frac{m}{\sqrt v+\epsilon}"
)

_ALL: Final = (
    Rule(
        name="sgd",
        title="Gradient descent",
        formula=(r"w \leftarrow w - \alpha g",),
        settings={},
        slots=(),
        update=_sgd,
        source="Cauchy (1847); Robbins & Monro (1951), doi:10.1214/aoms/1177729586",
    ),
    Rule(
        name="momentum",
        title="Momentum",
        formula=(r"v \leftarrow m v - \alpha g", r"w \leftarrow w + v"),
        settings={"momentum": 0.9},
        slots=("velocity",),
        update=_momentum,
        source="Polyak (1964), doi:10.1016/0041-5553(64)90137-5",
    ),
    Rule(
        name="nesterov",
        title="Nesterov",
        formula=(r"v \leftarrow m v - \alpha g", r"w \leftarrow w + m v - \alpha g"),
        settings={"momentum": 0.9},
        slots=("velocity",),
        update=_nesterov,
        source="Nesterov (1983); in this form Sutskever et al. (2013)",
    ),
    Rule(
        name="adagrad",
        title="Adagrad",
        formula=(
            r"s \leftarrow s + g^2",
            r"w \leftarrow w - \alpha\,\frac{g}{\sqrt{s + \epsilon}}",
        ),
        settings={"epsilon": 1e-7},
        slots=("squares",),
        update=_adagrad,
        source="Duchi et al. (2011), JMLR 12:2121",
        initial={"squares": 0.1},
    ),
    Rule(
        name="rmsprop",
        title="RMSprop",
        formula=(
            r"s \leftarrow \rho s + (1-\rho)\, g^2",
            r"w \leftarrow w - \alpha\,\frac{g}{\sqrt{s + \epsilon}}",
        ),
        settings={"rho": 0.9, "epsilon": 1e-7},
        slots=("squares",),
        update=_rmsprop,
        source="Tieleman & Hinton (2012), lecture 6.5",
    ),
    Rule(
        name="adam",
        title="Adam",
        formula=(*_MOMENTS, _ADAM_STEP),
        settings=_ADAM,
        slots=("mean", "squares"),
        update=_adam,
        source="Kingma & Ba (2015), arXiv:1412.6980",
    ),
    Rule(
        name="adamw",
        title="AdamW",
        formula=(r"w \leftarrow w - \alpha\lambda w", *_MOMENTS, _ADAM_STEP),
        settings={**_ADAM, "weight_decay": 0.004},
        slots=("mean", "squares"),
        update=_adamw,
        source="Loshchilov & Hutter (2019), arXiv:1711.05101",
    ),
    Rule(
        name="nadam",
        title="Nadam",
        formula=(
            *_MOMENTS,
            r"\hat m = \frac{\mu_{t+1} m}{1-\prod_{i}^{t+1}\mu_i}"
            r" + \frac{(1-\mu_t)\, g}{1-\prod_{i}^{t}\mu_i}",
            r"w \leftarrow w - \alpha\,\frac{\hat m}{\sqrt{v/(1-\beta_2^t)}+\epsilon}",
        ),
        settings=_ADAM,
        slots=("mean", "squares", "schedule"),
        update=_nadam,
        source="Dozat (2016), Incorporating Nesterov momentum into Adam",
        initial={"schedule": 1.0},
    ),
)
RULES: Final[dict[str, Rule]] = {rule.name: rule for rule in _ALL}
