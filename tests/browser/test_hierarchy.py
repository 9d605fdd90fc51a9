"""Spatial hierarchy in Chromium: parts followed, played, read, and a pleasing picture drawn."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.inspect.composition import Cell, Composition
from core.inspect.forward import forward
from dashboard.lessons.hierarchy.stage import PARTS
from dashboard.networks.open_network import read_network
from data.samples.pictures import samples
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

NETWORK = "paper-synthetic"


def composition() -> Composition:
    network = read_network(NETWORK)
    image = samples()[0].make(network.spec.input_size)
    return Composition(
        network.spec, network.weights, forward(network.spec, network.weights, image[None])
    )


def open_lesson(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/hierarchy?network={NETWORK}")
    page.get_by_role("button", name="Show me").click()
    expect(page.locator(".row")).to_have_count(len(composition().levels()))


def test_parts_are_those_of_core_and_can_be_followed(page: Page, server: Server) -> None:
    open_lesson(page, server)
    known = composition()
    level = known.levels()[-1]
    strongest = known.strongest(level, 4)
    first = page.locator(".row").first.locator(".patches button")
    expect(first).to_have_count(len(strongest))
    for button, cell in zip(first.all(), strongest, strict=True):
        name = button.get_attribute("aria-label") or ""
        assert name.startswith(f"map {cell.channel + 1}, {level.replace('_', ' ')}: ")
        assert float(name.split(": ")[1]) == pytest.approx(known.answer(cell), abs=0.006)

    # Follow the second unit by keyboard: its parts stand in the next row.
    first.nth(1).focus()
    page.keyboard.press("Enter")
    parts = known.parts(strongest[1], PARTS)
    shown = page.locator(".row").nth(1).locator(".patches button")
    labels = [button.get_attribute("aria-label") or "" for button in shown.all()]
    assert [int(re.findall(r"map (\d+)", label)[0]) for label in labels] == [
        part.cell.channel + 1 for part in parts
    ]
    shares = [int(re.findall(r"(\d+)\s*%", label)[0]) for label in labels]
    np.testing.assert_allclose(shares, [100 * part.share for part in parts], atol=0.51)
    expect(page.locator(".lb-sentence")).to_contain_text(f"Map {strongest[1].channel + 1} of")


def test_play_grows_the_window_from_the_edge_to_the_whole(page: Page, server: Server) -> None:
    open_lesson(page, server)
    known = composition()
    whole = known.strongest(known.levels()[-1], 1)[0]
    canvas = page.locator("canvas.lb-canvas")
    assert canvas.evaluate("canvas => canvas.box") == list(known.window(whole))
    canvas.press("Home")
    expect(page.locator(".lb-sentence")).to_contain_text("Its parts are pixels")
    chain: list[Cell] = [whole]
    while parts := known.parts(chain[-1], PARTS):
        chain.append(parts[0].cell)
    page.wait_for_function(
        "([canvas, box]) => String(canvas.box) === box",
        arg=[canvas.element_handle(), ",".join(map(str, known.window(chain[-1])))],
    )
    expect(page.locator(".lb-sentence")).to_contain_text("Its parts are pixels")
    sizes = []
    canvas.press(" ")
    for _ in range(8):
        page.wait_for_timeout(250)
        box = canvas.evaluate("canvas => canvas.box")
        sizes.append((box[2] - box[0]) * (box[3] - box[1]))
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]


def test_a_link_opens_the_identical_path_and_back_moves_it(page: Page, server: Server) -> None:
    open_lesson(page, server)
    canvas = page.locator("canvas.lb-canvas")
    shown = "canvas => [canvas.box, canvas.path]"
    first = canvas.evaluate(shown)
    page.get_by_label("Layer to begin with").select_option("1")
    page.wait_for_url(re.compile("level_2"))
    page.locator(".row").first.locator(".patches button").nth(1).click()
    page.wait_for_url(re.compile("follow_1"))
    page.locator(".row").nth(1).locator(".patches button").nth(2).click()
    page.wait_for_url(re.compile("follow_1_2.*row_1"))
    set_here = canvas.evaluate(shown)
    assert set_here != first
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".row")).to_have_count(2)
    said = page.locator(".lb-sentence").text_content() or ""
    expect(other.locator(".lb-sentence")).to_have_text(said)
    assert other.locator("canvas.lb-canvas").evaluate(shown) == set_here
    other.close()
    for gone in ("row_1", "follow_1", "level_2"):
        page.go_back()
        page.wait_for_url(lambda url, gone=gone: gone not in url)
    expect(page.locator(".row")).to_have_count(len(composition().levels()))
    assert canvas.evaluate(shown) == first


def test_a_worker_draws_what_pleases_a_unit_while_the_page_stays_alive(
    page: Page, server: Server
) -> None:
    open_lesson(page, server)
    page.get_by_role("button", name="Draw what pleases it").click()
    expect(page.get_by_role("button", name="Drawing")).to_be_disabled()
    page.locator(".row").nth(1).locator(".patches button").nth(1).click()  # not frozen
    page.locator(".row").first.locator(".patches button").first.click()
    told = page.locator(".pleased")
    expect(told).to_contain_text("it sums up")
    page.wait_for_timeout(2500)  # the way is shown once
    last, first = (
        float(number.replace("\N{MINUS SIGN}", "-"))
        for number in re.findall(r"sums up (\S+), from (\S+) for", told.inner_text())[0]
    )
    assert last > first
    page.locator(".unit input[type=range]").fill("0")
    expect(told).to_contain_text("After 0 steps")
    page.get_by_label("Steps, as a number").fill("50")
    page.keyboard.press("Enter")
    expect(told).to_contain_text("After 48 steps")  # of the pictures kept, the nearest


FOCUSED = """() => { let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute("aria-label") ?? at.innerText; }"""


def to(page: Page, wanted: str) -> None:
    """Press tab until what has the focus has a name that begins so."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if (page.evaluate(FOCUSED) or "").startswith(wanted):
            return
    raise AssertionError(f"{wanted!r} is not reached by tab")


