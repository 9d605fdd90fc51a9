"""Pooling in Chromium: slid, dragged, typed into, moved and played, by mouse and by keyboard."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.ops import pooling
from core.ops.pooling import KINDS, Window, backward, pool
from data.samples.pictures import samples
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

SIDE = 16
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"


def picture() -> np.ndarray:
    return samples()[0].make(SIDE).astype(np.float64)


def numbers(page: Page, code: str) -> Any:
    """What a property of the running lesson holds after two frames; typed arrays as lists."""
    return page.locator("canvas.lb-canvas").evaluate(
        "(canvas) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>"
        f" done(JSON.parse(JSON.stringify((({code}))(canvas.lesson),"
        " (_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v === Infinity ? 'inf' : v))))))"
    )


def view(page: Page, name: str) -> None:
    page.locator(f".views button[data-value={name}]").click()


def go(page: Page, step: int) -> None:
    box = page.locator(".lb-at-number")
    box.fill(str(step))
    box.press("Enter")


def said(page: Page) -> Any:
    return expect(page.locator(".lb-sentence"))


def slide_to(page: Page, name: str, value: int) -> None:
    """As a drag does: an input event without a change."""
    page.locator(f"[data-field={name}] input[type=range]").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(value),
    )


def set_window(page: Page, size: int, stride: int, padding: str = "valid") -> Window:
    slide_to(page, "size", size)
    slide_to(page, "stride", stride)
    page.get_by_label("Edge", exact=True).select_option(padding)
    return Window(size=size, stride=stride, padding=padding)


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    """The lesson with its prediction made, opened once: what follows only works in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    page.goto(f"{server.url}/pooling?pooling_side={SIDE}")
    page.locator(".lb-sentence", has_text="window").wait_for()
    view(page, "shift")
    # Nothing of the answer is drawn or written before there is one.
    said(page).to_contain_text("Answer the question")
    expect(page.locator(".lb-of")).to_have_text("of 0")
    box = page.locator(".lb-stage").bounding_box()
    page.get_by_role("button", name="max pooling", exact=True).click()
    expect(page.locator(".lb-of")).to_have_text("of 16")
    assert page.locator(".lb-stage").bounding_box() == box
    yield page, complaints
    context.close()


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    view(page, "slide")
    set_window(page, 2, 2)
    yield page
    assert complaints.found == []


def test_arrows_walk_and_the_formula_holds_the_numbers(lesson: Page) -> None:
    canvas = lesson.locator("canvas.lb-canvas")
    go(lesson, 0)
    canvas.press("ArrowRight")
    canvas.press("ArrowDown")
    canvas.press("ArrowDown")
    done = pool(picture(), Window())
    said(lesson).to_contain_text("output row 3, column 2")
    row, column = divmod(int(done.winners[2, 1]), SIDE)
    said(lesson).to_contain_text(f"row {row + 1}, column {column + 1}.")
    window = picture()[4:6, 2:4].ravel()
    listed = ", ".join(f"{v:.0f}" for v in window)
    said(lesson).to_contain_text(f"max {{ {listed} }} = {window.max():.0f};")
    said(lesson).to_contain_text(f"⌊({SIDE} {MINUS} 2) / 2⌋ + 1 = 8")
    assert canvas.get_attribute("aria-label").count(f"= {window.max():.0f}")


def test_a_pressed_output_cell_is_the_current_one(lesson: Page) -> None:
    canvas = lesson.locator("canvas.lb-canvas")
    box = numbers(
        lesson,
        "(l) => { const { left, top, unit } = l.places.outputs[1]; return { left, top, unit }; }",
    )
    canvas.click(
        position={"x": box["left"] + 5.5 * box["unit"], "y": box["top"] + 2.5 * box["unit"]}
    )
    said(lesson).to_contain_text("output row 3, column 6")


def test_a_dragged_window_redraws_with_cores_numbers(lesson: Page) -> None:
    for size, stride, padding in [(3, 2, "same"), (5, 1, "valid"), (2, 3, "valid")]:
        window = set_window(lesson, size, stride, padding)
        for kind in KINDS:
            ours = pool(picture(), window, kind=kind)
            theirs = numbers(lesson, f"(l) => l.scene.pooled('{kind}').values")
            np.testing.assert_allclose(theirs, ours.values.ravel(), rtol=1e-12)
    expect(lesson.locator(".advice")).to_contain_text("read by no window")
    unread = int((pooling.reads((SIDE, SIDE), window) == 0).sum())
    expect(lesson.locator(".advice")).to_contain_text(f"{unread} of {SIDE * SIDE}")
    set_window(lesson, 3, 2)
    expect(lesson.locator(".advice")).to_contain_text("1 row at the bottom and 1 column")


