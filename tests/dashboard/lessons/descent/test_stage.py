"""What the race's stage is sent, that it walks as core does, and that its words are true."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core.descent.expression import parse
from core.descent.fitted import batches, neuron_data, neuron_surface
from core.descent.gridded import Gridded, slice_surface
from core.descent.rules import RULES
from core.descent.schedules import SCHEDULES, constant
from core.descent.surfaces import SURFACES, Surface, bowl, typed
from core.descent.trajectory import Trajectory, suggested_rates, walk
from dashboard import cache
from dashboard.lessons.descent.lesson import question
from dashboard.lessons.descent.stage import (
    BATCH,
    LEAVING,
    MOST_STEPS,
    NOISE_SEED,
    SCHEMA,
    disturbances,
    grounds,
    payload,
)
from dashboard.shared.schema import decode, encode
from tests.browser_vectors import call_module

MODULE = "lessons/descent/walk.js"
STEPS = 50
OWN = [
    "(x^2 - 1)^2 + y^2 + x*y",
    "sin(x) * cos(y) + tan(x/4) - tanh(y)",
    "exp(-x^2) + 0.1*x^2 + abs(y) + 2^(x - y)",
    "sqrt(x^2 + y^2 + 1) + log(4 + y) / (2 + x) - (-y)",
]
GRID = Gridded(
    domain=(-1.2, 0.4, -0.5, 0.5),
    values=np.random.default_rng(4).standard_normal((9, 7)).cumsum(axis=0).cumsum(axis=1) / 9,
)


def sent(raw: bytes) -> dict[str, Any]:
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def ground_and_surface() -> Iterator[tuple[dict[str, Any], Surface]]:
    data = neuron_data()
    grid = {"values": GRID.values.ravel().tolist(), "shape": [9, 7], "domain": GRID.domain}
    surface = slice_surface(GRID.domain, GRID.values, start=(-0.9, -0.2), teaches="")
    yield {"name": "slice", "grid": grid}, surface
    yield {"name": "bowl", "condition": 25.0}, bowl(25.0)
    for name, surface in SURFACES.items():
        if name != "bowl":
            yield {"name": name}, surface
    rows = {"inputs": data.inputs.ravel().tolist(), "targets": data.targets.tolist()}
    yield {"name": "neuron", "data": rows}, neuron_surface(data)
    for text in OWN:
        expression = parse(text)
        yield {"name": "typed", "tree": expression.to_lists()}, typed(expression)


def rule_of(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "name": name,
        "settings": dict(rule.settings),
        "slots": list(rule.slots),
        "initial": dict(rule.initial),
    }


def options(rule: str, start: tuple[float, float], rate: float, **more: Any) -> dict[str, Any]:
    given = {"rule": rule_of(rule), "start": list(start), "rate": rate, "steps": STEPS}
    return {"schedule": "constant", "noise": "full", **given, **more}


def is_cores(got: dict[str, Any], done: Trajectory, name: str) -> None:
    assert got["diverged"] == done.diverged_at, name
    assert got["left"] == done.left_at, name
    assert got["taken"] == done.steps, name
    # Of several places as low as each other up to the last digit, either is the best.
    lowest = done.values[got["best"]]
    np.testing.assert_allclose(lowest, done.values.min(), rtol=1e-9, atol=1e-12, err_msg=name)
    theirs = np.reshape(got["positions"], (-1, 2))
    np.testing.assert_allclose(theirs, done.positions, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(got["values"], done.values, rtol=1e-6, atol=1e-6, err_msg=name)
    for slot, values in done.states.items():
        state = np.reshape(got["states"][slot], (-1, 2))
        np.testing.assert_allclose(state, values, rtol=1e-6, atol=1e-6, err_msg=name)


def test_every_rule_on_every_surface_walks_as_in_core() -> None:
    calls, expected = [], []
    for place, (ground, surface) in enumerate(ground_and_surface()):
        rates = suggested_rates(surface)
        for turn, rule in enumerate(RULES.values()):
            schedule = list(SCHEDULES)[(place + turn) % len(SCHEDULES)]
            # A walk on a slice must not leave it: there is nothing outside.
            rate = rates[rule.name] * {"bowl": 0.3, "slice": 0.1}.get(surface.name, 1.0)
            given = options(rule.name, surface.start, rate, schedule=schedule)
            calls.append(["walkFor", ground, given, {}])
            make = SCHEDULES[schedule].make(rate, STEPS)
            done = walk(surface, rule, start=surface.start, schedule=make, steps=STEPS)
            expected.append((done, surface.stability_limit(*surface.start)))
    found = call_module(MODULE, calls)
    assert len(found) == 12 * len(RULES)
    for call, got, (done, limit) in zip(calls, found, expected, strict=True):
        name = json.dumps(call[1:3])[:400]
        is_cores(got, done, name)
        if np.isfinite(limit):
            assert got["limit"] == pytest.approx(limit, rel=1e-4), name
        else:
            assert got["limit"] == "Infinity", name


def test_a_walk_that_leaves_the_ground_ends_where_cores_does() -> None:
    expression = parse(LEAVING)
    surface = typed(expression)
    ground = {"name": "typed", "tree": expression.to_lists()}
    ways = [(rule, rate) for rule in RULES for rate in (0.05, 0.3, 2.0)]
    found = call_module(
        MODULE, [["walkFor", ground, options(rule, (1.0, 1.0), rate), {}] for rule, rate in ways]
    )
    left = 0
    for (rule, rate), got in zip(ways, found, strict=True):
        done = walk(surface, RULES[rule], start=(1.0, 1.0), schedule=constant(rate), steps=STEPS)
        is_cores(got, done, f"{rule} {rate}")
        if done.left_at is None:
            continue
        left += 1
        assert got["best"] == done.best_step
        assert got["leftTo"] == pytest.approx(done.left_to)
        # What is offered as the best step comes before the one that left.
        assert got["best"] < got["left"]
        assert np.isfinite(np.array(got["values"], dtype=float)).all()
    assert left >= 8


def test_a_walk_on_a_slice_ends_at_its_edge() -> None:
    grid = {"values": GRID.values.ravel().tolist(), "shape": [9, 7], "domain": GRID.domain}
    surface = slice_surface(GRID.domain, GRID.values, start=(-0.9, -0.2), teaches="")
    given = options("sgd", surface.start, 1.0)
    (got,) = call_module(MODULE, [["walkFor", {"name": "slice", "grid": grid}, given, {}]])
    done = walk(surface, RULES["sgd"], start=surface.start, schedule=constant(1.0), steps=STEPS)
    assert done.left_at is not None
    is_cores(got, done, "slice")


@pytest.mark.parametrize("noise", ["batch", "single"])
def test_batches_of_the_neuron_are_the_same_examples_as_in_core(noise: str) -> None:
    data = neuron_data()
    surface = neuron_surface(data)
    sizes = {"batch": BATCH, "single": 1}
    all_rows = {
        name: batches(len(data.targets), size=size, steps=MOST_STEPS, seed=NOISE_SEED)
        for name, size in sizes.items()
    }
    rows = all_rows[noise]

    def extra(step: int, position: np.ndarray) -> np.ndarray:
        whole = np.array(surface.gradient(position[0], position[1]))
        return data.batch_gradient(position, rows[step - 1]) - whole

    ground = {
        "name": "neuron",
        "data": {"inputs": data.inputs.ravel().tolist(), "targets": data.targets.tolist()},
    }
    seeded = {
        "eights": all_rows["batch"].ravel().tolist(),
        "ones": all_rows["single"].ravel().tolist(),
    }
    given = options("adam", surface.start, 0.1, noise=noise)
    (got,) = call_module(MODULE, [["walkFor", ground, given, seeded]])
    done = walk(
        surface,
        RULES["adam"],
        start=surface.start,
        schedule=constant(0.1),
        steps=STEPS,
        noise=extra,
    )
    np.testing.assert_allclose(np.reshape(got["positions"], (-1, 2)), done.positions, atol=1e-6)


def test_noise_without_examples_is_a_share_of_the_slope_at_the_start() -> None:
    surface = SURFACES["saddle"]
    drawn = disturbances()
    size = 0.2 * np.hypot(*map(float, surface.gradient(*map(np.asarray, surface.start))))
    given = options("sgd", surface.start, 0.1, noise="batch")
    chance = {"disturbances": drawn.ravel().tolist()}
    (got,) = call_module(MODULE, [["walkFor", {"name": "saddle"}, given, chance]])
    done = walk(
        surface,
        RULES["sgd"],
        start=surface.start,
        schedule=constant(0.1),
        steps=STEPS,
        noise=lambda step, position: size * drawn[step - 1],
    )
    np.testing.assert_allclose(np.reshape(got["positions"], (-1, 2)), done.positions, atol=1e-9)


def test_the_stage_gets_every_surface_and_rule_and_its_conventions() -> None:
    text = cache.page_text("descent")
    raw = payload({"slug": "descent"}, notes={name: text[f"note-{name}"] for name in RULES})
    assert len(raw) < 40_000  # small enough for a slow hall
    header = sent(raw)
    assert [rule["name"] for rule in header["rules"]] == list(RULES)
    assert all(rule["note"] for rule in header["rules"])
    adagrad = next(rule for rule in header["rules"] if rule["name"] == "adagrad")
    assert adagrad["initial"] == {"squares": 0.1}
    assert set(header["surfaces"]) == {*grounds(), "typed"}
    for surface in header["surfaces"].values():
        x0, x1, y0, y1 = surface["domain"]
        assert x0 < surface["start"][0] < x1
        assert y0 < surface["start"][1] < y1
        assert len(surface["rates"]) == len(RULES)


@pytest.mark.parametrize(
    "code", ["rates_nan*start_1", "surface_none*racing_sgd_none", "step_-5*steps_9999", "%00*_*"]
)
def test_nonsense_in_an_address_is_a_race_all_the_same(code: str) -> None:
    values = decode(SCHEMA, code)
    assert values["surface"] in {*grounds(), "slice", "typed"}
    assert 1 <= values["steps"] <= MOST_STEPS
    assert decode(SCHEMA, encode(SCHEMA, values)) == values


def test_the_question_is_judged_by_a_walk() -> None:
    asked = question(cache.page_text("descent"))
    assert asked.options[asked.truth] == "swing ever wider"
    # 1 - 0.22 * 10: worked out, not written.
    assert "0.22 · 10 = \N{MINUS SIGN}1.2" in asked.because


def descends(surface: Surface, rate: float, steps: int = 100) -> bool:
    start = surface.start
    done = walk(surface, RULES["sgd"], start=start, schedule=constant(rate), steps=steps)
    gone = done.diverged_at is not None or done.left_at is not None
    return not gone and bool(done.values[-1] < done.values[0])


def test_the_limit_is_exact_on_the_bowl_and_only_there() -> None:
    for condition in (1.0, 10.0, 400.0):
        ground = bowl(condition)
        limit = ground.stability_limit(*ground.start)
        assert descends(ground, 0.999 * limit)
        assert not descends(ground, 1.001 * limit, steps=2000)
    for name, times in (("rosenbrock", 2.0), ("beale", 3.0)):
        surface = SURFACES[name]
        assert descends(surface, times * surface.stability_limit(*surface.start))
    assert "the limit is exact" in cache.page_text("descent")["why"]


def test_adagrad_divides_by_all_gradients_and_the_others_by_recent_ones() -> None:
    # One large gradient, then small ones: who forgets it takes large steps again.
    after = {}
    for name in ("adagrad", "rmsprop", "adam"):
        rule, position, slope = RULES[name], np.array([0.0]), np.array([1e-3])
        state = rule.begin(position)
        rate, settings = 0.1, rule.settings
        change, state = rule.update(np.array([100.0]), position, state, 1, rate, settings)
        for step in range(2, 20_000):
            change, state = rule.update(slope, position, state, step, rate, settings)
        after[name] = abs(float(change[0]))
    assert after["adagrad"] < 1e-5
    assert after["rmsprop"] > 0.05
    assert after["adam"] > 0.01
    assert "Adagrad by that of all gradients so far" in cache.page_text("descent")["why"]


def test_adamw_shrinks_a_weight_by_a_share_of_itself() -> None:
    rule, state = RULES["adamw"], RULES["adamw"].begin(np.array([50.0]))
    change, _ = rule.update(np.array([0.0]), np.array([50.0]), state, 1, 0.1, rule.settings)
    assert float(change[0]) == pytest.approx(-50.0 * 0.1 * rule.settings["weight_decay"])
    assert "by the share αλ of itself, λ = 0.004" in cache.page_text("descent")["note-adamw"]
    assert rule.settings["weight_decay"] == 0.004


def test_an_input_in_another_unit_changes_the_limit_by_the_square() -> None:
    # The check's law, on the neuron's own loss: at most a quarter of x squared, along its weight.
    data = neuron_data()
    for column in (0, 1):
        curvature = [float(np.mean((scale * data.inputs[:, column]) ** 2)) for scale in (1, 0.1)]
        assert curvature[0] / curvature[1] == pytest.approx(100)
