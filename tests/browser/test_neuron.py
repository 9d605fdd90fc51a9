"""The neuron in Chromium: every number is core's, and AND can be made by hand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.ops.activation import ACTIVATIONS
from core.ops.neuron import CORNERS, Neuron
from data.samples.points import tumors
from tests.browser.conftest import Server
from tests.browser.test_presenting import present
from tests.browser.test_stages import open_stage
from tests.patience import wait_until

pytestmark = pytest.mark.browser

# A change is drawn in the next frame: what is shown after two.
DRAWN = """(host) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(host.shown))))"""
FOCUSED = """() => { let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return e.className === 'plane' ? 'plane' : e.getAttribute('aria-label') || e.textContent; }"""


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/neuron?answer=0")
    page.locator(".neuron svg").first.wait_for()
    return page


def shown(lesson: Page) -> dict[str, Any]:
    return dict(lesson.locator(".neuron").evaluate(DRAWN))


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


def said(lesson: Page) -> Any:
    return expect(lesson.locator(".lb-sentence"))


@pytest.mark.parametrize("count", [1, 2, 6])
def test_every_number_is_cores(lesson: Page, count: int) -> None:
    put(lesson, "Inputs", count)
    for name in ACTIVATIONS:
        lesson.get_by_label("Activation", exact=True).select_option(name)
        put(lesson, "Weight 1", 2.35)
        drawn = shown(lesson)
        assert len(drawn["products"]) == count
        assert drawn["activation"] == name
        agrees_with_core(drawn)


def test_and_by_hand_then_xor_by_no_hand(lesson: Page) -> None:
    put(lesson, "Weight 1", 1)
    put(lesson, "Weight 2", 1)
    put(lesson, "Bias", -1.5)
    said(lesson).to_contain_text("4 of 4 right")
    said(lesson).to_contain_text("This neuron is an AND")
    assert shown(lesson)["edge"] == pytest.approx(0, abs=1e-9)
    lesson.get_by_role("button", name="XOR").click()
    put(lesson, "Bias", -0.5)
    said(lesson).to_contain_text("3 of 4 right")
    said(lesson).to_contain_text("More is out of reach for one neuron")


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
    said(lesson).to_contain_text(f"{right} of {len(points.labels)} right")


def test_sliders_report_while_they_are_dragged(lesson: Page) -> None:
    slider = lesson.get_by_label("Weight 1", exact=True).locator("input[type=range]")
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


def test_pasted_weights_go_in_once_and_bad_ones_are_advice(lesson: Page) -> None:
    lesson.get_by_role("button", name="Paste weights").click()
    field = lesson.get_by_role("textbox", name="Weights, and the bias last")
    field.fill("1, 2, 3, -4")
    field.press("Enter")
    lesson.get_by_label("Weight 3, as a number", exact=True).wait_for()
    assert shown(lesson)["w"] == [1, 2, 3]
    assert shown(lesson)["b"] == -4
    # The page is drawn anew with the same text: what was turned since stays.
    put(lesson, "Weight 1", 0.5)
    expect(lesson.locator(".st-key-lb_below")).to_contain_text("0.50")
    field.fill("1, 2 apples")
    field.press("Enter")
    expect(lesson.get_by_text("which is not a number")).to_be_visible()
    assert shown(lesson)["w"] == [0.5, 2, 3]


def test_before_an_answer_all_can_be_turned_and_nothing_is_told(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/neuron")
    page.locator(".neuron svg").first.wait_for()
    assert shown(page)["locked"]
    told = page.locator(".neuron").inner_text() + page.locator(".lb-sentence").inner_text()
    assert "0.50" not in told.replace("+\n0.50", "").replace("0.50", "", 1)  # the bias is seen
    assert "right" not in page.locator(".plane").inner_text()
    assert page.locator(".lb-below .katex").count() == 0
    page.locator(".plane").press("ArrowRight")
    assert shown(page)["x"] == [1.1, 1]
    assert "output" not in shown(page)
    page.locator(".plane").press("ArrowLeft")
    box = page.locator(".lb-stage").bounding_box()
    page.get_by_role("button", name="0", exact=True).click()
    said(page).to_contain_text("right")
    drawn = shown(page)
    assert (drawn["total"], drawn["output"]) == (-0.5, 0)
    assert page.locator(".lb-stage").bounding_box() == box


def test_the_keyboard_alone_reaches_and_moves_everything(lesson: Page) -> None:
    reached: dict[str, bool] = {}
    lesson.get_by_label("Input 1", exact=True).locator("input[type=range]").focus()
    for _ in range(30):
        name = lesson.evaluate(FOCUSED)
        before = shown(lesson)
        if name == "plane":
            lesson.keyboard.press("ArrowRight")
            lesson.keyboard.press("ArrowDown")
            moved = shown(lesson)
            assert moved["x"][0] == pytest.approx(before["x"][0] + 0.1)
            assert moved["x"][1] == pytest.approx(before["x"][1] - 0.1)
            reached[name] = True
            break
        lesson.keyboard.press("ArrowUp" if "number" in name else "ArrowLeft")
        reached[name] = shown(lesson) != before
        lesson.keyboard.press("Tab")
    moving = ["Input 1", "Input 2", "Weight 1", "Weight 2", "Bias"]
    moving += [f"{name}, as a number" for name in moving]
    assert {name: reached.get(name) for name in moving} == dict.fromkeys(moving, True)
    assert reached["plane"]


def test_a_link_with_everything_set_opens_the_identical_neuron(
    browser: Browser, server: Server, lesson: Page
) -> None:
    put(lesson, "Inputs", 3)
    lesson.wait_for_url(re.compile("n_3"))
    lesson.get_by_label("Activation", exact=True).select_option("tanh")
    put(lesson, "Scale a", 2.5)
    for n, (value, weight) in enumerate([(0.5, 2), (-1.5, -3.25), (4, 0.7)], 1):
        put(lesson, f"Input {n}", value)
        put(lesson, f"Weight {n}", weight)
    put(lesson, "Bias", -0.35)
    lesson.wait_for_url(re.compile("b_-0.35"))
    lesson.get_by_role("button", name="XOR").click()
    lesson.wait_for_url(re.compile("task_XOR"))
    figure = shown(lesson)
    other = open_stage(browser, server, lesson.url.removeprefix(f"{server.url}/"))
    other.locator(".neuron svg").first.wait_for()
    assert shown(other) == figure
    agrees_with_core(figure)
    expect(other.get_by_role("button", name="XOR")).to_have_attribute("aria-pressed", "true")
    other.context.close()
    # Back: what was set last goes first, and the figure with it.
    lesson.go_back()
    lesson.wait_for_url(lambda url: "XOR" not in url)
    assert len(shown(lesson)["x"]) == 3
    lesson.go_back()
    lesson.wait_for_url(lambda url: "tanh" not in url)
    assert shown(lesson)["activation"] == "step"
    assert shown(lesson)["w"] == [1, -2, 0.5]


def test_a_reset_asks_anew_and_forgets_what_was_set(lesson: Page) -> None:
    put(lesson, "Weight 2", -3.25)
    lesson.wait_for_url(re.compile("w2_-3.25"))
    lesson.get_by_label("More for this page").click()
    lesson.get_by_role("button", name="Reset this page").click()
    said(lesson).to_contain_text("Answer the question")
    wait_until(lambda: "set=" not in lesson.url)
    wait_until(lambda: shown(lesson)["w"] == [1, -2])


@pytest.mark.parametrize("kept", ["w1_nan*x1_1", "n_99*w1_1e400", "activation_none*x1_", "%00*_*"])
def test_a_link_with_nonsense_opens_with_what_it_can(page: Page, server: Server, kept: str) -> None:
    page.goto(f"{server.url}/neuron?answer=0&set={kept}")
    page.locator(".neuron svg").first.wait_for()
    agrees_with_core(shown(page))


def test_weights_survive_a_visit_to_another_page(lesson: Page) -> None:
    lesson.get_by_label("Activation", exact=True).select_option("tanh")
    put(lesson, "Weight 2", 3.25)
    lesson.wait_for_url(re.compile("w2_3.25"))
    for page, picture in (
        ("Activations", ".stMain canvas, .stMain svg"),
        ("Neuron", ".neuron svg"),
    ):
        lesson.get_by_test_id("stTopNavSection").get_by_text("Lessons").click()
        lesson.get_by_test_id("stTopNavDropdownLink").get_by_text(page, exact=True).click()
        lesson.locator(picture).first.wait_for()
    drawn = shown(lesson)
    assert drawn["w"][1] == 3.25
    assert drawn["activation"] == "tanh"
    agrees_with_core(drawn)


@pytest.mark.parametrize("count", [2, 6])
@pytest.mark.parametrize("size", [(1280, 720), (800, 600)])
def test_presented_every_slider_can_be_reached_and_none_touches_another(
    browser: Browser, server: Server, size: tuple[int, int], count: int
) -> None:
    page = open_stage(browser, server, f"neuron?answer=shown&set=n_{count}", size=size)
    present(page)
    page.wait_for_timeout(400)
    dials = page.locator(".neuron .lb-dial:visible")
    boxes = [box for dial in dials.all() if (box := dial.bounding_box())]
    assert len(boxes) == 2 * count + 1
    for n, box in enumerate(boxes):
        assert box["y"] >= 48
        assert box["y"] + box["height"] <= size[1]
        for other in boxes[:n]:
            beside = (
                box["x"] >= other["x"] + other["width"] or other["x"] >= box["x"] + box["width"]
            )
            under = (
                box["y"] >= other["y"] + other["height"] or other["y"] >= box["y"] + box["height"]
            )
            assert beside or under
    bias = page.get_by_label("Bias", exact=True).locator("input[type=range]")
    before = shown(page)
    bias.click(position={"x": 3, "y": 12})
    assert shown(page)["b"] < before["b"] - 1
    page.context.close()
