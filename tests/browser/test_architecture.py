"""The builder in Chromium: core's numbers, mouse and keyboard, impossible networks, files."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.export.link import from_link
from core.export.notation import from_notation, to_notation
from core.export.notebook import notebook_text
from core.export.source import keras_source
from core.inspect.receptive_field import receptive_fields
from core.models.cost import node_table
from core.models.diagnosis import diagnose
from core.models.memory import memory
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS, paper_network
from dashboard.lessons.architecture.stage import SCHEMA
from dashboard.shared.schema import decode, encode
from tests.browser.conftest import Server
from tests.core.export.test_source import EVERYTHING
from tests.core.inspect.test_receptive_field import random_network

pytestmark = pytest.mark.browser

BINARY = ("normal", "fracture")
EXAMINE = """(root, designs) => designs.map((design) => {
  const found = root.examine(design);
  return { ...found, rows: found.rows.map(({ layer, ...row }) => row) };
})"""
# A change is drawn in the next frame: what is shown after two.
SHOWN = """(root) => new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => done(root.shown))))"""


def plain(spec: ModelSpec) -> dict[str, Any]:
    return dict(json.loads(json.dumps(spec.to_json())))


def linked(spec: ModelSpec) -> str:
    return encode(SCHEMA, {"net": to_notation(plain(spec))})


def open_lesson(page: Page, server: Server, spec: ModelSpec | None = None) -> Page:
    page.goto(f"{server.url}/architecture{f'?set={linked(spec)}' if spec else ''}")
    page.locator(".drawing svg").wait_for()
    page.get_by_role("button", name="the dense layer").click()
    page.locator(".fact", has_text="to train on").wait_for()
    return page


def shown(page: Page) -> dict[str, Any]:
    return dict(page.locator(".architecture").evaluate(SHOWN))


def broken(data: dict[str, Any], *layers: dict[str, Any]) -> dict[str, Any]:
    return {**data, "layers": [*layers, *data["layers"]]}


def test_the_scripts_numbers_and_sentences_are_cores(page: Page, server: Server) -> None:
    open_lesson(page, server)
    specs = [EVERYTHING, *(entry.build(64, BINARY) for entry in MODELS.values())]
    specs += [random_network(seed) for seed in range(40)]
    root = page.locator(".architecture")
    for spec, found in zip(specs, root.evaluate(EXAMINE, [plain(s) for s in specs]), strict=True):
        fields, bytes_ = receptive_fields(spec), memory(spec)
        assert found["error"] is None
        assert (found["weights"], found["maps"], found["training"]) == (
            bytes_.parameters, bytes_.maps, bytes_.training
        )  # fmt: skip
        for row, drawn in zip(node_table(spec), found["rows"], strict=True):
            field, seen = fields[row.node.name], drawn["field"]
            assert (drawn["name"], drawn["kind"], tuple(drawn["shape"])) == (
                row.node.name, row.node.kind, row.node.shape
            )  # fmt: skip
            assert (drawn["parameters"], drawn["text"]) == (row.parameters, row.parameters_text)
            assert (drawn["macs"], drawn["macsText"]) == (row.multiply_adds, row.multiply_adds_text)
            assert drawn["bytes"] == row.bytes
            law = (field.size, field.jump, field.center, field.side)
            assert (seen["size"], seen["jump"], seen["center"], seen["side"]) == law
            assert seen["high"] == field.high.tolist()
            reached = [at for at, last in enumerate(seen["high"]) if last >= 0]
            assert [seen["low"][at] for at in reached] == [int(field.low[at]) for at in reached]


def test_the_script_refuses_what_core_refuses_in_the_same_words(page: Page, server: Server) -> None:
    open_lesson(page, server)
    paper = plain(paper_network(32, BINARY))
    conv = {"layer": "convolution", "filters": 4, "kernel_size": 3, "stride": 1,
            "padding": "same", "activation": "relu", "dilation": 1}  # fmt: skip
    pool = {"layer": "pooling", "kind": "average", "size": 8, "stride": None, "padding": "valid"}
    flat, dense = {"layer": "flatten"}, {"layer": "dense", "units": 9, "activation": "relu"}
    shared = {"layer": "shared_convolution", "filters": 2, "kernel_size": 3, "scales": [1, 3],
              "activation": "relu"}  # fmt: skip
    designs = [
        broken(paper, pool, pool),
        broken(paper, dense),
        broken(paper, flat),
        broken(paper, shared),
        broken(paper, {**conv, "stride": 2, "dilation": 2}),
        broken(paper, {**conv, "kernel_size": 15, "padding": "valid", "dilation": 3}),
        broken(paper, {"layer": "residual", "body": []}),
        broken(paper, {"layer": "residual", "body": [flat]}),
        broken(paper, {"layer": "residual", "body": [conv, pool, {"layer": "parallel",
               "branches": [[pool], []]}]}),
        broken(paper, {"layer": "residual", "body": [{**conv, "kernel_size": 4,
               "padding": "valid"}]}),
        broken(paper, {"layer": "parallel", "branches": [[pool], [conv]]}),
        {**paper, "layers": [conv]},
        {**paper, "layers": []},
        {**paper, "input_size": 256, "layers": [flat, {**dense, "units": 4096}]},
    ]  # fmt: skip
    for design, found in zip(
        designs, page.locator(".architecture").evaluate(EXAMINE, designs), strict=True
    ):
        told = diagnose(design)
        assert told is not None, design
        assert found["error"] == {
            "layer": told.layer, "problem": told.problem, "remedy": told.remedy
        }  # fmt: skip


def test_a_network_is_built_by_hand_and_by_keyboard(page: Page, server: Server) -> None:
    open_lesson(page, server)
    before = shown(page)
    # A slider counts while it moves.
    slider = page.get_by_label("Filters", exact=True)
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 32 / 256, box["y"] + box["height"] / 2)
    page.mouse.down()
    seen = set()
    for share in (0.3, 0.5, 0.8):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        seen.add(shown(page)["parameters"])
    page.mouse.up()
    assert len(seen) == 3
    page.get_by_label("Filters, as a number").fill("24")
    page.get_by_label("Filters, as a number").press("Enter")
    drawn = shown(page)
    spec = ModelSpec.from_json(drawn["design"])
    assert [layer.filters for layer in spec.layers[:1]] == [24]  # type: ignore[union-attr]
    assert drawn["parameters"] == sum(row.parameters for row in node_table(spec))
    # The mouse drags the second pooling before the second convolution.
    blocks = page.locator(".drawing .block")
    from_box = blocks.nth(4).locator(".face").last.bounding_box()
    to_box = blocks.nth(3).locator(".face").last.bounding_box()
    assert from_box is not None
    assert to_box is not None
    page.mouse.move(from_box["x"] + 5, from_box["y"] + 20)
    page.mouse.down()
    page.mouse.move(to_box["x"] - 10, to_box["y"] + 30, steps=6)
    expect(page.locator(".gap.near")).to_have_count(1)
    moving = shown(page)
    page.mouse.up()
    moved = shown(page)
    kinds = [layer["layer"] for layer in moved["design"]["layers"]][:5]
    assert kinds == ["convolution", "pooling", "pooling", "convolution", "convolution"]
    assert moving["design"] == moved["design"]
    # The keyboard moves it back, adds a residual block and moves a block into it.
    page.locator(f'.block[data-path="{moved["chosen"]}"]').focus()
    page.keyboard.press("Shift+ArrowRight")
    kinds = [layer["layer"] for layer in shown(page)["design"]["layers"]][:4]
    assert kinds == ["convolution", "pooling", "convolution", "pooling"]
    page.get_by_label("Kind of block to add").select_option("residual")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    assert shown(page)["design"]["layers"][4]["layer"] == "residual"
    page.locator('.block[data-path="3"]').focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    assert shown(page)["chosen"] == "3.body.0"
    assert len(shown(page)["design"]["layers"][3]["body"]) == 3
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    kinds = [layer["layer"] for layer in shown(page)["design"]["layers"]][:4]
    assert kinds == ["convolution", "pooling", "convolution", "pooling"]
    # Its address holds it, and a visit to another page does not lose it.
    built = shown(page)["design"]["layers"]
    page.wait_for_function("location.search.includes('net_')")
    page.wait_for_timeout(500)
    held = page.evaluate("new URLSearchParams(location.search).get('set')")
    assert from_notation(decode(SCHEMA, held)["net"])["layers"] == built
    assert before["design"]["layers"] != built
    for title, picture in (("Pooling", "canvas"), ("Architecture", ".drawing svg")):
        page.get_by_test_id("stTopNavSection").get_by_text("Convolutional networks").click()
        link = page.get_by_test_id("stTopNavDropdownLink")
        link.get_by_text(title, exact=True).click()
        page.locator(picture).first.wait_for()
    assert shown(page)["design"]["layers"] == built


def test_an_impossible_network_is_explained_and_mended(page: Page, server: Server) -> None:
    open_lesson(page, server)
    page.locator('.block[data-path="6"]').focus()  # flatten
    page.keyboard.press("Delete")
    verdict = page.locator(".scale")
    expect(verdict).to_contain_text("dense_1 cannot be built.")
    expect(verdict).to_contain_text("Put Flatten or GlobalPooling before the first dense layer.")
    expect(page.get_by_role("button", name="Train this network")).to_be_disabled()
    expect(page.get_by_text("Mend the network first")).to_be_visible()
    assert page.locator(".block.wrong").count() == 1
    page.get_by_role("button", name="Undo").click()
    expect(verdict).not_to_contain_text("cannot be built")
    expect(page.get_by_role("button", name="Train this network")).to_be_enabled()


def test_the_receptive_field_is_drawn_where_the_table_is_touched(
    page: Page, server: Server
) -> None:
    open_lesson(page, server)
    fields = receptive_fields(paper_network(64, BINARY))
    for name in ("pooling_2", "logits"):
        page.locator(f'tr[data-name="{name}"]').hover()
        seen = page.locator("canvas.seen").evaluate("(canvas) => canvas.seen")
        assert seen["name"] == name
        assert tuple(seen["window"]) == fields[name].window(*seen["unit"])
    page.locator('tr[data-name="convolution_3"]').click()
    page.locator("canvas.seen").focus()
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    seen = page.locator("canvas.seen").evaluate("(canvas) => canvas.seen")
    assert seen["unit"][0] == 0
    assert tuple(seen["window"]) == fields["convolution_3"].window(*seen["unit"])
    expect(page.locator(".sees")).to_contain_text("At the border")


def test_more_than_twenty_layers_fit_and_turn(page: Page, server: Server) -> None:
    spec = MODELS["resnet"].build(64, BINARY)
    open_lesson(page, server, spec)
    expect(page.locator(".drawing .block").last).to_be_attached()
    overlaps = """(host) => {
      const boxes = [...host.querySelectorAll('text')].map((t) => t.getBoundingClientRect());
      let found = 0;
      boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3
            && b.top < a.bottom - 3) found += 1;
      }));
      return found;
    }"""
    for name in MODELS:
        page.goto(f"{server.url}/architecture?set={linked(MODELS[name].build(64, BINARY))}")
        page.locator(".drawing svg").wait_for()
        assert page.locator(".drawing").evaluate(overlaps) == 0, name
    page.get_by_role("button", name="Fit all").click()
    page.wait_for_timeout(100)
    wide = page.locator(".drawing").evaluate("(host) => host.scrollWidth - host.clientWidth")
    assert wide <= 0
    page.get_by_role("button", name="3-D").click()
    space = page.locator("canvas.space")
    space.wait_for()
    first = space.evaluate("(canvas) => canvas.toDataURL()")
    space.press("ArrowLeft")
    page.wait_for_timeout(100)
    assert space.evaluate("(canvas) => canvas.toDataURL()") != first


def test_files_leave_and_come_back_and_the_network_reaches_the_train_page(
    page: Page, server: Server
) -> None:
    spec = MODELS["googlenet"].build(48, BINARY)
    open_lesson(page, server, spec)
    page.get_by_test_id("stPopover").get_by_role("button", name="Network").click()
    for name, text in (
        ("Keras source", keras_source(spec)),
        ("Jupyter notebook", notebook_text(spec)),
        ("Network as JSON", json.dumps(plain(spec), indent=1)),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        assert waiting.value.path().read_text(encoding="utf-8") == text, name
    small = paper_network(28, BINARY, filters=(4, 6), dense=0)
    given = {"name": "s.json", "mimeType": "application/json"}
    box = page.locator('[data-testid="stFileUploaderDropzoneInput"]').first
    box.set_input_files({**given, "buffer": json.dumps(plain(small)).encode()})
    expect(page.locator(".drawing")).to_contain_text("28x28x4")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()  # the upload lost nothing
    expect(page.locator(".drawing")).to_contain_text("parallel, 4 branches")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator(".drawing")).to_contain_text("28x28x4")
    page.wait_for_timeout(600)
    page.get_by_role("button", name="Train this network").click()
    page.get_by_role("button", name="New run").click()
    expect(page.get_by_role("combobox", name="Network")).to_have_value("Your own network")
    expect(page.get_by_label("Size", exact=True)).to_have_value("28")
    linked = page.evaluate("new URLSearchParams(location.search).get('train_design')")
    assert from_link(linked)["layers"] == plain(small)["layers"]


def test_the_focus_stays_on_its_block_whatever_is_drawn_anew(page: Page, server: Server) -> None:
    """It went to the chosen block: the next key then chose another one than was looked at."""
    open_lesson(page, server)
    page.locator('.block[data-path="4"]').click()
    assert shown(page)["chosen"] == "4"
    page.locator('.block[data-path="2"]').focus()
    page.set_viewport_size(
        {"width": 1290, "height": 724}
    )  # a message of the server's does the same
    shown(page)
    focused = "(root) => root.getRootNode().activeElement.dataset.path"
    assert page.locator(".architecture").evaluate(focused) == "2"
    page.keyboard.press("Enter")
    assert shown(page)["chosen"] == "2"


def test_no_word_is_cut_at_the_edge_of_the_first_drawing(page: Page, server: Server) -> None:
    open_lesson(page, server)
    cut = """(host) => {
      const room = host.getBoundingClientRect();
      return [...host.querySelectorAll('text')].filter((text) => {
        const box = text.getBoundingClientRect();
        return box.left < room.left || box.right > room.right || box.bottom > room.bottom;
      }).map((text) => text.textContent);
    }"""
    drawing = page.locator(".drawing")
    expect(drawing.get_by_text("dropout").first).to_be_visible()
    assert drawing.evaluate(cut) == []


def test_back_moves_the_network_and_a_link_gives_the_identical_one(
    page: Page, server: Server, browser: Browser
) -> None:
    open_lesson(page, server)
    before = shown(page)
    page.locator('.block[data-path="2"]').click()
    page.wait_for_url(re.compile("block_2"))
    number = page.get_by_label("Filters, as a number")
    number.fill("24")
    number.press("Enter")
    page.wait_for_url(re.compile("net_"))
    page.get_by_role("button", name="3-D").click()
    page.locator("canvas.space").press("ArrowLeft")
    page.wait_for_url(re.compile("turn_"))
    built, picture = shown(page), page.locator("canvas.space").evaluate("(c) => c.toDataURL()")
    assert built["design"]["layers"][2]["filters"] == 24
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    other = context.new_page()
    other.goto(page.url)
    other.locator("canvas.space").wait_for()
    other.locator(".fact", has_text="to train on").wait_for()
    assert shown(other) == built
    expect(other.locator("h3")).to_have_text("Convolution: convolution_2")
    space = other.locator("canvas.space").element_handle()
    other.wait_for_function("([c, p]) => c.toDataURL() === p", arg=[space, picture])
    context.close()
    while "net_" in page.url:
        address = page.url
        page.go_back()
        page.wait_for_url(lambda url, was=address: url != was)
    assert shown(page)["design"] == before["design"]


def test_nonsense_in_the_address_is_told_and_the_papers_network_stands_there(
    page: Page, server: Server
) -> None:
    paper = plain(paper_network(64, BINARY))
    for nonsense in ("net_I64.q", "net_%25", "net_I0*block_99.body.x*turn_1e99", "net_I64.cF"):
        page.goto(f"{server.url}/architecture?answer=shown&set={nonsense}")
        page.locator(".drawing svg").wait_for()
        page.locator(".fact").first.wait_for()
        found = shown(page)
        if nonsense.startswith("net_I0"):  # a number outside of its limits is the limit
            assert (found["design"]["input_size"], found["chosen"]) == (8, "image")
        else:
            assert found["design"] == paper


def test_presented_the_table_is_whole_and_the_side_does_not_scroll(
    page: Page, server: Server
) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    open_lesson(page, server)
    page.keyboard.press("p")
    page.wait_for_function(
        "() => parseFloat(getComputedStyle(document.documentElement).fontSize) > 23"
    )
    page.wait_for_function(
        """() => {
          const root = [...document.querySelectorAll('*')].map((element) => element.shadowRoot)
            .find((one) => one?.querySelector('.costs'));
          const [costs, side] = ['.costs', '.lb-side'].map((name) => root.querySelector(name));
          const sees = costs.querySelector('thead th:last-child').getBoundingClientRect();
          return sees.right <= costs.getBoundingClientRect().right + 1
            && side.scrollHeight <= side.clientHeight + 1;
        }"""
    )
