"""A model of one's own in Chromium: record, drop, train, hear the answer, open it elsewhere."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests import patience
from tests.browser.conftest import Server
from tests.dashboard.workbench.minute.test_collection import drawn

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCHED = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.cameras = [];
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.cameras.push(...stream.getTracks());
  return stream;
};
"""
"""Notes every camera that is opened."""
LIVE = "() => window.cameras.filter((track) => track.readyState === 'live').length"


def payload(kind: str, seed: int) -> FilePayload:
    buffer = io.BytesIO()
    Image.fromarray(drawn(kind, seed)).save(buffer, "PNG")
    return {"name": f"{kind}-{seed}.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def open_page(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/minute?questions=off")
    page.locator(".minute-box").nth(1).wait_for()


def choose(page: Page, label: int, files: list[FilePayload]) -> None:
    page.locator(".minute-box").nth(label).locator("input[type=file]").set_input_files(files)


def counted(page: Page, label: int) -> Locator:
    return page.locator(".minute-box").nth(label).locator(".minute-head span")


def record(page: Page, label: int) -> None:
    """Hold the button until as much is recorded as one burst may have, then let go."""
    box = page.locator(".minute-box").nth(label)
    box.get_by_role("button", name="Hold to record").hover()
    page.mouse.down()
    expect(box).to_have_class(re.compile("minute-recording"))
    expect(box).not_to_have_class(re.compile("minute-recording"))
    page.mouse.up()


def start_camera(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".minute-view video")).to_be_visible()
    page.wait_for_function(
        """() => { const seek = (root) => {
          for (const one of root.querySelectorAll('*')) {
            if (one.tagName === 'VIDEO' && one.videoWidth > 0) return true;
            if (one.shadowRoot && seek(one.shadowRoot)) return true;
          }
          return false;
        }; return seek(document); }"""
    )


def test_two_classes_are_collected_trained_answered_and_opened_in_another_view(
    page: Page, server: Server
) -> None:
    page.add_init_script(WATCHED)
    open_page(page, server)
    choose(page, 1, [payload("cross", seed) for seed in range(12)])
    expect(counted(page, 1)).to_have_text("12 pictures, 12 independent")
    start_camera(page)
    record(page, 0)
    expect(counted(page, 0)).to_have_text(re.compile(r"\d+ pictures?, 1 independent"))
    page.get_by_role("button", name="Train", exact=True).click()
    # A class of one recording cannot be tested, and it is said; the answer comes all the same.
    expect(page.locator(".lb-sentence")).to_contain_text(re.compile("Nobody can say.*Class 1"))
    scores = page.locator(".minute-bars b")
    expect(scores).to_have_count(2)
    # It sees what was recorded; the picture of the pretended camera turns, and so does its answer.
    patience.wait_until(lambda: float(scores.nth(0).inner_text()) > 0.5)
    page.locator(".minute-box input[type=text]").first.fill("scene")
    page.keyboard.press("Enter")
    expect(page.locator(".minute-bars li span").first).to_have_text("scene")
    choose(page, 0, [payload("disc", seed) for seed in range(12)])
    expect(page.locator(".minute-phase")).to_contain_text("train again")
    page.get_by_role("button", name="Train again").click()
    expect(page.locator(".lb-sentence")).to_contain_text(re.compile(r"\d+ of \d+"))
    page.get_by_role("button", name="Small network").click()
    page.get_by_role("button", name="Train a small network").click()
    page.get_by_text("It is open now on every page").wait_for()
    body = page.locator("[data-testid=stPopoverBody]")
    body.get_by_role("link", name="Feature maps").click()
    expect(page.locator(".lb-sentence")).to_contain_text("scene and Class 2")
    page.wait_for_function(f"({LIVE})() === 0")  # the camera was on until the page was left
    assert page.evaluate("window.cameras.length") == 1
    page.go_back()
    expect(counted(page, 1)).to_have_text("12 pictures, 12 independent")
    page.get_by_text("Start the camera or test a picture").wait_for()
    page.locator(".minute-eye input[type=file]").set_input_files(payload("cross", 77))
    expect(page.locator(".minute-bars .lb-of")).to_have_text(["Frozen backbone", "From nothing"])
    expect(page.locator(".minute-bars b")).to_have_count(4)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); }",
            "refused",
        ),
        (
            "getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); }",
            "No camera",
        ),
        ("getUserMedia = async () => { throw new DOMException('', 'NotReadableError'); }", "other"),
        (None, "plain http"),
    ],
    ids=["refused", "none", "busy", "insecure"],
)
def test_without_a_camera_it_is_said_why_and_dropping_works(
    page: Page, server: Server, script: str | None, said: str
) -> None:
    gone = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"
    page.add_init_script(gone if script is None else f"navigator.mediaDevices.{script}")
    open_page(page, server)
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator(".minute-told")).to_contain_text(said)
    choose(page, 0, [payload("disc", 1)])
    expect(counted(page, 0)).to_have_text("1 picture, 1 independent")


def test_what_is_no_picture_is_named_and_the_others_are_taken(page: Page, server: Server) -> None:
    open_page(page, server)
    text: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    choose(page, 0, [payload("disc", 1), text, payload("disc", 2)])
    expect(page.locator(".minute-told")).to_contain_text("notes.txt: no picture")
    expect(counted(page, 0)).to_have_text("2 pictures, 2 independent")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".minute-phase")).to_contain_text("no picture of Class 2 yet")
    page.get_by_role("button", name="Remove picture 1 of Class 1").click()
    expect(counted(page, 0)).to_have_text("1 picture, 1 independent")


def test_files_are_dropped_onto_a_class_and_held_keys_record(page: Page, server: Server) -> None:
    open_page(page, server)
    raw = list(payload("cross", 3)["buffer"])
    page.locator(".minute-box").nth(1).evaluate(
        """(box, bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "a.png", { type: "image/png" }));
          box.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        raw,
    )
    expect(counted(page, 1)).to_have_text("1 picture, 1 independent")
    start_camera(page)
    held: Any = page.locator(".minute-box").nth(0)
    held.get_by_role("button", name="Hold to record").focus()
    page.keyboard.down("Space")
    expect(held).to_have_class(re.compile("minute-recording"))
    page.keyboard.up("Space")
    expect(counted(page, 0)).to_have_text(re.compile(r"\d+ pictures?, 1 independent"))
    page.get_by_role("button", name="Add a class").click()
    expect(page.locator(".minute-box")).to_have_count(3)
    page.get_by_role("button", name="Remove class 1").click()
    expect(page.locator(".minute-box")).to_have_count(2)
    expect(counted(page, 0)).to_have_text("1 picture, 1 independent")
