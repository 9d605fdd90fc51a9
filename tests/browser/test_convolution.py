"""Convolution in Chromium: its arithmetic is core's, by mouse, by keyboard, and with any layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.errors import LessonError
from core.geometry import Padding, Window
from core.inspect.forward import before_activation, forward
from core.models.graph import find_node, nodes
from core.models.layers import Convolution
from core.ops.convolution import convolve, depthwise, step, transposed
from core.ops.kernels import KERNELS
from dashboard.networks.open_network import read_network, sources
from data.samples.color_disks import color_disks
from data.samples.pictures import samples
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_home import MEDIAN_FPS

pytestmark = pytest.mark.browser

DRAWN = """(canvas) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
  () => done(canvas.shown))))"""
WHOLE = """(canvas, cases) => cases.map(({ planes, height, width, kernels, biases, how }) =>
  canvas.wholeLayer(planes, height, width, kernels, biases, how))"""
TIMES = "\N{MULTIPLICATION SIGN}"
COUNT_MESSAGES = """() => {
  const send = WebSocket.prototype.send;
  window.__messages = 0;
  WebSocket.prototype.send = function (...sent) {
    window.__messages += 1;
    return send.apply(this, sent);
  };
}"""
MAPS = "(canvas) => canvas.lesson.maps.map((map) => Array.from(map))"


def open_lesson(page: Page, server: Server, query: str = "") -> Page:
    page.goto(f"{server.url}/convolution{query}")
    page.locator(".lb-of").wait_for(timeout=60_000)  # a fresh server under load
    page.wait_for_function(
        """() => [...document.querySelectorAll('*')].some((e) =>
        e.shadowRoot?.querySelector('canvas.picture')?.lesson?.maps)"""
    )
    return page


def shown(page: Page) -> dict[str, Any]:
    return dict(page.locator("canvas.picture").evaluate(DRAWN))


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    context.set_default_timeout(20_000)
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    open_lesson(page, server, "?convolution_side=28")
    page.get_by_role("button", name="0", exact=True).click()
    expect(page.locator(".formula")).to_contain_text("Output in row")
    yield page, complaints
    context.close()


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    put(page, "Stride", 1)
    put(page, "Dilation", 1)
    page.get_by_label("Padding", exact=True).select_option("valid")
    page.get_by_label("Kind of convolution").select_option("standard")
    page.locator(".flip").set_checked(False)
    page.get_by_label("Filters out").fill("1")
    page.get_by_label("Filters out").press("Tab")
    put(page, "Kernel size", 3)
    page.locator(".preset").select_option("sobel-x")
    put(page, "Bias", 0)
    yield page
    assert complaints.found == []


def put(page: Page, name: str, value: float) -> None:
    if not page.locator(".rest").is_visible():
        page.get_by_role("button", name="More", exact=True).click()
    page.get_by_label(f"{name}, as a number").fill(str(value))


def vectors() -> tuple[list[dict[str, Any]], list[np.ndarray | None]]:
    """Every kind, padding, stride and dilation, odd and even kernels, with core's answers."""
    random = np.random.default_rng(7)
    cases, answers = [], []
    for mode, padding, stride, dilation, size, flip in product(
        ("standard", "depthwise", "transposed"), Padding, (1, 2, 3), (1, 2), (1, 2, 3, 5), (0, 1)
    ):
        if mode == "transposed" and (padding not in ("valid", "same") or flip):
            continue
        height, width = random.integers(1, 10, 2)
        filters = 1 if mode == "depthwise" else 2
        image = random.standard_normal((height, width, 3))
        kernel = random.standard_normal((size, size, 3, filters))
        bias = random.standard_normal(3 if mode == "depthwise" else filters)
        how: dict[str, Any] = {"stride": stride, "dilation": dilation, "padding": padding}
        try:
            if mode == "standard":
                found = convolve(image, kernel, bias, flip=bool(flip), **how)
            elif mode == "depthwise":
                found = depthwise(image, kernel[..., 0], bias, flip=bool(flip), **how)
            else:
                found = transposed(image, kernel.swapaxes(2, 3), bias, **how)
        except LessonError:
            found = None
        answers.append(found)
        cases.append(
            {
                "planes": [image[..., c].ravel().tolist() for c in range(3)],
                "height": int(height),
                "width": int(width),
                "kernels": [
                    [kernel[..., c, f].ravel().tolist() for c in range(3)] for f in range(filters)
                ],
                "biases": bias.tolist(),
                "how": {"size": size, "mode": mode, "flip": bool(flip), **how},
            }
        )
    return cases, answers


