"""The time machine: one slider moves the network's pictures and the cursor, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.evaluation.operating_point import count_answers
from core.jobs.folder import RunFolder
from core.models.weights import initial_weights
from core.prepared import PreparedSet
from core.training.events import Finished
from core.training.moment import Moment
from core.training.results import write_snapshot
from tests.browser.conftest import Complaints, Server, start_server, stop_server, watch
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, small_set

pytestmark = pytest.mark.browser

EPOCHS = 4
MOMENTS = (Moment(0), Moment(0, 2, 5), *map(Moment, range(1, EPOCHS + 1)))
KEEP_MESSAGES = """
window.sent = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (message) {
  window.sent.push(Array.from(new Uint8Array(message)));
  return send.call(this, message);
};
"""
CANVAS = """[...document.querySelectorAll('*')]
  .map((one) => one.shadowRoot?.querySelector('.train-machine canvas')).find(Boolean)"""
CURSOR = """[...document.querySelectorAll('*')]
  .map((one) => one.shadowRoot?.querySelector('.train-cursor:not([hidden])')).find(Boolean)"""


@dataclass(frozen=True)
class Known:
    """A server with one run that the test made up."""

    server: Server
    run: RunFolder
    labels: np.ndarray
    scores: dict[Moment, np.ndarray]
    kernels: dict[Moment, np.ndarray]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("machine")
    prepared: PreparedSet = small_set(folder / "set", count=100)
    labels = prepared.labels[prepared.indices("validation")]
    spec = pretend_spec(str(prepared.folder), epochs=EPOCHS)
    run = pretend_run(folder / "runs", [*pretend_events(EPOCHS), Finished(2, 4.0)], spec=spec)
    rng = np.random.default_rng(3)
    scores, kernels = {}, {}
    for seed, moment in enumerate(MOMENTS):
        places = np.arange(0, labels.size, 3) if moment.batch else None
        found = rng.random(labels.size if places is None else places.size).astype(np.float32)
        weights = initial_weights(spec.model, seed)
        write_snapshot(run.path, moment, weights, found, spec, places=places)
        whole = np.full(labels.size, np.nan, np.float32)
        whole[slice(None) if places is None else places] = found
        scores[moment] = whole
        kernel = weights["convolution_1/kernel"][:, :, 0, :12].transpose(2, 0, 1)
        kernels[moment] = kernel.astype(np.float16).astype(np.float32)
    server = start_server(folder)
    yield Known(server, run, labels, scores, kernels)
    stop_server(server)


@pytest.fixture
def visitor(browser: Browser, known: Known) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    context.add_init_script(KEEP_MESSAGES)
    page = context.new_page()
    complaints = Complaints()
    watch(page, known.server, complaints)
    yield page
    context.close()
    assert complaints.found == []


def open_machine(page: Page, known: Known, at: str = "") -> None:
    address = f"train?network={known.run.id}&answer=shown&set=machine_1{at}"
    page.goto(f"{known.server.url}/{address}")
    page.wait_for_function(f"() => ({CANVAS})?.shown?.frames === {len(MOMENTS)}")


def shown(page: Page) -> dict[str, Any]:
    """What the picture shows, once a frame was drawn after what came before."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    return dict(page.evaluate(f"({CANVAS}).shown"))


def pixels(page: Page) -> str:
    return str(page.evaluate(f"({CANVAS}).toDataURL()"))


def cursor(page: Page) -> float:
    return float(page.evaluate(f"({CURSOR}).getBoundingClientRect().x"))


def messages(page: Page) -> list[str]:
    """What the browser told the server; clocks of the page, which tick, aside."""
    told = []
    for raw in page.evaluate("window.sent"):
        message = BackMsg.FromString(bytes(raw))
        if message.HasField("rerun_script") and not message.rerun_script.is_auto_rerun:
            told.append(str(message.rerun_script.widget_states))
    return told


