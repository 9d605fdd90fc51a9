"""Gradient descent: the questions, the choice of a surface, the race."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import streamlit as st

from core.descent.expression import parse
from core.descent.fitted import neuron_data, neuron_surface
from core.descent.gridded import slice_surface
from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.surfaces import SURFACES, Surface, bowl, typed
from core.descent.trajectory import walk
from core.errors import LessonError
from core.explain.landscape import FEWEST_SNAPSHOTS, Kind, stamp_of
from core.jobs.folder import find_run, list_runs
from dashboard import cache, catalogue, state
from dashboard.advice import advise, reset_button
from dashboard.background.loss_slices import Slice, as_advice
from dashboard.lessons.descent.stage import Ground, descent
from dashboard.networks.open_network import Source, sources
from dashboard.shared.questions import check, number, predict

SLUG = "descent"
OWN = "typed"
SLICE = "slice"
KINDS: dict[str, Kind] = {"the training's own": "path", "random": "random"}
LOOK_S = 1.0
AWAITED = "descent_awaited"
"""Folder and kind of the slice that is being computed, None for none."""

STAGE_PX = 420
FIRST_TYPED = "(x^2 - 1)^2 + y^2 + x*y"
PREDICTED_CONDITION = 10.0
ABOVE = 1.1
CHECKED_CONDITION = 40.0


def text() -> dict[str, str]:
    """The lesson's words."""
    return cache.page_text(SLUG)


def ask_first() -> bool:
    """What happens above the stability limit? The truth is walked, not written."""
    ground = bowl(PREDICTED_CONDITION)
    rate = ABOVE * ground.stability_limit(*ground.start)
    factor = 1 - rate * PREDICTED_CONDITION
    truth = _fate(ground, rate)
    because = text()["predict-because"].format(
        rate=number(rate), largest=number(PREDICTED_CONDITION), factor=number(factor)
    )
    options = text()["predict-options"].splitlines()
    return predict(SLUG, text()["predict"], options, truth, because)


def _fate(ground: Surface, rate: float) -> int:
    """0: plain descent comes nearer; 1: it goes away; 2: it stays."""
    done = walk(ground, RULES["sgd"], start=ground.start, schedule=constant(rate), steps=50)
    gone = done.diverged_at is not None or done.left_at is not None
    if gone or done.values[-1] > done.values[0]:
        return 1
    return 0 if done.values[-1] < done.values[0] else 2


def choose_ground() -> Ground | None:
    """One of the surfaces, a function that a person types, or a slice of a trained network.

    None while there is nothing to walk on, which is said in its place.
    """
    neuron = neuron_surface(neuron_data())
    grounds = {**SURFACES, neuron.name: neuron}
    titles = {name: surface.title for name, surface in grounds.items()}
    titles[SLICE] = "A slice of a trained network"
    titles[OWN] = "A function of your own"
    left, right = st.columns([1, 2.6], vertical_alignment="center", gap="medium")
    state.set_widget_value(AWAITED, None)
    with left:
        name = st.selectbox(
            text()["surface"],
            list(titles),
            format_func=titles.__getitem__,
            key="descent_surface",
            bind="query-params",
            label_visibility="collapsed",
        )
    with right:
        if name == OWN:
            return _typed_ground()
        if name == SLICE:
            return _slice_ground()
        surface = grounds[name]
        st.markdown(f"${surface.formula}$ &emsp; {surface.teaches}")
        return Ground(surface=surface)


def _typed_ground() -> Ground:
    """The typed function, or the last one that could be read, with advice."""
    wanted = st.text_input(
        text()["typed"],
        value=FIRST_TYPED,
        key="descent_function",
        bind="query-params",
        label_visibility="collapsed",
        placeholder=text()["typed"],
        max_chars=200,
    )
    st.caption(text()["typed-help"])
    try:
        expression = parse(wanted)
    except LessonError as error:
        advise(_as_typed(error))
        st.caption(text()["typed-kept"])
        expression = parse(str(state.widget_value("descent_kept") or FIRST_TYPED))
    state.set_widget_value("descent_kept", expression.text)
    return Ground(surface=typed(expression), tree=expression.to_lists())


def _as_typed(error: LessonError) -> LessonError:
    """The same advice with what was typed left as it is: a product sign is no emphasis."""
    problem, remedy = (
        re.sub(r"([*_`$~\[\]\\])", r"\\\1", part) for part in (error.problem, error.remedy)
    )
    return LessonError(error.code, problem=problem, remedy=remedy)