def test_the_scripts_arithmetic_is_cores_in_every_mode(lesson: Page) -> None:
    cases, answers = vectors()
    found = lesson.locator("canvas.picture").evaluate(WHOLE, cases)
    compared = 0
    for case, theirs, ours in zip(cases, found, answers, strict=True):
        assert (theirs is None) == (ours is None), case["how"]
        if ours is None:
            continue
        maps = np.array(theirs["maps"]).reshape(-1, theirs["rows"], theirs["columns"])
        np.testing.assert_allclose(maps, np.moveaxis(ours, -1, 0), atol=1e-9, err_msg=str(case))
        if case["how"]["mode"] == "transposed":
            continue
        how = {name: case["how"][name] for name in ("size", "stride", "dilation", "padding")}
        window = Window(**how)
        for axis, length in enumerate((case["height"], case["width"])):
            assert theirs["uncovered"][axis] == list(window.uncovered(length))
            assert theirs["before"][axis] == window.pads(length)[0]
            assert theirs["left"][axis] == window.left_over(length)
        compared += 1
    assert compared > 250


def test_every_number_in_sight_is_cores(lesson: Page) -> None:
    image = samples()[0].make(28)[..., None] / 255.0
    for name, size, stride, padding, flip in (
        ("sobel-x", 3, 1, "valid", False),
        ("gaussian", 4, 3, "same", False),
        ("corner", 3, 2, "full", True),
        ("log", 7, 1, "reflect", False),
    ):
        lesson.locator(".preset").select_option(name)
        put(lesson, "Kernel size", size)
        put(lesson, "Stride", stride)
        put(lesson, "Bias", 0.25)
        lesson.get_by_label("Padding", exact=True).select_option(padding)
        lesson.locator(".flip").set_checked(flip)
        lesson.locator("canvas.picture").press("ArrowDown")
        drawn = shown(lesson)
        taken = step(
            image,
            KERNELS[name].make(size)[..., None],
            0.25,
            row=drawn["row"],
            column=drawn["column"],
            stride=stride,
            padding=Padding(padding),
            flip=flip,
        )
        np.testing.assert_allclose(drawn["values"], taken.window.ravel(), atol=1e-6)
        np.testing.assert_allclose(drawn["products"], taken.products.ravel(), atol=1e-6)
        assert drawn["sum"] == pytest.approx(float(taken.sums[0]), abs=1e-6)
        assert drawn["value"] == pytest.approx(taken.value, abs=1e-6)
        window = Window(size=size, stride=stride, padding=Padding(padding))
        assert drawn["rows"] == window.output_length(28)
        expect(lesson.locator(".sizes")).to_contain_text(f"= {drawn['rows']} rows and columns")
    expect(lesson.locator(".sizes")).to_contain_text(
        f"Parameters: 7 {TIMES} 7 {TIMES} 1 in {TIMES} 1 out + 1 = {7 * 7 + 1}"
    )


def test_left_over_rows_are_named(lesson: Page) -> None:
    put(lesson, "Stride", 2)
    expect(lesson.locator(".sizes")).to_contain_text("Never read: row and column 28 (hatched).")
    put(lesson, "Stride", 1)
    expect(lesson.locator(".sizes")).not_to_contain_text("Never read")


