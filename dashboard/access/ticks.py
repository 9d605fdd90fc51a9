"""No look of a page's clock while that page is being drawn.

Parts of a page that follow something (a training, above all) are asked for again by a clock in the
browser. Streamlit gives a request that comes when a run has just ended a runner of its own, and
from then on ignores what the last one still had to say: on a busy server such a look, which nobody
waits for, cut off the end of the page that a person did wait for. Here it is left out; the clock
asks again soon. It also takes load off a server that cannot keep up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from google.protobuf.message import DecodeError
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LONGEST_S: Final = 30.0
"""A page that takes longer, or whose end was lost, holds nothing back any more."""
_LONGEST_NEWS: Final = 512
"""Bytes: the message that a run has ended is shorter, and others need not be read."""
_PAGE_ENDS: Final = frozenset(
    {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR}
)
_LOOK_ENDS: Final = _PAGE_ENDS | {ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


class Ticks:
    """What one tab waits for; used by the server's one event loop.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._page = self._look = -LONGEST_S

    def lets_in(self, asked: ClientState) -> bool:
        """Note what the browser asks for; whether the server shall hear of it.

        Args:
            asked: Of the message that asks for a run.
        """
        now = self._clock()
        if not asked.is_auto_rerun:
            if asked.fragment_id:
                self._look = now
            else:
                self._page = now
            return True
        if now - max(self._page, self._look) < LONGEST_S:
            return False
        self._look = now
        return True

    def sent(self, raw: bytes | None) -> None:
        """Note what the server has sent."""
        if raw is None or len(raw) > _LONGEST_NEWS:
            return
        try:
            message = ForwardMsg.FromString(raw)
        except DecodeError:
            return
        if message.WhichOneof("type") != "script_finished":
            return
        if message.script_finished in _LOOK_ENDS:
            self._look = -LONGEST_S
        if message.script_finished in _PAGE_ENDS:
            self._page = -LONGEST_S