def test_a_tree_can_be_walked_by_keys_alone(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/hierarchy?network={NETWORK}")
    page.locator(".row").first.wait_for()
    to(page, "Show me")
    page.keyboard.press("Enter")
    known = composition()
    levels = known.levels()
    expect(page.locator(".row")).to_have_count(len(levels))
    to(page, "Layer to begin with")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".row")).to_have_count(len(levels) - 1)
    expect(page.get_by_label("Layer to begin with")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row")).to_have_count(len(levels))
    chain = list(known.strongest(levels[-1], 2))[1:]
    chain.append(known.parts(chain[0], PARTS)[1].cell)
    to(page, "map ")
    for key, cell in (("ArrowRight", chain[0]), ("ArrowDown", None), ("ArrowRight", chain[1])):
        page.keyboard.press(key)
        if cell is not None:
            expect(page.locator(".lb-sentence")).to_contain_text(f"Map {cell.channel + 1} of")
            assert page.evaluate(FOCUSED).startswith(f"map {cell.channel + 1}, ")
    box = page.locator("canvas.lb-canvas").evaluate("canvas => canvas.box")
    assert box == list(known.window(chain[1]))
    page.keyboard.press("ArrowUp")
    assert page.evaluate(FOCUSED).startswith(f"map {chain[0].channel + 1}, ")
    expect(page.locator(".lb-sentence")).to_contain_text(f"Map {chain[0].channel + 1} of")
    to(page, "Draw what pleases it")
    to(page, "Play")
    page.keyboard.press("Home")
    expect(page.locator(".lb-sentence")).to_contain_text("Its parts are pixels")
    to(page, "In words and numbers")
    page.keyboard.press("Enter")
    expect(page.locator(".lb-twin tbody tr")).to_have_count(len(levels))


def test_the_row_that_is_looked_at_stays_marked_in_another_size(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    open_lesson(page, server)
    row = page.locator(".row").first
    row.evaluate("(element) => { element.dataset.old = 'yes'; }")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator(".row")).not_to_have_count(0)
    page.wait_for_function(
        """() => [...document.querySelectorAll('*')].map((element) => element.shadowRoot)
          .filter(Boolean).every((root) => !root.querySelector('[data-old]'))"""
    )
    expect(page.locator(".row[data-looked-at]")).to_have_count(1)
