"""The pictures of README, made from the running app: ``.venv/bin/python -m tests.pictures``.

Writes into ``docs/pictures/`` a short animation and one picture for each scene. All radiographs in
them are drawn by Lightbox itself. The browser's clock stands still between two frames, so that the
animation is as smooth from a slow machine as from a fast one.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from data.synthetic.radiograph import draw
from tests.browser.conftest import CHROMIUM_ARGUMENTS, ROOT, start_server, stop_server

FOLDER: Final = ROOT / "docs" / "pictures"
SIZE: Final = (1280, 720)
SHOWN: Final = (960, 540)
"""Size of the animation."""
FRAME_MS: Final = 120
REST_MS: Final = 1600
"""How long a frame stands while something plays, and one that shows a result."""
MOST_BYTES: Final = 2_000_000
"""All pictures together: a README that opens at once."""
WAIT_MS: Final = 60_000
FRACTURE: Final = 20
"""Number of the drawn radiograph that is tested."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture, and its frames in the animation.

    Attributes:
        name: Of the file.
        address: Of the page, with its settings.
        prepare: Brings the page to the moment that the picture shows.
        frames: How many frames of the animation show it playing; 1 for a scene that stands.
    """

    name: str
    address: str
    prepare: Callable[[Page], None]
    frames: int


def _home(page: Page) -> None:
    page.locator(".lb-sentence", has_text="Row").wait_for()


def _play(page: Page) -> None:
    page.locator("[data-stage] [data-picture]").first.wait_for()
    page.get_by_role("button", name="Show me").click()
    expect(page.locator(".lb-verdict")).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).first.click()


def _present(page: Page) -> None:
    page.locator("[data-stage] [data-picture]").first.wait_for()
    page.locator(".lb-present").click()
    page.wait_for_function("document.documentElement.classList.contains('lb-presenting')")
    page.keyboard.press("PageDown")
    page.keyboard.press(" ")


def _upload(page: Page) -> None:
    drawn = draw(FRACTURE, size=512, fractured=True)
    picture = io.BytesIO()
    Image.fromarray(drawn.image).save(picture, "PNG")
    button = page.locator(".st-key-lb_corner").get_by_role("button", name="Picture", exact=True)
    button.click()
    page.locator("input[type=file]").first.set_input_files(
        [{"name": "drawn.png", "mimeType": "image/png", "buffer": picture.getvalue()}]
    )
    page.locator(".xray-output b").wait_for()
    button.click()
    page.locator("canvas.xray-picture").wait_for()


SCENES: Final = (
    Scene("home", "", _home, 24),
    Scene("convolution", "convolution", _play, 16),
    Scene("xray", "xray?network=paper-synthetic", _upload, 1),
    Scene("presented", "cycle", _present, 12),
)


def _photograph(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(type="png"))).convert("RGB")


def _film(page: Page, frames: int) -> list[Image.Image]:
    """Frames a fixed time apart on the page's own clock, however long a photograph takes."""
    page.clock.pause_at(datetime.now() + timedelta(seconds=2))
    film = []
    for _ in range(frames):
        page.clock.run_for(FRAME_MS)
        film.append(_photograph(page))
    if frames > 1:  # the last one stands: picture, sentence and number are of one moment
        page.get_by_role("button", name="Pause").first.click()
        page.clock.run_for(FRAME_MS)
        film[-1] = _photograph(page)
    return film


def take(url: str, scene: Scene, folder: Path, chromium: str) -> list[Image.Image]:
    """Photograph one scene; write its picture and return its frames."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(
            viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="dark", bypass_csp=True
        )
        page.set_default_timeout(WAIT_MS)
        page.clock.install()
        page.goto(f"{url}/{scene.address}")
        scene.prepare(page)
        page.mouse.move(SIZE[0] - 1, SIZE[1] - 1)
        page.wait_for_timeout(1500)
        film = _film(page, scene.frames)
        browser.close()
    film[-1].save(folder / f"{scene.name}.webp", quality=86, method=6)
    return film


def animate(films: list[list[Image.Image]], path: Path) -> None:
    """One animation of all films; the last frame of each rests."""
    frames = [frame.resize(SHOWN, Image.Resampling.LANCZOS) for film in films for frame in film]
    times = [FRAME_MS if n + 1 < len(film) else REST_MS for film in films for n in range(len(film))]
    first, *others = frames
    first.save(
        path, save_all=True, append_images=others, duration=times, loop=0, quality=72, method=4
    )


def main() -> None:
    """Make all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("LIGHTBOX_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        raise SystemExit("There is no Chromium here: sudo apt install chromium.")
    with tempfile.TemporaryDirectory() as runs:
        # Nobody's datasets and runs are in a picture that everybody sees.
        server = start_server(Path(runs), LIGHTBOX_FRACATLAS="", LIGHTBOX_MURA="")
        try:
            films = [take(server.url, scene, folder, chromium) for scene in SCENES]
        finally:
            stop_server(server)
    animate(films, folder / "lightbox.webp")
    written = [folder / "lightbox.webp", *(folder / f"{scene.name}.webp" for scene in SCENES)]
    for path in written:
        print(f"{path.stat().st_size / 1000:8.0f} kB  {path.name}")
    if sum(path.stat().st_size for path in written) > MOST_BYTES:
        raise SystemExit(f"Together they have more than {MOST_BYTES / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
