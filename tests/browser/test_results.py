"""The threshold under the hand: all that follows moves with it, and a link keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from core.evaluation.operating_point import count_answers
from core.training.events import Finished
from core.training.results import VALIDATION_SCORES, snapshot_path
from tests.browser.conftest import Server, start_server, stop_server
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, small_set

pytestmark = pytest.mark.browser

SHOWN = "canvas => canvas.shown"
EPOCHS = 4


@dataclass(frozen=True)
class Known:
    """A server with one run whose outputs the test made up."""

    server: Server
    run: str
    labels: np.ndarray
    scores: np.ndarray  # (EPOCHS + 1, V)

    def counts(self, at: int, threshold: float) -> dict[str, int]:
        found = count_answers(self.labels, self.scores[at], threshold)
        return {name: getattr(found, name) for name in ("found", "missed", "alarms", "spared")}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("results")
    prepared = small_set(folder / "set", count=200)
    labels = prepared.labels[prepared.indices("validation")]
    spec = pretend_spec(str(prepared.folder), epochs=EPOCHS)
    run = pretend_run(folder / "runs", [*pretend_events(EPOCHS), Finished(2, 4.0)], spec=spec)
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.15, labels.size)
    scores = np.stack([0.5 + 0.12 * e * (labels - 0.5) + noise for e in range(EPOCHS + 1)])
    scores = np.clip(scores, 0.02, 0.98).astype(np.float32)
    for epoch, row in enumerate(scores):
        path = snapshot_path(run.path, epoch)
        path.parent.mkdir(exist_ok=True)
        np.savez(path, **{VALIDATION_SCORES: row})
    server = start_server(folder)
    yield Known(server, run.id, labels, scores)
    stop_server(server)


def open_results(page: Page, known: Known, query: str = "") -> Any:
    page.goto(f"{known.server.url}/results?network={known.run}&answer=shown{query}")
    canvas = page.locator("[data-stage] canvas")
    canvas.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some("
        "e => e.shadowRoot?.querySelector('canvas')?.shown?.drawn > 0)"
    )
    return canvas


def shown(canvas: Any) -> dict[str, Any]:
    return dict(canvas.evaluate(SHOWN))


def parts(told: dict[str, Any]) -> dict[str, int]:
    return {name: told[name] for name in ("found", "missed", "alarms", "spared")}


@pytest.fixture
def silent(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def test_a_drag_moves_everything_at_once(silent: Page, known: Known) -> None:
    canvas = open_results(silent, known)
    box = canvas.bounding_box()
    assert box is not None
    y = box["y"] + 0.2 * box["height"]
    silent.mouse.move(box["x"] + 0.5 * box["width"], y)
    silent.mouse.down()
    seen = []
    for share in (0.4, 0.3, 0.6):
        silent.mouse.move(box["x"] + share * box["width"], y)
        silent.wait_for_function(
            "() => new Promise((done) => requestAnimationFrame(() => done(true)))"
        )
        told = shown(canvas)
        seen.append(told["threshold"])
        assert parts(told) == known.counts(2, told["threshold"])
    silent.mouse.up()
    assert seen[1] < seen[0] < seen[2]
    told = shown(canvas)
    for cell, count in parts(told).items():
        expect(silent.locator(f"[data-cell={cell}] b")).to_have_text(str(count))
    words = f"{told['found']} of {told['found'] + told['missed']} with fracture"
    expect(silent.locator(".lb-sentence")).to_contain_text(words)
    expect(silent.locator(".results-curve circle")).to_have_count(1)


def test_a_cell_opens_its_x_rays_the_worst_first(silent: Page, known: Known) -> None:
    canvas = open_results(silent, known, "&set=threshold_0.5")
    for cell, label, above, sign in (("alarms", 0, True, -1), ("missed", 1, False, 1)):
        silent.locator(f"[data-cell={cell}]").click()
        silent.wait_for_url(
            re.compile("cell_alarms") if cell == "alarms" else re.compile("threshold")
        )
        expect(silent.locator(f"[data-cell={cell}]")).to_have_attribute("aria-pressed", "true")
        order = shown(canvas)["order"]
        scores = known.scores[2]
        wanted = np.flatnonzero((known.labels == label) & ((scores >= 0.5) == above))
        assert sorted(order) == wanted.tolist()
        assert (np.diff(sign * scores[order]) >= 0).all()


def test_epochs_are_walked_from_the_untrained_network_on(silent: Page, known: Known) -> None:
    canvas = open_results(silent, known, "&set=threshold_0.5*at_0")
    assert parts(shown(canvas)) == known.counts(0, 0.5)
    silent.locator(".lb-transport .lb-scrub").fill("4")
    silent.wait_for_url(re.compile("at_4"))
    assert parts(shown(canvas)) == known.counts(4, 0.5)


def test_the_cost_of_a_miss_finds_its_threshold_and_a_link_keeps_both(
    silent: Page, known: Known, browser: Browser
) -> None:
    canvas = open_results(silent, known, "&set=prevalence_30*curve_pr*marks_0*cell_found*at_3")
    before = shown(canvas)["threshold"]
    silent.get_by_role("spinbutton", name="Miss : alarm").fill("20")
    silent.wait_for_url(re.compile("cost_20"))
    told = shown(canvas)
    assert told["threshold"] < before
    linked = silent.url
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    other = context.new_page()
    other.goto(linked)
    other.wait_for_function(
        "() => [...document.querySelectorAll('*')].some("
        "e => e.shadowRoot?.querySelector('canvas')?.shown?.drawn > 0)"
    )
    again = other.locator("[data-stage] canvas")
    assert shown(again) == told
    assert (
        other.locator(".results-curve svg").inner_html()
        == silent.locator(".results-curve svg").inner_html()
    )
    context.close()
    silent.go_back()
    silent.wait_for_function("!location.href.includes('cost_20')")
    assert shown(canvas)["threshold"] == before


def test_enter_opens_an_x_ray_where_the_network_looked(silent: Page, known: Known) -> None:
    canvas = open_results(silent, known, "&set=threshold_0.5*cell_spared")
    first = shown(canvas)["order"][0]
    canvas.focus()
    canvas.press("ArrowDown")
    expect(silent.locator(".lb-sentence")).to_contain_text(f"{known.scores[2][first]:.3f}")
    canvas.press("Enter")
    silent.wait_for_url(re.compile("/xray"))
    silent.wait_for_url(re.compile("picture=set"))


def test_choosing_shows_its_figures(silent: Page, known: Known) -> None:
    canvas = open_results(silent, known, "&set=threshold_0.45")
    assert parts(shown(canvas)) == known.counts(2, 0.45)
    silent.get_by_role("button", name="Choose 0.450").click()
    expect(silent.get_by_text("Threshold 0.450 on 40 validation images")).to_be_visible()
