"""An X-ray from the file chooser to the heat under the hand, with a real worker and Chromium."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Complaints, Server, present, start_server, stop_server, watch
from tests.data import hostile

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]

# A run of one epoch on a few drawn radiographs, as the Train page leaves it.
TRAIN = """
import sys
from pathlib import Path
from core.jobs import tasks
from core.jobs.folder import create_run
from core.models.zoo.entries import paper_network
from core.training.spec import TrainingSpec
from data.sets.preparation import prepare
prepared = prepare("synthetic", size=32, count=150)
run = create_run(TrainingSpec(
    dataset="synthetic", fingerprint=prepared.fingerprint, prepared=str(prepared.folder),
    model=paper_network(32, prepared.classes, filters=(4, 8), dense=8), epochs=1, batch_size=16,
    learning_rate=0.001), name="journey")
assert tasks.train(str(run.path), False)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one finished run."""
    folder = tmp_path_factory.mktemp("xray")
    environment = {
        **os.environ,
        "LIGHTBOX_RUNS": str(folder / "runs"),
        "LIGHTBOX_CACHE": str(folder / "cache"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    subprocess.run([sys.executable, "-c", TRAIN], cwd=ROOT, env=environment, check=True)
    server = start_server(folder)
    yield server
    stop_server(server)


@pytest.fixture
def xray(browser: Browser, trained: Server) -> Iterator[Page]:
    """The page, with the trained run chosen; fails when it complains."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, color_scheme="dark", permissions=["camera"]
    )
    complaints = Complaints()
    page = context.new_page()
    watch(page, trained, complaints)
    page.goto(f"{trained.url}/xray")
    page.get_by_text("Show it an X-ray").wait_for()
    with opened(page, "Network"):
        choose(page, "Network", "journey")
    yield page
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    context.close()
    assert complaints.found == []
    assert overflow <= 0


