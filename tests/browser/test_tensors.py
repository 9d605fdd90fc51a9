"""Tensors in Chromium: all of it can be done by hand, and every number is NumPy's."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.ops import tensor
from data.samples.tensors import specimens, video
from tests.browser.conftest import Server
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

DRAWN = """(canvas) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(canvas.shown)))))"""
FIND = """(() => { const find = (root) => root.querySelector('canvas[data-picture]')
  ?? [...root.querySelectorAll('*')].filter((e) => e.shadowRoot)
    .map((e) => find(e.shadowRoot)).find(Boolean); return find(document); })()"""


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/tensors?answer=3")
    page.locator("canvas[data-picture]").wait_for()
    return page


def shown(lesson: Page) -> dict[str, Any]:
    return dict(lesson.locator("canvas[data-picture]").evaluate(DRAWN))


def view(lesson: Page, name: str) -> None:
    lesson.get_by_role("button", name=name, exact=True).click()


def choose(lesson: Page, name: str) -> None:
    """Look at another tensor; the video comes from the server."""
    lesson.get_by_label("Tensor", exact=True).select_option(name)
    lesson.wait_for_function(f"(name) => {FIND}.shown.name === name", arg=name)


def index(lesson: Page) -> Any:
    return lesson.get_by_label("Index", exact=True)


def values(name: str) -> np.ndarray:
    return next(one.values for one in (*specimens(), video()) if one.name == name)


def test_a_typed_index_leaves_what_numpy_leaves(lesson: Page) -> None:
    for name, text in [
        ("video", "x[1, ::-4, 20, 5:60:11, 0]"),
        ("table", "x[-3:, :4]"),
        ("series", "x[2, :, None, -1]"),
        ("color", "x[7, 30, ::-9]"),
    ]:
        choose(lesson, name)
        index(lesson).fill(text)
        drawn = shown(lesson)
        wanted = eval(text, {"x": values(name)})
        assert drawn["kept"]["shape"] == list(wanted.shape)
        np.testing.assert_array_equal(drawn["first"], wanted.ravel()[:12].astype(float))
    index(lesson).fill("x[7, 64]")
    drawn = shown(lesson)
    assert drawn["error"] == {"code": "index.bounds", "at": 5}
    assert drawn["text"] == "x[7, 30, ::-9]"  # what could be read last is still shown
    expect(lesson.locator(".trouble mark")).to_have_text("64")
    expect(lesson.locator(".lb-sentence")).to_contain_text("Axis 1 has the length 64")


def test_hands_and_keys_slice(lesson: Page) -> None:
    lesson.get_by_label("samples, entry", exact=True).press("ArrowRight")
    assert shown(lesson)["text"] == "x[1, :, :, :]"
    lesson.get_by_label("height, from, as a number", exact=True).fill("10")
    lesson.get_by_label("height, to, as a number", exact=True).fill("20")
    lesson.get_by_label("width, step", exact=True).fill("-2")
    drawn = shown(lesson)
    assert drawn["text"] == "x[1, 10:20, 63::-2, :]"
    wanted = values("images")[1, 10:20, 63::-2, :]
    assert drawn["kept"]["shape"] == list(wanted.shape)
    lesson.get_by_label("channels: one entry or a part").select_option("one")
    assert shown(lesson)["kept"]["shape"] == [10, 32]
    box = lesson.locator("canvas[data-picture]").bounding_box()
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
    lesson.get_by_label("Kept as", exact=True).select_option("float32")
    lesson.get_by_label("height, as a number", exact=True).fill("33")
    drawn = shown(lesson)
    x = values("images").astype(np.float32) / np.float32(255)
    place = tuple(drawn["index"])
    assert place[1] == 33
    assert drawn["strides"] == list(x.strides)
    assert drawn["total"] == x.nbytes
    assert bytes(drawn["bytes"]) == x.tobytes()[drawn["address"] :][:4] == x[place].tobytes()
    view(lesson, "Batch")
    lesson.get_by_label("Batch size, as a number", exact=True).fill("7")
    lesson.locator("canvas[data-picture]").press("End")
    assert shown(lesson)["sizes"] == list(tensor.batch_sizes(24, 7))
    assert shown(lesson)["shape"] == [3, 64, 64, 1]
    view(lesson, "Type")
    lesson.get_by_label("Add to each, as a number", exact=True).fill("90")
    drawn = shown(lesson)
    gray = values("images")[2].ravel()
    assert drawn["uint8"] == tensor.add_uint8(gray, 90)[:40].tolist()
    assert drawn["wrapped"] == tensor.add_uint8(np.array([250], np.uint8), 90)[0]
    assert drawn["around"] == int((gray.astype(int) + 90 > 255).sum())
    lesson.get_by_label("Add to each, as a number", exact=True).fill("0")
    lesson.get_by_label("As float32", exact=True).select_option("standardized")
    np.testing.assert_allclose(
        shown(lesson)["float32"], tensor.standardized(gray)[:40], rtol=1e-6, atol=1e-7
    )
    view(lesson, "Order")
    drawn = shown(lesson)
    x = values("color")[2]
    turned, cut = x.transpose(2, 0, 1), x.reshape(3, 64, 64)
    assert drawn["strides"] == list(turned.strides)
    assert drawn["value"] == x[tuple(drawn["index"])] == turned[tuple(drawn["inTurned"])]
    assert drawn["value"] == cut[tuple(drawn["inCut"])]
    assert turned.ravel()[drawn["copied"]] == drawn["value"]


def test_a_film_plays_without_the_server(lesson: Page) -> None:
    choose(lesson, "video")
    lesson.wait_for_url(re.compile("tensor_video"))
    lesson.evaluate(
        "() => { const send = WebSocket.prototype.send; window.sent = 0;"
        " WebSocket.prototype.send = function (...p) { window.sent += 1; send.apply(this, p); };"
        " }"
    )
    picture = lesson.locator("canvas[data-picture]")
    picture.press("Home")
    picture.press("Space")
    lesson.wait_for_function(f"/x\\[0, (9|1\\d),/.test({FIND}.shown.text)")
    picture.press("Space")
    assert lesson.evaluate("window.sent") == 0
    # Picture, sentence and field speak of the same frame.
    text = shown(lesson)["text"]
    expect(lesson.locator(".lb-sentence")).to_contain_text(text)
    expect(index(lesson)).to_have_value(text)


def test_the_video_waits_for_the_answer_and_then_comes(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/tensors")
    page.locator("canvas[data-picture]").wait_for()
    offered = page.get_by_label("Tensor", exact=True).locator("option")
    expect(offered.nth(4)).to_be_disabled()
    page.get_by_role("button", name="5", exact=True).click()
    expect(offered.nth(4)).to_be_enabled()
    choose(page, "video")
    assert shown(page)["kept"]["shape"] == [64, 64, 1]


def test_a_link_with_everything_set_opens_the_identical_figure(
    browser: Browser, server: Server, lesson: Page
) -> None:
    choose(lesson, "table")
    index(lesson).fill("x[5:9, ::7]")
    choose(lesson, "video")
    index(lesson).fill("x[2, ::-3, 10:50:2]")
    for name, patch in {
        "Batch": [("Batch size, as a number", "2")],
        "Memory": [("frames, as a number", "17"), ("height, as a number", "3")],
        "Type": [("Picture, as a number", "9"), ("Add to each, as a number", "-40")],
        "Order": [],
    }.items():
        view(lesson, name)
        for label, value in patch:
            lesson.get_by_label(label, exact=True).fill(value)
    lesson.get_by_label("Question", exact=True).select_option("flip")
    lesson.locator("canvas[data-picture]").press("End")
    view(lesson, "Type")
    lesson.get_by_label("As float32", exact=True).select_option("standardized")
    view(lesson, "Batch")
    lesson.get_by_label("Last batch", exact=True).select_option("drop")
    lesson.wait_for_url(re.compile("last_drop"))
    other = open_stage(browser, server, lesson.url.removeprefix(f"{server.url}/"))
    other.wait_for_function(f"{FIND}.shown?.name === 'video'")
    for name in ("Batch", "Memory", "Type", "Order", "Slice"):
        view(lesson, name)
        view(other, name)
        figure = shown(lesson)
        assert figure == shown(other), name
        assert figure["view"] == {"Type": "types"}.get(name, name.lower())
    assert figure["text"] == "x[2, ::-3, 10:50:2]"
    choose(other, "table")
    assert shown(other)["text"] == "x[5:9, ::7]"
    other.context.close()


def test_back_moves_the_figure(lesson: Page) -> None:
    index(lesson).fill("x[3, :, 5]")
    lesson.wait_for_url(re.compile("indeximages"))
    first = shown(lesson)
    view(lesson, "Memory")
    lesson.wait_for_url(re.compile("view_memory"))
    lesson.go_back()
    lesson.wait_for_function(f"{FIND}.shown.view === 'slice'")
    assert shown(lesson) == first
    lesson.go_back()
    lesson.wait_for_function(f"{FIND}.shown.text === 'x[0]'")


def test_an_index_that_does_not_fit_is_named_and_not_replaced(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/tensors?answer=3&set=indeximages_x-5B99-5D")
    page.locator("canvas[data-picture]").wait_for()
    expect(page.locator(".lb-sentence")).to_contain_text("Axis 0 has the length 24; 99 is outside")
    expect(index(page)).to_have_value("x[99]")
    assert shown(page)["kept"]["shape"] == [24, 64, 64, 1]


def test_every_view_can_be_worked_without_a_mouse(lesson: Page) -> None:
    lesson.get_by_label("Tensor", exact=True).focus()
    lesson.keyboard.type("V")
    lesson.wait_for_function(f"{FIND}.shown.name === 'video'")
    to(lesson, "input:Index")  # the index: typed over what stands there
    lesson.keyboard.press("ControlOrMeta+a")
    lesson.keyboard.type("x[1, 2:9:3]")
    assert shown(lesson)["kept"]["shape"] == [3, 64, 64, 1]
    to(lesson, "input:frames, from")
    lesson.keyboard.press("ArrowRight")
    assert shown(lesson)["text"] == "x[1, 3:9:3, :, :, :]"
    to(lesson, "canvas:", back=True)
    lesson.keyboard.press("ArrowRight")
    assert shown(lesson)["text"] == "x[1, 1, :, :, :]"
    to(lesson, "button:Memory")
    lesson.keyboard.press("Enter")
    to(lesson, "input:height, as a number", back=True)
    lesson.keyboard.press("ControlOrMeta+a")
    lesson.keyboard.type("7")
    assert shown(lesson)["index"][2] == 7
    to(lesson, "button:Type")
    lesson.keyboard.press("Enter")
    to(lesson, "input:Add to each", back=True)
    before = shown(lesson)["add"]
    lesson.keyboard.press("ArrowLeft")
    assert shown(lesson)["add"] == before - 1
    to(lesson, "button:Order")
    lesson.keyboard.press("Enter")
    to(lesson, "select:Question", back=True)
    lesson.keyboard.press("ArrowDown")
    assert shown(lesson)["strides"] == [1, 40]
    to(lesson, "summary:In words and numbers")
    lesson.keyboard.press("Enter")
    expect(lesson.locator(".lb-twin-tables")).to_contain_text("transposed view")


FOCUSED = """() => { let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const name = at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText ?? "";
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
