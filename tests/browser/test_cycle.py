"""The training cycle in Chromium: walked, dragged, played and read, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.descent.cycle import initial
from core.descent.cycle_run import Update, batches, run
from dashboard.lessons.cycle.lesson import CENTER
from data.samples.patches import cut_pool
from tests.browser.conftest import Complaints, Server, present, watch

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
    return page.locator("[data-picture]").evaluate("(canvas) => canvas.shown")


def go(page: Page, step: int) -> None:
    box = page.locator(".lb-at-number")
    box.fill(str(step))
    box.press("Enter")


def open_lesson(page: Page, server: Server, query: str = "") -> Page:
    page.goto(f"{server.url}/cycle{query}")
    page.locator(".lb-sentence", has_text="Update").wait_for()
    return page


@pytest.fixture(scope="module")
def opened(browser: Browser, server: Server) -> Iterator[tuple[Page, Complaints]]:
    """The lesson with its prediction made, opened once: what follows only walks in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    open_lesson(page, server)
    page.get_by_role("button", name="it shrinks", exact=True).click()
    expect(page.locator(".lb-transport .lb-of")).to_have_text("of 329")
    yield page, complaints
    context.close()


def set_patch(page: Page, number: int) -> None:
    page.get_by_label("Patch shown, as a number").fill(str(number))


@pytest.fixture
def lesson(opened: tuple[Page, Complaints]) -> Iterator[Page]:
    page, complaints = opened
    go(page, 0)
    set_patch(page, 1)
    yield page
    assert complaints.found == []


def test_the_step_is_hidden_until_predicted(page: Page, server: Server) -> None:
    open_lesson(page, server)
    page.locator("[data-picture]").press("End")
    expect(page.locator(".lb-sentence")).to_contain_text("comes with the answer")
    assert shown(page)["step"] == 9
    page.get_by_role("button", name="it grows").click()
    expect(page.locator(".lb-transport .lb-of")).to_have_text("of 329")
    page.locator("[data-picture]").press("ArrowRight")
    expect(page.locator(".lb-sentence .formula")).to_contain_text("it shrank")


def expect_told(page: Page, *, rate: float = 0.3, **choices: int) -> None:
    """The server has drawn the reasons of this run: its gradient stands in the formula."""
    gradient = float(turns(rate, **choices)[0].back.gradient.kernels[CENTER])
    formula = page.locator("annotation", has_text=f"= {gradient:.4f}")
    expect(formula).not_to_have_count(0)


def disagreement(page: Page) -> float:
    return page.locator("[data-picture]").evaluate("(canvas) => canvas.disagreement")


def test_any_choice_is_answered_by_the_script_with_cores_numbers(
    page: Page, server: Server
) -> None:
    open_lesson(page, server, "?answer=1&set=kernels_2*batch_4*seed_5*rate_1")
    expect_told(page, kernels=2, batch=4, seed=5, rate=1.0)
    assert shown(page)["choices"] == {"kernels": 2, "batch": 4, "seed": 5, "rate": 1}
    assert 0 <= disagreement(page) < 1e-9
    page.get_by_label("Kernels, as a number").fill("1")
    # At once, before the server could have said anything.
    now, expected = shown(page), turns(1.0, kernels=1, batch=4, seed=5)
    assert now["choices"] == {"kernels": 1, "batch": 4, "seed": 5, "rate": 1}
    np.testing.assert_allclose(
        now["losses"][:-1], [turn.pool_loss for turn in expected], rtol=1e-9, atol=1e-12
    )
    page.get_by_label("Patches in a batch, as a number").fill("3")
    page.get_by_label("Seed, as a number").fill("7")
    now, expected = shown(page), turns(1.0, kernels=1, batch=3, seed=7)
    np.testing.assert_allclose(
        now["losses"][:-1], [turn.pool_loss for turn in expected], rtol=1e-9, atol=1e-12
    )
    assert now["gradient"] == pytest.approx(expected[0].back.gradient.kernels[0, 1, 1], abs=1e-12)
    expect_told(page, kernels=1, batch=3, seed=7)
    assert 0 <= disagreement(page) < 1e-9
    # A reload and a link keep the choice; a reset forgets it.
    page.reload()
    expect_told(page, kernels=1, batch=3, seed=7)
    assert shown(page)["choices"]["batch"] == 3
    page.get_by_label("More for this page").click()
    page.get_by_role("button", name="Reset this page").click()
    expect(page.get_by_label("Seed, as a number")).to_have_value("2")
    assert shown(page)["choices"] == {"kernels": 1, "batch": 2, "seed": 2, "rate": 0.3}
    expect(page.locator(".lb-sentence")).to_contain_text("batch")
    assert "set=" not in page.url


