"""Changing a training in the middle, and going on after its end."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.jobs.folder import RunFolder, Status
from core.training.spec import MAX_EPOCHS, Change
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import change, may_change, quota_in_force
from dashboard.workbench.train.settings import RATES
from dashboard.workbench.train.stage import press

MORE: Final = 10
"""Epochs offered beyond those that are done."""


def change_panel(run: RunFolder) -> None:
    """What can be changed of a run now: its rate while it trains, epochs and rate when it ended."""
    status = run.status()
    if not may_change(run, asking()) or status is Status.DAMAGED:
        return
    if status in {Status.RUNNING, Status.QUEUED}:
        with st.popover("Change its rate", icon=":material/tune:", key="train_change"):
            _while_it_trains(run)
    elif status is Status.FINISHED or status.is_resumable:
        with st.popover("More epochs", icon=":material/more_time:", key="train_more"):
            _after_its_end(run)


def _while_it_trains(run: RunFolder) -> None:
    text = cache.page_text("train")
    rate = _rate(run)
    st.button(
        "From the next epoch on",
        key="train_change_now",
        on_click=press,
        args=(lambda: change(run, asking(), Change(epoch=1, learning_rate=rate)),),
        help=text["change-now"],
    )


def _after_its_end(run: RunFolder) -> None:
    text = cache.page_text("train")
    summary = run.summary()
    done = summary.epochs_done
    person = asking()
    most = MAX_EPOCHS if person.is_lecturer else min(MAX_EPOCHS, quota_in_force().epochs)
    if done >= most:
        st.markdown(text["change-full"].format(most=most))
        return
    epochs = st.number_input(
        "Epochs in all", done + 1, most, min(max(done + MORE, summary.epochs), most), 1,
        key=f"train_more_epochs_{run.id}_{done}",
    )  # fmt: skip
    rate = _rate(run)
    st.button(
        "Train on",
        key="train_more_start",
        type="primary",
        icon=":material/play_arrow:",
        on_click=press,
        args=(lambda: _train_on(run, int(epochs), rate),),
        help=text["change-more"],
    )


def _rate(run: RunFolder) -> float | None:
    """The rate that is chosen; None where it is the one in force."""
    spec = run.spec()
    now = spec.rate_at(MAX_EPOCHS)
    rates = tuple(sorted({*RATES, now}))
    chosen = st.selectbox(
        "Learning rate", rates, index=rates.index(now), format_func="{:g}".format,
        key=f"train_change_rate_{run.id}_{len(spec.changes)}",
    )  # fmt: skip
    return None if chosen == now else chosen


def _train_on(run: RunFolder, epochs: int, rate: float | None) -> None:
    change(run, asking(), Change(epoch=1, learning_rate=rate, epochs=epochs))
    cache.cluster().submit_training(run, resume=True)
    state.open_epoch(None)
