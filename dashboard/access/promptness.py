"""Let what is drawn leave at once. No Streamlit here."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any


def send_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Have the connections of every server that is put up from now on send small messages at once.

    A page is drawn in many small messages. The system holds a small one back until the other side
    has answered for the one before (Nagle's algorithm), and that side waits up to 40 ms with its
    answer, so that each page came 40 ms late. asyncio switches it off for sockets that it made;
    Streamlit brings its own, without a protocol number, which asyncio then leaves as they are.
    What a listening socket is set to, those that it accepts inherit.

    Args:
        loop: On which the server is about to be put up.
    """
    create: Any = loop.create_server

    async def create_server(*given: Any, sock: socket.socket | None = None, **named: Any) -> Any:
        if sock is not None:
            with suppress(OSError):  # no TCP: there is nothing to hold back
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await create(*given, sock=sock, **named)

    with suppress(AttributeError):  # a loop of another make, which sends at once by itself
        loop.create_server = create_server
