"""The stage of Train: one run as its folder tells it, in every state it can be in."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.errors import LessonError
from core.evaluation.openings import ordinal
from core.jobs.folder import RunFolder, Status, find_run
from core.training.history import History, fig7_lines
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.access.people import Standing, asking
from dashboard.access.rights import go_on, may_change, pause, stop
from dashboard.advice import advise, press
from dashboard.background.prepared_sets import Launch
from dashboard.browser.publication import component
from dashboard.frame import current_theme
from dashboard.shared.launch import resume
from dashboard.shared.lesson import Lesson, words
from dashboard.shared.moments import defaults, moments
from dashboard.shared.schema import Schema, choice, flag, numbers, real
from dashboard.shared.table import table as table_markup
from dashboard.workbench.train import cache as cache_of_train
from dashboard.workbench.train.cache import RunView, view_run
from dashboard.workbench.train.change import change_while_it_trains
from dashboard.workbench.train.coaching import advice_of, said, show_coach, show_parent
from dashboard.workbench.train.figure import (
    COLUMNS,
    MEASURES,
    MOST_POINTS,
    CurveOptions,
    Curves,
    brief,
    curves,
    history_csv,
    level_of,
    majority_share,
    payload,
    table,
    twin,
)
from dashboard.workbench.train.machine import Pinned, film_key, film_of, send, shown_moments
from dashboard.workbench.train.paper_overlay import critique, log_table
from dashboard.workbench.train.progress import duration
from dashboard.workbench.train.settings import OPTIMIZER_NAMES
from data.sets.registry import DATASETS

POLL_S: Final = 0.4
"""Between two looks at a run that is alive."""
BELOW_POLL_S: Final = 2.0
"""The same for what stands below the stage and changes with each epoch: a look costs the server
as much, and nobody reads faster."""

STAGE: Final = "train_stage"
FILM_POLL_S: Final = 1.0
"""The same for the time machine: a worker makes a few of its moments in that time."""
NEWEST: Final = -1
"""Stands for the last moment that there is, also of a run that goes on."""
SCHEMA: Final[Schema] = (
    flag("machine", label="Time machine"),
    choice("measure", "accuracy", tuple(MEASURES.items()), label="Right"),
    flag("smooth", label="Smooth the batches"),
    flag("log", label="Logarithmic loss"),
    flag("paper", label="Fig. 7 of the paper"),
    numbers("across", (), -1e6, 1e6, longest=2, label="Range of epochs"),
    numbers("left", (), -1e6, 1e6, longest=2, label="Range of the loss"),
    numbers("right", (), -1e6, 1e6, longest=2, label="Range of the measure"),
    real("at", NEWEST, NEWEST, 1e6, 1e-4, label="Epoch"),
    real("threshold", 0.5, 0, 1, 0.001, label="Threshold"),
)
TOLD: Final = ("machine", "measure", "smooth", "log", "paper")
"""What the server has to know of what is set: the rest moves without it."""

show = component("train", "workbench/train/stage.js")
_WORDS: Final = {
    Status.QUEUED: "Waiting",
    Status.RUNNING: "Training",
    Status.STOPPING: "Stopping",
    Status.FINISHED: "Finished",
    Status.STOPPED: "Stopped",
    Status.PAUSED: "Paused",
    Status.FAILED: "Failed",
    Status.INTERRUPTED: "Interrupted",
}


def show_stage(lesson: Lesson, run_id: str, launch: Launch | None, pinned: Pinned | None) -> None:
    """Draw the stage and what stands below it, and keep both up to date while something happens.

    Args:
        lesson: The page.
        run_id: The run to show, "" for none.
        launch: A training that waits for its images, shown instead.
        pinned: The X-ray of the time machine, None where that is not shown.
    """
    status = find_run(run_id).status() if run_id and launch is None else None
    alive = launch is not None or (status is not None and status.is_active)
    clock, slow = POLL_S if alive else None, BELOW_POLL_S * Standing.visits.crowding
    with lesson.stage():
        st.fragment(_stage, run_every=clock)(lesson, run_id, launch, status, pinned)
    with lesson.below():
        if pinned is not None:
            _film(run_id, pinned, alive)
        st.fragment(_below, run_every=slow if alive else None)(lesson, run_id, launch)


def _film(run_id: str, pinned: Pinned, alive: bool) -> None:
    """Have the film of the time machine made and sent, for as long as it grows."""
    run = find_run(run_id)
    try:
        made = film_of(run, pinned)
    except LessonError:
        made = None  # told where it is drawn, which asks once more
    waits = made is None or len(made.ready) < len(made.moments)
    clock = FILM_POLL_S if alive or waits else None
    st.fragment(_send_film, run_every=clock)(run, pinned, alive, waits)


def _send_film(run: RunFolder, pinned: Pinned, alive: bool, waited: bool) -> None:
    try:
        made = film_of(run, pinned)
    except LessonError as error:
        advise(error)
        return
    if waited and not alive and len(made.ready) == len(made.moments):
        st.rerun()  # once: a film that is whole asks no more
    send(made)


def _stage(
    lesson: Lesson,
    run_id: str,
    launch: Launch | None,
    known: Status | None,
    pinned: Pinned | None,
) -> None:
    """One tick. The component is always there, so that nothing jumps and no node is replaced."""
    if launch is not None and launch.run.ended:
        st.rerun()
    try:
        view = view_run(find_run(run_id)) if run_id and launch is None else None
    except LessonError as error:  # deleted by somebody else; the frame does not see into fragments
        advise(error)
        return
    if view is not None and view.status != known:
        st.rerun()
    if view is not None and lesson.values(SCHEMA)["machine"] != (pinned is not None):
        st.rerun()  # with the choice of an X-ray in the corner, or without
    film = None if view is None or pinned is None else _film_told(view, pinned)
    header, options = lesson.header(SCHEMA, told=TOLD, film=film), options_of(lesson)

    def message() -> bytes:
        return _message_of(view, launch, options, header)

    if view is None or view.status is not Status.RUNNING:
        data = message()  # what is told of a queue changes without an event
    else:
        mine = may_change(view.run, asking())
        seen = (str(view.run.path), view.events, options, current_theme(), mine)
        data = cache_of_train.message((*seen, json.dumps(header)), message)
    show(data=data, key=STAGE, on_settled_change=lesson.keep_setting(STAGE))


def _message_of(
    view: RunView | None, launch: Launch | None, options: CurveOptions, header: dict[str, Any]
) -> bytes:
    """What the stage is sent."""
    figure = _curves(view, launch, options)
    told = {**header, **_facts(view, launch)}
    told["changes"] = [] if view is None else marked_changes(view.spec, view.history)
    told["moments"] = _moments(told["words"]) if figure.run else []
    return payload(figure, theme=current_theme(), header=told)


def _film_told(view: RunView, pinned: Pinned) -> dict[str, Any]:
    """Which film is shown, and how much of it there will be."""
    picture = pinned.picture
    return {
        "key": film_key(view.run, pinned),
        "moments": len(shown_moments(view.run)),
        "picture": "" if picture is None else picture.title,
        "gone": pinned.gone,
    }


def marked_changes(spec: TrainingSpec, history: History) -> list[dict[str, Any]]:
    """Where the curves say what a person changed, and what: at the epoch's beginning.

    A change that has not come into force yet is not drawn.
    """
    done = history.epochs[-1].epoch if history.epochs else 0
    return [
        {"x": one.epoch - 1, "text": one.told().partition(" from ")[0]}
        for one in spec.changes
        if one.epoch <= done + 1
    ]


def options_of(lesson: Lesson) -> CurveOptions:
    """What is set in the stage."""
    values = lesson.values(SCHEMA)
    return CurveOptions(
        measure=values["measure"],
        log_loss=values["log"],
        smooth=values["smooth"],
        paper=values["paper"],
    )


def _moments(text: Mapping[str, str]) -> list[dict[str, Any]]:
    names = ("machine", "measure", "smooth", "log", "paper", "across", "left", "right")
    all_of_it = defaults(SCHEMA, *names)
    return moments(
        SCHEMA,
        text,
        training={**all_of_it, "smooth": True},
        validation=all_of_it,
        log={**all_of_it, "log": True},
        auc={**all_of_it, "measure": "auc"},
        paper={**all_of_it, "paper": True},
        untrained={**all_of_it, "machine": True, "at": 0},
        trained={**all_of_it, "machine": True, "at": NEWEST},
    )


def spoken(text: Mapping[str, str], spec: TrainingSpec | None) -> dict[str, str]:
    """The stage's sentences; a run that goes on from another one did not begin untrained."""
    said = words(text)
    if spec is not None and spec.start is not None and spec.start.epoch:
        said["now-untrained"] = said["now-rewound"].format(epoch=spec.start.epoch)
        said["moment-untrained"] = said["moment-rewound"]
    return said


