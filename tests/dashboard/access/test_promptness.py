"""Nothing that is drawn waits for the other side's answer to what was drawn before."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace

import pytest

from core import journal
from dashboard.access import start
from dashboard.access.uploads import UploadLimits, Uploads
from tests.event_loop import awaited


async def _accepted(listener: socket.socket) -> int:
    """Whether a connection that a server on this socket accepts sends at once."""
    found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Watch(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted = transport.get_extra_info("socket")
            found.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    # As uvicorn does with the socket that Streamlit has bound.
    server = await asyncio.get_running_loop().create_server(Watch, sock=listener, ssl=None)
    _, writer = await asyncio.open_connection(*listener.getsockname())
    at_once = await found
    writer.close()
    server.close()
    return at_once


@pytest.mark.parametrize("proto", [0, socket.IPPROTO_TCP])
def test_the_server_of_the_pages_sends_at_once(proto: int, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = SimpleNamespace(uploaded_file_mgr=SimpleNamespace())
    monkeypatch.setattr(start, "get_instance", lambda: runtime)
    monkeypatch.setattr(start.Standing, "uploads", Uploads(UploadLimits()))
    monkeypatch.setattr(start.Standing.uploads, "watch", lambda store: None)
    monkeypatch.setattr(start, "Periodic", lambda *_, **__: SimpleNamespace(start=int, end=int))
    monkeypatch.setattr(journal, "begin", lambda folder: None)

    async def served() -> int:
        # Streamlit binds without a protocol number, and asyncio then changes nothing by itself.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, proto) as listener:
            listener.bind(("127.0.0.1", 0))
            async with start.life(SimpleNamespace()):  # type: ignore[arg-type]
                return await _accepted(listener)

    assert awaited(served())
