"""A network looked into in Chromium: every number beside core's, by mouse and by keyboard."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.inspect.formula import CellFormula, explain_cell
from core.inspect.receptive_field import receptive_fields
from core.inspect.statistics import color_range
from core.models.graph import nodes
from core.models.zoo.entries import MODELS
from dashboard.lessons.features import stage
from dashboard.lessons.features.stage import payload
from dashboard.networks.open_network import OpenNetwork, find_source, read_network
from dashboard.networks.responses import Response, respond, weights_of
from dashboard.shared.blob import pack
from data.samples.pictures import samples
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_home import MEDIAN_FPS
from tests.dashboard.networks.test_responses import pretend_network, view_of

pytestmark = pytest.mark.browser

READY = """() => { const find = (root) => root.querySelector('canvas.picture')
  ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = find(document);
  return Boolean(canvas && canvas.explain && canvas.shown && canvas.explain('logits', [0])); }"""
DASHBOARD = Path(stage.__file__).parents[2]
LOAD = """([view, weights]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const { header, arrays } = unpack(bytes(view)), sent = unpack(bytes(weights));
  const values = new Map(header.nodes.filter((n) => n.data !== null)
    .map((n) => [n.name, arrays[n.data]]));
  values.set("image", Float32Array.from(arrays[0]));
  const math = new NetworkMath(header.nodes, values);
  math.weights = new Map(sent.header.names.map((name, i) => [name, sent.arrays[i]]));
  globalThis.canvas = { explain: (name, index) => math.explain(name, index) };
}"""
EXPLAIN = """(canvas, wanted) => wanted.map(([name, index]) => {
  const f = canvas.explain(name, index);
  return f && { result: f.result, before: f.before, bias: f.bias, scale: f.scale,
    operation: f.operation, winner: f.winner,
    terms: f.terms.map((t) => ({ source: t.source, rows: t.rows, columns: t.columns,
      sums: Array.from(t.sums), inside: Array.from(t.inside),
      values: Array.from(t.values), weights: Array.from(t.weights) })) }; })"""


def looked(key: str) -> tuple[OpenNetwork, Response]:
    network = read_network(key)
    return network, respond(network, samples()[0].make(network.spec.input_size))


def open_lesson(page: Page, server: Server, key: str) -> Any:
    page.goto(f"{server.url}/features?features_network={quote(find_source(key).title)}")
    page.get_by_role("button", name="over 50 %").click()
    page.wait_for_function(READY)
    return page.locator("canvas.picture")


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    """The lesson on the small shipped network with its prediction made, opened once."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    context.set_default_timeout(20_000)
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    open_lesson(page, server, "paper-synthetic")
    yield page, complaints
    context.close()


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    page.get_by_role("button", name="Whole network").click()
    canvas = page.locator("canvas.picture")
    canvas.evaluate("(c) => c.scrollIntoView({ block: 'center' })")
    canvas.press("Backspace")
    page.wait_for_timeout(300)
    yield page
    assert complaints.found == []


def shown(page: Page) -> dict[str, Any]:
    return page.locator("canvas.picture").evaluate("(canvas) => canvas.shown")


def random_cells(network: OpenNetwork, each: int) -> list[tuple[str, tuple[int, ...]]]:
    random = np.random.default_rng(5)
    return [
        (node.name, tuple(int(random.integers(side)) for side in node.shape))
        for node in nodes(network.spec)
        for _ in range(each)
    ]


def assert_same(found: dict[str, Any], expected: CellFormula) -> None:
    assert found["operation"] == expected.operation
    assert found["scale"] == expected.scale
    for name in ("result", "before", "bias"):
        assert found[name] == pytest.approx(getattr(expected, name), abs=1e-6, rel=1e-6), name
    assert found["winner"] == (None if expected.winner is None else list(expected.winner))
    for part, terms in zip(found["terms"], expected.terms, strict=True):
        assert part["source"] == terms.source
        assert part["rows"] == terms.rows.tolist()
        assert part["columns"] == terms.columns.tolist()
        assert part["inside"] == terms.inside.ravel().astype(int).tolist()
        np.testing.assert_allclose(part["values"], terms.values.ravel(), atol=1e-6)
        np.testing.assert_allclose(part["weights"], terms.weights.ravel(), atol=1e-6)
        np.testing.assert_allclose(part["sums"], terms.sums, atol=1e-6)


