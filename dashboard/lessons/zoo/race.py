"""Train every network of the zoo on the same images, watch them, compare what came out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from core.errors import LessonError
from core.evaluation.report import EvaluationReport, said_opening
from core.jobs.comparison import Comparison, list_comparisons, new_group
from core.jobs.folder import RunFolder, RunSummary, Status, list_runs
from core.models.zoo.entries import MODELS, TIMELINE
from core.prepared import PreparedSet
from core.training.forecast import Forecast, predict_seconds
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import begin, go_on, stop_all
from dashboard.advice import advise, press, show_advice
from dashboard.background.errands import Errand
from dashboard.background.prepared_sets import Launch
from dashboard.frame import current_theme
from dashboard.lessons.zoo.figure import (
    AXES,
    Against,
    chart_alt,
    comparison_chart,
    progress_table,
    result_table,
)
from dashboard.lessons.zoo.lanes import (
    MEASURES,
    Lane,
    MeasureName,
    lanes,
    learned_by_heart,
    not_told_apart,
    ranked,
)
from dashboard.shared.launch import launch, resume, waiting
from dashboard.shared.number import write
from dashboard.shared.segments import segments
from dashboard.workbench.train.choice import set_request
from dashboard.workbench.train.progress import duration
from dashboard.workbench.train.runs import age
from dashboard.workbench.train.settings import (
    DEFAULTS,
    MOST_EPOCHS,
    OPTIMIZER_NAMES,
    SIZES,
    TrainChoices,
)
from data.sets.registry import DATASETS

SLUG: Final = "zoo"
PARAMETER: Final = "race"
"""Name of the shown comparison in the address."""
POLL_S: Final = 1.0
TIMED_RUNS: Final = 12
FIRST_SIZE: Final = 48
FIRST_EPOCHS: Final = 15
"""The fewest after which the synthetic fractures are told from whole bones by most networks."""
_CHOICE: Final = "zoo_shown"
_CSS: Final = """
.lb-race { overflow-x: auto; }
.lb-race table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 1rem; }
.lb-race th, .lb-race td { padding: .25rem 1.2rem .25rem 0; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--lb-border); }
.lb-race th[scope="row"] { text-align: left; font-weight: 600; }
.lb-race thead th { color: var(--lb-muted); font-weight: 600; vertical-align: bottom; }
.lb-race thead th:first-child { text-align: left; }
.lb-race progress { width: 12rem; height: .8rem; accent-color: var(--lb-accent);
  vertical-align: middle; }
"""


def text() -> dict[str, str]:
    """The page's words."""
    return cache.page_text(SLUG)


def race() -> None:
    """The whole section."""
    st.html(f"<style>{_CSS}</style>")
    st.markdown(f"### {text()['race-title']}\n{terms()}")
    waits = waiting(state.RACE_LAUNCH, _show)
    show_advice()
    runs = list_runs()
    st.fragment(_settings)(waits is not None, _sizes(runs[:TIMED_RUNS]))
    if waits is not None:
        st.fragment(_preparing, run_every=POLL_S / 2)(waits)
    shown = _shown(list_comparisons())
    if shown is not None:
        _watch(shown)
        _results(shown)


def terms() -> str:
    """On what terms all are trained: those that Train begins with."""
    return text()["race"].format(
        optimizer=OPTIMIZER_NAMES[DEFAULTS.optimizer],
        rate=write(DEFAULTS.learning_rate),
        batch=DEFAULTS.batch_size,
    )


def _sizes(runs: Sequence[RunSummary]) -> tuple[tuple[str, int], ...]:
    return tuple((str(one.run.path), one.run.events_size()) for one in runs)


# What is trained.


