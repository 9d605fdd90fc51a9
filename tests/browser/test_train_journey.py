"""A training in a real browser: the curve grows in place, survives a reload, and stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.jobs.folder import RunFolder, Status, list_runs
from dashboard import catalogue
from tests.browser.conftest import Complaints, Server, present, start_server, stop_server, watch
from tests.data.conftest import FracAtlasTree
from tests.patience import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLOT = ".lb-curves-plot"
EPOCHS = 200
ADDRESS = f"train?dataset=fracatlas&train_size=28+px&train_epochs={EPOCHS}&train_batch=8"


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without a run and with drawn pictures laid out as FracAtlas.

    So many that 200 epochs take minutes on a quiet machine: a training that ended by itself could
    neither be seen growing nor be stopped.
    """
    folder = tmp_path_factory.mktemp("train")
    (folder / "FracAtlas").mkdir()
    tree = FracAtlasTree(folder / "FracAtlas")
    for number in range(480):
        tree.add(20 * number, fractured=number % 3 == 0)
    running = start_server(folder, LIGHTBOX_FRACATLAS=str(tree.write()))
    yield running
    stop_server(running)


@pytest.fixture
def visitor(browser: Browser, own_server: Server) -> Iterator[Callable[[str], Page]]:
    """Opens the page as another person; all of them must stay silent."""
    complaints = Complaints()
    contexts = []

    def visit(address: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
        contexts.append(context)
        page = context.new_page()
        watch(page, own_server, complaints)
        page.goto(f"{own_server.url}/{address}")
        page.wait_for_selector(f"{PLOT} .main-svg")
        show = page.get_by_role("button", name="Show me")
        if show.is_visible():
            show.click()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints.found == []


def points(page: Page) -> int:
    """Points drawn in both panels."""
    return int(page.locator(PLOT).get_attribute("data-points") or 0)


def reached(page: Page) -> float:
    """Where the line of the batches ends, in epochs.

    Not the count of its points: a long line is thinned as it grows, and its points are then fewer.
    """
    lines = f"(document.querySelector('{PLOT}').data ?? [])"
    line = f"{lines}.find((line) => line.name?.startsWith('training, batch'))"
    return float(page.evaluate(f"{line}?.x.at(-1) ?? 0"))


def the_run(server: Server) -> RunFolder:
    (summary,) = list_runs(server.runs)
    return summary.run


def test_a_training_grows_survives_a_reload_and_stops(
    visitor: Callable[[str], Page], own_server: Server
) -> None:
    page = visitor(ADDRESS)
    page.get_by_text("No run yet.").wait_for()
    height = page.locator(PLOT).bounding_box()
    page.get_by_role("button", name="New run").click()
    page.locator(".st-key-train_start button:enabled").click()

    # It grows, in the node that was there before the click.
    wait_until(lambda: "network=" in page.evaluate("location.href"))
    wait_until(lambda: points(page) > 10)
    page.evaluate(f"window.kept = document.querySelector('{PLOT} .main-svg')")
    first = reached(page)
    wait_until(lambda: reached(page) > first + 0.5)
    page.get_by_text(re.compile(rf"Epoch \d+/{EPOCHS}")).first.wait_for()
    assert page.evaluate(f"document.querySelector('{PLOT} .main-svg') === window.kept")
    assert page.locator(PLOT).bounding_box() == height  # nothing jumped
    assert "validation loss" in (page.locator(PLOT).get_attribute("aria-label") or "")

    # A zoom stays while the curve grows under it, until the person lets go.
    page.evaluate(
        f"""window.Plotly.relayout(document.querySelector('{PLOT}'),
            {{'xaxis.range[0]': 0.25, 'xaxis.range[1]': 1.5}})"""
    )
    before = reached(page)
    wait_until(lambda: reached(page) > before + 0.5)
    ranges = page.evaluate(
        f"""(({{xaxis, xaxis2}}) => [xaxis.range, xaxis2.range])(
            document.querySelector('{PLOT}')._fullLayout)"""
    )
    assert ranges == [[0.25, 1.5], [0.25, 1.5]]
    page.get_by_role("button", name="Show all").click()
    wait_until(
        lambda: (
            page.evaluate(f"document.querySelector('{PLOT}')._fullLayout.xaxis.range[1]") > EPOCHS
        )
    )

    # Another person sees the same run; a reload changes nothing for the training.
    run = the_run(own_server)
    second = visitor(f"train?network={run.id}")
    seen = reached(page)
    wait_until(lambda: reached(second) >= seen > 0)
    page.reload()
    page.wait_for_selector(f"{PLOT} .main-svg")
    done = len(run.history().batches)
    wait_until(lambda: len(run.history().batches) > done)
    wait_until(lambda: points(page) > 10)

    # A click in one browser stops it within a batch, and both say so.
    page.locator(".st-key-train_stop button").click()
    wait_until(lambda: run.status() is Status.STOPPED)
    page.get_by_text("Stopped by hand").wait_for()
    second.get_by_text("Stopped by hand").wait_for()
    second.locator(".st-key-train_resume button").wait_for()


def test_presenting_keeps_the_zoom_and_the_figures_of_validation(
    visitor: Callable[[str], Page], own_server: Server
) -> None:
    page = visitor(f"train?network={the_run(own_server).id}")
    wait_until(lambda: points(page) > 10)
    page.evaluate(
        f"""window.Plotly.relayout(document.querySelector('{PLOT}'),
            {{'yaxis.range': [0.2, 0.9]}})"""
    )
    page.wait_for_url(re.compile("left_0.2_0.9"))
    layout = f"document.querySelector('{PLOT}')._fullLayout"
    small = page.evaluate(f"{layout}.font.size")
    present(page)
    wait_until(lambda: page.evaluate(f"{layout}.font.size") > small)
    assert page.evaluate(f"{layout}.yaxis.range") == [0.2, 0.9]
    assert page.evaluate(f"{layout}.font.size") >= 24
    expect(page.locator(".train-facts").get_by_text("Val. accuracy")).to_be_visible()
    page.keyboard.press("Escape")
    wait_until(lambda: page.evaluate(f"{layout}.font.size") == small)
    assert page.evaluate(f"{layout}.yaxis.range") == [0.2, 0.9]


SHOWN = f"document.querySelector('{PLOT}').shown"


def test_a_link_shows_the_identical_curves_and_back_moves_them(
    visitor: Callable[[str], Page], own_server: Server
) -> None:
    """Every control off its default, and a range that was chosen."""
    page = visitor(f"train?network={the_run(own_server).id}")
    wait_until(lambda: points(page) > 10)
    for label in ("Smooth the batches", "Logarithmic loss", "Fig. 7 of the paper"):
        page.get_by_label(label).check()
        page.wait_for_url(re.compile({"S": "smooth_1", "L": "log_1", "F": "paper_1"}[label[0]]))
    page.get_by_label("Right").select_option("auc")
    page.wait_for_url(re.compile("measure_auc"))
    wait_until(lambda: page.evaluate(f"{SHOWN}.titles[1]") == "AUC")
    page.evaluate(
        f"""window.Plotly.relayout(document.querySelector('{PLOT}'),
            {{'xaxis.range[0]': 0.5, 'xaxis.range[1]': 1.5}})"""
    )
    page.wait_for_url(re.compile("across_0.5_1.5"))
    linked, shown = page.url, page.evaluate(SHOWN)
    assert shown["zoom"]["xaxis"] == [0.5, 1.5]
    assert any("Fig. 7" in name for name in shown["names"])
    other = visitor(linked.removeprefix(f"{own_server.url}/"))
    wait_until(lambda: other.evaluate(f"{SHOWN}?.titles[1]") == "AUC")
    assert other.evaluate(SHOWN) == shown
    for gone in ("across_", "measure_auc", "paper_1"):
        page.go_back()
        page.wait_for_url(lambda url, gone=gone: gone not in url)
    wait_until(lambda: not any("Fig. 7" in name for name in page.evaluate(f"{SHOWN}.names")))
    assert page.evaluate(f"{SHOWN}.titles[1]") == "Accuracy (share)"


def test_the_keys_of_a_remote_lead_from_the_question_into_the_next_page(
    visitor: Callable[[str], Page], own_server: Server
) -> None:
    page = visitor(f"train?network={the_run(own_server).id}&train_epochs=6")
    wait_until(lambda: points(page) > 10)
    present(page)
    said: list[str] = []
    while not (said and said[-1].startswith("Next: ")):
        said.append(page.locator("[data-line] .lb-ask").inner_text().strip())
        assert len(said) < 15
        page.keyboard.press("PageDown")
    assert len(set(said)) == len(said) >= 8
    following = catalogue.following("train")
    assert following is not None
    page.wait_for_url(re.compile(f"/{following.slug}"))


def test_the_numbers_drawn_in_the_browser_are_those_of_the_run(
    visitor: Callable[[str], Page], own_server: Server
) -> None:
    run = the_run(own_server)
    page = visitor(f"train?network={run.id}")
    wait_until(lambda: points(page) > 10)
    drawn = page.evaluate(
        f"""document.querySelector('{PLOT}').data.filter(line => line.name === 'validation')
            .map(line => Array.from(line.y))"""
    )
    epochs = run.history().epochs
    assert drawn[0] == pytest.approx([row.validation.loss for row in epochs], rel=1e-6)
    assert drawn[1] == pytest.approx([row.validation.accuracy for row in epochs], rel=1e-6)
    page.get_by_text("Numbers", exact=True).click()
    page.get_by_role("button", name="Download as CSV").wait_for()
    last = page.locator(".st-key-train_below tbody tr").last.inner_text()
    assert f"{epochs[-1].validation.loss:.4f}" in last
    # A button that is drawn anew between press and release is not pressed.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    text = Path(download.value.path()).read_text()
    assert text.count("\n") == 1 + len(run.history().batches)