def test_a_typed_gradient_comes_back_to_the_winner_and_spreads(lesson: Page) -> None:
    window = set_window(lesson, 3, 2, "same")
    view(lesson, "gradient")
    lesson.get_by_role("button", name="mixed").click()
    go(lesson, 11)
    cell = lesson.locator(".cell-gradient")
    expect(lesson.get_by_text("Gradient of cell 2, 3")).to_be_visible()
    cell.fill("-2.5")
    cell.press("Enter")
    push = np.array(numbers(lesson, "(l) => l.gradient")).reshape(8, 8)
    assert push[1, 2] == -2.5
    go(lesson, 64)
    for index, kind in enumerate(("max", "average")):
        ours = backward(pool(picture(), window, kind=kind), push)
        theirs = numbers(lesson, f"(l) => l.scene.known.back.maps[{index}].values")
        np.testing.assert_allclose(theirs, ours.ravel(), atol=1e-12)
    cell.fill("a third")
    cell.press("Enter")
    expect(lesson.locator(".advice")).to_contain_text("“a third” is not a number")
    assert np.array(numbers(lesson, "(l) => l.gradient"))[63] == push[7, 7]
    lesson.get_by_role("button", name="all 1").click()
    expect(lesson.locator(".advice")).to_have_count(0)


def test_a_moved_map_changes_by_what_core_measures(lesson: Page) -> None:
    window = set_window(lesson, 2, 2)
    view(lesson, "shift")
    for along in (False, True):
        lesson.get_by_label("Compare", exact=True).select_option("along" if along else "place")
        curve = numbers(lesson, f"(l) => l.scene.curve({str(along).lower()}).curves")
        for kind, t in itertools.product(KINDS, range(17)):
            ours = pooling.shift_change(picture(), window, t, kind=kind, along=along)
            assert curve[kind][t] == pytest.approx(ours, abs=1e-9)
            now = numbers(lesson, "(l) => l.scene.moved(l.transport.index, l.along)")
        assert now["change"]["max"] == pytest.approx(curve["max"][now["t"]], abs=1e-9)
    go(lesson, 3)
    share = f"{100 * curve['max'][3]:.0f}{NBSP}%"
    said(lesson).to_contain_text(f"max differs by {share}")
    go(lesson, 4)
    said(lesson).to_contain_text(f"max differs by 0{NBSP}%")
    said(lesson).to_contain_text("Equivariance: where the map moves by whole strides")
    lesson.get_by_label("Compare", exact=True).select_option("place")


def test_what_is_lost_and_what_halving_keeps(lesson: Page) -> None:
    set_window(lesson, 2, 2)
    view(lesson, "loss")
    go(lesson, 2)
    shown = numbers(lesson, "(l) => l.scene.trips(l.transport.index)")
    ways = [(trip["kind"], trip["how"]) for trip in shown]
    assert ways == [("max", "switches"), *((kind, "nearest") for kind in KINDS)]
    for trip in shown:
        ours = pooling.round_trip(picture(), Window(), kind=trip["kind"], how=trip["how"], rounds=2)
        np.testing.assert_allclose(trip["values"], ours.ravel(), rtol=1e-12)
        assert trip["error"] == pytest.approx(pooling.relative_change(picture(), ours))
    view(lesson, "halving")
    said(lesson).to_contain_text(f"16{TIMES}16 → 8{TIMES}8 → 4{TIMES}4 → 2{TIMES}2 → 1{TIMES}1")
    go(lesson, 3)
    said(lesson).to_contain_text(f"4 numbers, 1.6{NBSP}% of the first map")
    said(lesson).to_contain_text(f"each stands for 8 {TIMES} 8 pixels")


def test_it_plays_without_asking_the_server(lesson: Page) -> None:
    lesson.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (...a) { window.sent += 1; send.apply(this, a); }; }"
    )
    for name in ("slide", "gradient"):
        view(lesson, name)
        go(lesson, 0)
        lesson.get_by_role("button", name="Play", exact=True).click()
        canvas = lesson.locator("canvas.lb-canvas").element_handle()
        begun, going = (f"(c) => c.lesson.transport.position > {at}" for at in (2.2, 4.2))
        lesson.wait_for_function(begun, arg=canvas)  # what was set before is told by now
        before = lesson.evaluate("window.sent")
        lesson.wait_for_function(going, arg=canvas)
        assert lesson.evaluate("window.sent") == before
        lesson.get_by_role("button", name="Pause", exact=True).click()
        at, shown = numbers(lesson, "(l) => [l.transport.index, l.surface.canvas.frames]")
        assert at >= 2
        assert shown > 10


def test_the_words_hold_the_same_numbers(lesson: Page) -> None:
    go(lesson, 0)
    words = lesson.get_by_text("In words and numbers")
    words.click()
    tables = lesson.locator(".lb-twin-tables table")
    expect(tables).to_have_count(4)
    cells = tables.nth(1).locator("td")
    expect(cells).to_have_count(64)
    said = [float(text) for text in cells.all_inner_texts()]
    np.testing.assert_allclose(said, pool(picture(), Window()).values.ravel())
    words.click()


