"""No look of a page's clock while that page is being drawn.

Parts of a page that follow something (a training, above all) are asked for again by a clock in the
browser. Streamlit gives a request that comes when a run has just ended a runner of its own, and
from then on ignores what the last one still had to say: on a busy server such a look, which nobody
waits for, cut off the end of the page that a person did wait for. Here it is left out; the clock
asks again soon. It also takes load off a server that cannot keep up.

A page has several clocks, and they strike together: the one of 2 s always with that of 0.4 s, whose
part is then being drawn. So of four turns one is for a part that was left out, whoever's clock
strikes; with more of them, curves that many watch on a busy server would hardly grow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LONGEST_S: Final = 30.0
"""A page that takes longer, or whose end was lost, holds nothing back any more."""
OWN_TURNS: Final = 3
"""Of clocks, before a part that was left out has the turn of another one."""
_LONGEST_NAME: Final = 100
_MOST_PARTS: Final = 100
"""With clocks, on one page; a script could have named them until the memory was full."""
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
        self._left_out: dict[str, None] = {}  # parts of the page, in the order of their clocks
        self._own_turns = 0

    @property
    def is_drawing(self) -> bool:
        """Whether something that was asked for has not been drawn to its end."""
        return self._clock() - max(self._page, self._look) < LONGEST_S

    @property
    def owes_an_end(self) -> bool:
        """The same, however long that takes."""
        return max(self._page, self._look) > -LONGEST_S

    def lets_in(self, asked: ClientState) -> bool:
        """Note what the browser asks for; whether the server shall hear of it.

        Args:
            asked: Of the message that asks for a run. A clock's look may become one at the part
                that has waited longest.
        """
        drawing, now = self.is_drawing, self._clock()
        if len(asked.fragment_id) > _LONGEST_NAME:
            return False
        if not asked.is_auto_rerun:
            if asked.fragment_id:
                self._look = now
            else:
                self._page = now
                self._left_out.clear()  # another page has other parts, and this one is drawn whole
            return True
        if drawing:
            if len(self._left_out) < _MOST_PARTS:
                self._left_out.setdefault(asked.fragment_id)
            return False
        self._left_out.pop(asked.fragment_id, None)
        self._own_turns += 1
        if self._left_out and self._own_turns > OWN_TURNS:
            asked.fragment_id = next(iter(self._left_out))
            del self._left_out[asked.fragment_id]
            self._own_turns = 0
        self._look = now
        return True

    def sent(self, message: ForwardMsg) -> None:
        """Note what the server has sent, of that which is short."""
        if message.WhichOneof("type") == "stop_auto_rerun":
            for gone in message.stop_auto_rerun.fragment_ids:
                self._left_out.pop(gone, None)
        if message.WhichOneof("type") != "script_finished":
            return
        if message.script_finished in _LOOK_ENDS:
            self._look = -LONGEST_S
        if message.script_finished in _PAGE_ENDS:
            self._page = -LONGEST_S
            self._left_out.clear()  # drawn just now, or gone: nobody answers for a part that is
