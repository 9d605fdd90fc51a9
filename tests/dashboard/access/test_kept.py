"""A reference is sent only to what the tab still has when it reads it."""

from __future__ import annotations

import random
from collections import deque

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.access.kept import Kept, read_news

PAGE_AGE = 2
"""Streamlit's `global.maxCachedMessageAge`: its page lets go of what is older."""
NAMES = [f"{number:032x}" for number in range(6)]
"""As long as Streamlit's hashes are."""


def large(name: str) -> ForwardMsg:
    message = ForwardMsg(hash=name)
    message.metadata.cacheable = True
    message.delta.new_element.markdown.body = "x" * 2000
    return message


def reference(name: str) -> ForwardMsg:
    return ForwardMsg(ref_hash=name)


def ended(status: int = ForwardMsg.FINISHED_SUCCESSFULLY) -> ForwardMsg:
    return ForwardMsg(script_finished=status)  # type: ignore[arg-type]


def note(kept: Kept, message: ForwardMsg) -> None:
    raw = message.SerializeToString()
    kept.sent(raw, read_news(raw))


class Tab:
    """Streamlit's page as far as it keeps messages (`ForwardMessageCache` in its bundle)."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}
        self.ended = 0
        self.unread: deque[ForwardMsg] = deque()
        self.missed = 0

    def read(self) -> None:
        message = self.unread.popleft()
        kind = message.WhichOneof("type")
        if kind == "script_finished":
            self.ended += 1
            self.kept = {k: n for k, n in self.kept.items() if self.ended - n <= PAGE_AGE}
        elif kind == "ref_hash":
            self.missed += message.ref_hash not in self.kept
            self.kept[message.ref_hash] = self.ended
        else:
            self.kept[message.hash] = self.ended


def play(*, believed: bool, seed: int) -> int:
    """References to nothing in 200 runs of a server whose tab reads late.

    Args:
        believed: Whether the server believes all that a tab names, as Streamlit does.
        seed: Of what runs draw, and of how late the tab reads.
    """
    chance = random.Random(seed)
    tab, kept = Tab(), Kept()
    for _ in range(200):
        named = list(tab.kept)  # the request, sent before what is unread was read
        there = named if believed else kept.still(named)
        for name in chance.sample(NAMES, chance.randint(0, len(NAMES))):
            message = reference(name) if name in there else large(name)
            tab.unread.append(message)
            note(kept, message)
        tab.unread.append(ended())
        note(kept, ended())
        for _ in range(chance.randint(0, len(tab.unread))):
            tab.read()
    while tab.unread:
        tab.read()
    return tab.missed


@pytest.mark.parametrize("seed", range(20))
def test_no_reference_is_to_nothing_however_late_the_tab_reads(seed: int) -> None:
    assert play(believed=False, seed=seed) == 0


def test_streamlit_alone_would_refer_to_nothing() -> None:
    assert all(play(believed=True, seed=seed) for seed in range(20))


def test_what_came_in_the_last_run_is_not_sent_again() -> None:
    kept = Kept()
    for message in (large(NAMES[0]), large(NAMES[1]), ended()):
        note(kept, message)
    assert kept.still([NAMES[0], NAMES[1], "never sent"]) == NAMES[:2]
    note(kept, reference(NAMES[1]))
    note(kept, ended(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
    assert kept.still(NAMES) == NAMES[:2], "the page does not count a run that was broken off"
    note(kept, ended())
    assert kept.still(NAMES) == [NAMES[1]]


def test_what_is_no_message_is_none() -> None:
    kept = Kept()
    assert read_news(b"\xff" * 20) is None
    assert read_news(bytes(2000)) is None
    for raw in (b"", b"\xff" * 20, bytes(2000), b"\x0a\x20" + b"\xff" * 10):
        kept.sent(raw, read_news(raw))
    assert kept.still(NAMES) == []
