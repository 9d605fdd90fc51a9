"""What a browser still keeps of the messages that it was sent.

Streamlit's page keeps large messages and names them in each request; the server then sends a
reference instead. The page lets go of a message two runs after it last came, and a request that it
sends while it has not yet read that a run has ended names what it will not have any more: the
reference is then to nothing, Streamlit's page shows an error, and a part of it stays dead. On a
busy machine this happens. So only what must be there by what was sent is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from google.protobuf.message import DecodeError
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

AGE: Final = 1
"""Runs since a message last came after which it is sent anew.

The page's own limit is 2; one run may end between a request and the run that it asks for.
"""
LONGEST_NEWS: Final = 512
"""Bytes: references and ends of runs are shorter, and other messages need not be read."""
_HASH_LENGTH: Final = 32
_PREFIX: Final = bytes((0x0A, _HASH_LENGTH))
"""The first field of a message, a text of that length: its name."""


class Kept:
    """What one tab keeps; used by the server's one event loop."""

    def __init__(self) -> None:
        self._ended = 0
        self._came: dict[str, int] = {}

    def still(self, named: Iterable[str]) -> list[str]:
        """Those of the named messages that the tab has whenever a reference reaches it."""
        return [one for one in named if one in self._came]

    def sent(self, raw: bytes, news: ForwardMsg | None) -> None:
        """Note what the server has sent.

        Args:
            raw: A message.
            news: The same, where it is short enough to be read.
        """
        if news is None:
            if raw.startswith(_PREFIX):
                name = raw[len(_PREFIX) : len(_PREFIX) + _HASH_LENGTH]
                self._came[name.decode("ascii", "replace")] = self._ended
        elif news.WhichOneof("type") == "ref_hash":
            self._came[news.ref_hash] = self._ended
        elif news.WhichOneof("type") == "script_finished":
            if news.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return  # the page does not count it
            self._ended += 1
            self._came = {
                name: came for name, came in self._came.items() if self._ended - came <= AGE
            }


def read_news(raw: bytes) -> ForwardMsg | None:
    """A short message of the server, None for a long one and for what is none."""
    if len(raw) > LONGEST_NEWS:
        return None
    try:
        return ForwardMsg.FromString(raw)
    except DecodeError:
        return None
