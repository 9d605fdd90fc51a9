"""The zoo in Chromium: what is drawn is what core counted; a real race is begun and ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from core.inspect.ideas.zoo_ideas import zoo_ideas
from core.jobs.comparison import list_comparisons
from core.jobs.folder import Status
from core.models.cost import total_parameters
from core.models.zoo.entries import MODELS, TIMELINE
from data.synthetic.radiograph import draw
from tests.browser.conftest import Complaints, Server, watch

pytestmark = pytest.mark.browser

SHOWN = "root => root.shown"
# Widths of the bars of the shown figure as shares of their rails.
BARS = """root => [...root.querySelectorAll('.bar')].map(bar =>
  bar.querySelector('u').getBoundingClientRect().width /
  bar.querySelector('i').getBoundingClientRect().width)"""
# Boxes of the big drawing that stand in line, in CSS pixels: [left, right, height].
BOXES = """root => [...root.querySelectorAll('.drawing g > rect')].map(e => {
  const box = e.getBoundingClientRect(); return [box.left, box.right, box.height]; })"""
OVERFLOWS = """root => [...root.querySelectorAll('.stage *')].filter(e =>
  e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow === 'visible' && e.clientWidth)
  .map(e => e.className || e.tagName)"""


def wait_until(true: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


@pytest.fixture
def zoo(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/zoo")
    page.locator(".zoo .card").nth(9).wait_for(timeout=60_000)
    page.locator(".zoo .drawing svg").wait_for()
    return page


def test_every_network_is_drawn_counted_and_explained_by_what_core_says(zoo: Page) -> None:
    root = zoo.locator(".zoo")
    ideas = zoo_ideas(draw(192, size=80, fractured=True).image)
    expect(root.locator(".facts")).to_contain_text("Answer the question")
    before = zoo.locator(".zoo").bounding_box()
    zoo.get_by_role("button", name="ResNet", exact=True).first.click()
    expect(root.locator(".facts")).to_contain_text("parameters")
    after = zoo.locator(".zoo").bounding_box()
    assert before is not None
    assert after is not None
    assert before["y"] == after["y"]  # the answer moved nothing
    heights = set()
    for name in TIMELINE:
        root.locator(f".card[data-name={name}]").click()
        wait_until(lambda name=name: root.evaluate(SHOWN)["network"] == name, seconds=5)
        idea, spec = ideas[name], MODELS[name].build(64, ("normal", "fracture"))
        expect(root.locator(".facts")).to_contain_text(f"{total_parameters(spec):,}")
        assert root.evaluate(SHOWN)["sentence"] == idea.views[idea.start].sentence
        assert root.evaluate(OVERFLOWS) == []
        heights.add(round(root.bounding_box()["height"]))  # type: ignore[index]
        # From end to end of the slider the words and the bars are those of core.
        slider = root.locator(".control input[type=range]")
        for key, index in (("End", len(idea.views) - 1), ("Home", 0)):
            slider.press(key)
            wait_until(lambda i=index: root.evaluate(SHOWN)["index"] == i, seconds=5)
            assert root.locator(".sentence").inner_text() == idea.views[index].sentence
            if not idea.logarithmic:
                zoo.wait_for_timeout(250)
                shares = [bar.value / idea.highest for bar in idea.views[index].bars]
                for drawn, share in zip(root.evaluate(BARS), shares, strict=True):
                    assert drawn == pytest.approx(max(share, 0.004), abs=0.01)
    assert max(heights) - min(heights) <= 8  # choosing another one moves nothing below


def test_a_drawing_is_to_scale(zoo: Page) -> None:
    root = zoo.locator(".zoo")
    root.locator(".card[data-name=vgg]").click()
    zoo.wait_for_timeout(400)
    boxes = root.evaluate(BOXES)
    # Image 64; two of 64 and a pooling; the next two are half as high and twice as wide.
    image, first, _, pooled, second = boxes[:5]
    assert first[2] == pytest.approx(image[2], rel=0.01)
    assert second[2] == pytest.approx(first[2] / 2, rel=0.02)
    assert pooled[2] == pytest.approx(first[2] / 2, rel=0.1)
    assert second[1] - second[0] == pytest.approx(2 * (first[1] - first[0]), rel=0.02)
    for left, right in pairwise(boxes):
        assert right[0] > left[1]  # none lies upon another


def test_the_keyboard_chooses_and_slides_and_a_reload_keeps_it(zoo: Page) -> None:
    root = zoo.locator(".zoo")
    first = root.locator(".card[aria-checked=true]")
    assert first.get_attribute("data-name") == "neocognitron"
    first.focus()
    for _ in range(3):
        zoo.keyboard.press("ArrowRight")
    wait_until(lambda: root.evaluate(SHOWN)["network"] == "vgg", seconds=5)
    zoo.keyboard.press("Tab")  # from the cards over the source to the slider
    while "zoo" in zoo.url and root.evaluate("r => r.getRootNode().activeElement.type") != "range":
        zoo.keyboard.press("Tab")
    zoo.keyboard.press("ArrowRight")
    wait_until(lambda: root.evaluate(SHOWN)["index"] == 2, seconds=5)
    number = root.locator(".control input[type=number]")
    number.fill("4")
    wait_until(lambda: root.evaluate(SHOWN)["index"] == 3, seconds=5)
    number.fill("99")  # too much: the nearest that there is
    number.blur()
    assert number.input_value() == "4"
    zoo.wait_for_timeout(600)
    assert "zoo_set=network_vgg" in zoo.url
    zoo.reload()
    zoo.locator(".zoo .drawing svg").wait_for()
    wait_until(lambda: zoo.locator(".zoo").evaluate(SHOWN)["index"] == 3, seconds=20)
    expect(zoo.locator(".zoo .title")).to_have_text("VGG")
    zoo.locator(".zoo .words summary").click()
    expect(zoo.locator(".zoo .words")).to_contain_text("73,728")
    # And from here to the page that trains it.
    zoo.get_by_role("link", name="Train VGG").click()
    expect(zoo.locator(".st-key-train_model input")).to_have_value("VGG")


def test_it_fits_a_projector(browser: Browser, server: Server) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, reduced_motion="reduce", color_scheme="light"
    )
    page, complaints = context.new_page(), Complaints()
    watch(page, server, complaints)
    page.goto(f"{server.url}/zoo?projector=true&zoo_set=network_shared")
    page.locator(".zoo .lines svg text").first.wait_for()
    root = page.locator(".zoo")
    sizes = root.evaluate(
        """root => [...root.querySelectorAll('*')].filter(e => e.checkVisibility() &&
          [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
          .map(e => parseFloat(getComputedStyle(e).fontSize))"""
    )
    overflow = root.evaluate(OVERFLOWS)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    context.close()
    assert min(sizes) >= 23.5
    assert overflow == []
    assert wide <= 0
    assert complaints.found == []


@pytest.mark.slow
def test_a_race_is_trained_survives_a_reload_and_shows_what_came_out(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/zoo?zoo_size=28+px&zoo_epochs=1")
    page.locator(".st-key-zoo_start button:enabled").wait_for(timeout=90_000)
    for name in TIMELINE:  # two of ten are enough
        if name not in {"lenet", "alexnet"}:
            page.locator(".st-key-zoo_networks").get_by_role(
                "button", name=MODELS[name].title, exact=True
            ).click()
    page.get_by_role("button", name="Train all 2").wait_for()
    expect(page.locator(".st-key-zoo_start")).to_be_visible()
    page.locator(".st-key-zoo_start button:enabled").click()
    page.locator(".lb-race").get_by_text("LeNet-5").wait_for(timeout=150_000)
    wait_until(lambda: len(list_comparisons(server.runs)) == 1, seconds=30)
    page.reload()
    page.locator(".lb-race").get_by_text("AlexNet").first.wait_for(timeout=60_000)

    def ended() -> bool:
        return {run.status for run in list_comparisons(server.runs)[0].runs} == {Status.FINISHED}

    wait_until(ended, seconds=240)
    page.get_by_text("came first on validation with").wait_for(timeout=30_000)
    page.locator(".js-plotly-plot .main-svg").nth(2).wait_for(timeout=30_000)
    # Names in the charts never meet.
    boxes = page.evaluate(
        """[...document.querySelectorAll('.js-plotly-plot')].map(plot =>
          [...plot.querySelectorAll('.annotation-text')].map(e => {
            const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }))"""
    )
    assert len(boxes) == 2
    for plot in boxes:
        assert len(plot) >= 4
        for i, a in enumerate(plot):
            for b in plot[i + 1 :]:
                apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
                assert apart, (a, b)
    page.get_by_text("The same in numbers").click()
    page.get_by_text("Multiply-adds", exact=True).wait_for()
    # The test is opened for the chosen one alone, when asked.
    assert {run.run.evaluation().part for run in list_comparisons(server.runs)[0].runs} == {
        "validation"
    }
    page.locator(".st-key-zoo_open_test button").click()
    page.get_by_text("On the test, which had no say in the choice").wait_for(timeout=120_000)
    page.get_by_text("opened for the first time on this computer").wait_for(timeout=10_000)
    parts = [run.run.evaluation().part for run in list_comparisons(server.runs)[0].runs]
    assert sorted(parts) == ["test", "validation"]