def _settings(busy: bool, earlier: tuple[tuple[str, int], ...]) -> None:
    left, middle, right, last = st.columns([2.2, 1, 1, 1], vertical_alignment="bottom")
    dataset = left.selectbox(
        "Dataset",
        tuple(DATASETS),
        format_func=lambda name: DATASETS[name].title,
        key="zoo_dataset",
        bind="query-params",
    )
    size = middle.selectbox(
        "Size",
        SIZES,
        index=SIZES.index(FIRST_SIZE),
        format_func=lambda side: f"{side} px",
        key="zoo_size",
        bind="query-params",
    )
    epochs = right.number_input(
        "Epochs",
        min_value=1,
        max_value=MOST_EPOCHS,
        value=FIRST_EPOCHS,
        key="zoo_epochs",
        bind="query-params",
    )
    seed = last.number_input(
        "Seed", min_value=0, max_value=9999, value=0, key="zoo_seed", bind="query-params"
    )
    names = st.pills(
        text()["race-which"],
        TIMELINE,
        default=TIMELINE,
        format_func=lambda name: MODELS[name].title,
        selection_mode="multi",
        key="zoo_networks",
    )
    choices = [
        TrainChoices(
            dataset=dataset or "synthetic",
            model=name,
            size=size or FIRST_SIZE,
            epochs=int(epochs or FIRST_EPOCHS),
            seed=int(seed or 0),
        )
        for name in TIMELINE
        if name in names
    ]
    if not choices:
        st.caption(text()["race-none"])
        return
    preparation = cache.preparations().get(set_request(choices[0]))
    waiting = not preparation.ended
    start = st.fragment(_start, run_every=POLL_S / 2 if waiting else None)
    start(choices, preparation, busy, waiting, earlier)


def _start(
    choices: list[TrainChoices],
    preparation: Errand[PreparedSet],
    busy: bool,
    waiting: bool,
    earlier: tuple[tuple[str, int], ...],
) -> None:
    if waiting and preparation.ended:
        st.rerun()  # with a clock no longer needed
    label = "Train it" if len(choices) == 1 else f"Train all {len(choices)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if st.button(
            label,
            type="primary",
            icon=":material/play_arrow:",
            key="zoo_start",
            disabled=busy or preparation.error is not None,
            on_click=_launch,
            args=(choices,),
        ):
            st.rerun()
        if not preparation.ended:
            st.progress(preparation.fraction, text=f"Preparing pictures: {preparation.phase}")
        elif preparation.error is not None:
            _missing(preparation.error)
        elif preparation.result is not None:
            _forecast(choices, preparation.result, earlier)


def _missing(error: Exception) -> None:
    if not isinstance(error, LessonError):
        raise error
    advise(error)


def _forecast(
    choices: list[TrainChoices], prepared: PreparedSet, earlier: tuple[tuple[str, int], ...]
) -> None:
    """How long all of it will take, before the click."""
    try:
        found = {one.model: forecast(one, prepared, earlier) for one in choices}
    except LessonError as error:  # the frame does not see into fragments
        advise(error)
        return
    total = sum(one.seconds for one in found.values())
    slowest = max(found, key=lambda name: found[name].seconds)
    counts = prepared.counts()
    measured = next(iter(found.values())).measured
    st.markdown(
        text()["race-forecast" if measured else "race-guess"].format(
            duration=duration(total),
            slowest=MODELS[slowest].title,
            longest=duration(found[slowest].seconds),
            train=f"{sum(counts['train'].values()):,}",
            validation=f"{sum(counts['validation'].values()):,}",
        )
    )


def forecast(
    choices: TrainChoices, prepared: PreparedSet, earlier: tuple[tuple[str, int], ...]
) -> Forecast:
    """How long one of the trainings will take.

    Raises:
        LessonError: What the network refuses.
    """
    counts = prepared.counts()
    return predict_seconds(
        choices.training_spec(prepared),
        num_train=sum(counts["train"].values()),
        num_validation=sum(counts["validation"].values()),
        seconds_per_gmac=cache.machine_speed(earlier),
    )


def _launch(choices: list[TrainChoices]) -> None:
    person = asking()

    def create(prepared: PreparedSet) -> tuple[str, list[RunFolder]]:
        group = new_group()
        # Validation ranks them; the test part is opened for the one that is chosen.
        specs = [replace(one.training_spec(prepared), opens_test=False) for one in choices]
        return group, begin(specs, person, prepared=prepared, group=group)

    launch(state.RACE_LAUNCH, set_request(choices[0]), create)