def test_a_reload_keeps_what_was_set_and_nonsense_is_left_out(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/pooling?answer=1&set=view_halving*size_median*kind_median*typed_1_x")
    page.locator(".lb-sentence", has_text=f"28{TIMES}28 → 14{TIMES}14 → 7{TIMES}7").wait_for()
    assert numbers(page, "(l) => [l.window.size, l.kind]") == [2, "max"]
    typed = page.get_by_label("Window, as a number", exact=True)
    typed.fill("3")
    typed.fill("12")
    expect(page.locator(".advice")).to_contain_text("12 is outside of 1 to 8; 8 was taken")
    slide_to(page, "size", 4)
    page.wait_for_url("**size_4**")
    page.reload()
    page.locator(".lb-sentence", has_text=f"28{TIMES}28 → 13{TIMES}13").wait_for()
    assert numbers(page, "(l) => [l.view, l.window.size, l.window.stride]") == ["halving", 4, 2]


def test_a_window_that_does_not_fit_is_advice(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/pooling?pooling_subject=Your+numbers&answer=0&set=size_6")
    page.locator(".advice", has_text="does not fit").wait_for()
    expect(page.locator(".advice")).to_contain_text(
        f"6 {TIMES} 6 does not fit a map of 5 {TIMES} 5"
    )
    for name in ("gradient", "shift", "loss", "halving", "global", "slide"):
        view(page, name)
    page.get_by_label("Edge", exact=True).select_option("same")
    said(page).to_contain_text("Pads among its cells")
    set_window(page, 2, 2)
    go(page, 0)
    # All four are negative: padding or a fixed beginning would show as another maximum.
    said(page).to_contain_text(f"max {{ {MINUS}9, {MINUS}4, {MINUS}3, {MINUS}6 }} = {MINUS}3")
    assert numbers(page, "(l) => l.brush.printed") > 25


def test_weight_times_mean_summed_is_the_logit_that_is_shown(page: Page, server: Server) -> None:
    page.goto(
        f"{server.url}/pooling?pooling_subject=Feature+map&network=zoo:resnet"
        "&answer=0&set=view_global"
    )
    page.locator(".lb-sentence", has_text="ResNet").wait_for()
    said(page).to_contain_text(f"ResNet, untrained: 64 maps of 8 {TIMES} 8")
    total, bias, logit = numbers(page, "({ lastMaps: m }) => [m.sums[64], m.bias, m.logit]")
    cam = numbers(page, "(l) => l.lastMaps.activation.values")
    assert total + bias == pytest.approx(logit, abs=1e-6)
    assert np.mean(cam) + bias == pytest.approx(logit, abs=1e-6)
    go(page, 1)
    assert numbers(page, "(l) => l.lastMaps.sums[l.transport.index]") != total


def test_a_link_with_everything_set_opens_the_identical_figure_and_back_moves_it(
    browser: Browser, server: Server, page: Page
) -> None:
    figure = (
        "(l) => [l.view, l.window, l.transport.index, l.along, l.kind, l.map.values,"
        " l.scene.fits && l.scene.pooled(l.kind).values, l.gradient]"
    )
    page.goto(f"{server.url}/pooling?pooling_subject=Your+numbers&answer=0")
    page.locator(".lb-sentence", has_text="window").wait_for()
    set_window(page, 3, 1, "same")
    view(page, "shift")
    page.get_by_label("Compare", exact=True).select_option("along")
    page.wait_for_url("**compare_along**")
    view(page, "halving")
    page.get_by_label("Keep", exact=True).select_option("average")
    page.wait_for_url("**kind_average**")
    view(page, "gradient")
    page.get_by_role("button", name="mixed").click()
    go(page, 7)
    page.wait_for_url("**sent_7**")
    before = numbers(page, figure)
    cell = page.locator(".cell-gradient")
    cell.fill("-2.5")
    cell.press("Enter")
    page.wait_for_url("**typed_6_-2.5**")
    shown = numbers(page, figure)
    assert (shown[2], shown[7][6]) == (7, -2.5)
    other = open_stage(browser, server, page.url.removeprefix(f"{server.url}/"))
    other.locator(".lb-sentence", has_text="sends back").wait_for()
    assert numbers(other, figure) == shown
    other.context.close()
    page.go_back()
    page.wait_for_url(lambda url: "typed_" not in url)
    assert numbers(page, figure) == before


def test_another_window_forgets_gradients_that_were_typed_for_the_old_one(lesson: Page) -> None:
    view(lesson, "gradient")
    go(lesson, 1)
    lesson.locator(".cell-gradient").fill("5")
    lesson.locator(".cell-gradient").press("Enter")
    assert numbers(lesson, "(l) => l.gradient")[0] == 5
    set_window(lesson, 4, 4)
    assert numbers(lesson, "(l) => l.gradient") == [1] * 16