def test_one_slider_moves_everything_and_asks_nobody(visitor: Page, known: Known) -> None:
    open_machine(visitor, known)
    slider = visitor.get_by_role("slider", name="Moment")
    slider.focus()
    slider.press("Home")
    seen = [shown(visitor)]
    cursors, drawn = [cursor(visitor)], [pixels(visitor)]
    before = len(messages(visitor))
    for _ in MOMENTS[1:]:
        slider.press("ArrowRight")
        seen.append(shown(visitor))
        cursors.append(cursor(visitor))
        drawn.append(pixels(visitor))
    slider.press("Home")
    assert pixels(visitor) is not None
    assert shown(visitor)["index"] == 0
    assert pixels(visitor) == drawn[0]  # the same moment is the same picture
    assert len(messages(visitor)) == before
    # The next that is told is what the server draws by, without the moment.
    visitor.get_by_label("Logarithmic loss").check()
    told = ""
    while "log_1" not in told:
        visitor.wait_for_function("() => new Promise((done) => requestAnimationFrame(done))")
        told = "".join(messages(visitor)[before:])
    assert "at_" not in told
    assert len(set(drawn)) == len(MOMENTS)
    axis = "document.querySelector('.lb-curves-plot')._fullLayout.xaxis"
    for moment, told, place in zip(MOMENTS, seen, cursors, strict=True):
        assert told["place"] == pytest.approx(moment.place, abs=1e-3)
        want = visitor.evaluate(
            f"document.querySelector('.lb-curves-plot').getBoundingClientRect().x"
            f" + {axis}._offset + {axis}.l2p({moment.place})"
        )
        assert place == pytest.approx(want, abs=2)
        np.testing.assert_allclose(
            told["kernels"], known.kernels[moment].ravel(), rtol=1e-6, atol=1e-7
        )
        scores = known.scores[moment]
        looked = ~np.isnan(scores)
        counts = count_answers(known.labels[looked], scores[looked], 0.5)
        assert told["n"] == looked.sum()
        assert told["table"] == [[counts.spared, counts.alarms], [counts.missed, counts.found]]


def test_a_link_shows_the_same_frame_in_a_fresh_browser(
    visitor: Page, browser: Browser, known: Known
) -> None:
    open_machine(visitor, known)
    slider = visitor.get_by_role("slider", name="Moment")
    slider.focus()
    slider.press("Home")
    slider.press("ArrowRight")
    visitor.wait_for_function("() => location.search.includes('at_0.4')")
    visitor.wait_for_function("() => location.search.includes('picture=set.')")
    first = shown(visitor)
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    other = context.new_page()
    other.goto(visitor.url)
    other.wait_for_function(f"() => ({CANVAS})?.shown?.frames === {len(MOMENTS)}")
    assert shown(other) == first
    assert first["place"] == pytest.approx(0.4)
    # Nothing was worked out anew, and the slider goes on from there.
    other.get_by_role("slider", name="Moment").press("ArrowRight")
    assert shown(other)["place"] == 1
    context.close()


def test_playing_ends_at_the_newest_moment_and_words_speak_of_it(
    visitor: Page, known: Known
) -> None:
    open_machine(visitor, known, "*at_0")
    assert shown(visitor)["index"] == 0
    visitor.get_by_label("Speed").select_option("16")
    visitor.get_by_role("button", name="Play", exact=True).click()
    visitor.wait_for_function(f"() => ({CANVAS}).shown.index === {len(MOMENTS) - 1}")
    visitor.get_by_role("button", name="Play", exact=True).wait_for()
    last = count_answers(known.labels, known.scores[MOMENTS[-1]], 0.5)
    told = str(visitor.evaluate(f"({CANVAS}).getAttribute('aria-label')"))
    assert f"After epoch {EPOCHS}." in told
    assert f"{last.found} of {last.found + last.missed} with fracture found" in told
    visitor.wait_for_function("() => !location.search.includes('at_')")
    # Without it the curves have the stage.
    visitor.get_by_label("Time machine").uncheck()
    visitor.wait_for_function(f"() => ({CANVAS}).clientWidth === 0")
    width = "document.querySelector('.lb-curves-plot').clientWidth"
    assert visitor.evaluate(width) > 800
