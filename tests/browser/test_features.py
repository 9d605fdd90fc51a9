"""A network looked into in Chromium: one number beside core's, by mouse, by keyboard, by link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.inspect.formula import explain_cell
from core.inspect.receptive_field import receptive_fields
from dashboard.networks.open_network import read_network
from tests import patience
from tests.browser.conftest import Complaints, Server, watch
from tests.dashboard.lessons.features.test_formula import assert_same, looked, random_cells

pytestmark = pytest.mark.browser

READY = """() => { const find = (root) => root.querySelector('canvas.lb-canvas')
  ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = find(document);
  return Boolean(canvas && canvas.explain && canvas.shown && canvas.explain('logits', [0])); }"""
PLAIN = """(canvas, wanted) => JSON.parse(JSON.stringify(wanted.map(([name, index]) =>
  canvas.explain(name, index)), (_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v))"""
SETTLED = "(c) => new Promise((done) => setTimeout(() => done(c.shown), 60))"


def address(server: Server, key: str, **parameters: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in parameters.items())
    return f"{server.url}/features?network={key}&answer=shown{more}"


def open_lesson(page: Page, server: Server, key: str, **parameters: str) -> Any:
    page.goto(address(server, key, **parameters))
    page.wait_for_function(READY)
    return page.locator("canvas.lb-canvas")


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    """The lesson on the small shipped network with its answer shown, opened once."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    context.set_default_timeout(patience.MILLISECONDS)
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    open_lesson(page, server, "paper-synthetic")
    yield page, complaints
    context.close()


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    page.get_by_role("button", name="Whole network").click()
    canvas = page.locator("canvas.lb-canvas")
    canvas.press("Backspace")
    until(page, "s.view === 'whole' && !s.aim && !s.moving")
    yield page
    assert complaints.found == []


def until(page: Page, condition: str) -> dict[str, Any]:
    """What is shown, once that holds."""
    page.wait_for_function(
        f"(canvas) => {{ const s = canvas.shown; return s && ({condition}); }}",
        arg=page.locator("canvas.lb-canvas").element_handle(),
    )
    return page.locator("canvas.lb-canvas").evaluate("(canvas) => canvas.shown")


def test_the_numbers_of_a_formula_are_cores(lesson: Page) -> None:
    network, found = looked("paper-synthetic")
    wanted = random_cells(network, 1)
    batch = {name: values[None] for name, values in found.activations.items()}
    answers = lesson.locator("canvas.lb-canvas").evaluate(PLAIN, wanted)
    for (name, index), answer in zip(wanted, answers, strict=True):
        assert_same(answer, explain_cell(network.spec, network.weights, batch, name, tuple(index)))


def test_nothing_is_told_before_the_answer(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/features?network=paper-synthetic")
    canvas = page.locator("canvas.lb-canvas")
    canvas.wait_for()
    expect(page.locator(".lb-sentence")).to_contain_text("The picture waits")
    canvas.press("ArrowRight")
    canvas.press("Enter")
    assert until(page, "s.aim")["view"] == "whole"
    expect(page.get_by_role("button", name="Layer", exact=True)).to_be_disabled()
    page.get_by_text("In words and numbers").click()
    expect(page.locator(".lb-twin table")).to_have_count(0)
    assert canvas.evaluate("(c) => c.explain('convolution_1', [0, 0, 0])") is None
    page.get_by_role("button", name="Show me").click()
    page.wait_for_function(READY)
    expect(page.locator(".lb-twin table")).to_have_count(1)


def test_from_the_whole_to_a_cell_and_back_by_keyboard(lesson: Page) -> None:
    network, found = looked("paper-synthetic")
    canvas = lesson.locator("canvas.lb-canvas")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"):
        canvas.press(key)
    until(lesson, "s.aim?.node === 'pooling_1' && s.aim.unit === 2")
    expect(lesson.locator(".lb-sentence")).to_contain_text("pooling 1, map 3 of")
    canvas.press("ArrowRight")
    canvas.press("Enter")
    until(lesson, "s.view === 'layer' && s.node === 'convolution_2' && s.unit === 2")
    canvas.press("ArrowRight")
    canvas.press("Enter")
    canvas.press("ArrowUp")
    size = network.spec.input_size // 4
    now = until(lesson, f"s.view === 'cell' && s.row === {size - 1}")
    assert (now["unit"], now["row"], now["column"]) == (3, size - 1, size)
    value = found.activations["convolution_2"][size - 1, size, 3]
    assert now["value"] == pytest.approx(float(value), abs=1e-6)
    assert now["result"] == pytest.approx(float(value), abs=1e-5)
    window = receptive_fields(network.spec)["convolution_2"].window(size - 1, size)
    assert tuple(now["field"]) == window
    canvas.press("PageDown")
    assert until(lesson, "s.term > 0")["term"]
    canvas.press("Backspace")
    until(lesson, "s.view === 'layer'")
    canvas.press("Backspace")
    until(lesson, "s.view === 'whole' && s.aim?.node === 'convolution_2' && s.aim.unit === 3")


def test_numbers_stand_in_the_cells_and_in_the_words(lesson: Page) -> None:
    lesson.get_by_label("Layer", exact=True).select_option("convolution_1")
    until(lesson, "s.view === 'layer'")
    lesson.locator("canvas.lb-canvas").press("Enter")
    until(lesson, "s.view === 'cell' && !s.moving")
    # Window, weights and products of the one channel that is read.
    lesson.wait_for_function(
        "(canvas) => canvas.printed === 27",
        arg=lesson.locator("canvas.lb-canvas").element_handle(),
    )
    lesson.get_by_text("In words and numbers").click()
    rows = lesson.locator(".lb-twin table").first.locator("tbody tr")
    expect(rows).to_have_count(9)
    said = [
        [float(t.replace("\N{MINUS SIGN}", "-")) for t in row.locator("td, th").all_inner_texts()]
        for row in rows.all()
    ]
    for *_, value, weight, product in said:
        assert product == pytest.approx(value * weight, abs=2e-3)
    lesson.get_by_text("In words and numbers").click()


def test_the_mouse_lights_edges_and_opens_what_it_presses(lesson: Page) -> None:
    canvas = lesson.locator("canvas.lb-canvas")
    box = canvas.bounding_box()
    assert box is not None
    found = None
    for across in np.linspace(0.2, 0.8, 25):
        lesson.mouse.move(box["x"] + across * box["width"], box["y"] + 0.4 * box["height"])
        aim = canvas.evaluate(SETTLED)["aim"]
        if aim and aim["node"].startswith("convolution"):
            found = aim
            break
    assert found
    expect(lesson.locator(".lb-sentence")).to_contain_text("most of all")
    edges = canvas.evaluate("(c, a) => c.strengthsOf(a.node, a.unit)", found)
    kernel = read_network("paper-synthetic").weights[f"{found['node']}/kernel"]
    sizes = np.sqrt((kernel[..., found["unit"]].astype(float) ** 2).sum(axis=(0, 1)))
    np.testing.assert_allclose([edge["size"] for edge in edges], sizes, rtol=1e-5)
    lesson.mouse.down()
    lesson.mouse.up()
    now = until(lesson, "s.view === 'layer' && !s.moving")
    assert now["node"] == found["node"]
    expect(lesson.locator(".lb-sentence")).to_contain_text("exactly 0")
    # No layout jump: the stage stays where it was.
    assert canvas.bounding_box() == box


def test_it_plays_without_asking_the_server(lesson: Page) -> None:
    lesson.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (...a) { window.sent += 1; send.apply(this, a); }; }"
    )
    canvas = lesson.locator("canvas.lb-canvas")
    canvas.press("Home")
    until(lesson, "s.passed === 0")
    lesson.get_by_role("button", name="Play", exact=True).click()
    now = until(lesson, "s.passed === 2")
    # Picture and sentence speak of the same moment.
    expect(lesson.locator(".lb-sentence")).to_contain_text("pooling 1")
    lesson.get_by_role("button", name="Pause", exact=True).click()
    assert now["aim"] is None
    assert lesson.evaluate("window.sent") == 0


