"""What is open, in Chromium: the address, Back, a link in a fresh browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

SYNTHETIC, LENET, FRACATLAS = "synthetic", "LeNet-5", "FracAtlas"


def shown(page: Page, slug: str, network: str) -> None:
    """Wait until the corner names that network."""
    button = page.locator(f".st-key-{slug}_network_choice button").first
    expect(button).to_contain_text(network)


def choose(page: Page, slug: str, title: str) -> None:
    page.locator(f".st-key-{slug}_network_choice button").first.click()
    page.locator(f".st-key-{slug}_network input").click()
    page.get_by_role("option", name=title, exact=True).click()


def wait_for_address(page: Page, ending: str) -> None:
    page.wait_for_function(
        "(ending) => (location.pathname + location.search).endsWith(ending)", arg=ending
    )


def test_back_three_times_brings_back_what_was_open_and_pages_are_one_step(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/dropout")
    shown(page, "dropout", FRACATLAS)
    choose(page, "dropout", "Paper's network: synthetic")
    wait_for_address(page, "/dropout?network=paper-synthetic")
    shown(page, "dropout", SYNTHETIC)
    page.keyboard.press("Escape")
    choose(page, "dropout", "LeNet-5, untrained")
    wait_for_address(page, "/dropout?network=zoo%3Alenet")
    shown(page, "dropout", LENET)
    page.keyboard.press("Escape")
    # The menu leads to another page, and what is open goes along without a step of its own.
    page.get_by_test_id("stTopNavSection").get_by_text("Convolutional networks").click()
    page.get_by_test_id("stTopNavDropdownLink").get_by_text("Spatial hierarchy").click()
    wait_for_address(page, "/hierarchy?network=zoo%3Alenet")
    shown(page, "hierarchy", LENET)
    page.go_back()
    wait_for_address(page, "/dropout?network=zoo%3Alenet")
    shown(page, "dropout", LENET)
    page.go_back()
    wait_for_address(page, "/dropout?network=paper-synthetic")
    shown(page, "dropout", SYNTHETIC)
    page.go_back()
    wait_for_address(page, "/dropout")
    shown(page, "dropout", FRACATLAS)
    page.go_forward()
    wait_for_address(page, "/dropout?network=paper-synthetic")
    shown(page, "dropout", SYNTHETIC)
    page.reload()
    shown(page, "dropout", SYNTHETIC)


def test_a_link_opens_the_same_in_a_fresh_browser_and_names_what_is_gone(
    browser: Browser, server: Server
) -> None:
    for address, said in (
        ("network=zoo%3Alenet&picture=disk", None),
        ("network=20200101-gone", "There is no network '20200101-gone' here."),
        ("picture=upload.0123456789abcdef", "An uploaded picture is not in this link."),
    ):
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        fresh = context.new_page()
        fresh.goto(f"{server.url}/dropout?{address}")
        if said is None:
            shown(fresh, "dropout", LENET)
            expect(fresh.locator(".st-key-dropout_picture_choice button").first).to_contain_text(
                "A disk"
            )
        else:
            expect(fresh.get_by_text(said)).to_be_visible()
            expect(fresh.locator("[data-stage]")).to_have_count(0)
            assert address in fresh.url
        context.close()
