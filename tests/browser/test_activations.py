"""Activations in Chromium: the script computes what core computes, and follows the hand."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.ops.activation import ACTIVATIONS
from core.ops.stack import INITIALIZATIONS, measure_depth, verdict
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

X = [-60.0, -7.3, -5.9, -2.0, -1.0, -0.35, 0.0, 0.1, 0.7, 1.0, 3.3, 6.1, 9.0, 60.0]

FRAMES = """() => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(true))))"""


def drawn(lesson: Page) -> None:
    """A change is drawn in the next frame: wait for two."""
    lesson.evaluate(FRAMES)


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/activations?activations_predict=0")
    page.locator(".depth .pictures svg").last.wait_for()
    return page


def test_every_activation_and_slope_equals_cores(lesson: Page) -> None:
    pictures = lesson.locator(".pictures").first
    for name, activation in ACTIVATIONS.items():
        parameter = activation.parameter
        values = [0.0]
        if parameter:
            values = [parameter.low, parameter.default, 0.3 * parameter.low + 0.7 * parameter.high]
        for value in values:
            computed = pictures.evaluate(
                "(host, [name, xs, p]) => xs.map((x) => host.compute(name, x, p))",
                [name, X, value],
            )
            given = value if parameter else None
            expected = np.column_stack(
                [activation(np.array(X), given), activation.derivative(np.array(X), given)]
            )
            np.testing.assert_allclose(computed, expected, rtol=1e-12, atol=1e-13, err_msg=name)


def test_the_operating_point_follows_a_drag_in_both_panels(lesson: Page) -> None:
    pictures = lesson.locator(".pictures").first
    box = pictures.bounding_box()
    assert box is not None
    before = pictures.evaluate("(host) => host.draws")
    lesson.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 150)
    lesson.mouse.down()
    lesson.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 150, steps=8)
    drawn(lesson)
    during = pictures.evaluate("(host) => ({ draws: host.draws, ...host.shown })")
    lesson.mouse.up()
    assert during["draws"] > before + 2
    assert during["x"] == float(lesson.get_by_label("Operating point x", exact=True).input_value())
    expected = ACTIVATIONS["sigmoid"](np.array(during["x"]))
    assert during["values"]["sigmoid"][0] == pytest.approx(float(expected))
    expect(lesson.locator(".formula").first).to_contain_text(f"{float(expected):.3f}")


def test_keyboard_and_number_box_move_the_same_point(lesson: Page) -> None:
    pictures = lesson.locator(".pictures").first
    slider = lesson.get_by_label("Operating point x", exact=True)
    slider.focus()
    slider.press("ArrowRight")
    drawn(lesson)
    assert pictures.evaluate("(host) => host.shown.x") == pytest.approx(0.75)
    lesson.get_by_label("Operating point x, as a number").fill("-2")
    drawn(lesson)
    assert pictures.evaluate("(host) => host.shown.x") == -2
    lesson.get_by_label("slope of Logistic").last.fill("999")
    drawn(lesson)
    assert pictures.evaluate("(host) => host.shown.parameters.sigmoid") == 10


def test_any_selection_is_drawn_and_never_none(lesson: Page) -> None:
    pictures = lesson.locator(".pictures").first
    lesson.get_by_role("button", name="All", exact=True).click()
    drawn(lesson)
    assert len(pictures.evaluate("(host) => Object.keys(host.shown.values)")) == len(ACTIVATIONS)
    lesson.get_by_role("button", name="Fig. 6").click()
    lesson.get_by_label("Show ReLU", exact=True).click()
    drawn(lesson)
    assert pictures.evaluate("(host) => Object.keys(host.shown.values)") == ["relu"]


def test_the_stack_shows_what_core_measured(lesson: Page) -> None:
    pictures = lesson.locator(".depth .pictures")
    lesson.get_by_role("button", name="He", exact=True).click()
    lesson.get_by_label("Number of layers, as a number").fill("7")
    drawn(lesson)
    shown = pictures.evaluate("(host) => host.shown")
    assert shown["layers"] == 7
    assert shown["start"] == "he"
    for stack in shown["stacks"]:
        measured = measure_depth(ACTIVATIONS[stack["name"]], INITIALIZATIONS["he"])
        assert stack["forth"] == measured.signal[7]
        assert stack["back"] == measured.gradient[7, 0]
        assert stack["signal"] == verdict(stack["forth"])
        assert stack["gradient"] == verdict(stack["back"])
    logistic = next(stack for stack in shown["stacks"] if stack["name"] == "sigmoid")
    assert logistic["gradient"] == "vanishes"


def test_slopes_are_hidden_until_they_are_predicted(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/activations")
    page.locator(".depth .pictures svg").last.wait_for()
    slopes = page.locator(".pictures").first.locator("svg").last
    expect(slopes).to_contain_text("Answer the question")
    assert slopes.locator("circle").count() == 0
    expect(page.locator(".formula").first).to_contain_text("its slope: ?")
    assert "slope" not in (page.locator(".pictures").first.get_attribute("aria-label") or "")[:60]
    page.get_by_role("button", name="0.25").click()
    expect(page.locator(".formula").first).to_contain_text("0.222")
    assert slopes.locator("circle").count() == 4


def test_arrow_keys_move_the_point_in_the_picture(lesson: Page) -> None:
    pictures = lesson.locator(".pictures").first
    pictures.focus()
    for key, x in (("ArrowRight", 0.75), ("Shift+ArrowLeft", 0.25), ("End", 6), ("Home", -6)):
        pictures.press(key)
        drawn(lesson)
        assert pictures.evaluate("(host) => host.shown.x") == pytest.approx(x)
    # By tabs alone: every name, box and slider above the picture's words is reached.
    lesson.locator(".chip input").first.focus()
    reached = set()
    for _ in range(40):
        reached.add(
            lesson.evaluate(
                "() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) "
                "e = e.shadowRoot.activeElement; return e.className + ' ' + e.tagName; }"
            ).strip()
        )
        lesson.keyboard.press("Tab")
    assert {"x INPUT", "x-number INPUT", "p INPUT", "p-number INPUT", "pictures DIV"} <= reached


def test_settings_survive_a_reload_and_a_reset_forgets_them(lesson: Page) -> None:
    lesson.get_by_role("button", name="Fig. 6").click()
    lesson.get_by_label("Operating point x, as a number").fill("-2")
    lesson.get_by_role("button", name="He", exact=True).click()
    lesson.get_by_label("Number of layers, as a number").fill("7")
    expect(lesson).to_have_url(re.compile("activations_set=.*x_-2.*activations_depth=.*layers_7"))
    lesson.reload()
    lesson.locator(".depth .pictures svg").last.wait_for()
    drawn(lesson)
    curves = lesson.locator(".pictures").first.evaluate("(host) => host.shown")
    depth = lesson.locator(".depth .pictures").evaluate("(host) => host.shown")
    assert (curves["x"], list(curves["values"])) == (-2, ["relu"])
    assert (depth["layers"], depth["start"]) == (7, "he")
    lesson.get_by_role("button", name="Reset this page").click()
    expect(lesson.locator(".formula").first).to_contain_text("its slope: ?")
    drawn(lesson)
    curves = lesson.locator(".pictures").first.evaluate("(host) => host.shown")
    depth = lesson.locator(".depth .pictures").evaluate("(host) => host.shown")
    assert (curves["x"], len(curves["values"]), depth["layers"]) == (0.7, 4, 20)
    assert "activations_" not in lesson.url
