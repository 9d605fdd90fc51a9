"""Note who is connected before the web server believes a header about it. No Streamlit here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dashboard.access.addresses import PEER


class Noting:
    """An ASGI app that writes down who is connected and asks the next one."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Note it, and go on."""
        await self._app({**scope, PEER: scope.get("client")}, receive, send)


def note_peers(loop: asyncio.AbstractEventLoop) -> None:
    """Have every server that is put up from now on note who is connected.

    Uvicorn takes whoever connects from this machine for a proxy, and what stands in
    ``X-Forwarded-For`` then for the client. A proxy that passes on what a browser wrote there would
    so give each browser the choice of its address.

    Args:
        loop: On which the server is about to be put up.
    """
    create: Any = loop.create_server

    async def create_server(protocol: Callable[[], Any], *given: Any, **named: Any) -> Any:
        def noting() -> Any:
            connection = protocol()
            with suppress(AttributeError):  # a server of another make
                # A websocket's protocol takes the app from there, as does the next connection.
                if not isinstance(connection.config.loaded_app, Noting):
                    connection.config.loaded_app = Noting(connection.config.loaded_app)
                connection.app = connection.config.loaded_app
            return connection

        return await create(noting, *given, **named)

    with suppress(AttributeError):  # a loop of another make
        loop.create_server = create_server  # type: ignore[method-assign]