def test_a_kernel_cell_by_keyboard_by_hand_and_by_paste(lesson: Page) -> None:
    picker = lesson.locator(".picker")
    picker.press("ArrowLeft")
    for _ in range(8):
        picker.press("ArrowUp")
        picker.press("ArrowLeft")
    picker.press("ArrowRight")
    picker.press("PageUp")
    assert shown(lesson)["kernel"][1] == pytest.approx(0.1)
    assert lesson.locator(".preset").input_value() == "own"
    picker.press("-")
    lesson.keyboard.type("0.75")
    lesson.keyboard.press("Enter")
    assert shown(lesson)["kernel"][1] == pytest.approx(-0.75)
    picker.press("Enter")
    lesson.keyboard.type("two")
    lesson.keyboard.press("Enter")
    expect(lesson.locator(".advice")).to_contain_text('"two" is not a number')
    assert shown(lesson)["kernel"][1] == pytest.approx(-0.75)
    picker.press("Enter")
    lesson.keyboard.type("1 2 0 -1")
    lesson.keyboard.press("Enter")
    assert shown(lesson)["kernel"] == [1, 2, 0, -1]
    box = picker.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25
    lesson.mouse.move(x, y)
    lesson.mouse.down()
    seen = set()
    for up in (10, 25, 40):
        lesson.mouse.move(x, y - up)
        seen.add(shown(lesson)["kernel"][0])
    # What was added up while dragging is what is summed anew once it is let go.
    dragged = lesson.locator("canvas.picture").evaluate(MAPS)
    lesson.mouse.up()
    drawn = shown(lesson)
    image = samples()[0].make(28) / 255.0
    ours = convolve(image, np.reshape(drawn["kernel"], (2, 2)))
    for maps in (dragged, lesson.locator("canvas.picture").evaluate(MAPS)):
        np.testing.assert_allclose(np.reshape(maps[0], ours.shape), ours, atol=1e-6)
    assert len(seen) == 3
    assert min(seen) > 1
    lesson.wait_for_timeout(900)  # what is set goes into the address
    assert "convolution_set=own_2_" in lesson.url


def test_any_cell_by_pointer_and_by_arrows(lesson: Page) -> None:
    canvas = lesson.locator("canvas.picture")
    box = canvas.bounding_box()
    assert box is not None
    side = canvas.evaluate("(c) => c.lesson.side / c.lesson.wide")
    lesson.mouse.move(box["x"] + box["width"] * (1 - side / 2), box["y"] + box["height"] / 2)
    first = shown(lesson)
    assert abs(first["row"] - 13) <= 2
    assert abs(first["column"] - 13) <= 1
    for key, rows, columns in (("ArrowDown", 1, 0), ("ArrowRight", 0, 1), ("ArrowUp", -1, 0)):
        canvas.press(key)
        after = shown(lesson)
        assert after["row"] - first["row"] == rows
        assert after["column"] - first["column"] == columns
        first = after
    lesson.mouse.move(box["x"] + box["width"] * side / 2, box["y"] + box["height"] / 2)
    assert shown(lesson)["row"] != first["row"] or shown(lesson)["column"] != first["column"]
    expect(lesson.locator(".twin")).to_contain_text("Output 26 by 26: smallest")


def test_it_slides_smoothly_and_asks_the_server_nothing(lesson: Page) -> None:
    lesson.get_by_role("button", name="Back to the start").click()
    lesson.evaluate(COUNT_MESSAGES)
    lesson.wait_for_timeout(900)
    before = lesson.evaluate("window.__messages")
    lesson.get_by_role("button", name="Play").click()
    rate = lesson.locator("canvas.picture").evaluate(MEDIAN_FPS)
    lesson.get_by_role("button", name="Pause").click()
    drawn = shown(lesson)
    assert lesson.evaluate("window.__messages") == before
    assert rate >= 50
    assert drawn["row"] * 26 + drawn["column"] > 5
    lesson.locator("canvas.picture").press("ArrowRight")
    assert shown(lesson)["column"] == (drawn["column"] + 1) % 26


