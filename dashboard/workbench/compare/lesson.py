"""Compare runs: curves in one frame, figures in pairs, and the X-rays on which two differ."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import streamlit as st

from core.errors import LessonError
from core.jobs.folder import RunSummary, list_runs, short_key
from core.prepared import PreparedSet
from dashboard import cache, state
from dashboard.frame import current_theme
from dashboard.networks.compared import Compared, Disagreement, disagreement
from dashboard.plain import plain
from dashboard.shared.lesson import Lesson, lead, words
from dashboard.shared.moments import moments
from dashboard.shared.set_image import set_key
from dashboard.workbench.compare.cache import wall_sheet
from dashboard.workbench.compare.figure import (
    Options,
    ahead,
    colors,
    figures_table,
    overlay,
    seeds_told,
    twin,
)
from dashboard.workbench.compare.questions import check_of, question_of
from dashboard.workbench.compare.shown import (
    MOST,
    Family,
    entries_of,
    families_of,
    selected,
)
from dashboard.workbench.compare.stage import SCHEMA, Wall, message, show
from dashboard.workbench.train.choice import style

SLUG: Final = "compare"
STAGE: Final = "compare_stage"
POLL_S: Final = 1.0


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    runs = list_runs()
    lesson = Lesson(SLUG)
    chosen, missing = selected(lesson.values(SCHEMA)["runs"], runs, state.opened().network)
    with lesson.corner():
        with st.popover("Runs", icon=":material/checklist:", width="stretch"):
            _choose(lesson, runs, chosen, text)
        st.page_link("../pages/train.py", label="Train", icon=":material/monitoring:")
    pair = _pair(_families(lesson, chosen), lesson.values(SCHEMA)["other"])
    known = None if pair is None else pair[2:]
    lesson.ask(question_of(known, text))
    active = any(one.status.is_active for one in chosen)
    with lesson.stage():
        st.fragment(_stage, run_every=POLL_S if active else None)(lesson, chosen, missing)
    with lesson.below():
        style()
        st.fragment(_below)(lesson, chosen)
    lesson.finish(check_of(known, text), source=text["source"])


def _families(lesson: Lesson, chosen: Sequence[RunSummary]) -> list[Family]:
    return families_of(entries_of(chosen), spread=lesson.values(SCHEMA)["spread"])


def _choose(
    lesson: Lesson, runs: Sequence[RunSummary], chosen: Sequence[RunSummary], text: dict[str, str]
) -> None:
    """Which runs: the first chosen is A, with which the others are compared."""
    if not runs:
        st.markdown(text["empty"])
        return
    titles = {one.id: _title(one) for one in runs}
    key = "compare_chosen"
    state.set_widget_value(key, [one.id for one in chosen])

    def keep() -> None:
        picked = [str(one) for one in state.widget_value(key) or ()]
        lesson.put(SCHEMA, runs=".".join(map(short_key, picked)))

    st.multiselect(
        text["choose"],
        tuple(titles),
        format_func=titles.__getitem__,
        key=key,
        max_selections=MOST,
        on_change=keep,
        placeholder="Choose runs",
    )


def _title(summary: RunSummary) -> str:
    model = summary.model or "damaged"
    said = f"{summary.name or model}, {summary.dataset} {summary.input_size} px"
    return plain(f"{said} ({summary.id[-4:]})")


Pair = tuple[Family, Family, Compared, Compared, Disagreement]


def _pair(families: Sequence[Family], letter: str) -> Pair | None:
    """A and the chosen other, where both have ended and were asked the same images."""
    if len(families) < 2:
        return None
    first = families[0]
    other = next((one for one in families[1:] if one.letter == letter), families[1])
    one, two = first.first.compared, other.first.compared
    if one is None or two is None:
        return None
    found = disagreement(one, two)
    return None if found is None else (first, other, one, two, found)


def _stage(lesson: Lesson, chosen: Sequence[RunSummary], missing: int) -> None:
    if state.GOING.get():
        st.rerun()  # an X-ray was opened, and only the whole page can be left
    text = cache.page_text(SLUG)
    theme = current_theme()
    values = lesson.values(SCHEMA)
    families = _families(lesson, chosen)
    if [one.run.status() for one in chosen] != [one.status for one in chosen]:
        st.rerun()
    sentence = _sentence(families, values["other"], text)
    options = Options(measure=values["measure"], log=values["log"], training=values["training"])
    empty = text["empty"] if not families else ""
    curves = overlay(families, options, theme, sentence=sentence or text["alone"], message=empty)
    told: dict[str, Any] = {
        **lesson.header(SCHEMA, told=True),
        "word": "Runs" if not families else f"{len(chosen)} run" + "s" * (len(chosen) != 1),
        "caption": text["missing"].format(count=missing) if missing else _caption(families, text),
        "facts": [
            (f"{one.letter}  {one.told}", _best(one), color)
            for one, color in zip(families, colors(theme), strict=False)
        ],
        "ended": False,
        "short": sentence or text["alone"],
        "table": twin(families),
        "words": words(text),
        "moments": _moments(words(text)) if families else [],
    }
    wall = _wall(families, values, text)
    show(
        data=message(curves, wall, theme=theme, header=told),
        key=STAGE,
        on_settled_change=lesson.keep_setting(STAGE),
        on_opened_change=lambda: _look_at(families),
    )


def _caption(families: Sequence[Family], text: Mapping[str, str]) -> str:
    return text["lowest"] if families else ""


def _best(family: Family) -> str:
    """Lowest validation losses of a letter."""
    losses = [one.best.validation.loss for one in family.entries if one.best is not None]
    if not losses:
        return ""
    low, high = min(losses), max(losses)
    return f"{low:.3f}" if f"{low:.3f}" == f"{high:.3f}" else f"{low:.3f} to {high:.3f}"


def _sentence(families: Sequence[Family], letter: str, text: Mapping[str, str]) -> str:
    """Whether the images tell A and the other apart."""
    pair = _pair(families, letter)
    if pair is None:
        return ""
    first, other, one, _, found = pair
    lead_ = ahead(other.first, one, "balanced_accuracy")
    if lead_ is None:
        return ""
    name = "apart" if lead_.told_apart else "alike"
    said = text[name].format(
        first=first.letter, second=other.letter, lead=lead_.points(), n=f"{found.images:,}"
    )
    return " ".join(said.split())


def _wall(families: Sequence[Family], values: Mapping[str, Any], text: dict[str, str]) -> Wall:
    nothing = ("", "")
    if values["view"] != "xrays":
        return Wall(titles=nothing, none="")
    pair = _pair(families, values["other"])
    if pair is None:
        return Wall(titles=nothing, none=text["no-pair"])
    first, other, one, two, found = pair
    titles = tuple(
        text["wall-title"].format(
            right=right.letter, wrong=wrong.letter, count=len(places), n=found.images
        )
        for right, wrong, places in ((first, other, found.first), (other, first, found.second))
    )
    prepared = _images(first)
    places = np.concatenate([found.first, found.second])
    if prepared is None or not len(one.indices) or one.scores.ndim != 1:
        return Wall(titles=(titles[0], titles[1]), none=text["wall-absent"])
    indices = tuple(map(int, one.indices[places]))
    sheet = wall_sheet(str(prepared.folder), prepared.fingerprint, indices, prepared)
    scores = np.concatenate([two.scores[found.first], one.scores[found.second]])
    return Wall(
        titles=(titles[0], titles[1]),
        none=text["wall-none"],
        split=len(found.first),
        scores=scores,
        sheet=sheet,
        key=f"{first.first.summary.id} {other.first.summary.id} {prepared.fingerprint}",
    )


def _images(family: Family) -> PreparedSet | None:
    try:
        return cache.prepared_set(family.first.spec.prepared)
    except LessonError:
        return None


def _look_at(families: Sequence[Family]) -> None:
    """Lead to Test an X-ray with the image, and the network that is wrong about it."""
    told = str(getattr(state.widget_value(STAGE), "opened", "") or "")
    try:
        name, wrong = json.loads(told)
        entry = next(one for one in families if one.letter == wrong).first
    except (ValueError, TypeError, StopIteration):
        return  # what a browser sends may be anything
    state.open_network(entry.summary.id, dataset=entry.summary.dataset)
    state.open_picture(set_key(entry.spec.prepared, str(name)))
    lead(SLUG, "xray")


def _below(lesson: Lesson, chosen: Sequence[RunSummary]) -> None:
    text = cache.page_text(SLUG)
    families = _families(lesson, chosen)
    st.markdown(text["why"])
    if families:
        st.html(f'<div class="lb-table-frame" tabindex="0">{figures_table(families, text)}</div>')
        for said in seeds_told(families, text):
            st.markdown(said)


def _moments(said: Mapping[str, str]) -> list[dict[str, Any]]:
    base = {"view": "curves", "training": False, "measure": "balanced_accuracy"}
    return moments(
        SCHEMA,
        said,
        validation=base,
        training={**base, "training": True},
        auc={**base, "measure": "auc"},
        xrays={**base, "view": "xrays"},
    )
