"""What a student with a script can send to a real server, and what it may not bring about."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil
import pytest

from tests.browser.conftest import Server, start_server, stop_server
from tests.dashboard.raw_client import RawClient

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard of this machine's own."""
    running = start_server(tmp_path_factory.mktemp("hostile"))
    yield running
    stop_server(running)


def engine(server: Server) -> set[int]:
    """The processes that the server started: scheduler and workers."""
    return {child.pid for child in psutil.Process(server.process.pid).children(recursive=True)}


def test_clearing_the_caches_starts_no_second_engine(server: Server) -> None:
    """Each such message once started another scheduler and two workers, for good."""
    with RawClient(server.url) as client:
        client.open("train")
        deadline = time.monotonic() + 60
        while len(engine(server)) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        before = engine(server)
        assert len(before) == 3
        for _ in range(3):
            client.clear_cache()
            client.open("train")
        time.sleep(2)  # a second engine would be there after one
        assert engine(server) == before
