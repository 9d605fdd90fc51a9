"""Convolution in Chromium: its numbers are core's, by mouse, by keyboard, and with any layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.geometry import Padding, Window
from core.inspect.forward import before_activation, forward
from core.models.graph import find_node, nodes
from core.models.layers import Convolution
from core.ops.convolution import convolve, depthwise, step
from core.ops.kernels import KERNELS
from dashboard.networks.network import every_network
from dashboard.networks.open_network import read_network
from data.samples.color_disks import color_disks
from data.samples.pictures import samples
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_home import MEDIAN_FPS
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

DRAWN = """(canvas) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
  () => done(canvas.shown))))"""
TIMES = "\N{MULTIPLICATION SIGN}"
COUNT_MESSAGES = """() => {
  const send = WebSocket.prototype.send;
  window.__messages = 0;
  WebSocket.prototype.send = function (...sent) {
    window.__messages += 1;
    return send.apply(this, sent);
  };
}"""
MAPS = "(canvas) => canvas.lesson.model.maps.map((map) => Array.from(map))"
HAS_MAPS = """(count) => [...document.querySelectorAll('*')].some((element) => {
  const canvas = element.shadowRoot?.querySelector('canvas[data-picture]');
  return canvas?.lesson?.model.maps.length === count;
})"""
PICTURE = "canvas[data-picture]"


def open_lesson(page: Page, server: Server, query: str = "") -> Page:
    page.goto(f"{server.url}/convolution{query}")
    page.locator(PICTURE).wait_for()  # a fresh server under load
    page.locator(PICTURE).evaluate(DRAWN)
    return page


def shown(page: Page) -> dict[str, Any]:
    return dict(page.locator(PICTURE).evaluate(DRAWN))


def words(page: Page) -> Any:
    """The text twin's words."""
    return expect(page.locator(".lb-twin-words"))


def sentence(page: Page) -> Any:
    return expect(page.locator(".lb-sentence"))


def choose(page: Page, label: str, value: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).select_option(value)


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    open_lesson(page, server, "?convolution_side=28")
    page.get_by_role("button", name="0", exact=True).click()
    sentence(page).to_contain_text("Output in row")
    yield page, complaints
    context.close()


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    put(page, "Stride", 1)
    put(page, "Dilation", 1)
    choose(page, "Padding", "valid")
    choose(page, "Kind", "standard")
    page.get_by_label("Turn the kernel").set_checked(False)
    put(page, "Filters out", 1)
    put(page, "Size", 3)
    choose(page, "Kernel", "sobel-x")
    put(page, "Bias", 0)
    yield page
    assert complaints.found == []


def put(page: Page, name: str, value: float) -> None:
    more = page.locator(".lb-more")
    if more.get_attribute("open") is None:
        more.locator("summary").click()
    page.get_by_label(f"{name}, as a number", exact=True).fill(str(value))


def middle_of(page: Page, part: str) -> tuple[float, float]:
    """The middle of a part of the canvas, in pixels of the window."""
    canvas = page.locator(PICTURE)
    corner = canvas.bounding_box()
    assert corner is not None
    box = canvas.evaluate(
        "(c, part) => c.lesson.drawing.boxes.find((box) => box.part === part)", part
    )
    across, down = box["wide"] * box["columns"] / 2, box["high"] * box["rows"] / 2
    return corner["x"] + box["x"] + across, corner["y"] + box["y"] + down


def test_every_number_in_sight_is_cores(lesson: Page) -> None:
    image = samples()[0].make(28)[..., None] / 255.0
    for name, size, stride, padding, flip in (
        ("sobel-x", 3, 1, "valid", False),
        ("gaussian", 4, 3, "same", False),
        ("corner", 3, 2, "full", True),
        ("log", 7, 1, "reflect", False),
    ):
        choose(lesson, "Kernel", name)
        put(lesson, "Size", size)
        put(lesson, "Stride", stride)
        put(lesson, "Bias", 0.25)
        choose(lesson, "Padding", padding)
        lesson.get_by_label("Turn the kernel").set_checked(flip)
        lesson.locator(PICTURE).press("ArrowDown")
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
        words(lesson).to_contain_text(f"= {drawn['rows']} rows and columns")
    words(lesson).to_contain_text(
        f"Parameters: 7 {TIMES} 7 {TIMES} 1 in {TIMES} 1 out + 1 = {7 * 7 + 1}"
    )


def test_left_over_rows_are_named(lesson: Page) -> None:
    put(lesson, "Stride", 2)
    words(lesson).to_contain_text("Never read: row and column 28 (hatched).")
    put(lesson, "Stride", 1)
    words(lesson).not_to_contain_text("Never read")


