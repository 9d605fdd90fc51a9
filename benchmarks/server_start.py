"""From the command to the first page, and what the server weighs at rest.

    python3 -m tests --collect-only -q    # sets the environment up, once
    .venv/bin/python benchmarks/server_start.py

Targets: first page under 3 s, server under 300 MB at rest after every page was visited, no
TensorFlow in it. Nothing but loopback.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashboard import catalogue  # noqa: E402

REPEATS = 3
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Print seconds and megabytes, a line each."""
    path = os.environ.get("LIGHTBOX_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        measured = [measure(browser.new_page()) for _ in range(REPEATS)]
        browser.close()
    seconds = statistics.median(first for first, *_ in measured)
    _, at_first, at_rest, tensorflow = measured[-1]
    print(f"command to first page: {seconds:.2f} s (median of {REPEATS}; target 3 s)")
    print(f"server after the first page: {at_first / 1e6:.0f} MB")
    print(
        f"server at rest, {len(catalogue.PAGES)} pages visited: {at_rest / 1e6:.0f} MB (target 300)"
    )
    print(f"TensorFlow mapped into the server: {'yes' if tensorflow else 'no'}")


def measure(page: Page) -> tuple[float, int, int, bool]:
    """Start a server, visit all pages, stop it; seconds, bytes, bytes, whether TensorFlow."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tempfile.mkdtemp()
    environment = {**os.environ, "LIGHTBOX_RUNS": f"{folder}/r", "LIGHTBOX_CACHE": f"{folder}/c"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "dashboard"),
            "--no-browser",
            "--host=127.0.0.1",
            f"--port={port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**environment, "LIGHTBOX_VENV": sys.prefix},
    )
    try:
        _wait_for(port)
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector(".lb-footer")
        seconds = time.perf_counter() - started
        server = psutil.Process(process.pid)
        at_first = server.memory_info().rss
        for entry in catalogue.PAGES:
            page.goto(f"http://127.0.0.1:{port}/{entry.slug if entry.slug != 'home' else ''}")
            page.wait_for_selector(".lb-footer")
            page.wait_for_timeout(1500)
        page.close()
        time.sleep(5)
        maps = {Path(entry.path).name for entry in server.memory_maps()}
        tensorflow = any(name.startswith("libtensorflow") for name in maps)
        return seconds, at_first, server.memory_info().rss, tensorflow
    finally:
        process.terminate()
        process.wait(timeout=15)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("the server did not start within 60 s")


if __name__ == "__main__":
    main()