def _facts(view: RunView | None, launch: Launch | None) -> dict[str, Any]:
    """What stands beside the curves: where the run is, and the figures that matter."""
    text_ = cache.page_text("train")
    text = spoken(text_, None if view is None else view.spec)
    told: dict[str, Any] = {"facts": [], "ended": False, "words": text}
    if launch is not None:
        preparation = launch.preparation
        title = DATASETS[launch.request.dataset].title
        told["word"] = "Preparing"
        told["caption"] = f"{title}, {launch.request.size} px: only the first time"
        told["facts"] = [(preparation.phase, f"{100 * preparation.fraction:.0f} %")]
    elif view is None:
        told["word"], told["caption"] = "No run yet", text["first"]
    else:
        told["word"], told["caption"] = _WORDS[view.status], describe_spec(view.spec)
        person = asking()
        if not may_change(view.run, person):
            watched = "watched-by-account" if person.has_account else "watched"
            told["caption"] += ". " + text[watched]
        told["facts"] = _figures(view)
        told["ended"] = not view.status.is_active
    history = _NO_HISTORY if view is None else view.history
    short = brief(history)
    if view is not None:
        short = next((said(one, text_) for one in advice_of(view) if one.epoch), short)
    return {**told, "short": short, "table": twin(history)}


def _figures(view: RunView) -> list[tuple[str, str]]:
    """Name and value of what matters in this state."""
    done, epochs = view.progress, view.spec.epochs
    if view.status is Status.QUEUED:
        cluster = cache.cluster()
        if not cluster.state().train_workers:
            return [("The training begins by itself.", cluster.state().message)]
        place = cluster.queue_position(view.run.id)
        return [] if place is None else [("Place in the queue", str(place))]
    figures = [("Epoch", f"{min(max(done.epoch, done.epochs_done), epochs)} of {epochs}")]
    if view.status.is_active:
        if done.batches:
            figures.append(("Batch", f"{done.batch} of {done.batches}"))
        left = done.seconds_left
        figures.append(("Left", "measuring" if left is None else duration(left)))
    elif view.total_seconds is not None:
        figures.append(("Took", duration(view.total_seconds)))
    figures += [("Changed", one.told()) for one in view.spec.changes[-2:]]
    best = view.history.best_epoch
    if best is not None:
        row = next(row for row in view.history.epochs if row.epoch == best)
        figures.append((f"Val. loss (epoch {best})", f"{row.validation.loss:.3f}"))
        named = "Val. accuracy at 0.5" if view.spec.model.outputs == 1 else "Val. accuracy"
        figures.append((named, f"{100 * row.validation.accuracy:.1f} %"))
    return figures


