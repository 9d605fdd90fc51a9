"""A sweep in Chromium: its grid with the best cell, and the way to Compare runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest
from playwright.sync_api import Browser, expect

from core.jobs.about import About
from core.jobs.folder import short_key
from core.training.events import Finished
from tests.browser.conftest import Server, start_server, stop_server
from tests.dashboard.pretend_run import (
    pretend_events,
    pretend_run,
    pretend_spec,
    small_set,
    write_answers,
)

pytestmark = pytest.mark.browser

RATES, SEEDS = (0.01, 0.001), (0, 1)


@dataclass(frozen=True)
class Known:
    """A server with a sweep that has ended, by learning rate and seed."""

    server: Server
    runs: dict[tuple[float, int], str]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("sweep")
    prepared = small_set(folder / "cache" / "synthetic-28-0123456789ab", count=200)
    runs = {}
    for rate, seed in product(RATES, SEEDS):
        spec = replace(pretend_spec(str(prepared.folder)), learning_rate=rate, seed=seed)
        run = pretend_run(folder / "runs", [*pretend_events(4), Finished(2, 4.0)], spec=spec)
        write_answers(run, 0.9 if rate == RATES[0] else 0.6)
        About(group="sweep~20261130-1200-aaaa", created=1.0 + len(runs)).write(run.path)
        runs[rate, seed] = run.id
    server = start_server(folder)
    yield Known(server, runs)
    stop_server(server)


def test_a_grid_shows_its_best_and_leads_to_compare_runs(browser: Browser, known: Known) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{known.server.url}/train?answer=shown")
    grid = page.locator(".lb-sweep table")
    expect(grid.locator("tbody tr")).to_have_count(2)
    expect(grid.locator("th[scope=row]")).to_have_text(["rate 0.001", "rate 0.01"])
    expect(grid.locator(".best")).to_have_count(1)
    expect(page.get_by_text("Best by validation: rate")).to_be_visible()
    expect(page.get_by_text("highest mean of 2 cells (4 trainings)")).to_be_visible()
    page.get_by_role("link", name="Compare runs").last.click()
    page.wait_for_url(re.compile("/compare.*set=runs_"))
    keys = page.url.split("runs_")[1].split("&")[0].split(".")
    assert len(keys) == 2
    assert set(keys) <= {short_key(run) for run in known.runs.values()}
    facts = page.locator("[data-stage] .train-fact")
    expect(facts).to_have_text([re.compile("rate"), re.compile("rate")])
    context.close()
