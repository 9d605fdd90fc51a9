"""Gradient descent: eight optimizers race down a surface, and each step is written out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.descent.expression import parse
from core.descent.gridded import slice_surface
from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.surfaces import Surface, bowl, typed
from core.descent.trajectory import walk
from core.errors import LessonError
from core.explain.landscape import FEWEST_SNAPSHOTS, Kind, stamp_of
from core.jobs.folder import find_run, list_runs
from dashboard import cache, catalogue, state
from dashboard.background.loss_slices import Slice
from dashboard.lessons.descent.stage import (
    FIRST_TYPED,
    OWN,
    SCHEMA,
    SLICE,
    SliceView,
    Typed,
    grounds,
    payload,
    show,
)
from dashboard.networks.network import every_network
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.number import percent, write

SLUG: Final = "descent"
LOOK_S: Final = 1.0
PREDICTED_CONDITION: Final = 10.0
ABOVE: Final = 1.1
CHECKED_CONDITION: Final = 1000.0
CHECKED_SHARE: Final = 10.0
WHOLE: Final = 1 - 1e-6
"""Share of the way from which on a slice holds all of it: three snapshots always span a plane."""
_STAGE: Final = "descent_stage"
_KEPT: Final = "descent_kept"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, question(text))
    values = lesson.values(SCHEMA)
    own = read_typed(values["f"])
    with lesson.corner():
        sliced = _slice(values, text) if values["surface"] == SLICE else SliceView()
    spoken = words(text)
    spoken |= {name: line.format(**_limit()) for name, line in spoken.items() if "moment" in name}
    with lesson.stage():
        show(
            data=payload(
                lesson.header(SCHEMA, told=True),
                own=own,
                sliced=sliced,
                beyond=_beyond(),
                words=spoken,
                notes=words(text, "note-"),
            ),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        _speak_of(values["surface"], own, sliced, text)
        _explain(text)
    lesson.finish(_check(text), source=text["source"])


def _beyond() -> float:
    """A rate a little above the limit of the bowl that the stage begins with."""
    ground = bowl(PREDICTED_CONDITION)
    return round(ABOVE * ground.stability_limit(*ground.start), 6)


def _limit() -> dict[str, str]:
    """The bowl's limit and a rate above it, in words."""
    return {
        "limit": write(_beyond() / ABOVE),
        "rate": write(_beyond()),
        "largest": write(PREDICTED_CONDITION),
        "factor": write(1 - _beyond() * PREDICTED_CONDITION),
    }


def question(text: Mapping[str, str]) -> Question:
    """What happens above the stability limit? The truth is walked, not written."""
    return Question(
        text=text["predict"],
        options=tuple(text["predict-options"].splitlines()),
        truth=_fate(bowl(PREDICTED_CONDITION), _beyond()),
        because=text["because"].format(**_limit()),
    )


def _fate(ground: Surface, rate: float) -> int:
    """0: plain descent comes nearer; 1: it goes away; 2: it stays."""
    done = walk(ground, RULES["sgd"], start=ground.start, schedule=constant(rate), steps=50)
    gone = done.diverged_at is not None or done.left_at is not None
    if gone or done.values[-1] > done.values[0]:
        return 1
    return 0 if done.values[-1] < done.values[0] else 2


def _check(text: Mapping[str, str]) -> Check:
    """An input in another unit: how much may the rate of its weight grow?"""
    before, after = (
        bowl(condition).stability_limit(*bowl(condition).start)
        for condition in (CHECKED_CONDITION, CHECKED_CONDITION / CHECKED_SHARE**2)
    )
    return Check(
        text=text["check"].format(share=write(CHECKED_SHARE)),
        answer=round(after / before, 6),
        tolerance=0.5,
        because=text["check-because"].format(squared=write(CHECKED_SHARE**2)),
    )


def read_typed(wanted: str) -> Typed:
    """The function that is typed, or the last one that could be read, with advice."""
    try:
        expression = parse(wanted)
    except LessonError as error:
        kept = parse(str(state.widget_value(_KEPT) or FIRST_TYPED))
        return Typed(text=wanted, expression=kept, advice=f"{error.problem} {error.remedy}")
    state.set_widget_value(_KEPT, expression.text)
    return Typed(text=wanted, expression=expression)


