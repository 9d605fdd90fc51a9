"""The training cycle in Chromium: walked, dragged, played and read, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.descent.cycle import initial
from core.descent.cycle_run import Update, batches, run
from data.samples.patches import cut_pool
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_home import MEDIAN_FPS

pytestmark = pytest.mark.browser


def turns(rate: float, *, kernels: int = 1, batch: int = 2, seed: int = 2) -> tuple[Update, ...]:
    pool = cut_pool(seed)
    return run(
        pool.values,
        pool.targets,
        order=batches(8, size=batch, updates=30, seed=seed),
        start=initial(kernels=kernels, side=8, seed=seed),
        rate=rate,
    )


def shown(page: Page) -> dict:
    return page.locator("canvas.picture").evaluate("(canvas) => canvas.shown")


def go(page: Page, step: int) -> None:
    box = page.locator(".lb-at-number")
    box.fill(str(step))
    box.press("Enter")


def open_lesson(page: Page, server: Server, query: str = "") -> Page:
    page.goto(f"{server.url}/cycle{query}")
    page.locator(".sentence", has_text="batch").wait_for()
    return page


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    """The lesson with its prediction made, opened once: what follows only walks in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    context.set_default_timeout(20_000)
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    open_lesson(page, server)
    page.get_by_role("button", name="it shrinks").click()
    expect(page.locator(".lb-of")).to_have_text("of 329")
    yield page, complaints
    context.close()


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    go(page, 0)
    page.locator(".patches button").first.click()
    yield page
    assert complaints.found == []


def test_the_step_is_hidden_until_predicted(page: Page, server: Server) -> None:
    open_lesson(page, server)
    page.locator("canvas.picture").press("End")
    assert shown(page)["step"] == 9
    expect(page.locator(".sentence")).to_contain_text("Answer the prediction")
    page.get_by_role("button", name="it grows").click()
    expect(page.locator(".lb-of")).to_have_text("of 329")
    page.locator("canvas.picture").press("ArrowRight")
    expect(page.locator(".formula")).to_contain_text("it shrank")


def disagreement(page: Page) -> float:
    return page.locator("canvas.picture").evaluate("(canvas) => canvas.disagreement")


def test_any_choice_is_answered_by_the_script_with_cores_numbers(
    page: Page, server: Server
) -> None:
    open_lesson(page, server, "?cycle_predict=1&cycle_set=kernels_2*batch_4*seed_5*rate_1")
    expect(page.get_by_text("With seed 5, 2 kernels and batches of 4")).to_be_visible()
    assert 0 <= disagreement(page) < 1e-9
    page.locator(".controls").get_by_role("button", name="1", exact=True).first.click()
    # At once, before the server could have said anything.
    now, expected = shown(page), turns(1.0, kernels=1, batch=4, seed=5)
    assert now["choices"] == {"kernels": 1, "batch": 4, "seed": 5, "rate": 1}
    np.testing.assert_allclose(
        now["losses"][:-1], [turn.pool_loss for turn in expected], rtol=1e-9, atol=1e-12
    )
    page.get_by_role("group", name="Patches in a batch").get_by_text("3").click()
    page.get_by_label("Seed").fill("7")
    now, expected = shown(page), turns(1.0, kernels=1, batch=3, seed=7)
    np.testing.assert_allclose(
        now["losses"][:-1], [turn.pool_loss for turn in expected], rtol=1e-9, atol=1e-12
    )
    assert now["gradient"] == pytest.approx(expected[0].back.gradient.kernels[0, 1, 1], abs=1e-12)
    expect(page.get_by_text("With seed 7, 1 kernel and batches of 3")).to_be_visible()
    assert 0 <= disagreement(page) < 1e-9
    # A reload and a link keep the choice; a reset forgets it.
    page.reload()
    expect(page.get_by_text("With seed 7, 1 kernel and batches of 3")).to_be_visible()
    assert shown(page)["choices"]["batch"] == 3
    page.get_by_role("button", name="Reset this page").click()
    expect(page.get_by_text("With seed 2, 1 kernel and batches of 2")).to_be_visible()
    assert shown(page)["choices"] == {"kernels": 1, "batch": 2, "seed": 2, "rate": 0.3}
    expect(page.locator(".sentence")).to_contain_text("batch")
    assert "cycle_set" not in page.url


def test_the_keyboard_alone_chooses_walks_and_drags(page: Page, server: Server) -> None:
    open_lesson(page, server, "?cycle_predict=1")
    page.locator(".phases button").first.focus()
    seen = {}
    for _ in range(40):
        name = page.evaluate(
            "() => { let e = document.activeElement; while (e.shadowRoot?.activeElement) "
            "e = e.shadowRoot.activeElement; return e.className + '|' + e.textContent; }"
        )
        before = shown(page)
        kind, _, text = name.partition("|")
        if kind.startswith("picture"):
            page.keyboard.press("ArrowRight")
            seen["walk"] = shown(page)["step"] != before["step"]
        elif kind == "rate":
            page.keyboard.press("ArrowRight")
            seen["rate"] = shown(page)["rate"] > before["rate"]
        elif kind == "seed":
            page.keyboard.press("ArrowUp")
            seen["seed"] = shown(page)["choices"]["seed"] == before["choices"]["seed"] + 1
        elif text in {"2", "4"} and not kind:
            page.keyboard.press("Enter")
            # Two kernels, then two patches a batch: the second is what the page opens with.
            changed = shown(page)["losses"] != before["losses"]
            seen[text] = seen.get(text, False) or changed
        if "seed" in seen:
            break
        page.keyboard.press("Tab")
    assert seen == {"walk": True, "rate": True, "seed": True, "2": True, "4": True}


