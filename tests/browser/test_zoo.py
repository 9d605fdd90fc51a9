"""The zoo in Chromium: what is drawn is what core counted; a real race is begun and ended."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.inspect.ideas.zoo_ideas import shortcut_ideas, zoo_ideas
from core.jobs.comparison import list_comparisons
from core.jobs.folder import Status
from core.models.cost import total_parameters
from core.models.zoo.entries import MODELS, TIMELINE
from data.synthetic.radiograph import draw
from tests.browser.conftest import Server
from tests.browser.test_presenting import present
from tests.browser.test_stages import open_stage
from tests.patience import wait_until

pytestmark = pytest.mark.browser

# A change is drawn in the next frame: what is shown after two.
SHOWN = """(host) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(host.shown))))"""
# Widths of the bars of the shown figure as shares of their rails.
BARS = """root => [...root.querySelectorAll('.bar')].map(bar =>
  bar.querySelector('u').getBoundingClientRect().width /
  bar.querySelector('i').getBoundingClientRect().width)"""
# Boxes of the big drawing that stand in line, in CSS pixels: [left, right, height].
BOXES = """root => [...root.querySelectorAll('.drawing g > rect')].map(e => {
  const box = e.getBoundingClientRect(); return [box.left, box.right, box.height]; })"""
OVERFLOWS = """root => [...root.querySelectorAll('*')].filter(e =>
  e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow === 'visible' && e.clientWidth)
  .map(e => e.className || e.tagName)"""
# Every pixel of the pictures, once none of them is on its way.
PICTURES = """root => [...root.querySelectorAll('.few canvas')].map(e => e.toDataURL())"""
FOCUSED = """() => { let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return e.getAttribute('aria-label') || e.textContent; }"""


@pytest.fixture
def zoo(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/zoo")
    page.locator(".zoo .drawing svg").wait_for()
    return page


def shown(page: Page) -> dict[str, Any]:
    return dict(page.locator(".zoo").evaluate(SHOWN))


def pictures(page: Page) -> list[str]:
    expect(page.locator(".few canvas.coming")).to_have_count(0)
    page.locator(".zoo").evaluate(SHOWN)
    return list(page.locator(".zoo").evaluate(PICTURES))


def tab_to(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if (page.evaluate(FOCUSED) or "").startswith(name):
            return
    raise AssertionError(f"{name!r} is not reached by tab")


def test_every_network_is_drawn_counted_and_explained_by_what_core_says(zoo: Page) -> None:
    root, facts = zoo.locator(".zoo"), zoo.locator(".facts")
    ideas = zoo_ideas(draw(192, size=80, fractured=True).image)
    expect(facts).to_contain_text("Answer the question")
    before = root.bounding_box()
    zoo.locator(".lb-answers").get_by_role("button", name="ResNet").click()
    expect(facts).to_contain_text("parameters")
    assert root.bounding_box() == before  # the answer moved nothing
    for name in TIMELINE:
        root.locator(f".card[data-name={name}]").click()
        idea, spec = ideas[name], MODELS[name].build(64, ("normal", "fracture"))
        expect(facts).to_contain_text(f"{total_parameters(spec):,}")
        first = shown(zoo)
        assert first["network"] == name
        assert first["sentence"] == idea.views[idea.start].sentence
        assert len(pictures(zoo)) == len(idea.views[idea.start].pictures)
        assert root.evaluate(OVERFLOWS) == []
        # From end to end of the slider the words and the bars are those of core.
        slider = zoo.get_by_role("slider", name="Position")
        for key, index in (("End", len(idea.views) - 1), ("Home", 0)):
            slider.press(key)
            assert shown(zoo)["index"] == index
            expect(zoo.locator(".lb-sentence")).to_have_text(idea.views[index].sentence)
            if not idea.logarithmic:
                shares = [bar.value / idea.highest for bar in idea.views[index].bars]
                for drawn, share in zip(root.evaluate(BARS), shares, strict=True):
                    assert drawn == pytest.approx(max(share, 0.004), abs=0.01)
    assert root.bounding_box() == before


def test_a_drawing_is_to_scale(zoo: Page) -> None:
    root = zoo.locator(".zoo")
    root.locator(".card[data-name=vgg]").click()
    assert shown(zoo)["network"] == "vgg"
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
    assert shown(zoo)["network"] == "vgg"
    tab_to(zoo, "3x3 filters in a row")
    zoo.keyboard.press("ArrowUp")
    assert shown(zoo)["index"] == 2
    number = zoo.get_by_label("3x3 filters in a row, as a number")
    number.fill("4")
    assert shown(zoo)["index"] == 3
    number.fill("99")  # too much: the nearest that there is
    number.blur()
    assert number.input_value() == "4"  # at once, not in the next frame
    zoo.wait_for_url(re.compile("set=network_vgg.atvgg_3"))
    tab_to(zoo, "Play")
    tab_to(zoo, "Position")
    zoo.keyboard.press("ArrowLeft")
    zoo.wait_for_url(re.compile("atvgg_2"))
    assert number.input_value() == "3"
    zoo.reload()
    zoo.locator(".zoo .drawing svg").wait_for()
    assert shown(zoo)["index"] == 2
    expect(zoo.locator(".zoo h2")).to_contain_text("VGG")
    zoo.locator(".lb-twin summary").click()
    expect(zoo.locator(".lb-twin")).to_contain_text("73,728")
    # And from here to the page that trains it.
    zoo.get_by_role("link", name="Train VGG").click()
    zoo.get_by_role("button", name="New run").click()
    expect(zoo.locator(".st-key-train_model input")).to_have_value("VGG")


def test_a_link_with_everything_set_opens_the_identical_figure(
    browser: Browser, server: Server, zoo: Page
) -> None:
    zoo.locator(".card[data-name=resnet]").click()
    zoo.get_by_label("First weights").select_option("he")
    zoo.wait_for_url(re.compile("init_he"))
    idea = shortcut_ideas()["he"]
    zoo.get_by_role("slider", name="Position").press("End")
    zoo.wait_for_url(re.compile("atresnet_19"))
    assert shown(zoo)["sentence"] == idea.views[-1].sentence
    for name in TIMELINE:
        if name == "resnet":
            continue
        zoo.locator(f".card[data-name={name}]").click()
        zoo.wait_for_url(re.compile(f"network_{name}" if name != TIMELINE[0] else "set=init_he"))
        zoo.get_by_role("slider", name="Position").press("Home")
        if name == "fused":
            zoo.get_by_label("Silenced, as a choice").select_option("2")
        zoo.wait_for_url(re.compile(rf"at{name}_{2 if name == 'fused' else 0}"))
    zoo.locator(".card[data-name=shared]").click()
    zoo.wait_for_url(re.compile("network_shared"))
    figure, seen = shown(zoo), pictures(zoo)
    assert figure["index"] == 0
    other = open_stage(browser, server, zoo.url.removeprefix(f"{server.url}/"))
    other.locator(".zoo .drawing svg").wait_for()
    assert shown(other) == figure
    assert pictures(other) == seen
    other.locator(".card[data-name=fused]").click()
    assert shown(other)["index"] == 2
    other.locator(".card[data-name=resnet]").click()
    assert shown(other)["sentence"] == idea.views[-1].sentence
    other.context.close()
    zoo.go_back()
    zoo.wait_for_url(lambda url: "network_shared" not in url)
    assert shown(zoo)["network"] == TIMELINE[-1]
    zoo.go_back()
    zoo.wait_for_url(lambda url: "atpaper_0" not in url)
    assert shown(zoo)["index"] == zoo_ideas(draw(192, size=80, fractured=True).image)["paper"].start


def test_play_shows_one_moment_in_picture_sentence_and_number(zoo: Page) -> None:
    zoo.locator(".card[data-name=lenet]").click()
    slider = zoo.get_by_role("slider", name="Position")
    slider.press("Home")
    zoo.get_by_role("button", name="Play").click()
    wait_until(lambda: shown(zoo)["index"] >= 2)
    zoo.get_by_role("button", name="Pause").click()
    now = shown(zoo)
    idea = zoo_ideas(draw(192, size=80, fractured=True).image)["lenet"]
    expect(zoo.locator(".lb-sentence")).to_have_text(idea.views[now["index"]].sentence)
    number = zoo.get_by_label("Side of the image, pixels, as a number")
    assert float(number.input_value()) == idea.positions[now["index"]]
    zoo.wait_for_url(re.compile(f"atlenet_{now['index']}"))


def test_it_is_presented_without_overflow(browser: Browser, server: Server) -> None:
    for name in TIMELINE:
        page = open_stage(browser, server, f"zoo?answer=shown&set=network_{name}", scheme="light")
        present(page)
        page.locator(".zoo .drawing svg").wait_for()
        pictures(page)
        root = page.locator(".zoo")
        assert root.evaluate(OVERFLOWS) == [], name
        # What is drawn stays above the transport, and the figure has room.
        last = root.locator(".formula").bounding_box()
        figure = root.locator(".figure").bounding_box()
        assert last is not None
        assert figure is not None
        assert last["y"] + last["height"] <= 720 - 54
        assert figure["height"] >= 200, name
        page.context.close()


@pytest.mark.slow
def test_a_race_is_trained_survives_a_reload_and_shows_what_came_out(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/zoo?zoo_size=28+px&zoo_epochs=1")
    page.locator(".st-key-zoo_start button:enabled").wait_for()
    for name in TIMELINE:  # two of ten are enough
        if name not in {"lenet", "alexnet"}:
            page.locator(".st-key-zoo_networks").get_by_role(
                "button", name=MODELS[name].title, exact=True
            ).click()
    page.get_by_role("button", name="Train all 2").wait_for()
    expect(page.locator(".st-key-zoo_start")).to_be_visible()
    page.locator(".st-key-zoo_start button:enabled").click()
    page.locator(".lb-race").get_by_text("LeNet-5").wait_for()
    wait_until(lambda: len(list_comparisons(server.runs)) == 1)
    page.reload()
    page.locator(".lb-race").get_by_text("AlexNet").first.wait_for()

    def ended() -> bool:
        return {run.status for run in list_comparisons(server.runs)[0].runs} == {Status.FINISHED}

    wait_until(ended)
    page.get_by_text("came first on validation with").wait_for()
    page.locator(".js-plotly-plot .main-svg").nth(2).wait_for()
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
    page.get_by_text("On the test, which had no say in the choice").wait_for()
    page.get_by_text("opened for the first time on this computer").wait_for()
    parts = [run.run.evaluation().part for run in list_comparisons(server.runs)[0].runs]
    assert sorted(parts) == ["test", "validation"]