FOCUSED = """() => { let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute("aria-label") ?? at.textContent; }"""


def test_the_keyboard_alone_chooses_walks_and_drags(page: Page, server: Server) -> None:
    open_lesson(page, server, "?answer=1")
    page.locator("[data-picture]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("canvas => canvas.shown.step === 1", arg=picture(page))
    changed = {}
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate(FOCUSED)
        before = shown(page)
        if name in {"Learning rate", "Kernels", "Patches in a batch", "Seed"}:
            page.keyboard.press("ArrowRight")
            now = shown(page)
            changed[name] = now["choices"] != before["choices"]
            changed[name] &= now["losses"] != before["losses"]
        if len(changed) == 4:
            break
    assert changed == dict.fromkeys(changed, True)
    assert len(changed) == 4


def picture(page: Page) -> object:
    return page.locator("[data-picture]").element_handle()


def test_a_kernel_weights_gradient_is_the_sum_that_is_drawn(lesson: Page) -> None:
    go(lesson, 9)
    picker = lesson.locator("[data-picture]")
    picker.focus()
    gradient = turns(0.3)[0].back.gradient.kernels[0]
    for key, (row, column) in [
        ("Shift+ArrowUp", (0, 1)), ("Shift+ArrowLeft", (0, 0)),
        ("Shift+ArrowDown", (1, 0)), ("Shift+ArrowRight", (1, 1)),
    ]:  # fmt: skip
        picker.press(key)
        now = shown(lesson)
        assert now["weight"] == 3 * row + column
        assert now["total"] == pytest.approx(now["gradient"], abs=1e-12)
        assert now["gradient"] == pytest.approx(gradient[row, column], abs=1e-12)
        expect(lesson.locator(".lb-sentence .formula")).to_contain_text(
            f"k[{row + 1},{column + 1}]"
        )


def test_arrow_keys_walk_both_ways_and_from_update_to_update(lesson: Page) -> None:
    canvas = lesson.locator("[data-picture]")
    canvas.press("ArrowRight")
    assert shown(lesson)["step"] == 1
    canvas.press("ArrowLeft")
    assert shown(lesson)["step"] == 0
    canvas.press("ArrowDown")
    expect(lesson.locator(".lb-sentence")).to_contain_text("Update 2 of 30")
    lesson.get_by_role("button", name="4 Gradient back").click()
    assert shown(lesson)["step"] == 6


def test_pressing_a_patch_shows_its_numbers(lesson: Page) -> None:
    go(lesson, 4)
    logits = turns(0.3)[0].done.logits
    assert shown(lesson)["logit"] == pytest.approx(logits[0])
    set_patch(lesson, 2)
    assert shown(lesson)["logit"] == pytest.approx(logits[1])


def test_numbers_stand_in_the_cells(lesson: Page) -> None:
    go(lesson, 1)
    # Patch, kernel and sums, once the arrays stand.
    lesson.wait_for_function("([c, n]) => c.printed === n", arg=[picture(lesson), 64 + 9 + 36])


def test_the_words_hold_the_same_numbers(lesson: Page) -> None:
    go(lesson, 1)
    lesson.get_by_text("In words and numbers").click()
    cells = lesson.locator(".lb-twin-tables table").nth(2).locator("td")
    expect(cells).to_have_count(36)
    expected = turns(0.3)[0].done.sums[0, 0].ravel()
    said = [float(text.replace("\N{MINUS SIGN}", "-")) for text in cells.all_inner_texts()]
    np.testing.assert_allclose(said, expected, atol=6e-4)


def test_it_plays_without_asking_the_server(lesson: Page) -> None:
    # Until the comparison with TensorFlow stands, the page asks for it every other second.
    agrees = lesson.get_by_text("TensorFlow's tape: agrees.")
    expect(agrees).to_be_visible()
    lesson.wait_for_timeout(500)
    lesson.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (...a) { window.sent += 1; send.apply(this, a); }; }"
    )
    lesson.locator(".lb-speed").select_option("4")
    lesson.get_by_role("button", name="Play", exact=True).click()
    lesson.wait_for_function("canvas => canvas.shown.step >= 4", arg=picture(lesson))
    sent = lesson.evaluate("window.sent")
    lesson.get_by_role("button", name="Pause", exact=True).click()
    assert sent == 0


