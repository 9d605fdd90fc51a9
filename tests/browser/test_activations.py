"""Activations in Chromium: the picture holds what core computes, and follows the hand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.ops.activation import ACTIVATIONS
from core.ops.stack import INITIALIZATIONS, measure_depth
from dashboard.lessons.activations.stage import SCHEMA
from dashboard.shared.schema import decode, encode
from tests.browser.conftest import Server
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

# A change is drawn in the next frame: what is shown after two.
DRAWN = """(host) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(host.shown))))"""
FOCUSED = """() => { let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return e.className === 'figure' ? 'figure' : e.getAttribute('aria-label') || e.textContent; }"""


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/activations?answer=0")
    page.locator(".figure svg").last.wait_for()
    return page


def shown(lesson: Page) -> dict[str, Any]:
    return dict(lesson.locator(".figure").evaluate(DRAWN))


def view(lesson: Page, title: str) -> None:
    lesson.get_by_role("button", name=title, exact=True).click()


def put(lesson: Page, name: str, value: float) -> None:
    lesson.get_by_label(f"{name}, as a number", exact=True).fill(str(value))


def said(lesson: Page) -> Any:
    return expect(lesson.locator(".lb-sentence"))


def test_the_operating_point_follows_a_drag_in_both_panels(lesson: Page) -> None:
    for panel in (0, 1):
        box = lesson.locator(".panel").nth(panel).bounding_box()
        assert box is not None
        lesson.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 150)
        lesson.mouse.down()
        first = shown(lesson)
        lesson.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 150, steps=4)
        during = shown(lesson)
        lesson.mouse.up()
        assert during["x"] > first["x"]
        slider = lesson.get_by_label("Sum x", exact=True).locator("input[type=range]")
        assert during["x"] == pytest.approx(float(slider.input_value()))
        for name, (value, slope) in during["values"].items():
            at = np.array(during["x"])
            assert value == pytest.approx(float(ACTIVATIONS[name](at)))
            assert slope == pytest.approx(float(ACTIVATIONS[name].derivative(at)))
        said(lesson).to_contain_text(f"{during['values']['sigmoid'][0]:.3f}")


def test_keyboard_and_number_box_move_the_same_point(lesson: Page) -> None:
    slider = lesson.get_by_label("Sum x", exact=True).locator("input[type=range]")
    slider.press("ArrowRight")
    assert shown(lesson)["x"] == pytest.approx(0.75)
    put(lesson, "Sum x", -2)
    assert shown(lesson)["x"] == -2
    put(lesson, "Slope a", 999)
    assert shown(lesson)["parameters"]["sigmoid"] == 10
    lesson.get_by_label("Follow", exact=True).select_option("relu")
    expect(lesson.locator("[data-field=psigmoid]")).to_be_hidden()


def test_any_selection_is_drawn_and_never_none(lesson: Page) -> None:
    view(lesson, "All")
    assert list(shown(lesson)["values"]) == list(ACTIVATIONS)
    view(lesson, "Fig. 6")
    lesson.get_by_text("Which curves").click()
    box = lesson.get_by_label("Show ReLU", exact=True)
    box.click()
    assert list(shown(lesson)["values"]) == ["relu"]
    expect(box).to_be_checked()
    lesson.get_by_label("Show Leaky ReLU", exact=True).click()
    drawn = shown(lesson)
    assert (list(drawn["values"]), drawn["focus"]) == (["relu", "leaky_relu"], "leaky_relu")
    lesson.get_by_label("Follow", exact=True).select_option("gelu")
    assert list(shown(lesson)["values"]) == ["relu", "leaky_relu", "gelu"]


def test_the_stack_shows_what_core_measured(lesson: Page) -> None:
    view(lesson, "Depth")
    lesson.get_by_label("Weights", exact=True).select_option("he")
    put(lesson, "Layers", 7)
    drawn = shown(lesson)
    assert (drawn["layers"], drawn["start"]) == (7, "he")
    assert [stack["name"] for stack in drawn["stacks"]] == ["sigmoid", "tanh", "relu"]
    for stack in drawn["stacks"]:
        measured = measure_depth(ACTIVATIONS[stack["name"]], INITIALIZATIONS["he"])
        assert stack["signals"] == measured.signal[:8].tolist()
        assert stack["gradients"] == measured.gradient[7, :8].tolist()
    said(lesson).to_contain_text("the gradient of logistic")
    said(lesson).to_contain_text("vanishes")
    lesson.locator(".figure").press("ArrowLeft")
    assert shown(lesson)["layers"] == 6


def test_silent_units_of_the_open_network_are_drawn(lesson: Page) -> None:
    view(lesson, "Silent units")
    layers = shown(lesson)["layers"]
    expect(lesson.locator(".layer")).to_have_count(len(layers))
    first = lesson.locator(".layer").first
    expect(first).to_contain_text(f"{layers[0]['idle']} of {layers[0]['units']} units always")
    said(lesson).to_contain_text("drawn radiographs")
    widths = lesson.locator(".figure").evaluate(
        "(host) => [...host.querySelectorAll('.layer i.now')]"
        ".map((bar) => bar.getBoundingClientRect().width)"
    )
    shares = [one["share"] for one in layers]
    np.testing.assert_allclose(
        np.array(widths) / max(widths), np.array(shares) / max(shares), atol=0.01
    )


def test_slopes_are_hidden_until_they_are_predicted(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/activations")
    slopes = page.locator(".panel").last
    expect(slopes).to_contain_text("once the question is answered")
    assert slopes.locator("circle").count() == 0
    said(page).to_contain_text("slope there: ?")
    assert "slope" not in (page.locator(".figure").get_attribute("aria-label") or "")[:60]
    box = page.locator(".lb-stage").bounding_box()
    page.get_by_role("button", name="0.25").click()
    said(page).to_contain_text("0.222")
    assert slopes.locator("circle").count() == 4
    assert page.locator(".lb-stage").bounding_box() == box


def test_arrow_keys_move_the_point_in_the_picture_and_tabs_reach_all(lesson: Page) -> None:
    figure = lesson.locator(".figure")
    for key, x in (("ArrowRight", 0.75), ("Shift+ArrowLeft", 0.25), ("End", 6), ("Home", -6)):
        figure.press(key)
        assert shown(lesson)["x"] == pytest.approx(x)
    reached = set()
    for _ in range(20):
        reached.add(lesson.evaluate(FOCUSED).strip())
        lesson.keyboard.press("Tab")
    assert {"figure", "Curves", "Depth", "Follow", "Sum x", "Sum x, as a number", "Slope a"} <= (
        reached
    )


def test_a_link_with_everything_set_opens_the_identical_figure_and_back_moves_it(
    browser: Browser, server: Server, lesson: Page
) -> None:
    view(lesson, "All")
    lesson.wait_for_url(re.compile("shown_"))
    lesson.get_by_label("Follow", exact=True).select_option("leaky-relu")
    put(lesson, "Leak \N{GREEK SMALL LETTER ALPHA}", 0.35)
    put(lesson, "Sum x", -2.5)
    lesson.wait_for_url(re.compile("x_-2.5"))
    curves, linked = shown(lesson), lesson.url
    assert (curves["x"], curves["parameters"]["leaky_relu"]) == (-2.5, 0.35)
    view(lesson, "Depth")
    lesson.wait_for_url(re.compile("view_depth"))
    lesson.get_by_label("Weights", exact=True).select_option("large")
    lesson.wait_for_url(re.compile("start_large"))
    put(lesson, "Layers", 3)
    lesson.wait_for_url(re.compile("layers_3"))
    depth, deeper = shown(lesson), lesson.url
    for address, figure in ((linked, curves), (deeper, depth)):
        other = open_stage(browser, server, address.removeprefix(f"{server.url}/"))
        other.locator(".figure svg").last.wait_for()
        assert shown(other) == figure
        other.context.close()
    lesson.go_back()
    lesson.wait_for_url(lambda url: "layers_3" not in url)
    assert shown(lesson)["layers"] == 20
    for gone in ("start_large", "view_depth"):
        lesson.go_back()
        lesson.wait_for_url(lambda url, gone=gone: gone not in url)
    assert shown(lesson) == curves


def test_a_reset_asks_anew_and_forgets_what_was_set(page: Page, server: Server) -> None:
    text = encode(SCHEMA, decode(SCHEMA, "view_depth*start_he*layers_7*x_-2"))
    page.goto(f"{server.url}/activations?answer=0&set={text}")
    page.locator(".figure svg").last.wait_for()
    assert shown(page)["layers"] == 7
    page.get_by_label("More for this page").click()
    page.get_by_role("button", name="Reset this page").click()
    said(page).to_contain_text("slope there: ?")
    drawn = shown(page)
    assert (drawn["x"], len(drawn["values"])) == (0.7, 4)
    assert "set=" not in page.url


@pytest.mark.parametrize("kept", ["x_nan*shown_none", "layers_99*view_9*focus_", "shown_*stacked_"])
def test_a_link_with_nonsense_opens_with_what_it_can(page: Page, server: Server, kept: str) -> None:
    page.goto(f"{server.url}/activations?answer=0&set={kept}")
    page.locator(".figure svg").last.wait_for()
    assert len(shown(page)["values"]) >= 1
    view(page, "Depth")
    assert len(shown(page)["stacks"]) >= 1