def test_a_kernel_cell_by_keyboard_by_hand_and_by_paste(lesson: Page) -> None:
    picker = lesson.locator(".picker")
    picker.press("ArrowLeft")
    for _ in range(8):
        picker.press("ArrowUp")
        picker.press("ArrowLeft")
    picker.press("ArrowRight")
    picker.press("PageUp")
    assert shown(lesson)["kernel"][1] == pytest.approx(0.1)
    expect(lesson.get_by_role("combobox", name="Kernel", exact=True)).to_have_value("own")
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
    dragged = lesson.locator(PICTURE).evaluate(MAPS)
    lesson.mouse.up()
    drawn = shown(lesson)
    image = samples()[0].make(28) / 255.0
    ours = convolve(image, np.reshape(drawn["kernel"], (2, 2)))
    for maps in (dragged, lesson.locator(PICTURE).evaluate(MAPS)):
        np.testing.assert_allclose(np.reshape(maps[0], ours.shape), ours, atol=1e-6)
    assert len(seen) == 3
    assert min(seen) > 1
    lesson.wait_for_url(re.compile("set=kernels_own_.*size_2.*edits_"))


def test_any_cell_by_pointer_and_by_arrows(lesson: Page) -> None:
    canvas = lesson.locator(PICTURE)
    lesson.mouse.move(*middle_of(lesson, "output"))
    first = shown(lesson)
    assert abs(first["row"] - 13) <= 2
    assert abs(first["column"] - 13) <= 1
    for key, rows, columns in (("ArrowDown", 1, 0), ("ArrowRight", 0, 1), ("ArrowUp", -1, 0)):
        canvas.press(key)
        after = shown(lesson)
        assert after["row"] - first["row"] == rows
        assert after["column"] - first["column"] == columns
        first = after
    lesson.mouse.move(*middle_of(lesson, "input"))
    assert shown(lesson)["row"] != first["row"] or shown(lesson)["column"] != first["column"]
    words(lesson).to_contain_text("Output 26 by 26: smallest")


def test_it_slides_smoothly_and_asks_the_server_nothing(lesson: Page) -> None:
    lesson.get_by_role("button", name="Back to the start").click()
    lesson.evaluate(COUNT_MESSAGES)
    lesson.wait_for_timeout(900)
    before = lesson.evaluate("window.__messages")
    lesson.get_by_role("button", name="Play").click()
    rate = lesson.locator(PICTURE).evaluate(MEDIAN_FPS)
    lesson.get_by_role("button", name="Pause").click()
    drawn = shown(lesson)
    assert lesson.evaluate("window.__messages") == before
    assert rate >= 50
    assert drawn["row"] * 26 + drawn["column"] > 5
    lesson.locator(PICTURE).press("ArrowRight")
    assert shown(lesson)["column"] == (drawn["column"] + 1) % 26


def test_a_kernel_that_does_not_fit_is_advice(lesson: Page) -> None:
    put(lesson, "Size", 11)
    put(lesson, "Dilation", 4)
    expect(lesson.locator(".advice")).to_contain_text(
        "A kernel of 11 (spread to 41 by its dilation) does not fit a picture of 28"
    )
    put(lesson, "Dilation", 1)
    expect(lesson.locator(".advice")).to_be_empty()


def test_the_answer_is_hidden_until_predicted(page: Page, server: Server) -> None:
    open_lesson(page, server)
    page.locator(PICTURE).press("ArrowRight")
    sentence(page).to_contain_text("Answer the question above")
    words(page).not_to_contain_text("smallest")
    words(page).not_to_contain_text("blind")
    assert shown(page)["limit"] is None
    page.get_by_role("button", name="0.6", exact=True).click()
    words(page).to_contain_text("sum to 0: blind to flat areas")


def test_color_channels_are_summed_with_one_bias(page: Page, server: Server) -> None:
    open_lesson(page, server, "?convolution_channels=color&convolution_side=28")
    page.get_by_role("button", name="0", exact=True).click()
    put(page, "Bias", 0.5)
    image = color_disks(28) / 255.0
    kernel = np.repeat(KERNELS["sobel-x"].make(3)[..., None, None], 3, axis=2) / 3
    ours = convolve(image, kernel, np.array([0.5]))[..., 0]
    maps = page.locator(PICTURE).evaluate(MAPS)
    np.testing.assert_allclose(np.reshape(maps[0], (26, 26)), ours, atol=1e-6)
    sentence(page).to_contain_text(re.compile(r"\(red\).*\(green\).*\(blue\)"))
    sentence(page).to_contain_text("0.500 (one bias)")
    page.get_by_role("group", name="What the stage shows").get_by_text("Channels").click()
    parts = page.locator(PICTURE).evaluate(
        "(c) => [0, 1, 2].map((n) => Array.from(c.lesson.model.partial(n)))"
    )
    np.testing.assert_allclose(np.sum(parts, axis=0) + 0.5, maps[0], atol=1e-9)
    choose(page, "Kind", "depthwise")
    maps = page.locator(PICTURE).evaluate(MAPS)
    alone = depthwise(image, np.repeat(KERNELS["sobel-x"].make(3)[..., None], 3, axis=2), 0.5)
    np.testing.assert_allclose(np.reshape(maps, (3, 26, 26)), np.moveaxis(alone, -1, 0), atol=1e-6)


