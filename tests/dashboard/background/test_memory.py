"""Memory of the server: given back when it is free, and not taken for what no page needs."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchmarks.student import Student
from dashboard.background.periodic import Periodic
from dashboard.background.unused_memory import STORES, give_back
from dashboard.catalogue import SLUGS
from tests import patience
from tests.browser.conftest import start_server, stop_server
from tests.event_loop import awaited


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc can be asked to")
def test_what_many_threads_have_freed_goes_back_to_the_system() -> None:
    def draw() -> None:
        # Small pieces, which the C library keeps; between them some that stay.
        pieces = [np.ones(8_000) for _ in range(1_000)]
        kept.append(pieces[::100])
        barrier.wait(patience.SECONDS)

    kept: list[list[np.ndarray]] = []
    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    before = psutil.Process().memory_info().rss
    assert give_back()
    assert before - psutil.Process().memory_info().rss > 20e6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc can be asked to")
def test_threads_share_a_few_stores() -> None:
    script = """
import ctypes, threading
from dashboard.background import unused_memory
from tests.event_loop import awaited
if {shared}:
    assert unused_memory.share_stores()
held, ready = [], threading.Barrier(13)
def take():
    held.append([bytes(2_000 + size) for size in range(50)])
    ready.wait()
    ready.wait()
for _ in range(12):
    threading.Thread(target=take, daemon=True).start()
ready.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
ready.wait()
"""

    def stores(shared: bool) -> int:
        told = subprocess.run(
            [sys.executable, "-c", script.replace("{shared}", str(shared))],
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout.count("<heap nr=")

    assert stores(True) <= STORES < stores(False)


def test_what_is_done_again_and_again_ends() -> None:
    twice = threading.Semaphore(0)
    work = Periodic(twice.release, every_s=0.01, name="test")
    work.start()
    for _ in range(3):
        assert twice.acquire(timeout=patience.SECONDS)
    work.end()
    work._thread.join(patience.SECONDS)
    assert not work._thread.is_alive()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no system to look it up")
def test_no_page_brings_pandas_into_the_server_before_it_shows_a_table(tmp_path: Path) -> None:
    async def visit(url: str) -> list[str]:
        async with Student(url) as tab:
            for slug in SLUGS:
                await tab.open(slug)
            return tab.seen.troubles

    server = start_server(tmp_path)
    try:
        assert awaited(visit(server.url)) == []
        maps = Path(f"/proc/{server.process.pid}/maps").read_text("utf-8")
    finally:
        stop_server(server)
    assert "numpy" in maps
    for heavy in ("/pandas/", "libarrow", "/scipy/", "/sklearn/", "libtensorflow"):
        assert heavy not in maps, heavy
