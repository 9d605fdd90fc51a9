"""A real server and a real Chromium for the browser tests; nothing but loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests import patience
from tests.browser.profiles import Profiles

expect.set_options(timeout=patience.MILLISECONDS)

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
# A deep link makes Streamlit's client ask for its endpoints under the page's path first.
HARMLESS = re.compile(r"404 \(Not Found\)")


@dataclass(frozen=True)
class Server:
    """A running dashboard: its address, its process and the folders that it works in."""

    url: str
    process: subprocess.Popen[bytes]
    runs: Path
    cache: Path
    log: Path


@dataclass
class Complaints:
    """All that a page may not do: errors in the console, requests to elsewhere."""

    found: list[str] = field(default_factory=list)


PROFILES: dict[Browser, Profiles] = {}
"""Of each browser that runs."""
SERVERS: list[Server] = []
"""All that were started and not stopped."""
_LOOK_MS = 10_000
_MOST_TOLD = 6_000

PRESENTING = "document.documentElement.classList.contains('lb-presenting')"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(folder: Path, **environment: str) -> Server:
    """Start the dashboard with fresh run and cache folders under `folder`."""
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    runs, cache, log = folder / "runs", folder / "cache", folder / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "server.py")]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    command += ["--browser.serverAddress=127.0.0.1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "LIGHTBOX_RUNS": str(runs),
                "LIGHTBOX_CACHE": str(cache),
                **environment,
            },
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + patience.SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=patience.SECONDS):
                SERVERS.append(Server(url=url, process=process, runs=runs, cache=cache, log=log))
                return SERVERS[-1]
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')}")


def stop_server(server: Server) -> None:
    """End the server that `start_server` started."""
    if server in SERVERS:
        SERVERS.remove(server)
    server.process.terminate()
    try:
        server.process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put what the pages show and what the servers said into the report of a failure."""
    report = yield
    if report.failed and call.when == "call":
        for profiles in PROFILES.values():
            for page in [page for context in profiles.in_use() for page in context.pages]:
                report.sections.append((f"Shown at {page.url}", _shown(page)))
        for server in SERVERS:
            said = server.log.read_text(errors="replace")[-_MOST_TOLD:]
            report.sections.append((f"Said by the server at {server.url}", said))
    return report


def _shown(page: Page) -> str:
    """What a reader of the screen would hear of the page."""
    try:
        return page.locator("body").aria_snapshot(timeout=_LOOK_MS)[:_MOST_TOLD]
    except PlaywrightError as error:  # it hangs, or is gone
        return f"It does not answer: {error.message}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One dashboard for all browser tests of a session."""
    running = start_server(tmp_path_factory.mktemp("server"))
    yield running
    stop_server(running)


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts Debian's Chromium, headless; one driver for all, two in a process do not go."""
    path = os.environ.get("LIGHTBOX_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("There is no Chromium here: sudo apt install chromium.")
    with sync_playwright() as playwright:

        def start(*more: str) -> Browser:
            running = playwright.chromium.launch(
                executable_path=path, args=[*CHROMIUM_ARGUMENTS, *more]
            )
            profiles = PROFILES[running] = Profiles(running.new_context)
            running.new_context = profiles.take
            return running

        yield start


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """One Chromium for all browser tests of a session."""
    running = launch()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def no_page_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close what a test opened and, because it failed, did not close: its pages go on playing."""
    if "browser" not in request.fixturenames:
        yield
        return
    profiles = PROFILES[request.getfixturevalue("browser")]
    before = profiles.in_use()
    yield
    for left in profiles.in_use() - before:
        left.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile: 1280x720, dark."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Iterator[Page]:
    """A page that fails the test when it complains, asks elsewhere or overflows sideways."""
    complaints = Complaints()
    fresh = context.new_page()
    watch(fresh, server, complaints)
    yield fresh
    overflow = fresh.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert complaints.found == []
    assert overflow <= 0, f"the page is {overflow} px wider than the window"


def present(page: Page) -> None:
    """Begin to present with the key; the page's line, which is drawn last, listens for it."""
    page.locator("[data-line]").wait_for()
    page.keyboard.press("p")
    # Playwright's own waiting evaluates a text in the page, which the page's policy may forbid.
    patience.wait_until(lambda: bool(page.evaluate(PRESENTING)))


def watch(page: Page, server: Server, complaints: Complaints) -> None:
    """Record script errors, console errors and requests that leave the server."""

    def on_console(message: object) -> None:
        text = str(getattr(message, "text", ""))
        if getattr(message, "type", "") == "error" and not HARMLESS.search(text):
            complaints.found.append(f"console: {text}")

    def on_request(request: object) -> None:
        url = str(getattr(request, "url", ""))
        local = (server.url, server.url.replace("http", "ws", 1), "data:", "blob:", "about:")
        if not url.startswith(local):
            complaints.found.append(f"request to elsewhere: {url}")

    page.on("pageerror", lambda error: complaints.found.append(f"script error: {error}"))
    page.on("console", on_console)
    page.on("request", on_request)
