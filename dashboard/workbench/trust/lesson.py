"""Can the map be trusted?: shuffled weights, erasing, agreement, disturbance, marks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LessonError
from core.explain.against_marks import Located, placing
from core.explain.result import probabilities
from core.jobs.remote import Tasks, request
from core.marks import Box
from core.prepared import PreparedSet
from dashboard import cache, state
from dashboard.background.errands import Errand, Errands
from dashboard.networks.classifiers import Classifier
from dashboard.networks.placement_figures import figures_of, measure, prepared_picture
from dashboard.opened import Gone
from dashboard.shared.lesson import LONGEST_QUESTION, Check, Lesson, Question, words
from dashboard.shared.network_set import network_set
from dashboard.shared.number import percent, write
from dashboard.shared.picture_choice import choose_picture
from dashboard.shared.set_image import find_record, key_at, set_of, shuffled
from dashboard.shared.table import table
from dashboard.workbench.asked_network import choose_asked, first_of, known_classifiers
from dashboard.workbench.trust import cache as kept
from dashboard.workbench.trust import checks
from dashboard.workbench.trust.checks import Case, Checked, Frame
from dashboard.workbench.trust.stage import SCHEMA, payload, read_mask, show
from data.pictures.painted_over import painted_over
from data.sets.registry import is_ready

SLUG: Final = "trust"
STAGE: Final = "trust_stage"
MARKED: Final = "fracatlas"
"""The set whose X-rays have marks."""
PATIENCE_S: Final = 0.6
ANSWER_S: Final = 120.0
_BUSY: Final = (
    "<style>.st-key-trust_busy{position:absolute;left:1rem;bottom:7rem;z-index:15;"
    "width:auto!important;color:#e9ecef}.st-key-trust_busy:has(.stProgress,.stAlert)"
    "{width:min(40rem,55%)!important;padding:.6rem .9rem;background:#1d232bee;"
    "border-radius:var(--lb-radius,6px)}</style>"
)


def body() -> None:
    """Draw the page.

    Raises:
        Gone: ``network.gone``, ``network.other``, ``network.none``, ``picture.gone``.
    """
    cache.cluster()
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG)
    known = known_classifiers()
    if not known:
        raise Gone(
            "network",
            "network.none",
            problem="There is no network to ask yet.",
            remedy="Train one first.",
        )
    with lesson.stage():
        st.html(_BUSY)
        busy = st.container(key="trust_busy")
    first = first_of(known) if is_ready(MARKED) else known[-1 if len(known) < 2 else 1]
    with lesson.corner():
        with st.popover("Network", width="stretch"):
            network = choose_asked(SLUG, known, first)
        prepared = _set_of(network, busy)
        _begin_with(network, prepared)
        folder = "" if prepared is None else str(prepared.folder)
        picture = choose_picture(SLUG, size=network.spec.input_size, prepared=folder)
    case, own = _case(network, picture.image, folder, str(lesson.values(SCHEMA)["method"]))
    figures = {one.title: found for one in known if (found := _figures(one)) is not None}
    if (question := _question(network, figures, text)) is not None:
        lesson.ask(question)
    _stage(lesson, case, prepared, figures.get(network.title), own=own, busy=busy)
    with lesson.below():
        st.markdown(text["why"])
        _tell_figures(network, figures, prepared, text)
        st.markdown(text["not-tested"])
    lesson.finish(_check(network, figures, text), source=text["source"])


def _figures(network: Classifier) -> Located | None:
    try:
        return figures_of(network)
    except LessonError:
        return None  # damaged: as if it had not been measured, and measured anew


def _set_of(network: Classifier, busy: DeltaGenerator) -> PreparedSet | None:
    """The images that the network knows, where they have marks and are here."""
    if network.dataset != MARKED or not is_ready(MARKED):
        return None
    return network_set(network, network.set_size, busy)


def _begin_with(network: Classifier, prepared: PreparedSet | None) -> None:
    """Open a marked X-ray of the test part where no picture is open and there is one."""
    if state.opened().picture or prepared is None:
        return
    label = network.spec.classes[network.positive]
    records = prepared.records()
    index = shuffled(prepared, label, part="test")
    marked = [int(at) for at in index if records[int(at)]["marks"]]
    if marked:
        state.settle(replace(state.opened(), picture=key_at(prepared, marked[0])))


def _case(network: Classifier, image: np.ndarray, folder: str, method: str) -> tuple[Case, bool]:
    """The open picture before the network, with its marks; and whether it is a person's own."""
    named = set_of(state.opened().picture)
    found = find_record(*named, at=folder) if named else None
    marks, picture = None, _content(image)
    if found is not None:
        record = found[0].records()[found[1]]
        if record["marks"] and record["path"] is not None:
            stored = np.asarray(found[0].images[found[1]])
            image, marks, picture = prepared_picture(record, stored, network.spec.input_size)
    own = state.opened().picture.partition(".")[0] in ("upload", "drawing")
    case = Case(network=network, image=image, picture=picture, marks=marks, method=method)  # type: ignore[arg-type]
    return case, own