def _slice_ground() -> Ground | None:
    """The loss of a trained network around its end, computed once in the background."""
    runs = _trained_runs()
    words = text()
    if not runs:
        st.info(words["slice-none"], icon=":material/lightbulb:")
        st.page_link(
            catalogue.page("train").path, label=words["slice-train"], icon=":material/monitoring:"
        )
        return None
    left, right = st.columns([1.6, 1], vertical_alignment="center", gap="medium")
    with left:
        chosen = st.selectbox(
            words["slice-run"],
            list(runs),
            format_func=lambda key: runs[key].title,
            key="descent_run",
            bind="query-params",
            label_visibility="collapsed",
        )
    with right:
        directions = st.segmented_control(
            words["slice-directions"],
            list(KINDS),
            default=next(iter(KINDS)),
            required=True,
            key="descent_directions",
            bind="query-params",
            label_visibility="collapsed",
            help=words["slice-directions-help"],
        )
    kind: Kind = KINDS.get(str(directions), "path")
    folder = find_run(str(chosen)).path
    progress = cache.slices().ask(folder, kind, stamp_of(folder))
    waiting = progress.result is None and progress.error is None
    state.set_widget_value(AWAITED, (folder, kind) if waiting else None)
    if progress.error is not None:
        advise(as_advice(progress.error))
        st.button(
            words["slice-again"],
            key="descent_again",
            on_click=cache.slices().forget,
            args=(folder, kind, stamp_of(folder)),
        )
        return None
    if progress.result is None:
        return None
    return _ground_of(progress.result, run=f"{chosen} {kind}")


def wait_for_ground() -> None:
    """What stands in the stage's place while a slice is computed."""
    awaited = state.widget_value(AWAITED)
    if awaited is not None:
        with st.container(border=True, height=STAGE_PX):
            st.fragment(_slice_progress, run_every=LOOK_S)(*awaited)


def _slice_progress(folder: Path, kind: Kind) -> None:
    """How far it is; asking keeps the work going, and its end draws the page anew."""
    progress = cache.slices().ask(folder, kind, stamp_of(folder))
    if progress.result is not None or progress.error is not None:
        st.rerun()
    words = text()
    if not progress.total:
        st.progress(0.0, text=words["slice-begins"])
        return
    left = progress.left_s
    said = words["slice-rows"].format(done=progress.done, total=progress.total)
    if left is not None:
        said += " " + words["slice-left"].format(seconds=max(1, round(left)))
    st.progress(progress.done / progress.total, text=said)


def _ground_of(found: Slice, *, run: str) -> Ground:
    outline = found.outline
    words = text()
    gaps = np.abs(outline.true - outline.below)
    told = {
        "first": _percent(float(outline.shares[0])),
        "second": _percent(float(outline.shares[1])),
        "both": _percent(float(outline.shares.sum())),
        "points": len(outline.epochs),
        "mean": number(float(gaps.mean())),
        "worst": number(float(gaps.max())),
        "images": outline.images,
        "weights": words["slice-weighted" if outline.weighted else "slice-plain"],
        "side": outline.side,
    }
    teaches = words[f"slice-{outline.kind}"].format(**told)
    surface = slice_surface(
        outline.domain,
        found.losses,
        start=(float(outline.coordinates[0, 0]), float(outline.coordinates[0, 1])),
        teaches=teaches,
    )
    return Ground(surface=surface, recorded=found, run=run)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 1e-4 else "less than 0.01 %"


def _trained_runs() -> dict[str, Source]:
    """Ended runs with snapshots enough for a plane, the newest first."""
    active = {summary.id for summary in list_runs() if summary.status.is_active}
    return {
        source.key: source
        for source in sources()
        if len(source.epochs) >= FEWEST_SNAPSHOTS and source.key not in active
    }


def race_down(ground: Ground, *, locked: bool) -> None:
    """The picture with all that moves on it.

    Args:
        ground: What is descended.
        locked: The prediction is still open.
    """
    words = text()
    notes = {name: words[f"note-{name}"] for name in [*RULES, "training", "locked"]}
    with st.container(key="descent_stage"):
        descent(
            ground,
            neuron_data(),
            notes=notes,
            key="descent_race",
            locked=locked,
            fresh=state.freshness(SLUG),
        )
    if ground.recorded:
        st.markdown(ground.surface.teaches)
    st.caption(words["hint"])


def ask_after() -> None:
    """The stability limit of another bowl, by hand."""
    ground = bowl(CHECKED_CONDITION)
    answer = round(ground.stability_limit(*ground.start), 6)
    condition = number(CHECKED_CONDITION)
    question = text()["check"].format(half=number(CHECKED_CONDITION / 2), condition=condition)
    because = text()["check-because"].format(condition=condition)
    check(SLUG, question, answer, 0.0005, because)


def explain() -> None:
    """What the rules have in common, and their formulas."""
    st.markdown(text()["why"])
    columns = st.columns(4, gap="medium")
    for index, rule in enumerate(RULES.values()):
        with columns[index % 4]:
            st.markdown(f"**{rule.title}**")
            for line in rule.formula:
                st.latex(line)
            st.caption(rule.source)


def where_from() -> None:
    """Where all this comes from."""
    st.caption(text()["source"])
    reset_button(SLUG)
