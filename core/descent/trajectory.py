"""Walks on a surface: every position, gradient and inner state of an optimizer.

A walk ends early where it diverges, and where a step leads to a place at which the function has
no value or no slope: there is no ground to go on from. Both are answers and are said, no errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.descent.rules import RULES, Rule
from core.descent.schedules import Schedule, constant
from core.descent.surfaces import Surface
from core.errors import LessonError

FAR: Final = 1e6
"""A coordinate beyond this counts as diverged: no picture holds it."""

MAX_STEPS: Final = 2000

Noise = Callable[[int, FloatArray], FloatArray]
"""From a step's number and the position, (2,), to what is added to the gradient there, (2,)."""


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One walk of T steps at most.

    Attributes:
        rule: The optimizer's name.
        positions: (T + 1, 2), the start first.
        values: (T + 1,) f at each position.
        gradients: (T, 2) as the rule received them.
        rates: (T,) learning rate of each step.
        states: name -> (T + 1, 2) inner state, before the first step first.
        diverged_at: Step after which the walk was too far out or not finite; None: it stayed.
        left_at: Step that led where the function has no value or no slope; None: it did not. It is
            not among the positions: the walk ends with the last place that has both.
        left_to: (x, y) where that step led, for the picture.
    """

    rule: str
    positions: FloatArray
    values: FloatArray
    gradients: FloatArray
    rates: FloatArray
    states: Mapping[str, FloatArray]
    diverged_at: int | None
    left_at: int | None = None
    left_to: tuple[float, float] | None = None

    @property
    def best_step(self) -> int:
        """Step with the smallest value, the last one of several."""
        return int(len(self.values) - 1 - np.argmin(self.values[::-1]))

    @property
    def steps(self) -> int:
        """Steps really taken."""
        return len(self.rates)


def walk(
    surface: Surface,
    rule: Rule,
    *,
    start: tuple[float, float],
    schedule: Schedule,
    steps: int,
    settings: Mapping[str, float] | None = None,
    noise: Noise | None = None,
) -> Trajectory:
    """Walk `steps` steps from `start`.

    Args:
        surface: What to descend.
        rule: The optimizer; its defaults hold where `settings` is silent.
        start: (x, y).
        schedule: From the step's number, from 1, to its learning rate.
        steps: 1 to 2000.
        settings: Hyperparameters that differ from the rule's defaults.
        noise: What a batch or a coin adds to the gradient of a step; None: nothing.

    Raises:
        LessonError: ``descent.steps``, ``descent.start`` where the surface has no value.
    """
    _check(surface, start, steps)
    chosen = {**rule.settings, **(settings or {})}
    position = np.array(start, dtype=np.float64)
    state: Mapping[str, FloatArray] = rule.begin(position)
    positions, gradients = np.empty((steps + 1, 2)), np.empty((steps, 2))
    rates = np.array([schedule(step) for step in range(1, steps + 1)], dtype=np.float64)
    states = {name: np.empty((steps + 1, 2)) for name in state}
    _enter(positions, states, 0, position, state)
    taken, diverged = steps, None
    with np.errstate(all="ignore"):
        for step in range(1, steps + 1):
            gradient = gradients[step - 1]
            gradient[:] = surface.gradient(position[0], position[1])
            if noise is not None:
                gradient += noise(step, position)
            rate = rates[step - 1]
            change, state = rule.update(gradient, position, state, step, rate, chosen)
            position = position + change
            # Written so that not-a-number is far out too.
            if not (-FAR <= position[0] <= FAR and -FAR <= position[1] <= FAR):
                taken, diverged = step - 1, step
                break
            _enter(positions, states, step, position, state)
        path = positions[: taken + 1]
        values = np.asarray(surface.value(path[:, 0], path[:, 1]), dtype=np.float64)
    left = _leaves(values, gradients[: taken + (diverged is not None)])
    if left is not None:
        taken, diverged = left - 1, None
    path, values = positions[: taken + 1], values[: taken + 1]
    return Trajectory(
        rule=rule.name,
        positions=path,
        values=values,
        gradients=gradients[:taken],
        rates=rates[:taken],
        states={name: array[: taken + 1] for name, array in states.items()},
        diverged_at=diverged,
        left_at=left,
        left_to=None if left is None else (float(positions[left, 0]), float(positions[left, 1])),
    )


def race(
    surface: Surface,
    names: Sequence[str],
    *,
    start: tuple[float, float],
    rates: Mapping[str, float],
    steps: int,
) -> tuple[Trajectory, ...]:
    """Walk with several optimizers from one start."""
    return tuple(
        walk(surface, RULES[name], start=start, schedule=constant(rates[name]), steps=steps)
        for name in names
    )


def suggested_rates(surface: Surface) -> dict[str, float]:
    """A learning rate for each rule to begin with, from the surface's own and its width.

    A velocity gathers several gradients, so it begins with a third. Rules that divide by the size
    of the gradient walk about one rate a step: theirs is a share of the picture's width.
    """
    width = surface.domain[1] - surface.domain[0]
    shares = {"adagrad": 0.1, "rmsprop": 0.01, "adam": 0.02, "adamw": 0.02, "nadam": 0.02}
    slow = {"momentum", "nesterov"}
    return {
        name: float(f"{shares[name] * width:.2g}")
        if name in shares
        else float(f"{surface.rate / (3 if name in slow else 1):.2g}")
        for name in RULES
    }


def _enter(
    positions: FloatArray,
    states: Mapping[str, FloatArray],
    row: int,
    position: FloatArray,
    state: Mapping[str, FloatArray],
) -> None:
    positions[row] = position
    for name, array in states.items():
        array[row] = state[name]


def _check(surface: Surface, start: tuple[float, float], steps: int) -> None:
    if not 1 <= steps <= MAX_STEPS:
        raise LessonError(
            "descent.steps",
            problem=f"{steps} steps cannot be walked here.",
            remedy=f"Choose from 1 to {MAX_STEPS} steps.",
        )
    if not _has_ground(surface, np.asarray(start, dtype=np.float64)):
        raise LessonError(
            "descent.start",
            problem=f"The function has no value or no slope at ({start[0]:g}, {start[1]:g}).",
            remedy="Start elsewhere: drag the start to a place where the surface is drawn.",
        )


def _leaves(values: FloatArray, gradients: FloatArray) -> int | None:
    """The first step, from 1, that led where there is no value or no slope; None: it stayed."""
    whole = np.isfinite(values)
    whole[: len(gradients)] &= np.isfinite(gradients[: len(values)]).all(axis=1)
    return int(np.argmin(whole)) if not whole.all() else None


def _has_ground(surface: Surface, position: FloatArray) -> bool:
    """Whether the function has a value and a slope at (x, y)."""
    x, y = position
    with np.errstate(all="ignore"):
        value, slope = surface.value(x, y), surface.gradient(x, y)
    return bool(np.isfinite([float(value), *map(float, slope)]).all())