def describe_spec(spec: TrainingSpec) -> str:
    """A training in one line, such as ``FracAtlas, 64 px, Adam 0.001``."""
    info = DATASETS.get(spec.dataset)
    title = info.title if info else spec.dataset
    optimizer = OPTIMIZER_NAMES[spec.optimizer]
    return f"{title}, {spec.model.input_size} px, {optimizer} {spec.learning_rate:g}"


def action(run_id: str) -> None:
    """What to do with the shown run now."""
    run = find_run(run_id)
    status = run.status()
    if status is Status.FINISHED:
        st.page_link("../pages/xray.py", label="Test it", icon=":material/radiology:")
    elif not may_change(run, asking()):
        return  # the stage says that it was begun in another browser
    elif status in {Status.RUNNING, Status.QUEUED}:
        change_while_it_trains(run)
        if status is Status.RUNNING:
            st.button(
                "",
                key="train_pause",
                icon=":material/pause:",
                help="Pause: another training may have the worker; resume it at any time",
                on_click=press,
                args=(lambda: pause(run, asking()),),
            )
        st.button(
            "Stop" if status is Status.RUNNING else "Cancel",
            key="train_stop",
            width="stretch",
            on_click=press,
            args=(lambda: stop(run, asking()),),
        )
    elif status is Status.STOPPING:
        st.button("Stopping", key="train_stopping", disabled=True, width="stretch")
    elif status.is_resumable:
        st.button(
            "Resume",
            key="train_resume",
            width="stretch",
            on_click=press,
            args=(lambda: _resume(run),),
        )


def lead_inside(run_id: str) -> None:
    """The link into the network of a run that has ended."""
    if find_run(run_id).status() is Status.FINISHED:
        st.page_link(
            "../pages/features.py",
            label="Look inside it",
            icon=":material/visibility:",
            query_params=state.opened().parameters(),
        )


def _resume(run: RunFolder) -> None:
    go_on([run], asking(), resume)


