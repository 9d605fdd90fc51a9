"""Small networks in Chromium: the browser trains as core does, and all follows the hand."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.descent.small_network import (
    FEATURES,
    LAYER_ACTIVATIONS,
    Hidden,
    NetworkSpec,
    features_of,
    idle_units,
    initial,
    loss,
)
from core.descent.small_training import OPTIMIZERS, Settings, last_good, split, train
from core.evaluation.estimate import wilson
from core.ops.activation import ACTIVATIONS
from core.ops.dense import dense
from data.samples.points import PLANE_SETS, plane_set
from tests.browser.conftest import Complaints, Server, watch
from tests.browser.test_every_page import NOT_OURS, TEXT_SIZES

pytestmark = pytest.mark.browser
PLANE = "canvas.plane"


@pytest.fixture
def net(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/layers?layers_part=Small+network")
    # The server's first page is also its slowest.
    page.locator(".net .score b").first.wait_for(timeout=60_000)
    return page


@pytest.fixture
def layer(page: Page, server: Server) -> Page:
    page.goto(f"{server.url}/layers")
    page.locator(".layer .picture svg").wait_for(timeout=60_000)
    return page


def cases() -> list[tuple[NetworkSpec, str, float, float, Settings, int]]:
    """Every activation, optimizer, feature and set; a last batch that is smaller; divergence."""
    found = []
    for turn, name in enumerate(LAYER_ACTIVATIONS):
        other = LAYER_ACTIVATIONS[(turn + 3) % len(LAYER_ACTIVATIONS)]
        spec = NetworkSpec(
            features=tuple(FEATURES)[: 1 + turn % 7],
            hidden=(Hidden(3, name), Hidden(4, other)),
        )
        settings = Settings(
            optimizer=OPTIMIZERS[turn % 3], rate=0.03, batch_size=30, l2=0.002 * turn, seed=turn
        )
        found.append((spec, PLANE_SETS[turn % len(PLANE_SETS)], 0.1 * turn, 0.55, settings, 20))
    found.append((NetworkSpec(hidden=()), "circle", 0.0, 0.5, Settings(seed=9999), 25))
    deep = NetworkSpec(features=tuple(FEATURES), hidden=(Hidden(8, "tanh"),) * 4)
    found.append((deep, "spiral", 0.2, 0.9, Settings(optimizer="adam", rate=0.02), 20))
    wild = NetworkSpec(hidden=(Hidden(4, "leaky_relu"),) * 3)
    found.append((wild, "circle", 0.0, 0.5, Settings(rate=3.0, seed=2), 200))
    return found


def test_the_browsers_training_is_cores(net: Page) -> None:
    asked = [
        {
            "features": list(spec.features),
            "hidden": [[h.units, h.activation] for h in spec.hidden],
            "data": data,
            "noise": noise,
            "share": share,
            "settings": {
                "optimizer": settings.optimizer,
                "rate": settings.rate,
                "batch": settings.batch_size,
                "l2": settings.l2,
                "seed": settings.seed,
            },
            "batches": batches,
        }
        for spec, data, noise, share, settings, batches in cases()
    ]
    answers = net.locator(PLANE).evaluate(
        "(c, all) => all.map((one) => c.lesson.golden(one))", asked
    )
    for (spec, data, noise, share, settings, batches), got in zip(cases(), answers, strict=True):
        name = f"{data} {spec.hidden} {settings}"
        made = plane_set(data)
        inputs = features_of(spec, made.positions(noise))
        targets = made.labels.astype(float)
        rows, rest = split(len(targets), share=share, seed=settings.seed)
        assert got["train"] == rows.tolist(), name
        assert got["test"] == rest.tolist(), name
        np.testing.assert_array_equal(got["start"], initial(spec, seed=settings.seed), name)
        done = train(spec, inputs[rows], targets[rows], settings=settings, batches=batches)
        assert (got["batch"], got["diverged"]) == (done.batch, done.diverged_at), name
        scale = np.abs(done.parameters).max()
        # Runaway weights double every rounding too; all others agree to the ninth digit.
        near = 1e-9 if done.diverged_at is None else 1e-4
        worst = np.abs(np.array(got["weights"]) - done.parameters).max() / scale
        assert worst < near, (name, worst)
        # Walked back to a third and forward again: the same training, to the last bit.
        assert got["again"] == got["weights"], name
        for value, at in zip(
            got["losses"], (initial(spec, seed=settings.seed), done.parameters), strict=True
        ):
            expected = loss(spec, at, inputs[rows], targets[rows], l2=settings.l2)
            assert value == pytest.approx(expected, rel=near), name
        words = idle_units(spec, done.parameters, inputs[rows])
        assert got["idle"] == [list(one) for one in words], name
    for right, count in ((0, 20), (93, 100), (200, 200)):
        found = net.locator(PLANE).evaluate("(c, a) => c.lesson.interval(...a)", [right, count])
        estimate = wilson(right, count)
        np.testing.assert_allclose(found, [estimate.low, estimate.high], atol=1e-9)
    for losses in ([0.7, 0.5, 0.6, 40.0], [0.7], [0.69, 0.9, 1.2], [0.6, 1e18, 0.95]):
        place = net.locator(PLANE).evaluate("(c, all) => c.lesson.lastGood(all)", losses)
        assert place == last_good(losses)


STATE = """c => {
  const { training: t, transport, losses, choices, pick, idle } = c.lesson;
  return { batch: t.batch, last: t.last, w: [...t.w], losses: losses.map(l => l.train),
    playing: transport.playing, perEpoch: t.perEpoch, choices, pick, rate: t.settings.rate, idle };
}"""
COUNT_MESSAGES = """() => {
  window.sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...parts) {
    window.sent += 1;
    return send.apply(this, parts);
  };
}"""


def state(net: Page) -> dict[str, Any]:
    return net.locator(PLANE).evaluate(STATE)


def test_it_plays_steps_goes_back_and_asks_the_server_nothing(net: Page) -> None:
    net.evaluate(COUNT_MESSAGES)
    first = state(net)
    assert (first["batch"], first["perEpoch"], first["playing"]) == (0, 10, False)
    net.locator(".lb-next").click()
    assert state(net)["batch"] == 1
    net.locator(".epoch-on").click()
    one = state(net)
    assert one["batch"] == 10
    assert len(one["losses"]) == 2
    net.locator(PLANE).focus()
    net.locator(PLANE).press(" ")
    net.wait_for_timeout(2500)
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
    net.get_by_text("One layer").click()
    net.locator(".layer .picture svg").wait_for()
    net.get_by_text("Small network", exact=True).click()
    net.locator(".net .score b").first.wait_for()
    back = state(net)
    assert [back[name] for name in ("batch", "last", "w", "losses")] == [
        kept[name] for name in ("batch", "last", "w", "losses")
    ]


def test_weights_are_set_by_list_by_line_and_by_drag(net: Page) -> None:
    # Gone back to the first epoch of two: an edit there makes the second one void.
    net.locator(".epoch-on").click()
    net.locator(".epoch-on").click()
    net.locator(".epoch-back").click()
    before = state(net)
    assert (before["batch"], before["last"]) == (10, 20)
    net.locator(".unit-choice").select_option("1.1")
    net.locator(".part-choice").select_option("3")
    box = net.locator(".value-number")
    box.fill("2.5")
    after = state(net)
    # Flat: 4 * (2 + 1) numbers of layer 1, then 2 * 4 weights: unit 2, weight 4 is number 12 + 7.
    assert after["w"][19] == 2.5
    assert [a for i, a in enumerate(after["w"]) if i != 19] == [
        b for i, b in enumerate(before["w"]) if i != 19
    ]
    expect(net.locator(".formula")).to_contain_text("2.50·")
    box.fill("1e300")
    expect(net.locator(".advice")).to_contain_text("from -100 to 100")
    assert state(net)["w"][19] == 2.5
    box.fill("0.5")
    expect(net.locator(".advice")).to_be_hidden()
    # A line is chosen by a click and turned by a drag upward.
    wires = net.locator("canvas.wires")
    line = net.locator(PLANE).evaluate(
        "c => c.lesson.lines.find(l => l.layer === 2 && l.input === 1)"
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
    net.locator(".epoch-on").click()
    net.locator(".lb-at-number").fill("11")
    net.locator(".lb-at-number").press("Enter")
    # Back to behind the edit, not to where training would be without it.
    assert state(net)["w"] == one["w"]


def test_a_runaway_is_explained_and_rewound_and_dead_units_are_named(net: Page) -> None:
    net.locator(".preset").select_option(label="a rate far too large")
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
        net.locator(".epoch-on").click()
    expect(advice).to_be_hidden()
    assert state(net)["batch"] == good["batch"] + 30
    # A rate not quite so large leaves units that no gradient reaches any more.
    net.locator(".preset").select_option(label="dead units: ReLU at a rate of 5")
    for _ in range(30):
        net.locator(".epoch-on").click()
    expect(net.locator(".status")).to_contain_text("Dead (layer 1: ")
    assert state(net)["idle"][0].count("dead") >= 3
    assert "Dead" in str(net.locator("canvas.wires").get_attribute("aria-label"))


def test_every_control_changes_something_and_wrong_numbers_get_advice(net: Page) -> None:
    net.locator(".more summary").click()
    seen = [state(net)["choices"]]

    def differs() -> None:
        now = state(net)["choices"]
        assert now not in seen
        seen.append(now)

    for name, value in (
        ("noise", "0.3"),
        ("share", "70"),
        ("batch", "7"),
        ("l2", "0.01"),
        ("seed", "8"),
    ):
        net.locator(f".{name}-number").fill(value)
        differs()
    net.locator(".more summary").click()
    net.locator(".rate-number").fill("0.2")
    differs()
    for name, value in (("data", "tumors"), ("optimizer", "adam")):
        net.locator(f".{name}").select_option(value)
        differs()
    expect(net.locator(".plane")).to_have_attribute("aria-label", re.compile("Tumors"))
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
    for name, value, advice in (
        (".rate-number", "-1", "A learning rate is a number from 0"),
        (".rate-number", "", "A learning rate is a number from 0"),
        (".rate-number", "0", "no step moves anything"),
    ):
        net.locator(name).fill(value)
        expect(net.locator(".advice")).to_contain_text(advice)
    net.locator(".rate-number").fill("0.2")
    net.get_by_label("Units of hidden layer 3").fill("9")
    expect(net.locator(".advice")).to_contain_text("1 to 8 units")
    assert state(net)["choices"]["hidden"][2][0] == 5
    # A list's first letters are not Streamlit's shortcuts: r would run the page, c clear caches.
    net.locator(".data").focus()
    net.keyboard.press("c")
    expect(net.get_by_role("dialog")).to_have_count(0)
    net.locator(".data").select_option("tumors")
    # The numbers of the curve stand in a table.
    net.locator(".words summary").click()
    expect(net.locator(".twin")).to_contain_text("95 % interval")
    expect(net.locator(".history tbody tr")).to_have_count(1)
    # An answer, which the server writes into the address, leaves the network there.
    net.get_by_role("button", name="no", exact=True).click()
    net.wait_for_url(re.compile("predict_network=1.*net=tumors"))
    # The address says it all: whoever opens it has the same network.
    net.goto(net.url)
    net.locator(".net .score b").first.wait_for()
    assert state(net)["choices"] == last


def test_a_broken_link_opens_the_page_as_it_is(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/layers?layers_part=Small+network&net=circle,9tanh,x1,sgd,a")
    page.locator(".net .score b").first.wait_for()
    assert state(page)["choices"]["hidden"] == [[4, "tanh"], [2, "tanh"]]
    good = "circle,4tanh,x1-x2,sgd,0.1,10,0,0.5,0,2"
    broken = [
        good.replace("circle", "__proto__"),
        good.replace("4tanh", "9tanh"),
        good.replace("4tanh", "4step"),
        good.replace("4tanh", "-".join(["4tanh"] * 5)),
        good.replace("x1-x2", ""),
        good.replace("x1-x2", "x1-x1"),
        good.replace("x1-x2", "constructor"),
        good.replace("sgd", "toString"),
        good.replace("0.1", "NaN"),
        good.replace("0.1", ""),
        good.replace("10", "0"),
        good + ",",
    ]
    read = page.locator(PLANE).evaluate("(c, all) => all.map((t) => c.lesson.read(t))", broken)
    assert read == [None] * len(broken)
    assert page.locator(PLANE).evaluate("(c, t) => c.lesson.read(t)", good)["rate"] == 0.1


# --------------------------------------------------------------------------- the single layer
def shown(layer: Page) -> dict[str, Any]:
    return layer.locator(".layer .picture").evaluate("p => p.shown")


def test_the_layer_computes_as_core_does(layer: Page) -> None:
    rng = np.random.default_rng(2)
    for name in LAYER_ACTIVATIONS:
        m, n = (int(v) for v in rng.integers(1, 5, 2))
        w, x, b = rng.uniform(-5, 5, (m, n)), rng.uniform(-5, 5, n), rng.uniform(-5, 5, m)
        got = layer.locator(".layer .picture").evaluate(
            "(p, [w, x, b, name]) => p.compute(w, x, b, name)",
            [w.tolist(), x.tolist(), b.tolist(), name],
        )
        done = dense(x, w, b, activation=ACTIVATIONS[name])
        np.testing.assert_allclose(got["sums"], done.sums, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(got["outputs"], done.outputs, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(got["slopes"], done.slopes, rtol=1e-9, atol=1e-12)


PASTE = """(cell, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  cell.focus();
  const how = { clipboardData, bubbles: true, cancelable: true };
  cell.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def test_cells_are_typed_dragged_stepped_and_pasted(layer: Page) -> None:
    cell = layer.get_by_label("Weight from input 2 to output 1")
    said = layer.locator(".say")
    cell.fill("2")
    expect(layer.locator(".formula")).to_contain_text("2.00·0.50")
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
    layer.wait_for_timeout(100)
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
    layer.locator(".inputs").select_option("4")
    layer.locator(".outputs").select_option("4")
    layer.locator(".activation").select_option("tanh")
    layer.wait_for_timeout(100)
    now = shown(layer)
    assert (len(now["w"]), len(now["w"][0])) == (4, 4)
    np.testing.assert_allclose(now["outputs"], np.tanh(now["sums"]))
    # The address says it all; one that cannot be read opens the page as it is.
    layer.wait_for_function("location.search.includes('layer=tanh')")
    # Asked of the page itself: Playwright hears of a replaced address later.
    address = layer.evaluate("location.href")
    layer.goto(address)
    layer.locator(".layer .picture svg").wait_for()
    assert shown(layer) == now
    layer.goto(re.sub(r"layer=tanh[^&]*", "layer=tanh|1,2/3|1,2|99,0", address))
    layer.locator(".layer .picture svg").wait_for()
    assert shown(layer)["w"] == [[0.8, -0.6, 0.3], [-1, 0.5, 1.2]]


@pytest.mark.parametrize("screen", ["1920-light", "projector"])
def test_the_second_part_reads_well_and_can_be_used_by_all(
    browser: Browser, server: Server, screen: str
) -> None:
    wide = screen == "1920-light"
    context = browser.new_context(
        viewport={"width": 1920, "height": 1080} if wide else {"width": 1280, "height": 720},
        color_scheme="light" if wide else "dark",
        reduced_motion="reduce",
    )
    page = context.new_page()
    complaints = Complaints()
    watch(page, server, complaints)
    projected = "&projector=true" if screen == "projector" else ""
    page.goto(f"{server.url}/layers?layers_part=Small+network{projected}")
    page.locator(".net .score b").first.wait_for()
    page.wait_for_timeout(1000)
    page.locator(".more summary").click()
    small = [text for size, text in page.evaluate(TEXT_SIZES) if size < (23.5 if projected else 16)]
    results = Axe().run(
        page,
        context={"exclude": [[selector] for selector in NOT_OURS]},
        options={"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]},
    )
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    context.close()
    assert small == []
    assert results.response["violations"] == []
    assert overflow <= 0
    assert complaints.found == []
