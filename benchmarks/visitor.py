"""Real Chromium tabs among the students of a class: what the protocol alone cannot show.

A student of `benchmarks.student` waits for the server's last message; a visitor waits until the
stage is drawn, scripts, layout and painting included. Chromium works on the same machine and takes
its share of the cores, as a lecturer's own browser does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, async_playwright

from tests.browser.conftest import CHROMIUM_ARGUMENTS

PAUSE_S: Final = (3.0, 5.0)
_PATIENCE_MS: Final = 60_000.0


@contextlib.asynccontextmanager
async def tabs(url: str, count: int) -> AsyncIterator[list[Page]]:
    """So many tabs of one Chromium, each with a profile of its own, at the dashboard's first page.

    Raises:
        FileNotFoundError: There is no Chromium here.
    """
    if not count:
        yield []
        return
    path = os.environ.get("LIGHTBOX_CHROMIUM") or shutil.which("chromium")
    if not path:
        raise FileNotFoundError("There is no Chromium here: sudo apt install chromium.")
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        opened = []
        for _ in range(count):
            page = await chromium.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(_PATIENCE_MS)
            await page.goto(url)
            await _drawn(page)
            opened.append(page)
        yield opened
        await chromium.close()


async def visit(
    page: Page, *, url: str, pages: Sequence[str], until: float, seed: int
) -> list[float]:
    """Open pages until that time of the monotonic clock; seconds until each was drawn."""
    chance = random.Random(seed)
    waits: list[float] = []
    while True:
        await asyncio.sleep(chance.uniform(*PAUSE_S))
        if time.monotonic() >= until:
            return waits
        began = time.perf_counter()
        with contextlib.suppress(PlaywrightError):  # the wait it took stands for itself
            slug = chance.choice([slug for slug in pages if slug != "home"])
            await page.goto(f"{url}/{slug}")
            await _drawn(page)
        waits.append(time.perf_counter() - began)


async def _drawn(page: Page) -> None:
    await page.locator("[data-stage]").first.wait_for()
    await page.locator("[data-picture]:visible").first.wait_for()
