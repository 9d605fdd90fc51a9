"""Gradient descent in Chromium: the browser's walks are core's, and they follow the hand."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.descent.expression import parse
from core.descent.fitted import batches, neuron_data, neuron_surface
from core.descent.gridded import Gridded, slice_surface
from core.descent.rules import RULES
from core.descent.schedules import SCHEDULES
from core.descent.surfaces import SURFACES, bowl, typed
from core.descent.trajectory import suggested_rates, walk
from dashboard.lessons.descent.stage import BATCH, MOST_STEPS, NOISE_SEED
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser
STEPS = 50

OWN = [
    "(x^2 - 1)^2 + y^2 + x*y",
    "sin(x) * cos(y) + tan(x/4) - tanh(y)",
    "exp(-x^2) + 0.1*x^2 + abs(y) + 2^(x - y)",
    "sqrt(x^2 + y^2 + 1) + log(4 + y) / (2 + x) - (-y)",
]

# Walks as the picture's own script does; values, slopes and limits at the start beside them.
WALKS = """(canvas, cases) => cases.map(({ ground, rule, start, rate, schedule, steps, noise }) => {
  const run = canvas.lesson.walkFor({ ground, rule, start, rate, schedule, steps, noise });
  return { positions: [...run.positions], values: [...run.values], diverged: run.diverged,
    states: Object.fromEntries(Object.entries(run.states).map(([k, v]) =>
      [k, [...v.slice(0, 2 * (run.taken + 1))]])),
    limit: run.limit === Infinity ? null : run.limit };
})"""


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/descent?descent_predict=1")
    page.locator(".why h3", has_text="Gradient descent").wait_for()
    return page


GRID = Gridded(
    domain=(-1.2, 0.4, -0.5, 0.5),
    values=np.random.default_rng(4).standard_normal((9, 7)).cumsum(axis=0).cumsum(axis=1) / 9,
)


def grounds():
    data = neuron_data()
    grid = {"values": GRID.values.ravel().tolist(), "shape": [9, 7], "domain": GRID.domain}
    surface = slice_surface(GRID.domain, GRID.values, start=(-0.9, -0.2), teaches="")
    yield {"name": "slice", "grid": grid}, surface
    yield {"name": "bowl", "condition": 25.0}, bowl(25.0)
    for name, surface in SURFACES.items():
        if name != "bowl":
            yield {"name": name}, surface
    yield {"name": "neuron"}, neuron_surface(data)
    for text in OWN:
        expression = parse(text)
        yield {"name": "typed", "tree": expression.to_lists()}, typed(expression)


def test_every_rule_on_every_surface_walks_as_in_core(lesson: Page) -> None:
    cases, expected = [], []
    for place, (ground, surface) in enumerate(grounds()):
        rates = suggested_rates(surface)
        for turn, rule in enumerate(RULES.values()):
            schedule = list(SCHEDULES)[(place + turn) % len(SCHEDULES)]
            # A walk on a slice must not leave it: there is nothing outside.
            rate = rates[rule.name] * {"bowl": 0.3, "slice": 0.1}.get(surface.name, 1.0)
            make = SCHEDULES[schedule].make(rate, STEPS)
            cases.append(
                {
                    "ground": ground,
                    "rule": rule.name,
                    "start": list(surface.start),
                    "rate": rate,
                    "schedule": schedule,
                    "steps": STEPS,
                    "noise": "full",
                }
            )
            done = walk(surface, rule, start=surface.start, schedule=make, steps=STEPS)
            expected.append((done, surface.stability_limit(*surface.start)))
    found = lesson.locator("canvas.picture").evaluate(WALKS, cases)
    assert len(found) == 12 * 8
    for case, got, (done, limit) in zip(cases, found, expected, strict=True):
        name = json.dumps(case)
        assert got["diverged"] == done.diverged_at, name
        theirs = np.reshape(got["positions"], (-1, 2))
        np.testing.assert_allclose(theirs, done.positions, atol=1e-6, err_msg=name)
        np.testing.assert_allclose(got["values"], done.values, rtol=1e-6, atol=1e-6, err_msg=name)
        for slot, values in done.states.items():
            state = np.reshape(got["states"][slot], (-1, 2))
            np.testing.assert_allclose(state, values, rtol=1e-6, atol=1e-6, err_msg=name)
        if np.isfinite(limit):
            assert got["limit"] == pytest.approx(limit, rel=1e-4), name
        else:
            assert got["limit"] is None, name


@pytest.mark.parametrize("noise", ["batch", "single"])
def test_batches_of_the_neuron_are_the_same_examples_as_in_core(lesson: Page, noise: str) -> None:
    data = neuron_data()
    surface = neuron_surface(data)
    size = BATCH if noise == "batch" else 1
    rows = batches(len(data.targets), size=size, steps=MOST_STEPS, seed=NOISE_SEED)

    def extra(step: int, position: np.ndarray) -> np.ndarray:
        whole = np.array(surface.gradient(position[0], position[1]))
        return data.batch_gradient(position, rows[step - 1]) - whole

    case = {"ground": {"name": "neuron"}, "rule": "adam", "start": list(surface.start)}
    case |= {"rate": 0.1, "schedule": "constant", "steps": STEPS, "noise": noise}
    (got,) = lesson.locator("canvas.picture").evaluate(WALKS, [case])
    done = walk(
        surface,
        RULES["adam"],
        start=surface.start,
        schedule=lambda step: 0.1,
        steps=STEPS,
        noise=extra,
    )
    np.testing.assert_allclose(np.reshape(got["positions"], (-1, 2)), done.positions, atol=1e-6)


def shown(page: Page) -> dict:
    return page.locator("canvas.picture").evaluate(
        """canvas => ({ start: canvas.lesson.start, at: canvas.lesson.transport.position,
             ends: canvas.lesson.runs.map(run => [...run.positions.slice(-2)]),
             limits: canvas.lesson.limits })"""
    )


def test_dragging_the_start_redraws_the_paths_while_dragged(lesson: Page) -> None:
    canvas = lesson.locator("canvas.picture")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    lesson.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.3)
    lesson.mouse.down()
    seen = []
    for share in (0.55, 0.6, 0.65):
        lesson.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.4)
        lesson.wait_for_timeout(50)
        seen.append(shown(lesson))
    lesson.mouse.up()
    starts = [entry["start"][0] for entry in seen]
    assert starts == sorted(set(starts))
    assert len({json.dumps(entry["ends"]) for entry in seen}) == 3
    expect(lesson.locator(".start-x")).to_have_value(f"{starts[-1]:.3f}".rstrip("0"))


def test_the_update_in_numbers_adds_up(lesson: Page) -> None:
    # Bowl, condition 10, from (-2.5, 1.2) with a rate of 0.05: g = (-2.5, 12).
    lesson.locator(".rate-number").fill("0.05")
    lesson.locator(".lb-at-number").fill("1")
    lesson.locator(".lb-at-number").press("Enter")
    rows = lesson.locator(".update tr")
    expect(rows.nth(0)).to_contain_text("\u22122.5")
    expect(rows.nth(0)).to_contain_text("12")
    expect(rows.nth(1)).to_contain_text("\u22122.5 \u2212 0.05 · (\u22122.5) = \u22122.375")
    expect(rows.nth(1)).to_contain_text("1.2 \u2212 0.05 · 12 = 0.6")


def test_a_walk_that_runs_away_is_explained_and_rewound(lesson: Page) -> None:
    lesson.locator(".rate-number").fill("0.5")
    advice = lesson.locator(".advice")
    expect(advice).to_contain_text("ran away")
    expect(advice).to_contain_text("above the limit 0.2")
    advice.get_by_role("button", name="Back to its best step").click()
    assert shown(lesson)["at"] < 10
    expect(advice).to_be_hidden()
    lesson.locator(".lb-scrub").focus()
    lesson.keyboard.press("End")
    advice.get_by_role("button", name="Try a rate of 0.1").click()
    expect(lesson.locator(".rate-number")).to_have_value("0.1")
    expect(advice).to_be_hidden()


def test_wrong_numbers_get_advice(lesson: Page) -> None:
    before = shown(lesson)["start"]
    for field, value, good, advice in (
        (".rate-number", "0", "0.1", "never moves"),
        (".rate-number", "1000000", "0.1", "ran away"),
        (".rate-number", "-1", "0.1", "A learning rate is a number from 0"),
        (".rate-number", "", "0.1", "A learning rate is a number from 0"),
        (".start-x", "1e300", "-2.5", "must lie in the picture"),
        (".condition-number", "5000", "10", "from 1 to 1000"),
        (".steps", "0", "100", "from 1 to 500"),
    ):
        if field == ".steps":
            lesson.locator(".more summary").click()
        lesson.locator(field).fill(value)
        expect(lesson.locator(".advice")).to_contain_text(advice)
        assert shown(lesson)["start"] == before
        lesson.locator(field).fill(good)
        expect(lesson.locator(".advice")).to_be_hidden()


def test_play_moves_and_the_keyboard_steps(lesson: Page) -> None:
    canvas = lesson.locator("canvas.picture")
    canvas.focus()
    canvas.press("Home")
    canvas.press("ArrowRight")
    canvas.press("ArrowRight")
    assert shown(lesson)["at"] == 2
    canvas.press(" ")
    lesson.wait_for_timeout(500)
    canvas.press(" ")
    assert 3 < shown(lesson)["at"] < 50
    before = shown(lesson)["start"]
    canvas.press("Shift+ArrowRight")
    assert shown(lesson)["start"][0] == pytest.approx(before[0] + 6 / 50)


def test_the_limits_mark_follows_the_condition_number(lesson: Page) -> None:
    expect(lesson.locator(".limits")).to_contain_text("0.2")
    lesson.locator(".condition-number").fill("40")
    assert shown(lesson)["limits"]["start"] == pytest.approx(0.05, rel=1e-6)
    expect(lesson.locator(".limits")).to_contain_text("0.05")


def test_the_relief_turns_by_keys_and_an_answer_above_keeps_what_was_set(lesson: Page) -> None:
    lesson.locator(".rate-number").fill("0.05")
    lesson.locator(".relief").check()
    canvas = lesson.locator("canvas.picture")
    canvas.focus()
    yaw = canvas.evaluate("canvas => canvas.lesson.yaw")
    at = shown(lesson)["at"]
    canvas.press("ArrowRight")
    assert canvas.evaluate("canvas => canvas.lesson.yaw") > yaw
    assert shown(lesson)["at"] == at
    lesson.get_by_text("Projector").first.click()
    expect(lesson).to_have_url(re.compile("projector=true"))
    expect(lesson.locator(".rate-number")).to_have_value("0.05")


def test_a_typed_function_is_walked_and_a_wrong_one_pointed_at(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/descent?descent_surface=A+function+of+your+own")
    box = page.locator(".st-key-descent_function input")
    box.fill("log(x) * y^2")
    box.press("Enter")
    # No value on the left half: the start is moved to the right one, and said.
    expect(page.locator(".advice")).to_contain_text("the start was moved")
    assert shown(page)["start"][0] > 0
    box.fill("x^2 + foo(y)")
    box.press("Enter")
    expect(page.get_by_text("foo is not known")).to_be_visible()
    assert shown(page)["start"][0] > 0
    box.fill("log(x) + log(0 - x)")
    box.press("Enter")
    expect(page.locator(".advice")).to_contain_text("no value anywhere")
    box.fill("x^2 + 3*y^2")
    box.press("Enter")
    expect(page.locator(".advice")).to_be_hidden()
    assert shown(page)["limits"]["start"] == pytest.approx(1 / 3, rel=1e-6)


def test_the_open_prediction_is_not_given_away(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/descent")
    page.locator(".why h3", has_text="Gradient descent").wait_for()
    page.locator(".rate-number").fill("0.5")
    expect(page.locator(".advice")).to_contain_text("Make your prediction above first")
    page.get_by_role("button", name="swing ever wider").click()
    expect(page.get_by_text("You said swing ever wider: right")).to_be_visible()
    page.locator(".rate-number").fill("0.5")
    expect(page.locator(".advice")).to_contain_text("ran away")


def test_settings_survive_a_reload_and_a_reset_forgets_them(lesson: Page) -> None:
    lesson.get_by_label("Nesterov takes part").check()
    lesson.locator(".rate-number").fill("0.02")
    lesson.locator(".start-x").fill("1.5")
    lesson.locator(".relief").check()
    lesson.locator(".condition-number").fill("40")
    expect(lesson).to_have_url(re.compile("condition_40"))
    before = shown(lesson)
    lesson.reload()
    lesson.locator(".why h3", has_text="Nesterov").wait_for()
    after = shown(lesson)
    assert after["start"] == before["start"] == [1.5, 1.2]
    np.testing.assert_allclose(after["ends"], before["ends"])
    assert lesson.locator(".relief").is_checked()
    expect(lesson.locator(".rate-number")).to_have_value("0.02")
    lesson.get_by_role("button", name="Reset this page").click()
    expect(lesson.locator(".condition-number")).to_have_value("10")
    assert shown(lesson)["start"] == [-2.5, 1.2]
    assert "descent_" not in lesson.url


def test_the_keyboard_alone_turns_everything(lesson: Page) -> None:
    lesson.locator("canvas.picture").focus()
    moved = {}
    for _ in range(40):
        name = lesson.evaluate(
            "() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) "
            "e = e.shadowRoot.activeElement; return e.className; }"
        ).split(" ")[0]
        before = shown(lesson)
        if name == "picture":
            lesson.keyboard.press("Shift+ArrowRight")
        elif name in {"rate", "condition", "rate-number", "condition-number", "start-x", "start-y"}:
            lesson.keyboard.press("ArrowDown" if name == "start-y" else "ArrowUp")
        if name:
            moved.setdefault(name, shown(lesson)["ends"] != before["ends"])
        if name == "relief":
            break
        lesson.keyboard.press("Tab")
    hands = (
        "picture",
        "rate",
        "rate-number",
        "condition",
        "condition-number",
        "start-x",
        "start-y",
    )
    assert {name: moved.get(name) for name in hands} == dict.fromkeys(hands, True)
    assert "lb-play" in moved
    assert "relief" in moved
