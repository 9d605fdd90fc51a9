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


def ended(status: int) -> ForwardMsg:
    return ForwardMsg(script_finished=status)  # type: ignore[arg-type]


def test_a_tick_waits_until_the_page_is_drawn() -> None:
    ticks = Ticks(Clock())
    assert ticks.lets_in(TICK)
    ticks.sent(ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert ticks.lets_in(PAGE)
    assert not ticks.lets_in(TICK)
    ticks.sent(ForwardMsg(session_event={}))
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


def struck(ticks: Ticks, *parts: str) -> list[str]:
    """The parts that are drawn when their clocks strike in this order, each drawn to its end."""
    drawn = []
    for part in parts:
        asked = ClientState(fragment_id=part, is_auto_rerun=True)
        if ticks.lets_in(asked):
            drawn.append(asked.fragment_id)
    ticks.sent(ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    return drawn


def test_clocks_that_strike_together_take_turns() -> None:
    """The slow one strikes only when the fast one has just been let in, and had no turn at all."""
    ticks = Ticks(Clock())
    drawn = [part for _ in range(12) for part in struck(ticks, "fast", "slow", "slower")]
    assert drawn == ["fast"] * 3 + ["slow"] + ["fast"] * 3 + ["slower"] + ["fast"] * 3 + ["slow"]
    ticks = Ticks(Clock())
    drawn = []
    for round_ in range(20):  # 0.4 s, with one of 2 s beside it
        drawn += struck(ticks, "fast", *(["slow"] if round_ % 5 == 0 else []))
    assert drawn.count("slow") == 4
    assert drawn.count("fast") == 16


def test_a_part_that_is_gone_has_no_turn() -> None:
    ticks = Ticks(Clock())
    assert struck(ticks, "fast", "slow", "nested") == ["fast"]
    assert struck(ticks, "fast") + struck(ticks, "fast") == ["fast", "fast"]
    gone = ForwardMsg()
    gone.stop_auto_rerun.fragment_ids.append("slow")
    ticks.sent(gone)
    assert struck(ticks, "fast") == ["nested"]
    assert struck(ticks, "fast", "slow") == ["fast"]
    assert ticks.lets_in(PAGE)
    ticks.sent(ended(ForwardMsg.FINISHED_SUCCESSFULLY))
    assert struck(ticks, "fast") == ["fast"], "another page has other parts"


def test_a_person_never_waits() -> None:
    ticks = Ticks(Clock())
    assert all(ticks.lets_in(asked) for asked in (TICK, PAGE, PRESS, PAGE, PRESS))


def test_a_page_whose_end_is_lost_stops_no_clock() -> None:
    clock = Clock()
    ticks = Ticks(clock)
    assert not ticks.owes_an_end
    assert ticks.lets_in(PAGE)
    clock.now += LONGEST_S - 1
    assert not ticks.lets_in(TICK)
    clock.now += 2
    assert ticks.owes_an_end, "but it may come all the same"
    assert ticks.lets_in(TICK)


def test_a_script_cannot_fill_the_memory_with_parts() -> None:
    ticks = Ticks(Clock())
    assert ticks.lets_in(PAGE)
    for number in range(1000):
        assert not ticks.lets_in(ClientState(fragment_id=f"{number}", is_auto_rerun=True))
        assert not ticks.lets_in(ClientState(fragment_id=f"{number}" * 500, is_auto_rerun=True))
    held = ticks._left_out
    assert 0 < len(held) <= 100
    assert max(map(len, held)) <= 100
