"""Runs in one frame: the address says which, and an X-ray on which they differ is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from core.jobs.folder import short_key
from core.training.events import Finished
from core.training.results import write_predictions
from tests.browser.conftest import Server, start_server, stop_server
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, small_set

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Known:
    """A server with two runs; the first is wrong about the first 3 images of validation only."""

    server: Server
    runs: tuple[str, str]
    name: str  # of the first image


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("compare")
    prepared = small_set(folder / "cache" / "synthetic-28-0123456789ab", count=200)
    indices = prepared.indices("validation")
    labels = prepared.labels[indices]
    runs = []
    for rate, wrong in ((0.01, slice(0, 3)), (0.001, slice(3, 3))):
        spec = replace(pretend_spec(str(prepared.folder)), learning_rate=rate)
        run = pretend_run(folder / "runs", [*pretend_events(4), Finished(2, 4.0)], spec=spec)
        answered = labels.copy()
        answered[wrong] = 1 - answered[wrong]
        write_predictions(run.path, prepared, {"validation": np.where(answered == 1, 0.9, 0.1)})
        runs.append(run.id)
    server = start_server(folder)
    yield Known(server, (runs[0], runs[1]), str(int(indices[0])))
    stop_server(server)


def test_two_runs_are_laid_over_each_other_and_their_mistakes_opened(
    browser: Browser, known: Known
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    code = ".".join(map(short_key, known.runs))
    page.goto(f"{known.server.url}/compare?answer=shown&set=runs_{code}")
    plot = page.locator(".lb-curves-plot")
    page.wait_for_function("() => document.querySelector('.lb-curves-plot')?.shown?.names.length")
    assert plot.evaluate("one => one.shown.names") == ["A", "B", "A", "B"]
    facts = page.locator("[data-stage] .train-fact")
    expect(facts).to_have_text([re.compile(r"A\s+rate 0.01"), re.compile(r"B\s+rate 0.001")])
    page.get_by_label("Show", exact=True).select_option("xrays")
    canvas = page.locator("[data-stage] canvas")
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some("
        "e => e.shadowRoot?.querySelector('.compare-wall canvas')?.shown?.drawn[1] === 3)"
    )
    assert canvas.evaluate("one => one.shown.orders") == [[], [0, 1, 2]]
    expect(page).to_have_url(re.compile("view_xrays"))
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/xray.*network={known.runs[0]}"))
    assert f"picture=set.synthetic-28-0123456789ab.{known.name}" in page.url
    page.go_back()
    page.wait_for_url(re.compile(f"/compare.*runs_{code}"))
    context.close()
    assert errors == []
