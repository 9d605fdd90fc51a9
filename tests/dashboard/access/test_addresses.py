"""From where a browser asks: what a proxy says is believed, what a browser says is not."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import pytest

from dashboard.access.addresses import PEER, asking_address, believed
from dashboard.access.peers import note_peers
from tests.event_loop import awaited

PROXIES = tuple(ipaddress.ip_network(one) for one in ("10.0.0.2", "10.1.0.0/16", "fd00::/64"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "asks"),
    [
        ("10.0.0.2", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.2", "203.0.113.9, 192.0.2.7", "192.0.2.7"),  # the left one is the browser's own
        ("10.0.0.2", "10.0.0.2, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.2", "203.0.113.9, 192.0.2.7, 10.1.3.4", "192.0.2.7"),  # through two proxies
        ("10.0.0.2", " 192.0.2.7:4711 ", "192.0.2.7"),
        ("10.0.0.2", "::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:10.0.0.2", "192.0.2.7", "192.0.2.7"),
        ("fd00::1", "[2001:db8:1:2::7]:4711", "2001:db8:1:2::/64"),
        ("10.0.0.2", "", "10.0.0.2"),  # a proxy that says nothing
        ("10.0.0.2", "192.0.2.7, unknown", "10.0.0.2"),
        ("10.0.0.2", "192.0.2.7, 10.1.0.9", "192.0.2.7"),
        ("10.0.0.2", "10.1.0.9", "10.1.0.9"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),  # no proxy: nobody believes it
        ("192.0.2.7", "10.0.0.2", "192.0.2.7"),
        ("2001:db8::1", "", "2001:db8::/64"),
        ("2001:db8::ffff:1", "", "2001:db8::/64"),  # the same house
        ("", "192.0.2.7", ""),
    ],
)
def test_the_rightmost_address_that_is_no_proxy_asks(peer: str, forwarded: str, asks: str) -> None:
    assert believed(peer, forwarded, PROXIES) == asks


def test_without_named_proxies_nobody_is_believed() -> None:
    for peer in ("10.0.0.2", "127.0.0.1"):
        assert believed(peer, "192.0.2.7", ()) == peer


def test_several_lines_are_one_list() -> None:
    lines = [(b"X-Forwarded-For", b"203.0.113.9"), (b"x-forwarded-for", b"192.0.2.7")]
    scope = {"client": ("10.0.0.2", 5), "headers": lines}
    assert asking_address(scope, PROXIES) == "192.0.2.7"
    # The web server has believed somebody already; who is connected stands beside that.
    assert asking_address({**scope, PEER: ("192.0.2.8", 5)}, PROXIES) == "192.0.2.8"
    assert asking_address({"headers": []}, PROXIES) == ""


def test_uvicorn_does_not_tell_the_door_what_a_browser_says() -> None:
    """A connection from this machine counts as a proxy's there, without any setting."""
    import uvicorn

    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(scope)
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    async def ask() -> None:
        note_peers(asyncio.get_running_loop())
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
        served = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            line = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\n"
            writer.write(f"{line}Connection: close\r\n\r\n".encode())
            await reader.read()
            writer.close()
        server.should_exit = True
        await served

    awaited(ask())
    assert [one["client"][0] for one in seen] == ["203.0.113.9"] * 2
    assert [asking_address(one, ()) for one in seen] == ["127.0.0.1"] * 2
