"""The stage of Train: one run as its folder tells it, in every state it can be in."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from core.errors import LessonError
from core.jobs.folder import RunFolder, Status, find_run
from core.training.history import History, fig7_lines
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import may_change, require_own, stop
from dashboard.advice import advise
from dashboard.background.prepared_sets import Launch
from dashboard.browser.publication import component
from dashboard.frame import current_theme
from dashboard.shared.lesson import Lesson, words
from dashboard.shared.moments import defaults, moments
from dashboard.shared.schema import Schema, choice, flag, numbers
from dashboard.shared.table import table as table_markup
from dashboard.workbench.train.cache import RunView, view_run
from dashboard.workbench.train.figure import (
    COLUMNS,
    MEASURES,
    MOST_POINTS,
    CurveOptions,
    Curves,
    brief,
    constant_level,
    curves,
    history_csv,
    majority_share,
    payload,
    table,
    twin,
)
from dashboard.workbench.train.outcome import common_class, read_verdict, verdict_of
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
SCHEMA: Final[Schema] = (
    choice("measure", "accuracy", tuple(MEASURES.items()), label="Right"),
    flag("smooth", label="Smooth the batches"),
    flag("log", label="Logarithmic loss"),
    flag("paper", label="Fig. 7 of the paper"),
    numbers("across", (), -1e6, 1e6, longest=2, label="Range of epochs"),
    numbers("left", (), -1e6, 1e6, longest=2, label="Range of the loss"),
    numbers("right", (), -1e6, 1e6, longest=2, label="Range of the measure"),
)

show = component("train", "workbench/train/stage.js")
_WORDS: Final = {
    Status.QUEUED: "Waiting",
    Status.RUNNING: "Training",
    Status.STOPPING: "Stopping",
    Status.FINISHED: "Finished",
    Status.STOPPED: "Stopped",
    Status.FAILED: "Failed",
    Status.INTERRUPTED: "Interrupted",
}


def show_stage(lesson: Lesson, run_id: str, launch: Launch | None) -> None:
    """Draw the stage and what stands below it, and keep both up to date while something happens.

    Args:
        lesson: The page.
        run_id: The run to show, "" for none.
        launch: A training that waits for its images, shown instead.
    """
    status = find_run(run_id).status() if run_id and launch is None else None
    alive = launch is not None or (status is not None and status.is_active)
    clock = POLL_S if alive else None
    with lesson.stage():
        st.fragment(_stage, run_every=clock)(lesson, run_id, launch, status)
    with lesson.below():
        st.fragment(_below, run_every=BELOW_POLL_S if alive else None)(lesson, run_id, launch)


def _stage(lesson: Lesson, run_id: str, launch: Launch | None, known: Status | None) -> None:
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
    theme = current_theme()
    figure = _curves(view, launch, options_of(lesson))
    told = {**lesson.header(SCHEMA, told=True), **_facts(view, launch)}
    told["changes"] = [] if view is None else marked_changes(view.spec, view.history)
    told["moments"] = _moments(told["words"]) if figure.run else []
    show(
        data=payload(figure, theme=theme, header=told),
        key=STAGE,
        on_settled_change=lesson.keep_setting(STAGE),
    )


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
    names = ("measure", "smooth", "log", "paper", "across", "left", "right")
    all_of_it = defaults(SCHEMA, *names)
    return moments(
        SCHEMA,
        text,
        training={**all_of_it, "smooth": True},
        validation=all_of_it,
        log={**all_of_it, "log": True},
        auc={**all_of_it, "measure": "auc"},
        paper={**all_of_it, "paper": True},
    )


def _facts(view: RunView | None, launch: Launch | None) -> dict[str, Any]:
    """What stands beside the curves: where the run is, and the figures that matter."""
    text = words(cache.page_text("train"))
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
        if not may_change(view.run, asking()):
            told["caption"] += ". " + text["watched"]
        told["facts"] = _figures(view)
        told["ended"] = not view.status.is_active
    history = _NO_HISTORY if view is None else view.history
    return {**told, "short": brief(history), "table": twin(history)}


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
    """The one thing to do with the shown run now."""
    run = find_run(run_id)
    status = run.status()
    if status is Status.FINISHED:
        st.page_link("../pages/xray.py", label="Test it", icon=":material/radiology:")
    elif not may_change(run, asking()):
        return  # the stage says that it was begun in another browser
    elif status in {Status.RUNNING, Status.QUEUED}:
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


def guarded(action: Callable[[], object]) -> bool:
    """Do what a button asks for; an expected failure becomes advice on the page.

    Returns:
        Whether it was done.
    """
    try:
        action()
    except LessonError as error:
        state.ADVICE.set((error.code, error.problem, error.remedy))
        return False
    return True


def press(action: Callable[[], object]) -> None:
    """What a button calls: `guarded`, for where nobody asks whether it was done."""
    guarded(action)


def _resume(run: RunFolder) -> None:
    require_own(run, asking())
    cache.cluster().submit_training(run, resume=True)


def show_advice() -> None:
    """Show, once, what a button could not do."""
    code, problem, remedy = state.ADVICE.get()
    if code:
        advise(LessonError(code, problem=problem, remedy=remedy))
        state.ADVICE.set(("", "", ""))


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
        constant=None if spec is None else constant_level(counts, weighted=spec.class_weights),
        options=options,
        theme=current_theme(),
        message="" if view is None and options.paper else _message(view, launch),
    )


def _loss_words(spec: TrainingSpec, text: dict[str, str]) -> str:
    """How the loss of this run is counted."""
    level = constant_level(cache.part_counts(spec.prepared), weighted=spec.class_weights)
    said = text["loss-weighted" if spec.class_weights else "loss-plain"]
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
    waiting = {Status.QUEUED: "queued", Status.RUNNING: "starting", Status.STOPPING: "starting"}
    return text[waiting.get(view.status, "no-batch")]


def _below(lesson: Lesson, run_id: str, launch: Launch | None) -> None:
    """What stands under the stage: why the curves look so, the log, the numbers."""
    text = cache.page_text("train")
    try:
        view = view_run(find_run(run_id)) if run_id and launch is None else None
    except LessonError:
        return  # the stage says so
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
    for warning in view.progress.warnings:
        st.info(warning, icon=":material/info:")
    if view.status.is_active:
        _judge_now(view, text)
    if view.status is Status.FAILED:
        failure = view.run.failure()
        if failure is not None:
            advise(LessonError(failure.code, problem=failure.problem, remedy=failure.remedy))
    elif view.status in {Status.INTERRUPTED, Status.STOPPED}:
        st.info(text[view.status.value], icon=":material/info:")


def _judge_now(view: RunView, text: dict[str, str]) -> None:
    """While a run trains: what is worth stopping it for, in the judge's words."""
    counts = cache.part_counts(view.spec.prepared)
    verdict = verdict_of(view.history, view.spec, counts)
    if verdict.kind in {"diverged", "collapsed"}:
        common, rate = common_class(view.spec, counts), view.spec.learning_rate
        said = read_verdict(verdict, text, rate=rate, common=common)
        st.info(said, icon=":material/info:")


def _log(history: History) -> str:
    """The two lines of Fig. 7 for each finished epoch; the newest stays in view."""
    lines = [line for row in reversed(history.epochs) for line in reversed(fig7_lines(row))]
    body = "".join(f"<div>{html.escape(line)}</div>" for line in lines)
    return (
        '<div class="lb-train-log" role="log" tabindex="0"'
        f' aria-label="Log of the epochs, as in Fig. 7">{body}</div>'
    )


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
        step = 1
        while count > MOST_POINTS * step:
            step *= 2
        st.caption(text["thinned"].format(step=step, count=count))
    st.download_button(
        "Download as CSV",
        history_csv(view.history),
        file_name=f"{view.run.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="train_csv",
    )
