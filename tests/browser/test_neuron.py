"""The neuron in Chromium: every number is core's, and AND can be made by hand."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.ops.activation import ACTIVATIONS
from core.ops.neuron import CORNERS, Neuron
from data.samples.points import tumors
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

# A change is drawn in the next frame: what is shown after two.
DRAWN = """(host) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(host.shown))))"""


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/neuron?neuron_predict=0")
    page.locator(".drawing svg").wait_for()
    return page


def shown(lesson: Page) -> dict[str, Any]:
    return dict(lesson.locator(".drawing").evaluate(DRAWN))


def agrees_with_core(drawn: dict[str, Any]) -> None:
    activation = ACTIVATIONS[drawn["activation"]]
    parameter = drawn["parameter"] if activation.parameter else None
    neuron = Neuron(
        weights=tuple(drawn["w"]), bias=drawn["b"], activation=activation, parameter=parameter
    )
    fired = neuron.fire(np.array(drawn["x"]))
    np.testing.assert_allclose(drawn["products"], fired.products, rtol=1e-12)
    for name in ("total", "output", "slope"):
        assert drawn[name] == pytest.approx(float(getattr(fired, name)), rel=1e-12, abs=1e-13)


def put(lesson: Page, name: str, value: float) -> None:
    lesson.get_by_label(f"{name}, as a number", exact=True).fill(str(value))


@pytest.mark.parametrize("count", [1, 2, 6])
def test_every_number_is_cores(lesson: Page, count: int) -> None:
    lesson.get_by_label("Number of inputs").select_option(str(count))
    for name in ACTIVATIONS:
        lesson.get_by_label("Activation", exact=True).select_option(name)
        put(lesson, "Weight 1", 2.35)
        drawn = shown(lesson)
        assert len(drawn["products"]) == count
        assert drawn["activation"] == name
        agrees_with_core(drawn)


def test_and_by_hand_then_xor_by_no_hand(lesson: Page) -> None:
    lesson.get_by_label("Activation", exact=True).select_option("step")
    put(lesson, "Weight 1", 1)
    put(lesson, "Weight 2", 1)
    put(lesson, "Bias", -1.5)
    expect(lesson.locator(".count-line")).to_contain_text("4 of 4 right")
    expect(lesson.locator(".count-line")).to_contain_text("This neuron is an AND")
    assert shown(lesson)["edge"] == pytest.approx(0, abs=1e-9)
    lesson.get_by_role("button", name="XOR").click()
    put(lesson, "Bias", -0.5)
    expect(lesson.locator(".count-line")).to_contain_text("3 of 4 right")
    expect(lesson.locator(".count-line")).to_contain_text("the most one neuron can reach")


def test_the_count_over_corners_and_tumors_is_cores(lesson: Page) -> None:
    lesson.get_by_label("Activation", exact=True).select_option("tanh")
    drawn = shown(lesson)
    neuron = Neuron(
        weights=tuple(drawn["w"]), bias=drawn["b"], activation=ACTIVATIONS["tanh"], parameter=1.0
    )
    np.testing.assert_array_equal(drawn["given"], neuron.says_yes(np.array(CORNERS)))
    assert drawn["edge"] == pytest.approx(np.arctanh(0.5))
    lesson.get_by_role("button", name="a tumor test").click()
    points = tumors()
    right = int((neuron.says_yes(points.positions) == points.labels).sum())
    assert shown(lesson)["right"] == right
    expect(lesson.locator(".count-line")).to_contain_text(f"{right} of {len(points.labels)} right")


def test_sliders_report_while_they_are_dragged(lesson: Page) -> None:
    slider = lesson.get_by_label("Weight 1", exact=True)
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    lesson.mouse.move(box["x"] + box["width"] * 0.58, middle)
    lesson.mouse.down()
    seen = set()
    for share in (0.7, 0.8, 0.9):
        lesson.mouse.move(box["x"] + box["width"] * share, middle)
        seen.add(shown(lesson)["w"][0])
    lesson.mouse.up()
    assert len(seen) == 3
    slider.press("ArrowLeft")
    assert shown(lesson)["w"][0] == pytest.approx(max(seen) - 0.05)


def test_the_input_is_dragged_in_the_plane(lesson: Page) -> None:
    box = lesson.locator(".plane").bounding_box()
    assert box is not None
    lesson.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    lesson.mouse.down()
    first = shown(lesson)
    lesson.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.3)
    second = shown(lesson)
    lesson.mouse.up()
    assert second["x"][0] > first["x"][0]
    assert second["x"][1] > first["x"][1]
    agrees_with_core(second)


def test_pasted_weights_go_in_and_bad_ones_are_advice(lesson: Page) -> None:
    field = lesson.get_by_label("Paste weights")
    field.fill("1, 2, 3, -4")
    field.press("Enter")
    lesson.get_by_label("Weight 3", exact=True).wait_for()
    assert shown(lesson)["w"] == [1, 2, 3]
    assert shown(lesson)["b"] == -4
    put(lesson, "Weight 1", 0.5)
    lesson.get_by_text("Projector").first.click()
    expect(lesson).to_have_url(re.compile("projector=true"))
    assert shown(lesson)["w"] == [0.5, 2, 3]
    field.fill("1, 2 apples")
    field.press("Enter")
    expect(lesson.get_by_text("which is not a number")).to_be_visible()
    assert shown(lesson)["w"] == [0.5, 2, 3]


def test_nothing_is_told_before_the_prediction_is_made(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/neuron")
    page.locator(".drawing svg").wait_for()
    assert shown(page)["locked"]
    said = page.locator(".drawing").inner_text() + page.locator(".formula").inner_text()
    assert "0.50" not in said.replace("+ 0.50", "")  # the bias may be seen, the sum not
    box = page.locator(".neuron").bounding_box()
    # Neither mouse nor keyboard turns it.
    page.locator(".plane").focus()
    page.keyboard.press("ArrowRight")
    assert shown(page)["x"] == [1, 1]
    assert page.evaluate("(e) => e.inert", page.locator(".rows").element_handle())
    page.get_by_role("button", name="0", exact=True).click()
    expect(page.locator(".count-line")).to_contain_text("right")
    drawn = shown(page)
    assert (drawn["total"], drawn["output"]) == (-0.5, 0)
    after = page.locator(".neuron").bounding_box()
    assert box is not None
    assert after is not None
    assert (box["y"], box["width"]) == (after["y"], after["width"])


def test_the_keyboard_alone_reaches_and_moves_everything(lesson: Page) -> None:
    reached: dict[str, bool] = {}
    lesson.locator(".count").focus()
    for _ in range(30):
        name = lesson.evaluate(
            "() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) "
            "e = e.shadowRoot.activeElement; return e.className === 'plane' ? 'plane' : "
            "e.getAttribute('aria-label') || e.textContent; }"
        )
        before = shown(lesson)
        if name == "plane":
            lesson.keyboard.press("ArrowRight")
            lesson.keyboard.press("ArrowDown")
            moved = shown(lesson)
            assert moved["x"][0] == pytest.approx(before["x"][0] + 0.1)
            assert moved["x"][1] == pytest.approx(before["x"][1] - 0.1)
            reached[name] = True
            break
        if not name.startswith(("Number of inputs", "Activation")):  # arrows choose in a menu
            lesson.keyboard.press("ArrowUp" if "number" in name else "ArrowLeft")
        reached[name] = json.dumps(shown(lesson)) != json.dumps(before)
        lesson.keyboard.press("Tab")
    moving = ["Input 1", "Input 2", "Weight 1", "Weight 2", "Bias"]
    moving += [f"{name}, as a number" for name in moving]
    assert {name: reached.get(name) for name in moving} == dict.fromkeys(moving, True)
    assert reached["plane"]


def test_settings_survive_a_reload_and_a_reset_forgets_them(lesson: Page) -> None:
    lesson.get_by_label("Activation", exact=True).select_option("tanh")
    put(lesson, "Weight 2", -3.25)
    lesson.get_by_role("button", name="XOR").click()
    expect(lesson).to_have_url(re.compile("w_1_-3.25.*task_XOR"))
    lesson.reload()
    lesson.locator(".drawing svg").wait_for()
    drawn = shown(lesson)
    assert drawn["w"] == [1, -3.25]
    assert drawn["activation"] == "tanh"
    expect(lesson.get_by_role("button", name="XOR")).to_have_attribute("aria-pressed", "true")
    agrees_with_core(drawn)
    lesson.get_by_role("button", name="Reset this page").click()
    expect(lesson.locator(".count-line")).to_contain_text("Answer the question")
    assert shown(lesson)["w"] == [1, -2]
    assert "neuron_set" not in lesson.url


@pytest.mark.parametrize("kept", ["w_nan_1", "n_99*w_1e400", "act_none*task_none*x_1", "%00*_*__"])
def test_a_link_with_nonsense_opens_with_what_it_can(page: Page, server: Server, kept: str) -> None:
    page.goto(f"{server.url}/neuron?neuron_predict=0&neuron_set={kept}")
    page.locator(".drawing svg").wait_for()
    agrees_with_core(shown(page))


def test_weights_survive_a_visit_to_another_page(lesson: Page) -> None:
    lesson.get_by_label("Activation", exact=True).select_option("tanh")
    put(lesson, "Weight 2", 3.25)
    shown(lesson)
    for page, picture in (("Activations", ".depth"), ("Neuron", ".drawing svg")):
        lesson.get_by_test_id("stTopNavSection").get_by_text("Lessons").click()
        lesson.get_by_test_id("stTopNavDropdownLink").get_by_text(page, exact=True).click()
        lesson.locator(picture).wait_for()
    drawn = shown(lesson)
    assert drawn["w"][1] == 3.25
    assert drawn["activation"] == "tanh"
    agrees_with_core(drawn)