def test_a_learned_layer_answers_as_the_network_does(page: Page, server: Server) -> None:
    source = next(source for source in every_network() if source.dataset == "synthetic")
    network = read_network(source.key)
    layers = [node.name for node in nodes(network.spec) if isinstance(node.layer, Convolution)]
    address = urlencode({"network": source.key, f"convolution_layer_{source.key}": layers[1]})
    open_lesson(page, server, f"?convolution_channels=layer&{address}")
    page.get_by_role("button", name="0", exact=True).click()
    page.get_by_test_id("stPopover").first.click()
    page.get_by_text(f"What goes into {layers[1]}").wait_for()
    page.keyboard.press("Escape")
    image = samples()[0].make(network.spec.input_size)
    known = forward(network.spec, network.weights, image[None])
    node = find_node(network.spec, layers[1])
    wanted = before_activation(node, network.weights, known)[0]
    page.wait_for_function(HAS_MAPS, arg=wanted.shape[-1])
    maps = page.locator(PICTURE).evaluate(MAPS)
    np.testing.assert_allclose(
        np.reshape(maps, np.moveaxis(wanted, -1, 0).shape), np.moveaxis(wanted, -1, 0), atol=1e-5
    )
    sentence(page).to_contain_text("others)")


def test_a_link_with_everything_set_opens_the_identical_figure(
    browser: Browser, server: Server, page: Page
) -> None:
    open_lesson(page, server, "?answer=shown&convolution_side=28&convolution_channels=color")
    begun = shown(page)
    put(page, "Filters out", 3)
    page.get_by_role("combobox", name="Filter", exact=True).select_option("1")
    page.get_by_role("combobox", name="Channel", exact=True).select_option("2")
    for name, value in (("Stride", 2), ("Dilation", 2), ("Gain", 1.5), ("Bias", 0.35)):
        put(page, name, value)
    choose(page, "Kernel", "random")
    put(page, "Size", 4)
    put(page, "Seed of random kernels", 77)
    put(page, "Gain", 1.5)
    choose(page, "Padding", "full")
    choose(page, "Output colors", "layer")
    page.get_by_label("Turn the kernel").check()
    picker = page.locator(".picker")
    picker.press("ArrowRight")
    picker.press("Enter")
    page.keyboard.type("0.625")
    page.keyboard.press("Enter")
    page.locator(PICTURE).press("ArrowDown")
    figure = shown(page)
    page.wait_for_url(re.compile("edits_"))
    page.wait_for_url(re.compile(rf"at_{figure['row'] * figure['columns'] + figure['column']}\b"))
    maps = page.locator(PICTURE).evaluate(MAPS)
    other = open_stage(browser, server, page.url.removeprefix(f"{server.url}/"))
    other.wait_for_function(HAS_MAPS, arg=3)
    assert shown(other) == figure
    assert other.locator(PICTURE).evaluate(MAPS) == maps
    expect(other.get_by_role("combobox", name="Kernel", exact=True)).to_have_value("own")
    other.context.close()
    # Back moves the figure, as far as the beginning.
    for _ in range(30):
        if "set=" not in page.url:
            break
        page.go_back()
        page.wait_for_timeout(50)
    assert "set=" not in page.url
    assert shown(page) == begun


def test_while_it_plays_picture_sentence_and_number_speak_of_one_cell(
    page: Page, server: Server
) -> None:
    open_lesson(page, server, "?answer=shown&convolution_side=28&set=at_0")
    page.get_by_role("button", name="Play", exact=True).click()
    told = page.locator(PICTURE).evaluate(
        """async (canvas) => {
          const said = canvas.getRootNode().querySelector('.lb-sentence'), seen = [];
          for (let i = 0; i < 40; i++) {
            await new Promise((done) => requestAnimationFrame(done));
            seen.push([canvas.shown.row, canvas.shown.column, canvas.shown.value, said.textContent,
                       canvas.getAttribute('aria-label')]);
          }
          return seen;
        }"""
    )
    page.get_by_role("button", name="Pause", exact=True).click()
    assert len({(row, column) for row, column, *_ in told}) > 3
    for row, column, value, said, label in told:
        assert f"row {row + 1}, column {column + 1} =" in said
        written = f"{abs(value):.3f}" if abs(value) >= 0.0005 else ""
        assert written in said
        assert f"Here, in row {row + 1}, column {column + 1}:" in label
        assert written in label


@pytest.mark.parametrize(
    "kept",
    [
        "kernels_nonsense*size_0",
        "edits_1_2_3*at_999999*f_99*c_99",
        "cell_999*kernels_learned",
        "%00",
    ],
)
def test_a_link_with_nonsense_opens_with_what_it_can(page: Page, server: Server, kept: str) -> None:
    open_lesson(page, server, f"?answer=shown&convolution_side=28&set={kept}")
    drawn = shown(page)
    image = samples()[0].make(28) / 255.0
    kernel = np.reshape(drawn["kernel"], (int(len(drawn["kernel"]) ** 0.5),) * 2)
    ours = convolve(image, kernel)
    assert drawn["value"] == pytest.approx(float(ours[drawn["row"], drawn["column"]]), abs=1e-6)
