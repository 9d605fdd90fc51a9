"""Tensors in Chromium: the script's arithmetic is core's, and all of it can be done by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.ops import tensor
from core.ops.tensor import Layout, TypedIndexError, parse_index
from data.samples.tensors import specimens, video
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

DRAWN = """(canvas) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(canvas.shown)))))"""
SHAPE = (4, 5, 7)
TEXTS = [
    "x", "x[0]", "x[-1, 2]", "x[..., 3]", "x[1, ..., ::-2]", "x[:, 1:4, 5:1:-2]", "x[None, 0, :]",
    "x[3:3]", "x[-9:9, ::3]", "x[..., None]", "x[np.newaxis, :, -2:, 0,]", "[2, 1, 6]", "x[+1]",
    "x[7:0:-1]", "x[::-1, ::-1, ::-1]", "x[:, -1:-9:-1]",
    "", "x[", "x[0", "y[0]", "x[0, 5]", "x[-5]", "x[..., 7]", "x[0,0,0,0]", "x[1.5]", "x[::0]",
    "x[...,...]", "x[0][1]", "x[open]", "x[0 1]", "x[9999999999]", "x[💥, 1]", "x[1:2:3:4]",
    "x[None,None,None,None]", "x[-]", "x[0" + " " * 120,
]  # fmt: skip
COMPARE = """(canvas, [texts, shape]) => { const m = canvas.math; return texts.map((text) => {
  try { const kept = m.takeIndex(m.layoutOf(shape, 4), m.parseIndex(text, shape));
    return [kept.shape, kept.strides, kept.offset]; }
  catch (e) { return [e.code, e.at, e.length, e.problem, e.remedy]; } }); }"""


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/tensors")
    page.locator(".lb-footer").wait_for(timeout=40_000)
    page.get_by_role("button", name="5", exact=True).click()
    expect(page.get_by_role("button", name="Video", exact=True)).to_be_enabled()
    return page


def shown(lesson: Page) -> dict[str, Any]:
    return dict(lesson.locator(".picture").evaluate(DRAWN))


def view(lesson: Page, name: str) -> None:
    lesson.get_by_role("button", name=name, exact=True).click()


def values(name: str) -> np.ndarray:
    return next(one.values for one in (*specimens(), video()) if one.name == name)


def of_core(text: str) -> list[Any]:
    try:
        kept = Layout.of(SHAPE, 4).take(parse_index(text, SHAPE))
    except TypedIndexError as error:
        return [error.code, error.at, error.length, error.problem, error.remedy]
    return [list(kept.shape), list(kept.strides), kept.offset]


def test_the_scripts_arithmetic_is_cores(lesson: Page) -> None:
    canvas = lesson.locator(".picture")
    drawn = canvas.evaluate(COMPARE, [TEXTS, list(SHAPE)])
    for text, found in zip(TEXTS, drawn, strict=True):
        assert found == of_core(text), text
    floats = [0.0, 0.1, -0.75, 1e-40, 255 / 256, 3.4e38, -1e-3]
    script = "(c, vs) => vs.map((v) => [c.math.elementBytes(v, 'float32'), c.math.floatParts(v)])"
    for value, (raw, parts) in zip(floats, canvas.evaluate(script, floats), strict=True):
        assert bytes(raw) == tensor.element_bytes(value, "float32")
        own = tensor.float_parts(value)
        assert (parts["sign"], parts["exponent"], parts["fraction"]) == (
            own.sign, own.exponent, own.fraction,
        )  # fmt: skip
    cases = [[24, 5, False], [24, 5, True], [24, 24, False], [569, 32, False], [3, 8, True]]
    script = "(c, cases) => cases.map((case_) => c.math.batchSizes(...case_))"
    for (samples, size, drop), found in zip(cases, canvas.evaluate(script, cases), strict=True):
        assert tuple(found) == tensor.batch_sizes(samples, size, drop_last=drop)


def test_a_typed_index_leaves_what_numpy_leaves(lesson: Page) -> None:
    for name, title, text in [
        ("video", "Video", "x[1, ::-4, 20, 5:60:11, 0]"),
        ("table", "Table", "x[-3:, :4]"),
        ("series", "Time series", "x[2, :, None, -1]"),
        ("color", "Color images", "x[7, 30, ::-9]"),
    ]:
        view(lesson, title)
        lesson.locator(".index").fill(text)
        drawn = shown(lesson)
        wanted = eval(text, {"x": values(name)})
        assert drawn["kept"]["shape"] == list(wanted.shape)
        np.testing.assert_array_equal(drawn["first"], wanted.ravel()[:12].astype(float))
    lesson.locator(".index").fill("x[7, 64]")
    assert shown(lesson)["error"] == {"code": "index.bounds", "at": 5}
    expect(lesson.locator(".trouble mark")).to_have_text("64")
    expect(lesson.locator(".trouble")).to_contain_text("Axis 1 has 64 entries")


def test_hands_and_keys_slice(lesson: Page) -> None:
    lesson.get_by_label("samples, entry", exact=True).press("ArrowRight")
    assert shown(lesson)["text"] == "x[3, :, :, :]"
    lesson.get_by_label("height, from, as a number").fill("10")
    lesson.get_by_label("height, to, as a number").fill("20")
    lesson.get_by_label("width, step").fill("-2")
    drawn = shown(lesson)
    assert drawn["text"] == "x[3, 10:20, 63::-2, :]"
    wanted = values("images")[3, 10:20, 63::-2, :]
    assert drawn["kept"]["shape"] == list(wanted.shape)
    lesson.get_by_label("channels: one entry or a part").select_option("one")
    assert shown(lesson)["kept"]["shape"] == [10, 32]
    box = lesson.locator(".picture").bounding_box()
    assert box is not None
    lesson.mouse.move(box["x"] + box["width"] * 0.15, box["y"] + box["height"] * 0.5)
    lesson.mouse.down()
    seen = set()
    for share in (0.2, 0.25, 0.3):
        lesson.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.7)
        seen.add(tuple(shown(lesson)["kept"]["shape"]))
    lesson.mouse.up()
    assert len(seen) == 3


def test_memory_types_batches_and_order_tell_numpys_numbers(lesson: Page) -> None:
    view(lesson, "Memory")
    lesson.locator("select.as").select_option("float32")
    lesson.get_by_label("height, as a number").fill("33")
    drawn = shown(lesson)
    x = values("images").astype(np.float32) / np.float32(255)
    index = tuple(drawn["index"])
    assert index[1] == 33
    assert drawn["strides"] == list(x.strides)
    assert drawn["total"] == x.nbytes
    assert bytes(drawn["bytes"]) == x.tobytes()[drawn["address"] :][:4] == x[index].tobytes()
    view(lesson, "Batch")
    lesson.get_by_label("Batch size, as a number").fill("7")
    lesson.locator(".picture").press("End")
    assert shown(lesson)["sizes"] == list(tensor.batch_sizes(24, 7))
    assert shown(lesson)["shape"] == [3, 64, 64, 1]
    view(lesson, "uint8 or float32")
    lesson.get_by_label("Add to each, as a number").fill("90")
    drawn = shown(lesson)
    gray = values("images")[2].ravel()
    assert drawn["uint8"] == tensor.add_uint8(gray, 90)[:40].tolist()
    assert drawn["wrapped"] == tensor.add_uint8(np.array([250], np.uint8), 90)[0]
    assert drawn["around"] == int((gray.astype(int) + 90 > 255).sum())
    lesson.get_by_label("Add to each, as a number").fill("0")
    lesson.locator("select.norm").select_option("standardized")
    np.testing.assert_allclose(
        shown(lesson)["float32"], tensor.standardized(gray)[:40], rtol=1e-6, atol=1e-7
    )
    view(lesson, "Order of axes")
    drawn = shown(lesson)
    x = values("color")[2]
    turned, cut = x.transpose(2, 0, 1), x.reshape(3, 64, 64)
    assert drawn["strides"] == list(turned.strides)
    assert drawn["value"] == x[tuple(drawn["index"])] == turned[tuple(drawn["inTurned"])]
    assert drawn["value"] == cut[tuple(drawn["inCut"])]
    assert turned.ravel()[drawn["copied"]] == drawn["value"]


def test_a_film_plays_without_the_server(lesson: Page) -> None:
    view(lesson, "Video")
    lesson.evaluate(
        "() => { const send = WebSocket.prototype.send; window.sent = 0;"
        " WebSocket.prototype.send = function (...p) { window.sent += 1; send.apply(this, p); };"
        " }"
    )
    lesson.locator(".picture").press("Home")
    lesson.locator(".picture").press("Space")
    lesson.wait_for_function(
        "() => { const find = (r) => r.querySelector('.picture') ?? [...r.querySelectorAll('*')]"
        ".filter((e) => e.shadowRoot).map((e) => find(e.shadowRoot)).find(Boolean);"
        " return /x\\[0, (9|1\\d),/.test(find(document).shown.text); }"
    )
    lesson.locator(".picture").press("Space")
    assert lesson.evaluate("window.sent") == 0


def test_every_view_can_be_worked_without_a_mouse(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/tensors")
    page.locator(".lb-footer").wait_for(timeout=40_000)
    to(page, "button:5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Video", exact=True)).to_be_enabled()
    to(page, "button:Video")
    page.keyboard.press("Space")
    assert shown(page)["name"] == "video"
    to(page, "input:")  # the index: typed over what stands there
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("x[1, 2:9:3]")
    assert shown(page)["kept"]["shape"] == [3, 64, 64, 1]
    to(page, "input:frames, from")
    page.keyboard.press("ArrowRight")
    assert shown(page)["text"] == "x[1, 3:9:3, :, :, :]"
    to(page, "canvas:")
    page.keyboard.press("ArrowRight")
    assert shown(page)["text"] == "x[1, 1, :, :, :]"
    to(page, "button:Memory", back=True)
    page.keyboard.press("Enter")
    to(page, "input:height, as a number")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("7")
    assert shown(page)["index"][2] == 7
    to(page, "button:uint8 or float32", back=True)
    page.keyboard.press("Enter")
    to(page, "input:Add to each")
    before = shown(page)["add"]
    page.keyboard.press("ArrowLeft")
    assert shown(page)["add"] == before - 1
    to(page, "button:Order of axes", back=True)
    page.keyboard.press("Enter")
    to(page, "select:")
    page.keyboard.press("ArrowDown")
    assert shown(page)["strides"] == [1, 40]
    to(page, "summary:")
    page.keyboard.press("Enter")
    expect(page.locator(".words table")).to_contain_text("transposed view")


FOCUSED = """() => { let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const name = at.getAttribute("aria-label") ?? (at.tagName === "BUTTON" ? at.innerText : "");
  return [at.tagName.toLowerCase(), name.trim()]; }"""


def to(page: Page, wanted: str, *, back: bool = False) -> None:
    """Press tab until the element of that kind and name has the focus."""
    kind, _, name = wanted.partition(":")
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        found = page.evaluate(FOCUSED)
        if (found[0] == kind and found[1] == name) or kind == "canvas" == found[0]:
            return
    raise AssertionError(f"{wanted} is not reached by tab")
