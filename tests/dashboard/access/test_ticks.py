"""No look of a page's clock while that page is being drawn."""

from __future__ import annotations

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.access.ticks import LONGEST_S, Ticks

TICK = ClientState(fragment_id="clock", is_auto_rerun=True)
PAGE = ClientState(page_name="train")
PRESS = ClientState(fragment_id="panel")


class Clock:
    """Stands until it is put forward."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def ended(status: int) -> bytes:
    return ForwardMsg(script_finished=status).SerializeToString()  # type: ignore[arg-type]


def test_a_tick_waits_until_the_page_is_drawn() -> None:
    ticks = Ticks(Clock())
    assert ticks.lets_in(TICK)
    ticks.sent(ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert ticks.lets_in(PAGE)
    assert not ticks.lets_in(TICK)
    ticks.sent(ForwardMsg(session_event={}).SerializeToString())
    ticks.sent(ended(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
    ticks.sent(ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert not ticks.lets_in(TICK), "what ended was no page"
    ticks.sent(ended(ForwardMsg.FINISHED_SUCCESSFULLY))
    assert ticks.lets_in(TICK)


def test_a_tick_waits_for_the_last_one() -> None:
    ticks = Ticks(Clock())
    assert [ticks.lets_in(TICK) for _ in range(3)] == [True, False, False]
    ticks.sent(ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert ticks.lets_in(TICK)


def test_a_person_never_waits() -> None:
    ticks = Ticks(Clock())
    assert all(ticks.lets_in(asked) for asked in (TICK, PAGE, PRESS, PAGE, PRESS))


def test_a_page_whose_end_is_lost_stops_no_clock() -> None:
    clock = Clock()
    ticks = Ticks(clock)
    assert ticks.lets_in(PAGE)
    clock.now += LONGEST_S - 1
    assert not ticks.lets_in(TICK)
    clock.now += 2
    assert ticks.lets_in(TICK)


def test_what_is_no_message_is_none() -> None:
    ticks = Ticks(Clock())
    assert ticks.lets_in(PAGE)
    for raw in (None, b"", b"\xff" * 20, bytes(2000)):
        ticks.sent(raw)
    assert not ticks.lets_in(TICK)
