"""Transfer learning: begin with what photographs taught, or with nothing."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.transfer.account import kept
from core.transfer.plan import FROZEN, NOTHING, SHARES, TUNED, seeds
from dashboard import cache
from dashboard.lessons.transfer.repeat import COUNT, EPOCHS, SIZE, small_curve
from dashboard.lessons.transfer.stage import SCHEMA, TransferView, payload, show, table
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.number import count, fixed, percent
from dashboard.shared.picture_choice import choose_picture
from dashboard.shared.repeat import repeat
from dashboard.shared.table import table as table_markup
from data.models.shipped import reference_model, shipped_models
from data.ready import transfer_runs as transfer
from data.ready.transfer_runs import Transfer

SLUG: Final = "transfer"
STAGE: Final = "transfer_stage"
PAPER: Final = "paper-fracatlas"
NETWORK: Final = "EfficientNet-Lite2"
HALF: Final = 0.5
CHECKED: Final = (2400, 0.87, 0.03, 2)
"""X-rays, AUC, gain by doubling and doublings of the check."""


def body() -> None:
    """Draw the page.

    Raises:
        LessonError: ``ready.damaged``.
    """
    text = cache.page_text(SLUG)
    measured, kernels = transfer.read_transfer(), transfer.read_kernels()
    cache.cluster()  # the workers load TensorFlow while a person still reads
    lesson = Lesson(SLUG, _question(text, measured))
    with lesson.corner():
        picture = choose_picture(SLUG, size=measured.size)
    view = TransferView(
        measured=measured,
        kernels=kernels,
        picture=picture.image,
        kept=float(kept(kernels["start"], kernels["end"]).mean()),
        words=words(text),
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA)),
            key=STAGE,
            on_settled_change=lesson.keep_setting(STAGE),
        )
    with lesson.below():
        st.markdown(text["why"])
        st.markdown(_budget(text, measured))
        for measure in ("auc", "matched"):
            found = table(measured, measure, view.words)
            markup = table_markup(
                found["head"], found["rows"], caption=found["caption"], look="lb-table"
            )
            st.html(f'<div class="lb-table-frame">{markup}</div>')
        st.markdown(
            text["repeat"].format(
                command=transfer.COMMAND, count=count(COUNT), size=SIZE, epochs=EPOCHS
            )
        )
        repeat(small_curve(text))
    lesson.finish(_check(text), source=text["source"])


def _question(text: dict[str, str], measured: Transfer) -> Question:
    """With how few X-rays do frozen features reach what nothing reaches with all? Measured."""
    whole = measured.largest(NOTHING)
    frozen = [one for share in SHARES if (one := measured.at(FROZEN, share)) is not None]
    options = frozen[:3]
    reached = whole.figures["auc"].value
    truth = next(
        (at for at, one in enumerate(options) if one.figures["auc"].value >= reached), len(options)
    )
    told = [count(one.count) for one in options] + ["more"]
    first = options[min(truth, len(options) - 1)]
    return Question(
        text=text["predict"].format(count=count(whole.count), auc=fixed(reached, 2)),
        options=tuple(told),
        truth=truth,
        because=text["because"].format(
            count=count(first.count), frozen=fixed(first.figures["auc"].value, 2)
        ),
    )


def _budget(text: dict[str, str], measured: Transfer) -> str:
    """What was the same for all, and what it is not: every number from what was measured."""
    paper, reference = shipped_models()[PAPER], reference_model()
    reports = [one.report for one in (paper, reference) if one is not None]
    told = ["" if one is None else one.auc.plain() for one in reports]
    epochs = str(paper.card.get("command", "")).partition("--epochs ")[2].partition(" ")[0]
    return text["budget"].format(
        network=NETWORK,
        weights=fixed(measured.weights / 1e6, 1),
        size=measured.size,
        passes=measured.passes,
        trained=percent(measured.trained),
        frozen_seeds=seeds(FROZEN, SHARES[0]),
        tuned_seeds=seeds(TUNED, SHARES[0]),
        nothing_half=_reached(measured, HALF),
        nothing_all=_reached(measured, SHARES[-1]),
        few=percent(max(share for share in SHARES if seeds(TUNED, share) > 1)),
        paper_epochs=epochs,
        paper_size=paper.spec.input_size,
        paper=told[0],
        reference=told[-1],
        blind=measured.blind["metadata"].plain(),
    )


def _reached(measured: Transfer, share: float) -> str:
    """The figure from nothing, as short as in a sentence."""
    found = measured.at(NOTHING, share)
    return "" if found is None else fixed(found.figures["auc"].value, 3)


def _check(text: dict[str, str]) -> Check:
    """Transfer of the idea: what a doubling is worth, in another curve."""
    number, start, step, doublings = CHECKED
    answer = number * 2**doublings
    told = {
        "count": count(number),
        "start": fixed(start, 2),
        "step": fixed(step, 2),
        "goal": fixed(start + doublings * step, 2),
        "doublings": doublings,
        "answer": count(answer),
    }
    return Check(
        text=text["check"].format(**told),
        answer=answer,
        because=text["check-because"].format(**told),
    )