def test_a_link_opens_the_identical_figure_and_back_moves_it(page: Page, server: Server) -> None:
    changed = (
        "view_cell*layer_convolution-5F2*unit_5*row_12*column_31*term_3*passed_2*epoch_4*place_3"
        "*scope_unit*clip_90"
    )
    canvas = open_lesson(page, server, "paper-synthetic", set=changed)
    figure = """(c) => { const { stamp, moving, ...shown } = c.shown;
      const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      let sum = 0; for (let i = 0; i < pixels.length; i++) sum = (sum * 31 + pixels[i]) >>> 0;
      return [shown, sum]; }"""
    until(page, "s.result !== null && s.limits")
    first = canvas.evaluate(SETTLED) and canvas.evaluate(figure)
    assert (first[0]["row"], first[0]["column"], first[0]["term"]) == (11, 30, 3)
    other = page.context.new_page()
    open_lesson(other, server, "paper-synthetic", set=changed)
    until(other, "s.result !== null && s.limits")
    again = other.locator("canvas.lb-canvas")
    assert (again.evaluate(SETTLED) and again.evaluate(figure)) == first
    other.close()
    page.get_by_role("button", name="Layer", exact=True).click()
    page.wait_for_url(re.compile("view_layer"))
    until(page, "s.view === 'layer' && !s.moving")
    page.go_back()
    until(page, "s.view === 'cell' && !s.moving")
    assert (canvas.evaluate(SETTLED) and canvas.evaluate(figure)) == first


def test_a_layer_that_the_network_has_not_is_named(page: Page, server: Server) -> None:
    open_lesson(page, server, "paper-synthetic", set="view_layer*layer_convolution-5F77")
    expect(page.locator(".lb-sentence")).to_contain_text("no layer \u201cconvolution_77\u201d")


def test_what_excites_a_map_is_found_while_the_page_stays_alive(page: Page, server: Server) -> None:
    canvas = open_lesson(page, server, "paper-synthetic", set="view_layer*layer_convolution-5F2")
    page.get_by_role("button", name="What excites it").click()
    expect(page.locator(".lb-sentence")).to_contain_text("excite map 1")
    canvas.press("Home")
    expect(page.locator(".lb-sentence")).to_contain_text("Place 1:")
    canvas.press("ArrowRight")
    expect(page.locator(".lb-sentence")).to_contain_text("Place 2:")


def test_a_large_layer_is_fetched_in_full_when_it_is_opened(page: Page, server: Server) -> None:
    network, found = looked("paper-fracatlas")
    canvas = open_lesson(page, server, "paper-fracatlas")
    cell = [100, 120, 3]
    assert canvas.evaluate("(c, i) => c.explain('convolution_1', i)", cell) is None
    page.get_by_label("Layer", exact=True).select_option("convolution_1")
    page.wait_for_function(
        READY.replace("canvas.explain('logits', [0])", "canvas.explain('convolution_1', [1, 1, 1])")
    )
    (answer,) = canvas.evaluate(PLAIN, [["convolution_1", cell]])
    batch = {name: values[None] for name, values in found.activations.items()}
    assert_same(
        answer, explain_cell(network.spec, network.weights, batch, "convolution_1", tuple(cell))
    )