def test_a_kernel_that_does_not_fit_is_advice(lesson: Page) -> None:
    put(lesson, "Kernel size", 11)
    put(lesson, "Dilation", 4)
    expect(lesson.locator(".advice")).to_contain_text(
        "A kernel of 11 (spread to 41 by its dilation) does not fit a picture of 28"
    )
    put(lesson, "Dilation", 1)
    expect(lesson.locator(".advice")).to_be_empty()


def test_the_answer_is_hidden_until_predicted(page: Page, server: Server) -> None:
    open_lesson(page, server)
    page.locator("canvas.picture").press("ArrowRight")
    expect(page.locator(".formula")).to_contain_text("Answer the prediction above")
    expect(page.locator(".twin")).not_to_contain_text("smallest")
    expect(page.locator(".sizes")).not_to_contain_text("blind")
    assert shown(page)["limit"] is None
    page.get_by_role("button", name="0.6", exact=True).click()
    expect(page.locator(".sizes")).to_contain_text("sum to 0: blind to flat areas")


def test_color_channels_are_summed_with_one_bias(page: Page, server: Server) -> None:
    open_lesson(page, server, "?convolution_channels=color&convolution_side=28")
    page.get_by_role("button", name="0", exact=True).click()
    put(page, "Bias", 0.5)
    image = color_disks(28) / 255.0
    kernel = np.repeat(KERNELS["sobel-x"].make(3)[..., None, None], 3, axis=2) / 3
    ours = convolve(image, kernel, np.array([0.5]))[..., 0]
    maps = page.locator("canvas.picture").evaluate(MAPS)
    np.testing.assert_allclose(np.reshape(maps[0], (26, 26)), ours, atol=1e-6)
    expect(page.locator(".formula")).to_contain_text(re.compile(r"\(red\).*\(green\).*\(blue\)"))
    expect(page.locator(".formula")).to_contain_text("0.500 (one bias)")
    page.get_by_role("button", name="Channels", exact=True).click()
    parts = page.locator("canvas.picture").evaluate(
        "(c) => [0, 1, 2].map((n) => Array.from(c.lesson.partial(n)))"
    )
    np.testing.assert_allclose(np.sum(parts, axis=0) + 0.5, maps[0], atol=1e-9)
    page.get_by_label("Kind of convolution").select_option("depthwise")
    maps = page.locator("canvas.picture").evaluate(MAPS)
    alone = depthwise(image, np.repeat(KERNELS["sobel-x"].make(3)[..., None], 3, axis=2), 0.5)
    np.testing.assert_allclose(np.reshape(maps, (3, 26, 26)), np.moveaxis(alone, -1, 0), atol=1e-6)


def test_a_learned_layer_answers_as_the_network_does(page: Page, server: Server) -> None:
    source = next(source for source in sources() if source.dataset == "synthetic")
    network = read_network(source.key)
    layers = [node.name for node in nodes(network.spec) if isinstance(node.layer, Convolution)]
    address = urlencode({"network": source.key, f"convolution_layer_{source.key}": layers[1]})
    open_lesson(page, server, f"?convolution_channels=layer&{address}")
    page.get_by_role("button", name="0", exact=True).click()
    page.get_by_text(f"What goes into {layers[1]}").wait_for()
    image = samples()[0].make(network.spec.input_size)
    known = forward(network.spec, network.weights, image[None])
    node = find_node(network.spec, layers[1])
    wanted = before_activation(node, network.weights, known)[0]
    page.wait_for_function(
        """(count) => [...document.querySelectorAll('*')].some((e) =>
        e.shadowRoot?.querySelector('canvas.picture')?.lesson?.maps?.length === count)""",
        arg=wanted.shape[-1],
    )
    maps = page.locator("canvas.picture").evaluate(MAPS)
    np.testing.assert_allclose(
        np.reshape(maps, np.moveaxis(wanted, -1, 0).shape), np.moveaxis(wanted, -1, 0), atol=1e-5
    )
    expect(page.locator(".formula")).to_contain_text("others)")