def _content(image: np.ndarray) -> Box:
    """The picture without the black bars beside it."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if not len(rows):
        return Box(0, 0, image.shape[1], image.shape[0])
    top, left = int(rows[0]), int(columns[0])
    return Box(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)


def _stage(
    lesson: Lesson,
    case: Case,
    prepared: PreparedSet | None,
    located: Located | None,
    *,
    own: bool,
    busy: DeltaGenerator,
) -> None:
    text = cache.page_text(SLUG)
    values = lesson.values(SCHEMA)
    view, kind = str(values["view"]), str(values["kind"])
    digest = hashlib.sha256(case.image.tobytes()).hexdigest()[:16]
    subject = f"{digest}.{hashlib.sha256(repr(case.network.file_stamp()).encode()).hexdigest()[:8]}"
    told: dict[str, Any] = {
        "asked": {"view": view, "method": case.method, "kind": kind},
        "subject": subject,
        "target": f"Output for {case.positive}",
        "threshold": case.network.threshold,
        "waiting": "",
        "waits": False,
    }
    checked: Checked | None
    if view == "hand":
        checked = _by_hand(case, subject, told, text)
    elif view == "marks" and (prepared is None or located is None):
        said = text[_without(case.network, prepared)]
        checked = Checked(frames=(), said=said, **_no_rows())
    else:
        key = (view, case.method if view != "compare" else "", kind if view == "disturb" else "",
               subject if view != "marks" else case.network.file_stamp())  # fmt: skip
        errands = _own_checks() if own else kept.checks()
        work = _work(view, kind, case, prepared, located)
        errand = errands.ask(key, work, phase=text["stage-waiting"])
        checked = _result(errand, case, told, busy)
    with lesson.stage():
        show(
            data=payload(
                checked, words(text), lesson.header(SCHEMA, told=True), view=view, told=told
            ),
            key=STAGE,
            default={"mask": ""},
            on_settled_change=lesson.keep_setting(STAGE),
            on_mask_change=lambda: None,
        )


def _without(network: Classifier, prepared: PreparedSet | None) -> str:
    """Which sentence says why there is nothing to hold against the marks."""
    if prepared is not None:
        return "figures-none"
    awaited = network.dataset == MARKED and is_ready(MARKED)
    return "figures-awaited" if awaited else "figures-without"


def _no_rows() -> dict[str, Any]:
    return {"head": (), "rows": ()}


def _own_checks() -> Errands:
    """Checks of a person's own picture go with the session."""
    return state.remembered(
        "trust_checks", "own", lambda: Errands("check", most=16, at_once=1, drops=True)
    )


def _work(
    view: str, kind: str, case: Case, prepared: PreparedSet | None, located: Located | None
) -> Any:
    """What an errand does for a check."""
    worker = cache.cluster()

    def work(errand: Errand[Checked]) -> Checked:
        told = errand.advance
        if view == "rank":
            return checks.erase(case, worker, told)
        if view == "compare":
            return checks.compare(case, worker, told)
        if view == "disturb":
            return checks.disturb(case, worker, told, kind)  # type: ignore[arg-type]
        if view == "marks":
            assert prepared is not None
            assert located is not None
            return checks.wall(case.network, located, case.method, prepared, worker, told)
        return checks.shuffle(case, worker, told)

    return work


def _result(
    errand: Errand[Checked],
    case: Case,
    told: dict[str, Any],
    busy: DeltaGenerator,
) -> Checked | None:
    """What came of it; while it is awaited, the picture alone."""
    alone = Checked(
        frames=(
            Frame(picture=case.image, cells=None, title="", said="", boxes=case.boxes),
        ),
        said="",
    )  # fmt: skip
    if not errand.wait(PATIENCE_S):
        told["waits"] = True
        with busy:
            _wait_for(errand)
        return alone
    try:
        return errand.value()
    except LessonError as error:
        told["waiting"] = f"{error.problem} {error.remedy}"
        return alone


@st.fragment(run_every=0.7)
def _wait_for(errand: Errand[Any]) -> None:
    st.progress(errand.fraction, errand.phase)
    if errand.ended:
        st.rerun()


