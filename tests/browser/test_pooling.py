"""Pooling in Chromium: slid, dragged, typed into, moved and played, by mouse and by keyboard."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.ops import pooling
from core.ops.pooling import KINDS, Window, backward, pool
from data.samples.pictures import samples
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_home import MEDIAN_FPS

pytestmark = pytest.mark.browser

SIDE = 16
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"


def picture() -> np.ndarray:
    return samples()[0].make(SIDE).astype(np.float64)


def numbers(page: Page, code: str) -> Any:
    """What a property of the running lesson holds; typed arrays as lists."""
    return page.locator("canvas.picture").evaluate(
        f"(canvas) => JSON.parse(JSON.stringify((({code}))(canvas.lesson),"
        " (_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v === Infinity ? 'inf' : v))"
    )


def view(page: Page, name: str) -> None:
    page.locator(f".views button[data-view={name}]").click()


def go(page: Page, step: int) -> None:
    box = page.locator(".lb-at-number")
    box.fill(str(step))
    box.press("Enter")


def slide_to(page: Page, name: str, value: int) -> None:
    """As a drag does: an input event without a change."""
    page.locator(f"input.{name}").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(value),
    )


def set_window(page: Page, size: int, stride: int, padding: str = "valid") -> Window:
    slide_to(page, "size", size)
    slide_to(page, "stride", stride)
    page.locator("select.padding").select_option(padding)
    return Window(size=size, stride=stride, padding=padding)


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    """The lesson with its prediction made, opened once: what follows only works in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    context.set_default_timeout(20_000)
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    page.goto(f"{server.url}/pooling?pooling_side={SIDE}")
    page.locator(".sentence", has_text="window").wait_for()
    view(page, "shift")
    # Nothing of the answer is drawn or written before there is one.
    expect(page.locator(".sentence")).to_contain_text("Answer the prediction")
    expect(page.locator(".lb-of")).to_have_text("of 0")
    page.get_by_role("button", name="max pooling", exact=True).click()
    expect(page.locator(".lb-of")).to_have_text("of 16")
    yield page, complaints
    context.close()


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    view(page, "slide")
    set_window(page, 2, 2)
    yield page
    assert complaints.found == []


def test_the_script_computes_what_core_computes(lesson: Page) -> None:
    rng = np.random.default_rng(0)
    cases = []
    for height, width in [(1, 1), (5, 4), (7, 12), (12, 9)]:
        given = {
            "plain": rng.standard_normal((height, width)),
            "negative": -200_000 - rng.random((height, width)),
            "ties": rng.integers(-1, 2, (height, width)).astype(float),
        }
        for name, size, stride, padding, kind in itertools.product(
            given, (1, 2, 3, 5, 8), (1, 2, 3, 4), ("valid", "same"), KINDS
        ):
            fits = padding == "same" or min(height, width) >= size
            cases.append(
                (given[name], Window(size=size, stride=stride, padding=padding), kind, fits)
            )
    asked = [
        {
            "values": values.ravel().tolist(), "height": values.shape[0], "width": values.shape[1],
            "size": window.size, "stride": window.stride, "padding": window.padding, "kind": kind,
        }
        for values, window, kind, _ in cases
    ]  # fmt: skip
    found = lesson.locator("canvas.picture").evaluate(
        "(canvas, asked) => asked.map((one) => canvas.lesson.compute(one))", asked
    )
    assert len(found) == len(cases) > 1000
    for (values, window, kind, fits), theirs in zip(cases, found, strict=True):
        if not fits:
            assert theirs is None
            continue
        ours = pool(values, window, kind=kind)
        same = {"rtol": 1e-12, "atol": 1e-9}
        np.testing.assert_allclose(theirs["values"], ours.values.ravel(), **same)
        if ours.winners is None:
            assert theirs["winners"] is None
        else:
            assert theirs["winners"] == ours.winners.ravel().tolist()
            again = pooling.unpool(ours, how="switches")
            np.testing.assert_allclose(theirs["switches"], again.ravel(), **same)
        np.testing.assert_allclose(theirs["back"], backward(ours, ours.values).ravel(), rtol=1e-9)
        nearest = pooling.unpool(ours, how="nearest")
        np.testing.assert_allclose(theirs["nearest"], nearest.ravel(), **same)
        assert theirs["reads"] == pooling.reads(values.shape, window).ravel().tolist()
        for level, expected in zip(
            theirs["levels"], pooling.pyramid(values, window, kind=kind), strict=True
        ):
            np.testing.assert_allclose(level, expected.values.ravel(), **same)


