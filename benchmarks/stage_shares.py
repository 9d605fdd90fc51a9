"""What share of the window stage and pictures fill: all pages, two sizes, two themes.

    python benchmarks/stage_shares.py [--only cycle train] [--screenshots FOLDER]

Prints the table of ``docs/measurements.md``. With a folder, each page is photographed as well.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from dashboard import catalogue  # noqa: E402
from tests.browser.conftest import CHROMIUM_ARGUMENTS, start_server, stop_server  # noqa: E402
from tests.browser.profiles import Profiles  # noqa: E402
from tests.browser.test_stages import SHARES, open_stage  # noqa: E402

SIZES = ((1280, 720), (1920, 1080))
SCHEMES = ("dark", "light")


def row(page: Page, folder: Path | None, name: str) -> list[str]:
    """Stage, pictures and line, normal and presenting."""
    found = []
    for state in ("normal", "presenting"):
        if state == "presenting":
            page.keyboard.press("p")
        page.wait_for_timeout(1200)
        shares = page.evaluate(SHARES)
        found += [f"{100 * shares['stage']:.0f}", f"{100 * shares['pictures']:.0f}"]
        if folder is not None:
            page.screenshot(path=folder / f"{name}-{state}.png")
    return found


def main() -> None:
    """Measure all pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--only", nargs="+", metavar="SLUG", help="pages; all without it")
    given = parser.parse_args()
    if given.screenshots:
        given.screenshots.mkdir(parents=True, exist_ok=True)
    print("| page | size | theme | stage | pictures | stage, presented | pictures, presented |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(Path(folder))
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        browser.new_context = Profiles(browser.new_context).take  # the built-in set is drawn first
        try:
            for entry in catalogue.PAGES:
                if given.only and entry.slug not in given.only:
                    continue
                for size in SIZES:
                    for scheme in SCHEMES:
                        page = open_stage(browser, server, entry.slug, size=size, scheme=scheme)
                        name = f"{entry.slug}-{size[0]}-{scheme}"
                        cells = [entry.title, f"{size[0]}x{size[1]}", scheme]
                        cells += row(page, given.screenshots, name)
                        print(f"| {' | '.join(cells)} |", flush=True)
                        page.context.close()
        finally:
            browser.close()
            stop_server(server)


if __name__ == "__main__":
    main()
