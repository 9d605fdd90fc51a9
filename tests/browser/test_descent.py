"""Gradient descent in Chromium: the race follows the hand, and says where it ends."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.descent.expression import parse
from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.surfaces import bowl, typed
from core.descent.trajectory import walk
from dashboard.lessons.descent.stage import LEAVING, SCHEMA
from dashboard.shared.schema import encode
from tests.browser.conftest import Server
from tests.browser.test_presenting import present
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser

# A change is drawn in the next frame: what is shown after two.
DRAWN = """(canvas) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(canvas.shown)))))"""
FOCUSED = """() => { let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return e.matches('canvas') ? 'picture' : e.getAttribute('aria-label') || e.textContent; }"""
START = "Start, first coordinate"
"""Longest wait for a function that the server reads: a busy machine makes it slow, never red."""


def open_race(page: Page, server: Server, **values: Any) -> Page:
    page.goto(f"{server.url}/descent?answer=0&set={encode(SCHEMA, values)}")
    page.locator("canvas[data-picture]").wait_for()
    page.locator(".racer").first.wait_for()
    return page


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    return open_race(page, server)


def shown(page: Page) -> dict[str, Any]:
    return dict(page.locator("canvas[data-picture]").evaluate(DRAWN))


def runs(page: Page) -> dict[str, Any]:
    return {run["rule"]: run for run in shown(page)["runs"]}


def field(page: Page, name: str) -> Any:
    return page.get_by_label(f"{name}, as a number", exact=True)


def said(page: Page) -> Any:
    return expect(page.locator(".lb-sentence"))


def advice(page: Page) -> Any:
    return expect(page.locator(".advice"))


def test_dragging_the_start_redraws_the_paths_while_dragged(lesson: Page) -> None:
    box = lesson.locator("canvas[data-picture]").bounding_box()
    assert box is not None
    lesson.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.3)
    lesson.mouse.down()
    seen = []
    for share in (0.55, 0.6, 0.65):
        lesson.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.4)
        seen.append(shown(lesson))
    lesson.mouse.up()
    starts = [entry["start"][0] for entry in seen]
    assert starts == sorted(set(starts))
    assert len({json.dumps(entry["runs"]) for entry in seen}) == 3
    lesson.locator(".lb-more summary").click()
    typed_in = float(field(lesson, START).input_value())
    assert typed_in == pytest.approx(starts[-1], abs=1e-3)
    # What is drawn is what core walks from there.
    done = walk(
        bowl(10), RULES["adam"], start=tuple(seen[-1]["start"]), schedule=constant(0.12), steps=100
    )
    assert runs(lesson)["adam"]["end"] == pytest.approx(done.positions[-1], abs=1e-6)


def test_the_update_in_numbers_adds_up(lesson: Page) -> None:
    # Bowl, condition 10, from (-2.5, 1.2) with a rate of 0.05: g = (-2.5, 12).
    field(lesson, "Learning rate").fill("0.05")
    lesson.locator(".lb-at-number").fill("1")
    lesson.locator(".lb-at-number").press("Enter")
    rows = lesson.locator(".update .line")
    expect(rows.nth(0)).to_contain_text("\u22122.5")
    expect(rows.nth(0)).to_contain_text("12")
    expect(rows.nth(1)).to_contain_text("\u22122.5 \u2212 0.05 · (\u22122.5) = \u22122.375")
    expect(rows.nth(1)).to_contain_text("1.2 \u2212 0.05 · 12 = 0.6")
    # Picture, sentence and numbers speak of the same step.
    said(lesson).to_contain_text("step 1 of 100")
    drawn = shown(lesson)
    assert (drawn["at"], drawn["written"]) == (1, {"step": 1, "rule": "sgd"})


def test_a_walk_that_runs_away_is_explained_and_rewound(lesson: Page) -> None:
    field(lesson, "Learning rate").fill("0.5")
    advice(lesson).to_contain_text("ran away")
    advice(lesson).to_contain_text("above the limit 0.2")
    lesson.get_by_role("button", name="Back to its best step").click()
    assert shown(lesson)["at"] < 10
    advice(lesson).to_be_hidden()
    lesson.locator(".lb-scrub").press("End")
    lesson.get_by_role("button", name="Try a rate of 0.1").click()
    expect(field(lesson, "Learning rate")).to_have_value("0.1")
    advice(lesson).to_be_hidden()


def test_a_path_ends_where_the_function_has_no_value(page: Page, server: Server) -> None:
    open_race(page, server, surface="typed", f=LEAVING, start=(1, 1), racing=("sgd",))
    surface = typed(parse(LEAVING))
    done = walk(surface, RULES["sgd"], start=(1, 1), schedule=constant(0.05), steps=100)
    assert done.left_at is not None
    said(page).to_contain_text(f"left the ground at step {done.left_at}")
    run = runs(page)["sgd"]
    assert (run["left"], run["best"]) == (done.left_at, done.best_step)
    assert run["end"] == pytest.approx(done.positions[-1])
    assert run["leftTo"] == pytest.approx(done.left_to)
    advice(page).to_contain_text(f"left the ground at step {done.left_at}: the function has no")
    # What is offered comes before, and there the race is still on.
    assert done.best_step < done.left_at
    page.get_by_role("button", name=f"Back to its best step, {done.best_step}").click()
    assert shown(page)["at"] == done.best_step
    advice(page).to_be_hidden()


def test_wrong_numbers_are_put_right_and_change_nothing_else(lesson: Page) -> None:
    lesson.locator(".lb-more summary").click()
    rate = field(lesson, "Learning rate")
    for name, value, kept in (
        ("Learning rate", "", "0.1"),
        ("Learning rate", "-1", "0"),
        ("Learning rate", "1e9", "1000000"),
        (START, "1e300", "3"),
        ("Condition κ", "5000", "1000"),
        ("Steps", "0", "1"),
    ):
        box = field(lesson, name)
        box.fill(value)
        if kept == "0":
            advice(lesson).to_contain_text("never moves")
        box.blur()
        expect(box).to_have_value(kept)
        assert all(abs(part) < 1e7 for run in shown(lesson)["runs"] for part in run["end"])
        rate.fill("0.1")
        rate.blur()
    assert shown(lesson)["start"] == [3, 1.2]


def test_play_moves_and_the_keyboard_steps(lesson: Page) -> None:
    canvas = lesson.locator("canvas[data-picture]")
    canvas.press("Home")
    canvas.press("ArrowRight")
    canvas.press("ArrowRight")
    assert shown(lesson)["at"] == 2
    canvas.press(" ")
    expect(lesson.locator(".lb-at-number")).not_to_have_value("2")
    canvas.press(" ")
    drawn = shown(lesson)
    assert 2 < drawn["at"] <= 100
    said(lesson).to_contain_text(f"step {drawn['at']} of 100")
    canvas.press("Shift+ArrowRight")
    assert shown(lesson)["start"][0] == pytest.approx(drawn["start"][0] + 6 / 50)
    assert shown(lesson)["at"] == drawn["at"]


def test_the_limit_follows_the_condition_and_is_only_near_elsewhere(lesson: Page) -> None:
    said(lesson).to_contain_text("settles below")
    said(lesson).to_contain_text("0.2")
    field(lesson, "Condition κ").fill("40")
    assert shown(lesson)["limits"]["start"] == pytest.approx(0.05, rel=1e-6)
    said(lesson).to_contain_text("0.05")
    lesson.get_by_label("Surface", exact=True).select_option("rosenbrock")
    said(lesson).to_contain_text("it holds near a place only")
    # Another surface begins with its own rates, start and steps.
    drawn = shown(lesson)
    assert (drawn["start"], drawn["length"]) == ([-1.5, 2], 300)
    expect(field(lesson, "Learning rate")).to_have_value("0.001")


def test_the_relief_turns_by_keys(lesson: Page) -> None:
    field(lesson, "Learning rate").fill("0.05")
    lesson.get_by_label("3-D").check()
    before = shown(lesson)
    lesson.locator("canvas[data-picture]").press("ArrowRight")
    after = shown(lesson)
    assert after["relief"][0] > before["relief"][0]
    assert after["at"] == before["at"]
    expect(field(lesson, "Learning rate")).to_have_value("0.05")


def test_a_typed_function_is_walked_and_a_wrong_one_pointed_at(page: Page, server: Server) -> None:
    open_race(page, server, surface="typed")
    box = page.get_by_label("f(x, y) =")

    def type_in(text: str) -> None:
        box.fill(text)
        box.press("Enter")

    type_in("log(x) * y^2")
    # No value on the left half: the start is moved to the right one, and said.
    advice(page).to_contain_text("the start was moved")
    assert shown(page)["start"][0] > 0
    type_in("x^2 + foo(y)")
    advice(page).to_contain_text("foo is not known")
    assert shown(page)["start"][0] > 0
    type_in("log(x) + log(0 - x)")
    advice(page).to_contain_text("no value anywhere")
    type_in("x^2 + 3*y^2")
    advice(page).to_be_hidden()
    assert shown(page)["limits"]["start"] == pytest.approx(1 / 3, rel=1e-6)


def test_the_open_prediction_is_not_given_away(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/descent")
    page.locator(".racer").first.wait_for()
    field(page, "Learning rate").fill("0.5")
    advice(page).to_contain_text("Answer the question above first")
    assert "sgd" not in runs(page)
    # Neither by the other way beyond the limit.
    field(page, "Learning rate").fill("0.1")
    advice(page).to_be_hidden()
    field(page, "Condition κ").fill("40")
    advice(page).to_contain_text("Answer the question above first")
    box = page.locator(".lb-stage").bounding_box()
    page.get_by_role("button", name="swing ever wider").click()
    expect(page.locator(".lb-verdict")).to_be_visible()
    assert page.locator(".lb-stage").bounding_box() == box
    advice(page).to_contain_text("ran away")
    assert runs(page)["sgd"]["diverged"]


EVERYTHING = {
    "surface": "saddle", "condition": 40.0, "racing": ("sgd", "nesterov"), "of": "nesterov",
    "rates": (0.05, 0.02, 0.02, 0.3, 0.04, 0.1, 0.1, 0.1), "start": (1.25, -0.5), "steps": 80,
    "schedule": "cosine", "noise": "batch", "heights": "log", "relief": True, "together": True,
    "yaw": 0.4, "pitch": 0.7, "step": 33, "f": "x^2 + y^4", "directions": "random", "run": "no-run",
}  # fmt: skip


def test_a_link_with_everything_set_opens_the_identical_race(
    browser: Browser, server: Server
) -> None:
    assert set(EVERYTHING) == {field.name for field in SCHEMA}
    defaults = {field.name: field.default for field in SCHEMA}
    assert all(EVERYTHING[name] != value for name, value in defaults.items())
    code = encode(SCHEMA, EVERYTHING)
    figures = []
    for _ in range(2):
        page = open_stage(browser, server, f"descent?answer=0&set={code}")
        page.locator(".racer").first.wait_for()
        figures.append(shown(page))
        assert f"set={code}".replace("*", "%2A") in page.url.replace("*", "%2A")
        page.context.close()
    assert figures[0] == figures[1]
    assert figures[0]["at"] == 33
    assert figures[0]["start"] == [1.25, -0.5]
    assert [run["rule"] for run in figures[0]["runs"]] == ["sgd", "nesterov"]
    assert figures[0]["relief"] == [0.4, 0.7]


def test_back_moves_the_figure_and_a_reset_forgets(lesson: Page) -> None:
    first = shown(lesson)
    lesson.get_by_label("Nesterov takes part").check()
    lesson.wait_for_url(re.compile("nesterov"))
    field(lesson, "Learning rate").fill("0.02")
    lesson.wait_for_url(re.compile("rates_"))
    second = shown(lesson)
    lesson.get_by_label("Surface", exact=True).select_option("beale")
    lesson.wait_for_url(re.compile("beale"))
    assert shown(lesson)["length"] == 200
    lesson.go_back()
    lesson.wait_for_url(lambda url: "beale" not in url)
    assert shown(lesson)["runs"] == second["runs"]
    lesson.go_back()
    lesson.go_back()
    lesson.wait_for_url(lambda url: "nesterov" not in url)
    assert shown(lesson)["runs"] == first["runs"]
    lesson.get_by_label("3-D").check()
    lesson.wait_for_url(re.compile("relief"))
    lesson.get_by_label("More for this page").click()
    lesson.get_by_role("button", name="Reset this page").click()
    lesson.wait_for_url(lambda url: "set=" not in url)
    expect(lesson.get_by_label("3-D")).not_to_be_checked()
    assert shown(lesson)["runs"] == first["runs"]


def test_the_keyboard_alone_turns_everything(lesson: Page) -> None:
    lesson.locator(".lb-more summary").click()
    lesson.locator("canvas[data-picture]").focus()
    moved: dict[str, bool] = {}
    for _ in range(50):
        name = str(lesson.evaluate(FOCUSED))
        before = shown(lesson)
        if name == "picture":
            lesson.keyboard.press("Shift+ArrowRight")
        elif name in HANDS:
            lesson.keyboard.press("ArrowDown" if "second" in name else "ArrowUp")
        moved[name] = moved.get(name, False) or shown(lesson)["runs"] != before["runs"]
        if set(HANDS) <= {one for one, done in moved.items() if done}:
            break
        lesson.keyboard.press("Tab")
    assert {name: moved.get(name) for name in HANDS} == dict.fromkeys(HANDS, True)


HANDS = (
    "picture",
    "Learning rate",
    "Learning rate, as a number",
    "Condition κ",
    "Condition κ, as a number",
    START,
    f"{START}, as a number",
    "Start, second coordinate",
    "Start, second coordinate, as a number",
)


def test_presented_from_end_to_end_the_race_follows_the_moments(
    browser: Browser, server: Server
) -> None:
    page = open_stage(browser, server, "descent")
    page.locator(".racer").first.wait_for()
    present(page)
    seen: dict[str, Any] = {}
    for _ in range(14):
        page.keyboard.press("PageDown")
        said_now = page.locator("[data-line] .lb-ask").inner_text().strip()
        if said_now.startswith("Next: "):
            break
        if "left the ground" in said_now:
            page.wait_for_function(LEFT)
        seen[said_now] = shown(page)
    figures = {json.dumps([figure["runs"], figure["at"]]) for figure in seen.values()}
    assert len(figures) >= 6
    beyond = next(figure for said_now, figure in seen.items() if "just above the limit" in said_now)
    assert abs(beyond["runs"][0]["end"][1]) > 1.2
    page.context.close()


LEFT = """() => { const visit = (root) => [...root.querySelectorAll('*')].some((one) =>
  one.shown?.runs?.some((run) => run.left) || (one.shadowRoot && visit(one.shadowRoot)));
  return visit(document); }"""
