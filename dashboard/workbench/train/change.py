"""Changing a training in the middle, and going on after its end."""

from __future__ import annotations

import math
from typing import Final

import streamlit as st

from core.jobs.folder import RunFolder, Status
from core.training.spec import MAX_EPOCHS, Augmentation, Change, drops
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import change, go_on, may_change, quota_in_force
from dashboard.advice import press
from dashboard.shared.launch import resume
from dashboard.workbench.train.settings import AUGMENTATION, DECAYS, RATES

MORE: Final = 10
"""Epochs offered beyond those that are done."""


def change_while_it_trains(run: RunFolder) -> None:
    """Settings of a run of one's own that waits or trains, one click away."""
    with st.popover("Change it", icon=":material/tune:", key="train_change"):
        _while_it_trains(run)


def more_epochs(run: RunFolder) -> None:
    """Going on with a run that has ended."""
    status = run.status()
    if (status is Status.FINISHED or status.is_resumable) and may_change(run, asking()):
        with st.popover("More epochs", icon=":material/more_time:", key="train_more"):
            _after_its_end(run)


def _while_it_trains(run: RunFolder) -> None:
    text = cache.page_text("train")
    wanted = _wanted(run)
    st.button(
        "From the next epoch on",
        key="train_change_now",
        on_click=press,
        args=(lambda: change(run, asking(), wanted),),
        disabled=wanted == Change(epoch=1),
        help=text["change-nothing" if wanted == Change(epoch=1) else "change-now"],
    )


def _wanted(run: RunFolder) -> Change:
    """What is chosen; None where it is as in force."""
    spec = run.spec()
    now = spec.in_force(MAX_EPOCHS)
    key = f"{run.id}_{len(spec.changes)}"
    rate = _rate(run)
    share = max(drops(now.model), default=0.0)
    dropout = st.number_input(
        "Dropout", 0.0, 0.9, min(share, 0.9), 0.1, key=f"train_change_dropout_{key}",
        disabled=not any(drops(spec.model)),
    )  # fmt: skip
    decays = tuple(sorted({*DECAYS, now.weight_decay}))
    decay = st.selectbox(
        "Weight decay", decays, index=decays.index(now.weight_decay), format_func="{:g}".format,
        key=f"train_change_decay_{key}",
    )  # fmt: skip
    augment = st.toggle("Augmentation", now.augmentation.active, key=f"train_change_augment_{key}")
    even = st.toggle("Class weights", now.class_weights, key=f"train_change_weights_{key}")
    changed = AUGMENTATION if augment else Augmentation()
    return Change(
        epoch=1,
        learning_rate=rate,
        dropout=None if math.isclose(dropout, share, abs_tol=1e-6) else float(dropout),
        weight_decay=None if decay == now.weight_decay else decay,
        augmentation=None if augment == now.augmentation.active else changed,
        class_weights=None if even == now.class_weights else even,
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
    person, wanted = asking(), Change(epoch=1, learning_rate=rate, epochs=epochs)

    def begin(own: RunFolder) -> None:
        change(own, person, wanted)
        resume(own)

    go_on([run], person, begin)
    state.open_epoch(None)
