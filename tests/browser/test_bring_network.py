"""Bringing a network in Chromium: a wrong file, a right one, the pages that show it, and away."""

from __future__ import annotations

from pathlib import Path

import keras
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network as Keras saves it, in the form that is read and in the one that is not."""
    folder = tmp_path_factory.mktemp("brought")
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.save(folder / "small.keras")
    model.save(folder / "small.h5")
    return folder


def test_a_network_is_brought_shown_and_removed(page: Page, server: Server, files: Path) -> None:
    page.goto(f"{server.url}/dropout")
    chooser = page.locator(".st-key-dropout_network_choice button").first
    chooser.click()
    page.get_by_role("button", name="Bring a network").click()
    dialog = page.get_by_role("dialog").filter(has_text="A file of Keras 3")
    file = dialog.locator("input[type=file]")
    file.set_input_files(files / "small.h5")
    expect(dialog.get_by_text("HDF5 file")).to_be_visible()
    file.set_input_files(files / "small.keras")
    # 3 layers: convolution (40 numbers), pooling, dense (2 outputs as one logit: 5 numbers).
    expect(
        dialog.get_by_text("3 layers, 45 numbers, pictures of 32 x 32, 2 classes")
    ).to_be_visible()
    classes = dialog.get_by_role("textbox", name="Classes, in the order")
    classes.fill("healthy")
    classes.press("Enter")
    dialog.get_by_role("button", name="Open it").click()
    expect(dialog.get_by_text("It tells 2 classes apart; 1 different names")).to_be_visible()
    classes.fill("healthy, broken")
    classes.press("Enter")
    dialog.get_by_role("button", name="Open it").click()
    expect(dialog).to_be_hidden()
    expect(chooser).to_contain_text("small")
    page.wait_for_function("location.search.includes('network=own%3A')")
    key = page.evaluate("location.search")

    page.goto(f"{server.url}/features{key}")
    expect(page.locator(".st-key-features_network_choice button").first).to_contain_text("small")
    page.locator(".st-key-features_network_choice button").first.click()
    page.get_by_role("button", name="Bring a network").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator(".st-key-features_network_choice button").first).not_to_contain_text(
        "small"
    )
    page.goto(f"{server.url}/features{key}")
    expect(page.get_by_text("There is no network")).to_be_visible()