def _show(group: str) -> None:
    state.set_widget_value(_CHOICE, group)
    state.put_in_address(PARAMETER, group)


def _preparing(waits: Launch) -> None:
    if waits.run.ended:
        st.rerun()
    st.progress(waits.preparation.fraction, text=waits.preparation.phase)


# What happens.


def _shown(found: list[Comparison]) -> Comparison | None:
    """The comparison in the address, else the newest."""
    if not found:
        st.info(text()["race-empty"], icon=":material/flag:")
        return None
    by_id = {one.id: one for one in found}
    if state.widget_value(_CHOICE) not in by_id:
        linked = state.in_address(PARAMETER)
        state.set_widget_value(_CHOICE, linked if linked in by_id else found[0].id)
    chosen = st.selectbox(
        text()["race-choose"],
        list(by_id),
        format_func=lambda group: describe(by_id[group]),
        key=_CHOICE,
        on_change=lambda: state.put_in_address(PARAMETER, str(state.widget_value(_CHOICE))),
    )
    return by_id[chosen]


def describe(comparison: Comparison) -> str:
    """A comparison in one line: what was trained on what, and when."""
    first = comparison.runs[0]
    title = DATASETS[first.dataset].title if first.dataset in DATASETS else first.dataset
    networks = f"{len(comparison.runs)} network" + ("" if len(comparison.runs) == 1 else "s")
    return " \u00b7 ".join(
        (
            networks,
            title,
            f"{first.input_size} px",
            f"epochs: {first.epochs}",
            age(time.time() - comparison.created),
        )
    )


def _watch(comparison: Comparison) -> None:
    """The trainings as they go; drawn anew every second while one is alive."""
    states = tuple(run.status for run in comparison.runs)
    tick = st.fragment(_progress, run_every=POLL_S if comparison.is_active else None)
    tick(comparison.id, states)


def _progress(group: str, known: tuple[object, ...]) -> None:
    comparison = next((one for one in list_comparisons() if one.id == group), None)
    if comparison is None or tuple(run.status for run in comparison.runs) != known:
        st.rerun()  # one has begun or ended: results and buttons may differ
        return
    shown = lanes(comparison)
    left, right = st.columns([5, 1.4], vertical_alignment="top")
    with left:
        st.html(progress_table(shown))
        for lane in shown:
            if lane.problem:
                st.warning(f"**{lane.title}.** {lane.problem}", icon=":material/lightbulb:")
    with right:
        _action(comparison)
        if comparison.is_active:
            st.caption(_when_done(shown))


def _when_done(shown: Sequence[Lane]) -> str:
    """The time left: measured for the one that trains, predicted for those that wait."""
    cluster = cache.cluster()
    if not cluster.state().train_workers:
        return cluster.state().message
    speed = cache.machine_speed(_sizes(list_runs()[:TIMED_RUNS]))
    total = 0.0
    for lane in shown:
        if not lane.status.is_active:
            continue
        if lane.seconds_left is not None:
            total += lane.seconds_left
            continue
        parts = cache.part_counts(lane.spec.prepared)
        if not parts:
            return text()["race-no-images"]
        predicted = predict_seconds(
            lane.spec,
            num_train=sum(parts["train"].values()),
            num_validation=sum(parts["validation"].values()),
            seconds_per_gmac=speed,
        )
        total += predicted.seconds * (1 - lane.share)
    return text()["race-left"].format(duration=duration(total))


def _action(comparison: Comparison) -> None:
    """Stop all of it, or go on with what was not finished."""
    if comparison.is_active:
        st.button(
            "Stop all",
            key="zoo_stop",
            icon=":material/stop:",
            width="stretch",
            on_click=press,
            args=(lambda: stop_all(comparison, asking()),),
        )
    elif comparison.resumable:
        st.button(
            "Resume",
            key="zoo_resume",
            icon=":material/play_arrow:",
            width="stretch",
            on_click=press,
            args=(lambda: _resume(comparison),),
        )


def _resume(comparison: Comparison) -> None:
    go_on(comparison.resumable, asking(), resume)


# What came out.