@contextmanager
def opened(page: Page, name: str) -> Iterator[None]:
    """One of the choices in the stage's corner, while it is open."""
    button = page.locator(".st-key-lb_corner").get_by_role("button", name=name, exact=True)
    button.click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
    yield
    button.click()
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def choose(page: Page, label: str, words: str) -> None:
    """Pick an option by a part of its words."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option").filter(has_text=words).first.click()
    expect(page.get_by_role("option")).to_have_count(0)


def upload(page: Page, *files: Path) -> None:
    with opened(page, "Picture"):
        page.locator("input[type=file]").first.set_input_files(list(files))
        expect(page.get_by_test_id("stFileChip").first).to_be_visible()


def answered(page: Page) -> float:
    """Wait for the output and give its number."""
    number = page.locator(".xray-output b")
    number.wait_for()
    page.locator("canvas.xray-picture").wait_for()
    return float(number.inner_text())


def pixels(page: Page) -> np.ndarray:
    """(N, 4) the picture with the heat, as it is painted now."""
    flat = page.locator("canvas.xray-picture").evaluate(
        """canvas => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
          const frame = canvas.shown.frames.find(({ heated }) => heated);
          const at = [frame.x, frame.y, frame.w, frame.h].map((n) => n * devicePixelRatio);
          done(Array.from(canvas.getContext('2d').getImageData(...at).data)); })))"""
    )
    return np.array(flat, np.int64).reshape(-1, 4)


def colorfulness(page: Page) -> float:
    """How far the picture is from gray: an X-ray is gray, heat is not."""
    rgb = pixels(page)[:, :3]
    return float((rgb.max(axis=1) - rgb.min(axis=1)).mean())


def test_drags_the_heat_over_an_upload_and_reads_its_cells(xray: Page, tmp_path: Path) -> None:
    file = tmp_path / "wrist.png"
    Image.fromarray(hostile.drawn_xray(300, 400)).save(file)
    upload(xray, file)
    assert 0 <= answered(xray) <= 1
    canvas = xray.locator("canvas.xray-picture")
    opacity = xray.get_by_role("slider", name="Heat")

    opacity.evaluate("e => { e.value = 0; e.dispatchEvent(new Event('input')) }")
    plain = colorfulness(xray)
    faded = canvas.evaluate("c => c.frames")
    box = opacity.bounding_box()
    assert box is not None
    xray.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    xray.mouse.down()
    for step in range(1, 11):  # the hand is still down: every step must already show
        xray.mouse.move(box["x"] + step * box["width"] / 10 - 3, box["y"] + box["height"] / 2)
    xray.wait_for_timeout(100)
    assert canvas.evaluate("c => c.frames") >= faded + 5
    assert colorfulness(xray) > plain + 2
    xray.mouse.up()

    # Only a part stays when the weakest are hidden, and nothing is left of what was against.
    before = colorfulness(xray)
    xray.locator(".lb-more summary").click()
    hide = xray.get_by_role("spinbutton", name="Hide weakest")
    hide.fill("95")
    assert colorfulness(xray) < before
    hide.fill("0")
    xray.get_by_label("Only what is orange").check()
    rgb = pixels(xray)
    assert not np.any(rgb[:, 2] > rgb[:, 0] + 12), "purple is left"

    canvas.focus()
    xray.keyboard.press("Home")
    expect(xray.locator(".lb-sentence")).to_contain_text("Row ")
    first = xray.locator(".lb-sentence").inner_text()
    xray.keyboard.press("ArrowLeft")
    xray.keyboard.press("ArrowUp")
    expect(xray.locator(".lb-sentence")).not_to_have_text(first)
    # The largest value of the readout is the one that the sentence names.
    row, column = first.split(":")[0].removeprefix("Row ").split(" of ")[0].split(", column ")
    assert f"row {row}, column {column}" in canvas.get_attribute("aria-label").lower()


def test_every_step_is_a_picture_and_the_numbers_can_be_read(xray: Page, tmp_path: Path) -> None:
    file = tmp_path / "turned.jpg"
    file.write_bytes(hostile.oriented(hostile.drawn_xray(), "JPEG", 6))
    upload(xray, file)
    answered(xray)
    films = xray.locator(".xray-strip figure")
    assert films.count() >= 5
    assert films.locator("img").evaluate_all("all => all.every(i => i.complete && i.naturalWidth)")
    expect(xray.get_by_text("Upright")).to_be_visible()
    expect(xray.get_by_text("turned by 90 degrees clockwise").first).to_be_visible()
    xray.get_by_text("In words and numbers").click()
    rows, columns = xray.locator("canvas.xray-picture").evaluate("c => c.shown.grid")
    table = xray.locator(".lb-twin table")
    expect(table.locator("tbody tr")).to_have_count(rows)
    expect(table.locator("td")).to_have_count(rows * columns + 1)


def test_a_choice_stays_open_until_its_files_have_arrived(xray: Page, tmp_path: Path) -> None:
    """Closed before, it took the uploader down, and the files arrived nowhere without a word."""
    held: list[Route] = []
    xray.route("**/upload_file/**", lambda route: held.append(route))
    file = tmp_path / "slow.png"
    Image.fromarray(hostile.drawn_xray()).save(file)
    button = xray.locator(".st-key-lb_corner").get_by_role("button", name="Picture", exact=True)
    button.click()
    body = xray.get_by_test_id("stPopoverBody")
    xray.locator("input[type=file]").first.set_input_files(file)
    body.get_by_role("button", name="Cancel upload").wait_for()
    said = "getComputedStyle(document.querySelector('[data-testid=stPopoverBody]'), '::after')"
    assert "until the files have arrived" in xray.evaluate(f"{said}.content")
    button.click()
    expect(body).to_be_visible()
    xray.locator("canvas, h1").first.click()
    expect(body).to_be_visible()
    xray.keyboard.press("Escape")
    expect(body).to_be_visible()
    (upload_route,) = held
    upload_route.continue_()
    answered(xray)
    assert xray.evaluate(f"{said}.content") == "none"
    button.click()
    expect(body).to_have_count(0)
    answered(xray)


def test_good_and_bad_files_together(xray: Page, tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    Image.fromarray(hostile.drawn_xray()).save(good)
    archive, empty = tmp_path / "really.png", tmp_path / "empty.jpg"
    archive.write_bytes(b"PK\x03\x04" + bytes(60))
    empty.write_bytes(b"")
    upload(xray, good, archive, empty)
    first = answered(xray)
    # The overlay survives a change of the picture, and the answer of the first comes back.
    with opened(xray, "Picture"):
        xray.get_by_role("radio", name="really.png").click()
    expect(xray.locator(".xray-empty")).to_contain_text("archive")
    with opened(xray, "Picture"):
        xray.get_by_role("radio", name="good.png").click()
    xray.locator("canvas.xray-picture").wait_for()
    assert answered(xray) == first
    with xray.expect_download() as download:
        xray.get_by_test_id("stDownloadButton").get_by_role("button").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "path,score,label,problem,doubt"
    assert lines[1].startswith("good.png,0.")
    assert len(lines) == 4


def test_too_large_is_refused_before_it_travels(xray: Page, tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    file.write_bytes(bytes(27 * 1024 * 1024))
    with opened(xray, "Picture"):
        xray.locator("input[type=file]").first.set_input_files(file)
        expect(xray.get_by_text("must be 25.0MB or smaller")).to_be_visible()


def test_the_camera(xray: Page) -> None:
    with opened(xray, "Picture"):
        xray.get_by_text("Camera", exact=True).click()
        expect(xray.get_by_text("A photograph of a film is not the film")).to_be_visible()
        # Without a first frame the button takes a picture of nothing.
        xray.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
        xray.get_by_role("button", name="Take photo").click()
        expect(xray.get_by_role("button", name="Clear photo")).to_be_visible()
    assert 0 <= answered(xray) <= 1


def test_an_image_of_the_set_and_its_marks(xray: Page) -> None:
    xray.get_by_role("button", name="Take an X-ray of the set").click()
    answered(xray)
    expect(xray.get_by_text("This image is from the test part")).to_be_visible()
    with opened(xray, "Picture"):
        choose(xray, "Images of the set", "Test: fracture")
    expect(xray.get_by_text("lies in the marked places")).to_be_visible()
    marked = pixels(xray)
    xray.get_by_label("Marked places").uncheck()
    assert np.any(marked != pixels(xray))
    with opened(xray, "Map"):
        xray.get_by_text("normal", exact=True).first.click()
    picture = xray.locator("canvas.xray-picture")
    expect(picture).to_have_attribute("aria-label", re.compile("for normal"))


SHOWN = "c => { const { frames, ...told } = c.shown; return told; }"


def test_a_link_shows_the_identical_picture_and_back_moves_it(
    xray: Page, browser: Browser, trained: Server
) -> None:
    """Every control off its default: those of the stage, and those of its corner."""
    xray.get_by_role("button", name="Take an X-ray of the set").click()
    answered(xray)
    with opened(xray, "Picture"):
        choose(xray, "Images of the set", "Test: fracture")
        xray.get_by_label(re.compile("^Image, 1 to")).fill("2")
        xray.get_by_label(re.compile("^Image, 1 to")).press("Enter")
    with opened(xray, "Map"):
        xray.get_by_text("normal", exact=True).first.click()
        choose(xray, "Layer", "convolution 1")
        xray.get_by_text("Grad-CAM", exact=True).first.click()
    picture = xray.locator("canvas.xray-picture")
    expect(picture).to_have_attribute(
        "aria-label", re.compile("^Grad-CAM of convolution 1.*normal")
    )
    xray.get_by_role("spinbutton", name="Heat").fill("40")
    xray.wait_for_url(re.compile("opacity_40"))
    xray.get_by_label("Marked places").uncheck()
    xray.wait_for_url(re.compile("boxes_0"))
    xray.locator(".lb-more summary").click()
    xray.get_by_role("spinbutton", name="Hide weakest").fill("30")
    xray.get_by_label("Only what is").check()
    xray.get_by_label("As the network saw it").check()
    picture.focus()
    picture.press("End")
    xray.wait_for_url(re.compile("cell_"))
    linked, shown = xray.url, picture.evaluate(SHOWN)
    assert shown["cell"]
    assert (shown["hide"], shown["positive"], shown["input"]) == (30, True, True)
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    other = context.new_page()
    other.goto(linked)
    other.locator("canvas.xray-picture").wait_for()
    other.wait_for_function(
        "() => [...document.querySelectorAll('*')].some("
        "e => e.shadowRoot?.querySelector('canvas.xray-picture')?.shown)"
    )
    assert other.locator("canvas.xray-picture").evaluate(SHOWN) == shown
    context.close()
    for gone in ("cell_", "boxes_0", "opacity_40"):
        while gone in xray.url:
            before = xray.url
            xray.go_back()
            xray.wait_for_function("(before) => location.href !== before", arg=before)
    expect(xray.get_by_role("spinbutton", name="Heat")).to_have_value("70")
    assert picture.evaluate(SHOWN)["boxes"]


def test_it_is_presented_from_the_question_to_the_solution(xray: Page) -> None:
    xray.get_by_role("button", name="Take an X-ray of the set").click()
    answered(xray)
    with opened(xray, "Picture"):
        choose(xray, "Images of the set", "Test: fracture")
    expect(xray.get_by_text("lies in the marked places")).to_be_visible()
    present(xray)
    said = []
    for _ in range(9):
        said.append(xray.locator("[data-line] .lb-ask").inner_text().strip())
        xray.keyboard.press("PageDown")
    assert len(set(said)) == len(said)  # question, answer, five moments, check, solution
    assert any(step.startswith("Check: ") for step in said)
    assert xray.locator("canvas.xray-picture").evaluate("c => c.shown.boxes")
    line = xray.locator("[data-line] .lb-ask p")
    assert line.evaluate("p => p.scrollHeight <= p.clientHeight + 2"), "the line is cut"


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("IMG0000019_fractured.jpg", "2304 x 2880"),
        ("IMG0000428_exif6_non_fractured.jpg", "turned by 90 degrees clockwise"),
        ("IMG0000429_exif8_non_fractured.jpg", "turned by 90 degrees counterclockwise"),
    ],
)
def test_real_originals(xray: Page, fracatlas_originals: Path, name: str, size: str) -> None:
    upload(xray, fracatlas_originals / name)
    assert 0 <= answered(xray) <= 1
    expect(xray.get_by_text(size).first).to_be_visible()


def test_a_file_that_is_too_large_is_refused_with_the_reason_in_sight(
    xray: Page, tmp_path: Path
) -> None:
    big = tmp_path / "big.dcm"
    big.write_bytes(bytes(29_000_000))
    with opened(xray, "Picture"):
        xray.locator("input[type=file]").first.set_input_files([big])
        chip = xray.get_by_test_id("stFileChip").first
        reason = chip.get_by_text("File must be 25.0MB or smaller")
        expect(reason).to_be_visible()
        box = reason.bounding_box()
        assert box is not None
        assert box["width"] > 100  # not a pixel for screen readers alone
        expect(xray.get_by_text("Up to 25 MB and 50 megapixels a file.")).to_be_visible()


def test_an_upload_is_still_there_after_a_visit_to_another_page(xray: Page, tmp_path: Path) -> None:
    picture = tmp_path / "leg.png"
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (90, 70), np.uint8)).save(picture)
    upload(xray, picture)
    number = answered(xray)
    for section, page in (("Lessons", "Neuron"), ("Train on X-rays", "Test an X-ray")):
        xray.get_by_test_id("stTopNavSection").get_by_text(section).click()
        xray.get_by_test_id("stTopNavDropdownLink").get_by_text(page, exact=True).click()
        xray.get_by_role("heading", name=page, level=1).wait_for()
    assert answered(xray) == number
