"""The browser's side of Streamlit's protocol without a browser: a student with a script."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests import patience


class RawClient:
    """One session of a running dashboard.

    Args:
        url: Of the server, ``http://...``.
        host: The name by which the server is called, with its port; default the url's.
        headers: Sent with the handshake: a cookie, another origin.
    """

    def __init__(self, url: str, *, host: str = "", **headers: str) -> None:
        place = urlsplit(url)
        self._connection = connect(
            f"ws://{host or place.netloc}/_stcore/stream",
            sock=socket.create_connection((place.hostname, place.port), timeout=patience.SECONDS),
            subprotocols=["streamlit", secrets.token_hex(8)],  # type: ignore[list-item]
            additional_headers=headers,
            max_size=None,
        )
        self._socket: ClientConnection
        self.session = ""

    def __enter__(self) -> RawClient:
        self._socket = self._connection.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.__exit__(None, None, None)

    def send(self, message: BackMsg) -> None:
        """Send any message that a browser could send."""
        self._socket.send(message.SerializeToString())

    def clear_cache(self) -> None:
        """What the developer's menu sends."""
        self.send(BackMsg(clear_cache=True))

    def open(self, page: str = "", query: str = "") -> list[ForwardMsg]:
        """Open a page and take what it sends until it is drawn."""
        state = ClientState(query_string=query, page_name=page)
        self.send(BackMsg(rerun_script=state))
        return self.until(lambda message: message.WhichOneof("type") == "script_finished")

    def until(
        self, wanted: Callable[[ForwardMsg], Any], *, seconds: float = patience.SECONDS
    ) -> list[ForwardMsg]:
        """The messages up to the first that is wanted."""
        deadline, got = time.monotonic() + seconds, []
        while True:
            raw = self._socket.recv(timeout=max(deadline - time.monotonic(), 0.01))
            message = ForwardMsg.FromString(raw)  # type: ignore[arg-type]
            if message.WhichOneof("type") == "new_session":
                self.session = message.new_session.initialize.session_id
            got.append(message)
            if wanted(message):
                return got


def said(messages: list[ForwardMsg]) -> str:
    """All text that the page was told to show, roughly: the messages as protobuf text."""
    return "\n".join(str(message) for message in messages)