def _results(comparison: Comparison) -> None:
    shown = lanes(comparison)
    if not ranked(shown, "balanced_accuracy"):
        return
    st.markdown(f"#### {text()['race-results']}")
    measure: MeasureName = segments(
        "Measure",
        tuple(MEASURES),
        format_func=lambda name: MEASURES[name],
        default="balanced_accuracy",
        label_visibility="collapsed",
        key="zoo_measure",
        bind="query-params",
    )
    order = ranked(shown, measure)
    for place, against in zip(st.columns(2, gap="medium"), AXES, strict=True):
        with place:
            _chart(shown, measure, against)
    st.markdown(reading(shown, measure))
    _test_of(order[0][0])
    table = st.expander(text()["race-table"], on_change="rerun", key="zoo_table")
    if table.open:
        with table:
            st.html(result_table(shown, measure))
    st.caption(text()["race-honest"])


def _chart(shown: Sequence[Lane], measure: MeasureName, against: Against) -> None:
    st.plotly_chart(
        comparison_chart(shown, measure=measure, against=against, theme=current_theme()),
        theme=None,
        width="stretch",
        config={"displayModeBar": False},
        key=f"zoo_chart_{against}",
        alt=chart_alt(shown, measure=measure, against=against),
    )


def _test_of(chosen: Lane) -> None:
    """The test figures of the network that validation chose, or the button that opens them."""
    if chosen.test is not None:
        st.markdown(test_sentence(chosen, chosen.test))
    elif chosen.status is Status.FINISHED:
        st.button(
            text()["race-open"].format(title=chosen.title),
            key="zoo_open_test",
            icon=":material/lock_open:",
            on_click=press,
            args=(lambda: _open_test(chosen),),
        )


def _open_test(chosen: Lane) -> None:
    def ask(run: RunFolder) -> None:
        run.ask_for_test()
        resume(run)

    go_on([chosen.run], asking(), ask)


def test_sentence(chosen: Lane, report: EvaluationReport) -> str:
    """What the choice was worth on images that had no say in it."""
    said = text()["race-test"].format(
        title=chosen.title,
        balanced=report.balanced_accuracy.percent(),
        auc=report.auc.plain(),
    )
    metadata = report.baseline("metadata")
    if metadata is not None and metadata.lead is not None:
        said += " " + text()["race-test-metadata"].format(
            lead=metadata.lead.auc.plain(), told=metadata.title
        )
    if report.opening:
        said += " " + text()["race-opened"].format(times=said_opening(report.opening))
    return said


def reading(shown: Sequence[Lane], measure: MeasureName) -> str:
    """What the charts say and what they do not, with every figure's n, interval and baseline."""
    order = ranked(shown, measure)
    if not order:
        return text()["race-unknown"]
    best, figure = order[0]
    heart = ", ".join(
        f"{lane.title} ({100 * lane.training:.0f} % on training)"
        for lane in learned_by_heart(shown)
    )
    same = not_told_apart(order, measure)
    key = "race-one" if len(order) == 1 else "race-apart" if not same else "race-same"
    return text()[key].format(
        title=best.title,
        measure=MEASURES[measure].lower() if measure != "auc" else "AUC",
        figure=figure.plain() if measure == "auc" else figure.percent(),
        baselines=_baselines(shown, measure),
        same=same,
        others=len(order) - 1,
        n=f"{figure.n:,}",
    ) + (" " + text()["race-heart"].format(names=heart) if heart else "")


def _baselines(shown: Sequence[Lane], measure: MeasureName) -> str:
    """What is reached on validation without a network, in words."""
    reports = [lane.report for lane in shown if lane.report is not None]
    on_validation = [report for report in reports if report.part == "validation"]
    rows = on_validation[0].baselines if on_validation else ()
    figures = {row.name: getattr(row, measure) for row in rows}
    told = [
        f"{name} {row.value:.3f}" if measure == "auc" else f"{name} {100 * row.value:.1f} %"
        for name, key in (("guessing", "majority"), ("metadata alone", "metadata"))
        for row in (figures.get(key),)
        if row is not None and row.known
    ]
    return " and ".join(told) or "unknown"