def test_arrows_walk_and_the_formula_holds_the_numbers(lesson: Page) -> None:
    canvas = lesson.locator("canvas.picture")
    go(lesson, 0)
    canvas.press("ArrowRight")
    canvas.press("ArrowDown")
    canvas.press("ArrowDown")
    done = pool(picture(), Window())
    expect(lesson.locator(".sentence")).to_contain_text("output row 3, column 2")
    row, column = divmod(int(done.winners[2, 1]), SIDE)
    expect(lesson.locator(".sentence")).to_contain_text(f"row {row + 1}, column {column + 1}.")
    window = picture()[4:6, 2:4].ravel()
    listed = ", ".join(f"{v:.0f}" for v in window)
    expect(lesson.locator(".formula")).to_contain_text(f"max {{ {listed} }} = {window.max():.0f};")
    expect(lesson.locator(".formula")).to_contain_text(f"⌊({SIDE} {MINUS} 2) / 2⌋ + 1 = 8 windows")
    assert canvas.get_attribute("aria-label").count(f"= {window.max():.0f}")


def test_a_pressed_output_cell_is_the_current_one(lesson: Page) -> None:
    canvas = lesson.locator("canvas.picture")
    box = numbers(
        lesson,
        "(l) => { const { left, top, unit } = l.boxes.outputs[1]; return { left, top, unit }; }",
    )
    canvas.click(
        position={"x": box["left"] + 5.5 * box["unit"], "y": box["top"] + 2.5 * box["unit"]}
    )
    expect(lesson.locator(".sentence")).to_contain_text("output row 3, column 6")


def test_a_dragged_window_redraws_with_cores_numbers(lesson: Page) -> None:
    for size, stride, padding in [(3, 2, "same"), (5, 1, "valid"), (2, 3, "valid")]:
        window = set_window(lesson, size, stride, padding)
        for kind in KINDS:
            ours = pool(picture(), window, kind=kind)
            theirs = numbers(lesson, f"(l) => l.pooled.{kind}.values")
            np.testing.assert_allclose(theirs, ours.values.ravel(), rtol=1e-12)
    expect(lesson.locator(".advice")).to_contain_text("read by no window")
    unread = int((pooling.reads((SIDE, SIDE), window) == 0).sum())
    expect(lesson.locator(".advice")).to_contain_text(f"{unread} of {SIDE * SIDE}")
    set_window(lesson, 3, 2)
    expect(lesson.locator(".advice")).to_contain_text("1 rows at the bottom and 1 columns")


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
    lesson.wait_for_function(
        "(c) => c.lesson.back?.upto === 64", arg=lesson.locator("canvas.picture").element_handle()
    )
    for index, kind in enumerate(("max", "average")):
        ours = backward(pool(picture(), window, kind=kind), push)
        theirs = numbers(lesson, f"(l) => l.back.maps[{index}].values")
        np.testing.assert_allclose(theirs, ours.ravel(), atol=1e-12)
    cell.fill("a third")
    cell.press("Enter")
    expect(lesson.locator(".advice")).to_contain_text("“a third” is not a number")
    assert np.array(numbers(lesson, "(l) => l.gradient"))[63] == push[7, 7]
    lesson.get_by_role("button", name="all 1").click()
    expect(lesson.locator(".advice")).to_have_text("")


def test_a_moved_map_changes_by_what_core_measures(lesson: Page) -> None:
    window = set_window(lesson, 2, 2)
    view(lesson, "shift")
    map_itself = [
        pooling.relative_change(picture(), pooling.shifted(picture(), t)) for t in range(17)
    ]
    # Windows that overlap, that the edge cuts, and that leave gaps.
    for size, stride, padding in [(3, 1, "same"), (5, 3, "same"), (8, 5, "valid"), (3, 2, "valid")]:
        other = set_window(lesson, size, stride, padding)
        for along in (False, True):
            lesson.locator("select.along").select_option("along" if along else "")
            curve = numbers(lesson, "(l) => l.curve")
            assert curve["picture"] == pytest.approx([0] * 17 if along else map_itself, abs=1e-9)
            for kind in KINDS:
                ours = [
                    pooling.shift_change(picture(), other, t, kind=kind, along=along)
                    for t in range(17)
                ]
                assert curve[kind] == pytest.approx(ours, abs=1e-9)
    set_window(lesson, 2, 2)
    for along in (False, True):
        lesson.locator("select.along").select_option("along" if along else "")
        curve = numbers(lesson, "(l) => l.curve")
        assert [len(curve[kind]) for kind in KINDS] == [17] * 3
        for kind, t in itertools.product(KINDS, range(17)):
            ours = pooling.shift_change(picture(), window, t, kind=kind, along=along)
            assert curve[kind][t] == pytest.approx(ours, abs=1e-9)
    assert curve["max"][::2] == [0] * 9  # by whole strides the output only moves along
    assert min(curve["max"][1::2]) > 0.1
    go(lesson, 3)
    said = f"max differs by {100 * curve['max'][3]:.0f} %"
    expect(lesson.locator(".sentence")).to_contain_text(said)
    lesson.locator("select.along").select_option("")