def assert_formulas_are_cores(
    canvas: Any, network: OpenNetwork, found: Response, each: int
) -> None:
    wanted = random_cells(network, each)
    batch = {name: values[None] for name, values in found.activations.items()}
    for (name, index), answer in zip(
        wanted, canvas.evaluate(EXPLAIN, [list(cell) for cell in wanted]), strict=True
    ):
        assert answer is not None, name
        assert_same(answer, explain_cell(network.spec, network.weights, batch, name, index))


def test_every_number_of_a_formula_is_cores(lesson: Page) -> None:
    network, found = looked("paper-synthetic")
    assert_formulas_are_cores(lesson.locator("canvas.picture"), network, found, 6)


@pytest.fixture(scope="module")
def bare(browser: Browser) -> Iterator[Page]:
    """The component's mathematics alone, on an empty page."""
    page = browser.new_page()
    scripts = (
        "shared/activation_math.js",
        "shared/blob.js",
        "lessons/features/features_math.js",
    )
    for script in scripts:
        page.add_script_tag(content=(DASHBOARD / script).read_text(encoding="utf-8"))
    yield page
    page.close()


@pytest.mark.parametrize("name", MODELS)
def test_formulas_of_every_network_of_the_zoo_are_cores(bare: Page, name: str) -> None:
    untouched, random = pretend_network(name), np.random.default_rng(4)
    # Biases and running means of a new network are 0, which would hide mistakes.
    weights = {
        key: value if key.endswith("/kernel") else value + random.uniform(0.05, 0.3, value.shape)
        for key, value in untouched.weights.items()
    }
    weights = {key: value.astype(np.float32) for key, value in weights.items()}
    network = dataclasses.replace(untouched, weights=weights)
    found = respond(network, np.random.default_rng(2).integers(0, 256, (32, 32)).astype(np.uint8))
    names, arrays = weights_of(network.weights)
    blobs = payload(view_of(network, found)), pack({"names": names}, arrays)
    bare.evaluate(LOAD, [base64.b64encode(blob).decode() for blob in blobs])
    assert_formulas_are_cores(bare.evaluate_handle("canvas"), network, found, 3)


def test_limits_of_color_are_cores(lesson: Page) -> None:
    _, found = looked("paper-synthetic")
    canvas = lesson.locator("canvas.picture")
    for name, unit in (("convolution_2", 5), ("dense_1", 3), ("logits", 0)):
        for scope in ("unit", "layer", "network"):
            for clip in (100.0, 99.0, 90.0):
                given = canvas.evaluate("(c, a) => c.limitsOf(...a)", [name, unit, scope, clip])
                expected = color_range(found.activations, name, unit=unit, scope=scope, clip=clip)
                assert given["low"] == pytest.approx(expected.low, rel=1e-5)
                assert given["high"] == pytest.approx(expected.high, rel=1e-5)