def _curves(view: RunView | None, launch: Launch | None, options: CurveOptions) -> Curves:
    spec = None if view is None else view.spec
    counts = {} if spec is None else cache.part_counts(spec.prepared)
    return curves(
        _NO_HISTORY if view is None else view.history,
        run="" if view is None else view.run.id,
        epochs=10 if spec is None else spec.epochs,
        classes=2 if spec is None else len(spec.model.classes),
        majority=majority_share(counts.get("validation", {})),
        weighted=spec is None or spec.class_weights,
        focal_gamma=0.0 if spec is None else spec.focal_gamma,
        constant=None if spec is None else level_of(spec, counts),
        options=options,
        theme=current_theme(),
        message="" if view is None and options.paper else _message(view, launch),
    )


def _loss_words(spec: TrainingSpec, text: dict[str, str]) -> str:
    """How the loss of this run is counted."""
    level = level_of(spec, cache.part_counts(spec.prepared))
    said = text["loss-weighted" if spec.class_weights else "loss-plain"]
    if spec.focal_gamma:
        said = f"{text['loss-focal'].format(gamma=spec.focal_gamma)} {said}"
    return said if level is None else f"{said} {text['loss-level'].format(level=level)}"


_NO_HISTORY: Final = History.from_events(())


def _message(view: RunView | None, launch: Launch | None) -> str:
    text = cache.page_text("train")
    if launch is not None:
        return text["preparing"]
    if view is None:
        return text["empty"]
    if len(view.history.batches):
        return ""
    waiting = {
        Status.QUEUED: "queued",
        Status.RUNNING: "starting",
        Status.STOPPING: "starting",
        Status.PAUSED: "paused-early",
    }
    return text[waiting.get(view.status, "no-batch")]


def _below(lesson: Lesson, run_id: str, launch: Launch | None) -> None:
    """What stands under the stage: why the curves look so, the log, the numbers."""
    text = cache.page_text("train")
    try:
        view = view_run(find_run(run_id)) if run_id and launch is None else None
    except LessonError:
        return  # the stage says so
    if run_id and launch is None and state.opened().network != run_id:
        st.rerun()  # the coach's button began another run
    with st.container(key="train_below"):
        if options_of(lesson).paper:
            _paper(text, view)
        if view is None:
            return
        _explain(view)
        st.html(_log(view.history))
        shown = st.expander("Numbers", on_change="rerun", key="train_numbers")
        if shown.open:
            with shown:
                _numbers(view, text)


def _paper(text: Mapping[str, str], view: RunView | None) -> None:
    counts = {} if view is None else cache.part_counts(view.spec.prepared).get("validation", {})
    for paragraph in critique(text, counts):
        st.markdown(paragraph)
    shown = st.expander("The log, epoch by epoch", on_change="rerun", key="train_paper_log")
    if shown.open:
        with shown:
            st.html(log_table())


def _explain(view: RunView) -> None:
    text = cache.page_text("train")
    show_parent(view.run, view.spec)
    show_coach(view, press)
    for warning in view.progress.warnings:
        st.info(warning, icon=":material/info:")
    if view.status is Status.FAILED:
        failure = view.run.failure()
        if failure is not None:
            advise(LessonError(failure.code, problem=failure.problem, remedy=failure.remedy))
    elif view.status in {Status.INTERRUPTED, Status.STOPPED, Status.PAUSED}:
        st.info(text[view.status.value], icon=":material/info:")


def _log(history: History) -> str:
    """The two lines of Fig. 7 for each finished epoch; the newest stays in view."""
    lines = [line for row in reversed(history.epochs) for line in reversed(fig7_lines(row))]
    body = "".join(f"<div>{html.escape(line)}</div>" for line in lines)
    return (
        '<div class="lb-train-log" role="log" tabindex="0"'
        f' aria-label="Log of the epochs, as in Fig. 7">{body}</div>'
    )


def _thinned(count: int, text: dict[str, str]) -> str:
    """Which of so many batches are drawn, where not all are."""
    step = 1
    while count > MOST_POINTS * step:
        step *= 2
    return text["thinned"].format(nth=ordinal(step), count=count)


def _numbers(view: RunView, text: dict[str, str]) -> None:
    rows = [
        (f"{row[0]:.0f}", f"{row[1]:.1f}", *(f"{value:.4f}" for value in row[2:]))
        for row in table(view.history)
    ]
    heads = [name.replace("_", " ") for name in COLUMNS]
    shown = table_markup(heads, rows, look="lb-table")
    st.html(f'<div class="lb-table-frame" tabindex="0">{shown}</div>')
    st.caption(text["batch-note"])
    st.caption(_loss_words(view.spec, text))
    count = len(view.history.batches)
    if count > MOST_POINTS:
        st.caption(_thinned(count, text))
    st.download_button(
        "Download as CSV",
        history_csv(view.history),
        file_name=f"{view.run.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="train_csv",
    )