def _by_hand(
    case: Case, subject: str, told: dict[str, Any], text: dict[str, str]
) -> Checked | None:
    """The picture with what was painted over, and the output now."""
    sent = str(getattr(state.widget_value(STAGE), "mask", "") or "")
    mask = read_mask(sent, subject)
    painted = case.image if mask is None else painted_over(case.image, mask)
    try:
        before, now = (_output(case, image) for image in (case.image, painted))
    except LessonError as error:
        told["waiting"] = f"{error.problem} {error.remedy}"
        return None
    told["output"], told["echo"] = now, sent
    share = 0.0 if mask is None else float(mask.mean())
    said = f"{percent(share)} of the square is painted over. Output {now:.2f}; whole {before:.2f}."
    frame = Frame(picture=painted, cells=None, title="", said=said, boxes=case.boxes)
    return Checked(frames=(frame,), said=text["hand-said"])


def _output(case: Case, image: np.ndarray) -> float:
    key = (case.network.file_stamp(), hashlib.sha256(image.tobytes()).hexdigest())

    def ask() -> float:
        asked = request(Tasks.predict, model_path=str(case.network.path), images=image[None])
        logits = cache.cluster().analyse(asked, timeout_s=ANSWER_S)
        return float(probabilities(logits[0])[case.network.positive])

    return state.remembered("trust_outputs", key, ask, most=200)


def _tell_figures(
    network: Classifier,
    figures: dict[str, Located],
    prepared: PreparedSet | None,
    text: dict[str, str],
) -> None:
    """All networks against the marks, and measuring the one that is open."""
    if figures:
        st.markdown(text["figures"])
        found = checks.figures_table(figures)
        shown = table(found["head"], found["rows"], look="lb-table")
        st.html(f'<div class="lb-table-frame">{shown}</div>')
    if network.title in figures or prepared is None:
        return
    st.markdown(text["figures-none"])
    asked = kept.measurements().find(network.file_stamp())
    if asked is None or asked.error is not None:
        if asked is not None:
            st.error(str(asked.error))
        st.button(
            text["measure"], key="trust_measure", icon=":material/straighten:",
            on_click=_measure, args=(network, prepared),
        )  # fmt: skip
    else:
        _wait_for(asked)


def _measure(network: Classifier, prepared: PreparedSet) -> None:
    said, workers = cache.page_text(SLUG)["measuring"], cache.cluster()

    def work(errand: Errand[bool]) -> bool:
        measure(
            network, prepared, workers,
            told=lambda done, count: errand.advance(f"{said}: {done} of {count}", done / count),
        )  # fmt: skip
        return True

    kept.measurements().ask(network.file_stamp(), work, again=lambda known: known.ended)


def _measured(network: Classifier, figures: dict[str, Located]) -> tuple[str, Located] | None:
    """The open network's figures, or another's."""
    if network.title in figures:
        return network.title, figures[network.title]
    return next(iter(figures.items()), None)


def _question(
    network: Classifier, figures: dict[str, Located], text: dict[str, str]
) -> Question | None:
    found = _measured(network, figures)
    if found is None:
        return None
    title, located = found
    one = placing(located, "hirescam")
    truth = round(100 * one.pointed.value)
    options = {truth}
    for other in (50, 80, 95, 20, 5):
        if len(options) < 3 and min(abs(other - known) for known in options) >= 12:
            options.add(other)
    ordered = sorted(options)
    short = _short(title)
    asked = text["predict"]
    if title != network.title:  # whose figures they are, so that nobody takes them for its own
        asked = text["predict-other"].format(title=short)
        if len(asked) > LONGEST_QUESTION:
            asked = text["predict-other"].format(title="Another network")
    return Question(
        text=asked,
        options=tuple(f"about {option}" for option in ordered),
        truth=ordered.index(truth),
        because=text["because"].format(
            title=short.lower(), n=one.pointed.n, area=percent(one.area)
        ),
    )


def _short(title: str) -> str:
    """A network's name without the set that it learned from."""
    return title.rpartition(": ")[0] or title


def _check(network: Classifier, figures: dict[str, Located], text: dict[str, str]) -> Check | None:
    found = _measured(network, figures)
    if found is None:
        return None
    title, located = found
    best = max((placing(located, method) for method in located.methods),
               key=lambda one: one.pointed.value)  # fmt: skip
    if not best.pointed.value > 0 or not best.area > 0:
        return None
    ratio = best.pointed.value / best.area
    facts = {"hit": percent(best.pointed.value), "area": f"{100 * best.area:.2f} %"}
    return Check(
        text=text["check" if title == network.title else "check-other"].format(
            title=_short(title), **facts
        ),
        answer=float(write(ratio)),
        tolerance=0.08 * ratio,
        because=text["check-because"].format(**facts),
    )