def _slice(values: Mapping[str, Any], text: Mapping[str, str]) -> SliceView:
    """The loss of a trained network around its end, computed once in the background."""
    runs = trained_runs()
    if not runs:
        st.page_link(
            catalogue.page("train").path, label=text["slice-train"], icon=":material/monitoring:"
        )
        return SliceView(instead=text["slice-none"])
    opened = state.opened().network
    run = values["run"] or (opened if opened in runs else next(iter(runs)))
    kind: Kind = values["directions"]
    view = {"runs": tuple(runs.items()), "run": run, "kind": kind}
    if run not in runs:
        return SliceView(**view, instead=text["slice-gone"].format(run=run))
    folder = find_run(run).path
    progress = cache.slices().ask(folder, kind, stamp_of(folder))
    try:
        found = progress.errand.value()
    except LessonError as advice:
        st.button(
            text["slice-again"],
            key="descent_again",
            on_click=cache.slices().forget,
            args=(folder, kind, stamp_of(folder)),
        )
        return SliceView(**view, instead=f"{advice.problem} {advice.remedy}")
    if found is None:
        st.fragment(_slice_progress, run_every=LOOK_S)(folder, kind)
        return SliceView(**view, instead=text["slice-waiting"])
    return SliceView(**view, found=found, surface=ground_of(found, text))


def _slice_progress(folder: Path, kind: Kind) -> None:
    """How far it is; asking keeps the work going, and its end draws the page anew."""
    progress = cache.slices().ask(folder, kind, stamp_of(folder))
    if progress.errand.ended and not progress.errand.canceled:
        st.rerun()
    text = cache.page_text(SLUG)
    if not progress.total:
        st.progress(0.0, text=text["slice-begins"])
        return
    left = progress.left_s
    said = text["slice-rows"].format(done=progress.done, total=progress.total)
    if left is not None:
        said += " " + text["slice-left"].format(seconds=max(1, round(left)))
    st.progress(progress.done / progress.total, text=said)


def ground_of(found: Slice, text: Mapping[str, str]) -> Surface:
    """A slice as a surface; what it teaches is how much of the training it leaves out."""
    outline = found.outline
    gaps = np.abs(outline.true - outline.below)
    weights = text["slice-weighted" if outline.weighted else "slice-plain"]
    if outline.focal_gamma:
        weights += text["slice-focal"].format(gamma=outline.focal_gamma)
    told: dict[str, Any] = {
        "first": share_of(float(outline.shares[0])),
        "second": share_of(float(outline.shares[1])),
        "both": share_of(float(outline.shares.sum())),
        "points": len(outline.epochs),
        "mean": write(float(gaps.mean())),
        "worst": write(float(gaps.max())),
        "images": outline.images,
        "weights": weights,
        "side": outline.side,
    }
    where = "slice-on" if outline.shares.sum() > WHOLE else "slice-beside"
    told["beside"] = text[where].format(**told)
    return slice_surface(
        outline.domain,
        found.losses,
        start=(float(outline.coordinates[0, 0]), float(outline.coordinates[0, 1])),
        teaches=text[f"slice-{outline.kind}"].format(**told),
    )


def share_of(share: float) -> str:
    """A share of a way, as the stage writes it.

    >>> share_of(0.996).replace("\N{NO-BREAK SPACE}", " "), share_of(0.00001)
    ('100 %', 'less than 0.01\xa0%')
    """
    if 0 < share < 1e-4:
        return "less than 0.01\N{NO-BREAK SPACE}%"
    return percent(share, 1 if share < 0.1 else 0)


def trained_runs() -> dict[str, str]:
    """Ended runs with snapshots enough for a plane, the newest first: key and title."""
    active = {summary.id for summary in list_runs() if summary.status.is_active}
    return {
        network.key: network.title
        for network in every_network()
        if network.key not in active and len(network.epochs) >= FEWEST_SNAPSHOTS
    }


def _speak_of(name: str, own: Typed, sliced: SliceView, text: Mapping[str, str]) -> None:
    """The formula of the surface, and what it teaches."""
    surface = (
        sliced.surface
        if name == SLICE
        else typed(own.expression)
        if name == OWN
        else grounds()[name]
    )
    if surface is None:
        return
    st.markdown(f"#### {surface.title}\n${surface.formula}$ &emsp; {surface.teaches}")
    if name == OWN:
        st.caption(text["typed-help"])


def _explain(text: Mapping[str, str]) -> None:
    """What the rules have in common, and their formulas."""
    st.markdown(f"#### Why\n{text['why']}\n\n{text['hint']}")
    columns = st.columns(4, gap="medium")
    for index, rule in enumerate(RULES.values()):
        with columns[index % 4]:
            st.markdown(f"**{rule.title}**")
            for line in rule.formula:
                st.latex(line)
            st.markdown(text[f"note-{rule.name}"])
            st.caption(rule.source)