def test_nothing_is_told_before_the_prediction(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/features")
    canvas = page.locator("canvas.picture")
    expect(page.locator(".sentence")).to_contain_text("The picture waits")
    canvas.press("ArrowRight")
    canvas.press("Enter")
    assert shown(page)["level"] == 0
    page.get_by_text("This picture in words and numbers").click()
    expect(page.locator(".tables table")).to_have_count(0)
    assert canvas.evaluate("(c) => c.explain('convolution_1', [0, 0, 0])") is None


def test_from_the_whole_to_a_cell_and_back_by_keyboard(lesson: Page) -> None:
    network, found = looked("paper-synthetic")
    canvas = lesson.locator("canvas.picture")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"):
        canvas.press(key)
    assert shown(lesson)["aim"] == {"node": "pooling_1", "unit": 2}
    expect(lesson.locator(".sentence")).to_contain_text("pooling 1, map 3 of")
    canvas.press("ArrowRight")
    canvas.press("Enter")
    now = shown(lesson)
    assert (now["level"], now["node"], now["unit"]) == (1, "convolution_2", 2)
    canvas.press("ArrowRight")
    canvas.press("Enter")
    canvas.press("ArrowUp")
    now = shown(lesson)
    size = network.spec.input_size // 4
    assert (now["level"], now["unit"], now["row"], now["column"]) == (2, 3, size - 1, size)
    value = found.activations["convolution_2"][size - 1, size, 3]
    assert now["value"] == pytest.approx(float(value), abs=1e-6)
    assert now["result"] == pytest.approx(float(value), abs=1e-5)
    window = receptive_fields(network.spec)["convolution_2"].window(size - 1, size)
    assert tuple(now["field"]) == window
    channel = now["channel"]
    canvas.press("PageDown")
    assert shown(lesson)["channel"] != channel
    canvas.press("Backspace")
    assert shown(lesson)["level"] == 1
    canvas.press("Backspace")
    assert shown(lesson)["aim"] == {"node": "convolution_2", "unit": 3}


def test_numbers_stand_in_the_cells_and_in_the_words(lesson: Page) -> None:
    lesson.locator("select.layer").select_option("convolution_1")
    lesson.locator("canvas.picture").press("Enter")
    lesson.wait_for_timeout(500)
    # Window, weights and products of the one channel that is read.
    assert lesson.locator("canvas.picture").evaluate("(c) => c.printed") == 27
    lesson.locator("summary", has_text="This picture in words").click()
    rows = lesson.locator(".tables table").first.locator("tbody tr")
    expect(rows).to_have_count(9)
    said = [
        [float(t.replace("\N{MINUS SIGN}", "-")) for t in row.locator("td").all_inner_texts()]
        for row in rows.all()
    ]
    for *_, value, weight, product in said:
        assert product == pytest.approx(value * weight, abs=2e-3)
    lesson.locator("summary", has_text="This picture in words").click()


def test_the_mouse_lights_edges_and_opens_what_it_presses(lesson: Page) -> None:
    canvas = lesson.locator("canvas.picture")
    box = canvas.bounding_box()
    assert box is not None
    found = None
    for across in np.linspace(0.2, 0.8, 25):
        lesson.mouse.move(box["x"] + across * box["width"], box["y"] + 0.4 * box["height"])
        aim = shown(lesson)["aim"]
        if aim and aim["node"].startswith("convolution"):
            found = aim
            break
    assert found
    expect(lesson.locator(".sentence")).to_contain_text("most of all")
    edges = canvas.evaluate("(c, a) => c.strengthsOf(a.node, a.unit)", found)
    network, _ = looked("paper-synthetic")
    kernel = network.weights[f"{found['node']}/kernel"][..., found["unit"]]
    sizes = np.sqrt((kernel.astype(float) ** 2).sum(axis=(0, 1)))
    np.testing.assert_allclose([edge["size"] for edge in edges], sizes, rtol=1e-5)
    lesson.mouse.down()
    lesson.mouse.up()
    now = shown(lesson)
    assert (now["level"], now["node"], now["unit"]) == (1, found["node"], found["unit"])
    expect(lesson.locator(".sentence")).to_contain_text("exactly 0")
    # No layout jump: the stage stays where it was.
    lesson.wait_for_timeout(400)
    after = canvas.bounding_box()
    assert after is not None
    assert after["height"] == box["height"]


def test_it_plays_at_the_screens_pace_without_asking_the_server(lesson: Page) -> None:
    # A layer that was opened is searched for images; until that ends, the page asks for it.
    expect(lesson.get_by_text("Looking for the images")).to_have_count(0, timeout=60_000)
    lesson.wait_for_timeout(600)
    lesson.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (...a) { window.sent += 1; send.apply(this, a); }; }"
    )
    lesson.get_by_role("button", name="Play", exact=True).click()
    fps = lesson.locator("canvas.picture").evaluate(MEDIAN_FPS)
    sent = lesson.evaluate("window.sent")
    lesson.get_by_role("button", name="Pause", exact=True).click()
    assert sent == 0
    assert fps >= 55, f"{fps:.1f} frames a second"


def test_a_large_layer_is_fetched_in_full_when_it_is_opened(page: Page, server: Server) -> None:
    network, found = looked("paper-fracatlas")
    canvas = open_lesson(page, server, "paper-fracatlas")
    cell = [100, 120, 3]
    assert canvas.evaluate("(c, i) => c.explain('convolution_1', i)", cell) is None
    page.locator("select.layer").select_option("convolution_1")
    page.wait_for_function(
        READY.replace("canvas.explain('logits', [0])", "canvas.explain('convolution_1', [1, 1, 1])")
    )
    (answer,) = canvas.evaluate(EXPLAIN, [["convolution_1", cell]])
    batch = {name: values[None] for name, values in found.activations.items()}
    assert_same(
        answer, explain_cell(network.spec, network.weights, batch, "convolution_1", tuple(cell))
    )
