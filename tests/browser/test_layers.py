"""Small networks in Chromium: all follows the hand, the link, and the keys."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints, Server, present
from tests.browser.test_every_page import NOT_OURS, TEXT_SIZES
from tests.browser.test_stages import open_stage

pytestmark = pytest.mark.browser
PLANE = ".plane canvas"
FIND = """(() => { const find = (root) => root.querySelector('.plane canvas')
  ?? [...root.querySelectorAll('*')].filter((e) => e.shadowRoot)
    .map((e) => find(e.shadowRoot)).find(Boolean); return find(document); })()"""


@pytest.fixture
def net(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/layers?answer=1&set=part_network")
    page.locator(".lb-sentence .train").wait_for()
    return page


@pytest.fixture
def layer(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/layers?answer=1")
    page.locator(".layer svg").wait_for()
    return page


COUNT_MESSAGES = """() => {
  window.sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...parts) {
    window.sent += 1;
    return send.apply(this, parts);
  };
}"""


def state(net: Page) -> dict[str, Any]:
    return dict(net.locator(PLANE).evaluate("c => c.shown"))


def test_it_plays_steps_goes_back_and_asks_the_server_nothing(net: Page) -> None:
    net.evaluate(COUNT_MESSAGES)
    first = state(net)
    assert (first["batch"], first["perEpoch"], first["playing"]) == (0, 10, False)
    net.locator(".lb-next").click()
    assert state(net)["batch"] == 1
    net.get_by_role("button", name="+1 epoch").click()
    one = state(net)
    assert one["batch"] == 10
    assert len(one["losses"]) == 2
    net.locator(PLANE).focus()
    net.locator(PLANE).press(" ")
    net.wait_for_function(f"{FIND}.shown.batch > 150")
    net.locator(PLANE).press(" ")
    played = state(net)
    assert played["batch"] > 150
    assert not played["playing"]
    assert played["losses"][-1] < 0.8 * played["losses"][0]
    # Back to the first epoch, with the very weights of then; and on again to the same end.
    net.locator(".lb-at-number").fill("10")
    net.locator(".lb-at-number").press("Enter")
    assert state(net)["w"] == one["w"]
    net.locator(".lb-at-number").fill(str(played["last"]))
    net.locator(".lb-at-number").press("Enter")
    again = state(net)
    assert again["w"] == played["w"]
    assert again["losses"] == played["losses"]
    net.locator(".lb-start").click()
    assert state(net)["w"] == first["w"]
    assert net.evaluate("window.sent") == 0
    # A visit to the other part forgets nothing.
    net.locator(".lb-at-number").fill("57")
    net.locator(".lb-at-number").press("Enter")
    kept = state(net)
    net.get_by_role("button", name="One layer").click()
    net.locator(".layer svg").wait_for()
    net.get_by_role("button", name="Small network", exact=True).click()
    net.locator(PLANE).wait_for()
    back = state(net)
    assert [back[name] for name in ("batch", "last", "w", "losses")] == [
        kept[name] for name in ("batch", "last", "w", "losses")
    ]


def test_weights_are_set_by_list_by_line_and_by_drag(net: Page) -> None:
    # Gone back to the first epoch of two: an edit there makes the second one void.
    net.get_by_role("button", name="+1 epoch").click()
    net.get_by_role("button", name="+1 epoch").click()
    net.get_by_role("button", name="\N{MINUS SIGN}1 epoch").click()
    before = state(net)
    assert (before["batch"], before["last"]) == (10, 20)
    net.get_by_text("More", exact=True).click()
    net.get_by_label("Unit", exact=True).select_option("1.1")
    net.get_by_label("Its", exact=True).select_option("3")
    box = net.get_by_label("Value of the weight or bias, as a number")
    box.fill("2.5")
    after = state(net)
    # Flat: 4 * (2 + 1) numbers of layer 1, then 2 * 4 weights: unit 2, weight 4 is number 12 + 7.
    assert after["w"][19] == 2.5
    assert [a for i, a in enumerate(after["w"]) if i != 19] == [
        b for i, b in enumerate(before["w"]) if i != 19
    ]
    expect(net.locator(".formula")).to_contain_text("2.50·")
    box.fill("1e300")
    expect(net.locator(".advice")).to_contain_text("from \N{MINUS SIGN}100 to 100")
    assert state(net)["w"][19] == 2.5
    box.fill("0.5")
    expect(net.locator(".advice")).to_be_hidden()
    # A line is chosen by a click and turned by a drag upward.
    wires = net.locator(".drawing canvas")
    line = net.locator(PLANE).evaluate(
        "c => c.shown.lines.find(l => l.layer === 2 && l.input === 1)"
    )
    frame = wires.bounding_box()
    assert frame is not None
    x = frame["x"] + line["x1"] + 0.35 * (line["x2"] - line["x1"])
    y = frame["y"] + line["y1"] + 0.35 * (line["y2"] - line["y1"])
    net.mouse.move(x, y)
    net.mouse.down()
    for step in range(1, 6):
        net.mouse.move(x, y - 10 * step)
    net.mouse.up()
    moved = state(net)
    assert moved["pick"] == {"layer": 2, "unit": 0, "input": 1}
    assert moved["w"][23] == pytest.approx(after["w"][23] + 1.0, abs=0.011)
    # What came later is forgotten: training goes on from the new weights.
    assert moved["last"] == moved["batch"] == 10
    net.locator(".lb-next").click()
    one = state(net)
    assert one["batch"] == 11
    net.get_by_role("button", name="+1 epoch").click()
    net.locator(".lb-at-number").fill("11")
    net.locator(".lb-at-number").press("Enter")
    # Back to behind the edit, not to where training would be without it.
    assert state(net)["w"] == one["w"]


def test_a_runaway_is_explained_and_rewound_and_dead_units_are_named(net: Page) -> None:
    net.get_by_label("Experiment", exact=True).select_option(label="a rate far too large")
    net.locator(".lb-play").click()
    advice = net.locator(".advice")
    expect(advice).to_contain_text("ran away at batch")
    expect(advice).to_contain_text("with a rate of 3")
    ran = state(net)
    assert not ran["playing"]
    assert all(math.isfinite(w) for w in ran["w"])
    advice.get_by_role("button", name="Back to the last good step").click()
    expect(advice).to_be_hidden()
    good = state(net)
    losses = ran["losses"]
    assert losses[good["batch"] // 10] <= 1.5 * min(losses)
    assert good["batch"] < ran["batch"]
    # It runs away again, and with a smaller rate it does not.
    net.locator(".lb-play").click()
    expect(advice).to_contain_text("ran away")
    advice.get_by_role("button", name=re.compile("Back, with a rate of 0.1")).click()
    assert state(net)["rate"] == 0.1
    for _ in range(3):
        net.get_by_role("button", name="+1 epoch").click()
    expect(advice).to_be_hidden()
    assert state(net)["batch"] == good["batch"] + 30
    # A rate not quite so large leaves units that no gradient reaches any more.
    net.get_by_label("Experiment", exact=True).select_option(
        label="dead units: ReLU at a rate of 5"
    )
    for _ in range(30):
        net.get_by_role("button", name="+1 epoch").click()
    expect(net.locator(".lb-sentence .status")).to_contain_text("Dead (layer 1: ")
    assert state(net)["idle"][0].count("dead") >= 3
    assert "Dead" in str(net.locator(".drawing canvas").get_attribute("aria-label"))


def test_every_control_changes_something_and_wrong_numbers_get_advice(net: Page) -> None:
    net.get_by_text("More", exact=True).click()
    seen = [state(net)["choices"]]

    def differs() -> None:
        now = state(net)["choices"]
        assert now not in seen
        seen.append(now)

    for name, value in (
        ("Noise", "0.3"),
        ("Train on", "70"),
        ("Batch size", "7"),
        ("Seed", "8"),
    ):
        net.get_by_label(f"{name}, as a number", exact=True).fill(value)
        differs()
    net.get_by_label("L2 penalty λ, as a number").fill("0.01")
    assert state(net)["l2"] == 0.01
    rate = net.get_by_label("Learning rate", exact=True)
    rate.fill("0.2")
    assert state(net)["rate"] == 0.2
    for name, value in (("Data", "tumors"), ("Optimizer", "adam")):
        net.get_by_label(name, exact=True).select_option(value)
        differs()
    # What was tuned stays with other points.
    assert (state(net)["rate"], state(net)["l2"]) == (0.2, 0.01)
    expect(net.locator(PLANE)).to_have_attribute("aria-label", re.compile("Tumors"))
    net.get_by_label("One hidden layer more").click()
    differs()
    net.get_by_label("Units of hidden layer 3").fill("5")
    differs()
    net.get_by_label("Activation of hidden layer 3").select_option("silu")
    differs()
    net.get_by_role("button", name="sin x₁").click()
    differs()
    last = seen[-1]
    assert last["hidden"] == [[4, "tanh"], [2, "tanh"], [5, "silu"]]
    assert last["features"] == ["x1", "x2", "sin_x1"]
    assert last["seed"] == 8
    for value, advice in (
        ("-1", "A learning rate is a number from 0"),
        ("", "A learning rate is a number from 0"),
        ("0", "no step moves anything"),
    ):
        rate.fill(value)
        expect(net.locator(".advice")).to_contain_text(advice)
    rate.fill("0.2")
    net.get_by_label("Units of hidden layer 3").fill("9")
    expect(net.locator(".advice")).to_contain_text("1 to 8 units")
    assert state(net)["choices"]["hidden"][2][0] == 5
    # A list's first letters are not Streamlit's shortcuts: r would run the page, c clear caches.
    net.get_by_label("Data", exact=True).focus()
    net.keyboard.press("c")
    expect(net.get_by_role("dialog")).to_have_count(0)
    # The numbers of the curve stand in a table.
    net.get_by_text("In words and numbers").click()
    expect(net.locator(".lb-twin-words")).to_contain_text("95 % interval")
    expect(net.locator(".lb-twin-tables table").nth(1).locator("tbody tr")).to_have_count(1)


def test_a_link_repeats_the_whole_training_with_what_a_hand_did(
    browser: Browser, server: Server, net: Page
) -> None:
    net.get_by_label("Experiment", exact=True).select_option(label="XOR, three ReLU units")
    net.get_by_label("Optimizer", exact=True).select_option("momentum")
    for _ in range(3):
        net.get_by_role("button", name="+1 epoch").click()
    net.get_by_label("Learning rate", exact=True).fill("0.05")
    net.get_by_text("More", exact=True).click()
    net.get_by_label("Unit", exact=True).select_option("0.1")
    net.get_by_label("Value of the weight or bias, as a number").fill("1.5")
    net.get_by_label("show the test points").uncheck()
    for _ in range(4):
        net.get_by_role("button", name="+1 epoch").click()
    net.get_by_role("button", name="\N{MINUS SIGN}1 epoch").click()
    net.locator(PLANE).press("Shift+ArrowRight")
    net.wait_for_url(re.compile("at_60.*probex_0.6"))
    here = state(net)
    assert (here["batch"], here["last"], here["rate"]) == (60, 70, 0.05)
    other = open_stage(browser, server, net.url.removeprefix(f"{server.url}/"))
    other.locator(PLANE).wait_for()
    other.wait_for_function(f"{FIND}.shown.batch === 60 && !{FIND}.shown.owing")
    there = state(other)
    other.context.close()
    # Words on idle units and places of lines follow a frame later.
    for name in here.keys() - {"idle", "lines"}:
        assert there[name] == here[name], name


def test_back_moves_the_network(net: Page) -> None:
    net.get_by_label("Data", exact=True).select_option("xor")
    net.wait_for_url(re.compile("data_xor"))
    net.get_by_role("button", name="+1 epoch").click()
    net.wait_for_url(re.compile("at_10"))
    net.go_back()
    net.wait_for_function(f"{FIND}.shown.batch === 0")
    assert state(net)["choices"]["data"] == "xor"
    net.go_back()
    net.wait_for_function(f"{FIND}.shown.choices.data === 'circle'")


def test_before_the_answer_a_network_without_hidden_layer_does_not_train(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/layers?set=part_network*depth_0")
    page.locator(PLANE).wait_for()
    page.get_by_role("button", name="+1 epoch").click()
    expect(page.locator(".advice")).to_contain_text("Answer the question")
    assert state(page)["batch"] == 0
    page.get_by_role("button", name="no", exact=True).click()
    expect(page.locator(".lb-verdict")).to_be_visible()
    page.get_by_role("button", name="+1 epoch").click()
    page.wait_for_function(f"{FIND}.shown.batch === 10")


@pytest.mark.parametrize(
    "kept",
    [
        "data___proto__*units1_9*bend1_step*depth_5*features_constructor",
        "features_*optimizer_toString*rate_NaN*batch_0*seed_-1*pick_9_9_9",
        "edits_5_3*trained_999*at_-4",
        "edits_5_3_1_4_2_1_4_2_1*trained_3*at_9*depth_1",
    ],
)
def test_a_link_with_nonsense_opens_with_what_it_can(page: Page, server: Server, kept: str) -> None:
    page.goto(f"{server.url}/layers?answer=1&set=part_network*{kept}")
    page.locator(".lb-sentence .train").wait_for()
    page.wait_for_function(f"!{FIND}.shown.owing")
    shown = state(page)
    assert all(math.isfinite(w) for w in shown["w"])
    assert shown["choices"]["features"] == ["x1", "x2"]
    assert all(1 <= units <= 8 for units, _ in shown["choices"]["hidden"])


# --------------------------------------------------------------------------- the single layer
def shown(layer: Page) -> dict[str, Any]:
    return dict(
        layer.locator(".layer").evaluate(
            "(p) => new Promise((done) => requestAnimationFrame(() =>"
            " requestAnimationFrame(() => done(p.shown))))"
        )
    )


PASTE = """(cell, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  cell.focus();
  const how = { clipboardData, bubbles: true, cancelable: true };
  cell.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_cells_are_typed_dragged_stepped_and_pasted(
    browser: Browser, server: Server, layer: Page
) -> None:
    cell = layer.get_by_label("Weight from input 2 to output 1")
    said = layer.locator(".lb-sentence")
    cell.fill("2")
    expect(said).to_contain_text("2.00·0.50")
    # 0.8 * 1 + 2 * 0.5 - 0.3 + 0.1 = 1.6
    assert shown(layer)["sums"][0] == pytest.approx(1.6)
    cell.press("ArrowUp")
    expect(cell).to_have_value("2.1")
    for text, advice in (
        ("hello", "“hello” is not a number"),
        ("0,5", "The decimal sign is a point: 0.5"),
        ("1e999", "is not a number"),
        ("77", "outside the range"),
        ("", "A number belongs here"),
    ):
        cell.fill(text)
        expect(said).to_contain_text(advice)
        assert shown(layer)["w"][0][1] == 2.1
    cell.blur()
    expect(cell).to_have_value("2.1")
    box = cell.bounding_box()
    assert box is not None
    layer.mouse.move(box["x"] + 20, box["y"] + 10)
    layer.mouse.down()
    for step in range(1, 6):
        layer.mouse.move(box["x"] + 20 - 10 * step, box["y"] + 10)
    layer.mouse.up()
    expect(cell).to_have_value("1.1")
    corner = layer.get_by_label("Weight from input 1 to output 1")
    corner.evaluate(PASTE, "1 2 3\n4 5 -5")
    assert shown(layer)["w"] == [[1, 2, 3], [4, 5, -5]]
    for text, advice in (
        ("one two", "“one”, which is not a number"),
        ("1 2 3 4\n1 2 3 4", "2 by 4, from this cell on there is room for 2 by 3"),
        ("9 9", "outside the range"),
        ("", "nothing was changed"),
    ):
        corner.evaluate(PASTE, text)
        expect(said).to_contain_text(advice)
        assert shown(layer)["w"] == [[1, 2, 3], [4, 5, -5]]
    layer.get_by_label("Inputs n, as a number").fill("4")
    layer.get_by_label("Outputs m, as a number").fill("4")
    layer.get_by_label("Activation f", exact=True).select_option("tanh")
    now = shown(layer)
    assert (len(now["w"]), len(now["w"][0])) == (4, 4)
    np.testing.assert_allclose(now["outputs"], np.tanh(now["sums"]))
    # The address says it all, also in a fresh browser; Back takes the last change away.
    layer.wait_for_url(re.compile("f_tanh"))
    other = open_stage(browser, server, layer.url.removeprefix(f"{server.url}/"))
    other.locator(".layer svg").wait_for()
    assert shown(other) == now
    other.context.close()
    layer.go_back()
    layer.wait_for_url(lambda url: "tanh" not in url)
    assert shown(layer)["activation"] == "relu"


def test_numbers_out_of_range_in_a_link_have_the_limit(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/layers?answer=1&set=w_1_x*b_99_-99")
    page.locator(".layer svg").wait_for()
    found = shown(page)
    assert found["w"] == [[0.8, -0.6, 0.3], [-1, 0.5, 1.2]]
    assert found["b"] == [5, -5]


@pytest.mark.parametrize("screen", ["1920-light", "presenting"])
def test_the_second_part_reads_well_and_can_be_used_by_all(
    browser: Browser, server: Server, screen: str
) -> None:
    presenting = screen == "presenting"
    complaints = Complaints()
    page = open_stage(
        browser,
        server,
        "layers?answer=1&set=part_network",
        size=(1280, 720) if presenting else (1920, 1080),
        scheme="dark" if presenting else "light",
        complaints=complaints,
    )
    page.locator(".lb-sentence .train").wait_for()
    page.get_by_text("More", exact=True).click()
    if presenting:
        present(page)
    least = 23.5 if presenting else 16
    page.wait_for_function(f"({TEXT_SIZES})().every(([size]) => size >= {least})")
    results = Axe().run(
        page,
        context={"exclude": [[selector] for selector in NOT_OURS]},
        options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]},
    )
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    page.context.close()
    assert results.response["violations"] == []
    assert overflow <= 0
    assert complaints.found == []
