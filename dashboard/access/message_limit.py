"""Hold no more of a browser's message than a page of ours sends. No Streamlit here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def limit_messages(loop: asyncio.AbstractEventLoop, most: int) -> None:
    """Have the websockets of every server that is put up from now on end at a longer message.

    Streamlit gives its server one limit for both directions, 200 MB, and whatever has come of a
    message is kept in memory until its end has come, before anybody can look at it.

    Args:
        loop: On which the server is about to be put up.
        most: Bytes of one message of a browser, whole or in pieces.
    """
    create: Any = loop.create_server

    async def create_server(protocol: Callable[[], Any], *given: Any, **named: Any) -> Any:
        def limited() -> Any:
            connection = protocol()
            with suppress(AttributeError):  # a server of another make
                connection.config.ws_max_size = most
            return connection

        return await create(limited, *given, **named)

    with suppress(AttributeError):  # a loop of another make
        loop.create_server = create_server  # type: ignore[method-assign]