def test_a_dragged_learning_rate_redraws_with_cores_numbers(lesson: Page) -> None:
    go(lesson, 5 * 11 + 10)
    # As a drag does: input without change, so that the server is not asked.
    lesson.get_by_label("Learning rate", exact=True).last.evaluate(
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
    # From this start every ReLU falls silent; from the one that opens, the loss ends lower.
    lesson.get_by_label("Seed, as a number").fill("0")
    number = lesson.get_by_label("Learning rate, as a number")
    number.fill("1000000")
    expect(lesson.locator(".advice")).to_contain_text("smaller learning rate")
    number.press("Tab")
    expect(number).to_have_value("10")
    number.fill("0")
    expect(lesson.locator(".advice")).to_contain_text("nothing moves")
    number.fill("")
    number.press("Tab")
    expect(number).to_have_value("0")


def test_a_link_with_every_control_set_opens_the_identical_figure(
    page: Page, server: Server
) -> None:
    every = "rate_1*kernels_2*batch_3*seed_7*patch_3*kernel_2*weight_5*step_20"
    open_lesson(page, server, f"?answer=1&set={every}")
    first = shown(page)
    assert (first["k"], first["weight"], first["update"], first["step"]) == (1, 5, 1, 9)
    assert page.url.endswith(f"set={every}")
    expected = turns(1.0, kernels=2, batch=3, seed=7)[1].back.gradient.kernels[1].ravel()[5]
    assert first["gradient"] == pytest.approx(expected, abs=1e-12)
    page.get_by_label("Seed, as a number").fill("3")
    page.wait_for_url("**/*seed_3*")
    page.go_back()
    page.wait_for_function("canvas => canvas.shown.choices.seed === 7", arg=picture(page))
    again = shown(page)
    # Walked by the script this time: the same numbers but for the last digits.
    assert again["losses"] == pytest.approx(first["losses"], rel=1e-9)
    assert [again[name] for name in ("k", "weight", "update", "step")] == [1, 5, 1, 9]


def test_the_last_moment_tells_of_a_loss_that_rose_that_it_rose(
    browser: Browser, server: Server
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    open_lesson(page, server, "?set=rate_3*seed_0&answer=shown")
    present(page)
    said = page.locator("[data-line] .lb-ask")
    for _ in range(12):
        if "such updates" in said.inner_text():
            break
        before = said.inner_text()
        page.keyboard.press("PageDown")
        expect(said).not_to_have_text(before.strip())
    first, last = re.findall(r"\d+\.\d+", said.inner_text())
    updates = turns(3.0, seed=0)
    assert float(first) == pytest.approx(updates[0].pool_loss, rel=0.01)
    assert float(last) > float(first)
    context.close()


def test_the_curve_of_the_losses_leaves_the_sentence_its_room(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    open_lesson(page, server)
    page.get_by_role("button", name="it shrinks", exact=True).click()
    expect(page.locator(".lb-transport .lb-of")).to_have_text("of 329")
    for step in (0, 3, 5, 9, 10):
        go(page, step)
        page.wait_for_function(
            """(step) => {
              const root = [...document.querySelectorAll('*')].map((element) => element.shadowRoot)
                .find((one) => one?.querySelector('.losses'));
              const [curve, sentence] = ['.losses', '.lb-sentence'].map(
                (name) => root.querySelector(name).getBoundingClientRect());
              return root.querySelector('canvas[data-picture]').shown.step === step
                && curve.height >= 3 * 16 && curve.bottom <= sentence.top + 1;
            }""",
            arg=step,
        )