def test_a_kernel_weights_gradient_is_the_sum_that_is_drawn(lesson: Page) -> None:
    go(lesson, 9)
    picker = lesson.locator(".picker")
    picker.focus()
    gradient = turns(0.3)[0].back.gradient.kernels[0]
    for key, (row, column) in [
        ("ArrowUp", (0, 1)), ("ArrowLeft", (0, 0)), ("ArrowDown", (1, 0)), ("ArrowRight", (1, 1)),
    ]:  # fmt: skip
        picker.press(key)
        now = shown(lesson)
        assert now["weight"] == 3 * row + column
        assert now["total"] == pytest.approx(now["gradient"], abs=1e-12)
        assert now["gradient"] == pytest.approx(gradient[row, column], abs=1e-12)
        expect(lesson.locator(".formula")).to_contain_text(f"k[{row + 1},{column + 1}]")


def test_arrow_keys_walk_both_ways_and_from_update_to_update(lesson: Page) -> None:
    canvas = lesson.locator("canvas.picture")
    canvas.press("ArrowRight")
    assert shown(lesson)["step"] == 1
    canvas.press("ArrowLeft")
    assert shown(lesson)["step"] == 0
    canvas.press("ArrowDown")
    expect(lesson.locator(".at")).to_have_text("Update 2 of 30")
    lesson.get_by_role("button", name="4 Gradient back").click()
    assert shown(lesson)["step"] == 6


def test_pressing_a_patch_shows_its_numbers(lesson: Page) -> None:
    go(lesson, 4)
    logits = turns(0.3)[0].done.logits
    assert shown(lesson)["logit"] == pytest.approx(logits[0])
    lesson.locator(".patches button").nth(1).click()
    assert shown(lesson)["logit"] == pytest.approx(logits[1])


def test_numbers_stand_in_the_cells(lesson: Page) -> None:
    go(lesson, 1)
    lesson.wait_for_timeout(600)
    # Patch, kernel and sums.
    assert lesson.locator("canvas.picture").evaluate("(c) => c.printed") == 64 + 9 + 36


def test_the_words_hold_the_same_numbers(lesson: Page) -> None:
    go(lesson, 1)
    lesson.get_by_text("This picture in words and numbers").click()
    cells = lesson.locator(".tables table").nth(2).locator("td")
    expect(cells).to_have_count(36)
    expected = turns(0.3)[0].done.sums[0, 0].ravel()
    said = [float(text.replace("\N{MINUS SIGN}", "-")) for text in cells.all_inner_texts()]
    np.testing.assert_allclose(said, expected, atol=6e-4)


def test_it_plays_at_the_screens_pace_without_asking_the_server(lesson: Page) -> None:
    # Until the comparison with TensorFlow stands, the page asks for it every other second.
    agrees = lesson.get_by_text("TensorFlow's tape: agrees.")
    expect(agrees).to_be_visible(timeout=60_000)
    lesson.wait_for_timeout(500)
    lesson.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (...a) { window.sent += 1; send.apply(this, a); }; }"
    )
    lesson.locator(".lb-speed").select_option("4")
    lesson.get_by_role("button", name="Play", exact=True).click()
    fps = lesson.locator("canvas.picture").evaluate(MEDIAN_FPS)
    sent = lesson.evaluate("window.sent")
    lesson.get_by_role("button", name="Pause", exact=True).click()
    assert sent == 0
    assert fps >= 55, f"{fps:.1f} frames a second"
    assert shown(lesson)["update"] * 11 + shown(lesson)["step"] >= 4


def test_a_dragged_learning_rate_redraws_with_cores_numbers(lesson: Page) -> None:
    go(lesson, 5 * 11 + 10)
    # As a drag does: input without change, so that the server is not asked.
    lesson.locator(".rate").evaluate(
        "(e) => { e.value = '90'; e.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    now, expected = shown(lesson), turns(1.0)
    assert now["rate"] == 1.0
    assert now["updates"] == len(expected)
    np.testing.assert_allclose(
        now["losses"][:-1], [turn.pool_loss for turn in expected], rtol=1e-6, atol=1e-9
    )
    turn = expected[5]
    assert now["gradient"] == pytest.approx(turn.back.gradient.kernels[0, 1, 1], abs=1e-9)
    assert now["after"] == pytest.approx(turn.after.kernels[0, 1, 1], abs=1e-9)


def test_typed_nonsense_gets_advice(lesson: Page) -> None:
    number = lesson.locator(".rate-number")
    number.fill("1000000")
    number.press("Enter")
    expect(lesson.locator(".advice")).to_contain_text("was set to 10")
    number.fill("0")
    number.press("Enter")
    expect(lesson.locator(".advice")).to_contain_text("nothing moves")
    number.fill("")
    number.press("Enter")
    expect(number).to_have_value("0")