def test_what_is_lost_and_what_halving_keeps(lesson: Page) -> None:
    set_window(lesson, 2, 2)
    view(lesson, "loss")
    go(lesson, 2)
    shown = numbers(lesson, "(l) => l.tripsShown()")
    ways = [(trip["kind"], trip["how"]) for trip in shown]
    assert ways == [("max", "switches"), *((kind, "nearest") for kind in KINDS)]
    for trip in shown:
        ours = pooling.round_trip(picture(), Window(), kind=trip["kind"], how=trip["how"], rounds=2)
        np.testing.assert_allclose(trip["values"], ours.ravel(), rtol=1e-12)
        assert trip["error"] == pytest.approx(pooling.relative_change(picture(), ours))
    view(lesson, "halving")
    expect(lesson.locator(".sentence")).to_have_text(
        f"16{TIMES}16 → 8{TIMES}8 → 4{TIMES}4 → 2{TIMES}2 → 1{TIMES}1"
    )
    go(lesson, 3)
    expect(lesson.locator(".formula")).to_contain_text("4 numbers, 1.6 % of the first map")
    expect(lesson.locator(".formula")).to_contain_text(f"each stands for 8 {TIMES} 8 pixels")


def test_it_plays_at_the_screens_pace_without_asking_the_server(lesson: Page) -> None:
    lesson.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (...a) { window.sent += 1; send.apply(this, a); }; }"
    )
    for name in ("slide", "gradient"):
        view(lesson, name)
        go(lesson, 0)
        lesson.get_by_role("button", name="Play", exact=True).click()
        fps = lesson.locator("canvas.picture").evaluate(MEDIAN_FPS)
        lesson.get_by_role("button", name="Pause", exact=True).click()
        assert fps >= 55, f"{name}: {fps:.1f} frames a second"
        assert numbers(lesson, "(l) => l.transport.index") >= 2
    assert lesson.evaluate("window.sent") == 0


def test_the_words_hold_the_same_numbers(lesson: Page) -> None:
    go(lesson, 0)
    words = lesson.get_by_text("This picture in words and numbers")
    words.click()
    tables = lesson.locator(".tables table")
    expect(tables).to_have_count(4)
    cells = tables.nth(1).locator("td")
    expect(cells).to_have_count(64)
    said = [float(text) for text in cells.all_inner_texts()]
    np.testing.assert_allclose(said, pool(picture(), Window()).values.ravel())
    words.click()


def test_a_reload_keeps_what_was_set_and_nonsense_is_left_out(page: Page, server: Server) -> None:
    page.goto(
        f"{server.url}/pooling?pooling_predict=1&pooling_set=view_halving*size_99*kind_median"
    )
    page.locator(".sentence", has_text=f"28{TIMES}28 → 14{TIMES}14 → 7{TIMES}7").wait_for()
    assert numbers(page, "(l) => [l.size, l.kind]") == [2, "max"]
    page.locator(".size-number").fill("3")
    page.locator(".size-number").press("Enter")
    page.locator(".size-number").fill("12")
    page.locator(".size-number").press("Enter")
    expect(page.locator(".advice")).to_contain_text("12 is outside of 1 to 8; 8 was taken")
    slide_to(page, "size", 4)
    page.wait_for_url("**size_4**")
    page.reload()
    page.locator(".sentence", has_text=f"28{TIMES}28 → 13{TIMES}13").wait_for()
    assert numbers(page, "(l) => [l.view, l.size, l.stride]") == ["halving", 4, 2]


def test_a_window_that_does_not_fit_is_advice(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/pooling?pooling_subject=Your+numbers&pooling_set=size_6")
    page.locator(".advice", has_text="does not fit").wait_for()
    expect(page.locator(".advice")).to_contain_text(
        f"6 {TIMES} 6 does not fit a map of 5 {TIMES} 5"
    )
    for name in ("gradient", "shift", "loss", "halving", "global", "slide"):
        view(page, name)
    page.locator("select.padding").select_option("same")
    expect(page.locator(".sentence")).to_contain_text("of its cells are pads")
    set_window(page, 2, 2)
    go(page, 0)
    # All four are negative: padding or a fixed beginning would show as another maximum.
    expect(page.locator(".formula")).to_contain_text(
        f"max {{ {MINUS}9, {MINUS}4, {MINUS}3, {MINUS}6 }} = {MINUS}3"
    )
    assert numbers(page, "(l) => l.canvas.printed") > 25


def test_weight_times_mean_summed_is_the_logit_that_is_shown(page: Page, server: Server) -> None:
    page.goto(
        f"{server.url}/pooling?pooling_subject=Feature+map&pooling_network=ResNet,+untrained"
        "&pooling_set=view_global"
    )
    page.locator(".sentence", has_text="ResNet").wait_for()
    expect(page.locator(".sentence")).to_contain_text(f"ResNet, untrained: 64 maps of 8 {TIMES} 8")
    total, bias, logit, cam = numbers(
        page, "(l) => [l.running(64), l.global.bias, l.global.logit, l.activationMap()]"
    )
    assert total + bias == pytest.approx(logit, abs=1e-6)
    assert np.mean(cam) + bias == pytest.approx(logit, abs=1e-6)
    go(page, 1)
    assert json.loads(json.dumps(numbers(page, "(l) => l.running(1)"))) != total
