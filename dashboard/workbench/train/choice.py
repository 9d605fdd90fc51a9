"""Which run the Train page shows, and how a new one begins."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.errors import LessonError
from core.jobs.folder import RunFolder, RunSummary, Status, find_run, list_runs
from core.prepared import PreparedSet
from core.training.forecast import predict_seconds
from dashboard import cache, state
from dashboard.access.folders import open_folder
from dashboard.access.people import Standing, asking
from dashboard.access.rights import begin, quota_line
from dashboard.advice import advise, instead, press
from dashboard.background.errands import Errand
from dashboard.background.prepared_sets import Launch
from dashboard.background.set_request import SetRequest
from dashboard.networks.network import every_network
from dashboard.opened import Gone, Opened
from dashboard.shared.launch import launch, waiting
from dashboard.shared.network_choice import gone
from dashboard.workbench.train import runs as train_runs
from dashboard.workbench.train.progress import duration
from dashboard.workbench.train.rates import rate_panel
from dashboard.workbench.train.settings import TrainChoices, follow_run, train_controls
from dashboard.workbench.train.sweep import sweep_panel
from data.sets.registry import DATASETS, is_ready

_RADIO = "train_chosen_run"
_POLL_S = 0.5
TIMED_RUNS = 6
"""Earlier runs that tell the machine's speed."""

_CSS = """
.st-key-lb_corner > .st-key-train_pause { flex: 0 0 36px !important; }
.st-key-lb_corner > .st-key-train_pause ~ .st-key-train_stop { flex: 0 0 60px !important; }
/* An icon with its name for who cannot see it; the others then do without their arrows. */
.st-key-lb_corner > .st-key-train_change { flex: 0 0 36px !important; }
.st-key-train_change button p { position: absolute; clip-path: inset(50%); }
.st-key-lb_corner:has(> .st-key-train_change) [data-testid="stPopoverButton"]
  [aria-hidden="true"]:has([data-testid="stIconMaterial"]) { display: none; }
.st-key-lb_corner > [class*="st-key-train_panel_"] { flex-grow: 1.3 !important; }
.st-key-train_pin { position: absolute; top: 0; right: calc(var(--lb-side-width) + 16px);
  width: 13rem !important; z-index: 20; }
.st-key-train_pin button { min-height: 38px; padding: 0 .4rem; width: 100%; }
.st-key-train_pin button * { min-width: 0; }
.st-key-train_pin button p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
html.lb-presenting .st-key-train_pin { display: none; }
.st-key-train_film_box { position: absolute; width: 1px; height: 1px; overflow: hidden; }
.lb-train-log { height: 8.6rem; overflow-y: auto; display: flex; flex-direction: column-reverse;
  font: 1rem/1.5 var(--lb-mono); font-variant-numeric: tabular-nums; color: var(--lb-text);
  background: var(--lb-surface); border-radius: var(--lb-radius); padding: .25rem .75rem; }
.lb-train-log div { white-space: pre-wrap; }
.lb-train-log:empty { display: none; }
.lb-train-heading { font-size: 1.35rem; margin: .5rem 0 0; padding: 0; font-weight: 600; }
"""


def style() -> None:
    """What the frame's sheet does not know of this page."""
    st.html(f"<style>{_CSS}</style>")


def waiting_launch() -> Launch | None:
    """The training that waits for its images; once it has begun, its run is open."""
    return waiting(state.LAUNCH, show)


def shown_run(runs: list[RunSummary]) -> str:
    """The run that is open; where nothing is, the newest, which then is; "" for none at all.

    A damaged one is shown where it is asked for, and never else.

    Raises:
        Gone: ``network.gone`` where what is open is not here, ``network.other`` where it is no run.
    """
    wanted = state.opened().network
    if wanted in {summary.id for summary in runs}:
        return wanted
    if wanted:
        raise gone(wanted, every_network(), "it was not trained here, so it has no curves")
    newest = next((one for one in runs if one.status is not Status.DAMAGED), None)
    if newest is None:
        return ""
    state.settle(replace(state.opened(), network=newest.id, epoch=None))
    return newest.id


def show(run_id: str) -> None:
    """Open a run, and the dataset it learned from: the controls beside it follow it."""
    dataset = find_run(run_id).summary().dataset if run_id else ""
    state.open_network(run_id, dataset=dataset)


def choose_among(runs: list[RunSummary], shown: str) -> None:
    """The list of runs and what can be done with the shown one."""
    state.set_widget_value(_RADIO, shown or None)
    train_runs.list_of_runs(runs, shown, lambda: _show_chosen(runs), key=_RADIO)
    if shown:
        train_runs.describe_panel(shown)
        train_runs.delete_button(shown, lambda: show(""))


def _show_chosen(runs: list[RunSummary]) -> None:
    """Open the chosen run. A line whose words have changed since comes back as no run at all."""
    chosen = str(state.widget_value(_RADIO))
    if chosen in {summary.id for summary in runs}:
        show(chosen)


def start_panel(waits: Launch | None, runs: list[RunSummary], shown: str) -> None:
    """Settings and the button that starts. A fragment: a setting changes nothing on the stage."""
    if shown:
        follow_run(shown)
    st.fragment(_start_column)(waits is not None, run_sizes(runs[:TIMED_RUNS]), state.opened())


def run_sizes(runs: list[RunSummary]) -> tuple[tuple[str, int], ...]:
    """Folder of each run and the size of its events, as `cache.machine_speed` takes them."""
    return tuple((str(summary.run.path), summary.run.events_size()) for summary in runs)


def _start_column(busy: bool, earlier: tuple[tuple[str, int], ...], opened: Opened) -> None:
    if state.opened() != opened:
        st.rerun()  # another dataset was chosen here, which the whole page follows
    try:
        choices = train_controls()
    except Gone as error:  # the frame does not see into fragments
        instead("train", error)
        return
    try:
        request = set_request(choices)
    except LessonError as error:
        _missing(error, choices)
        return
    preparation = cache.preparations().get(request)
    # While pictures are prepared only this small part is drawn anew.
    waiting = not preparation.ended
    start = st.fragment(_start, run_every=_POLL_S if waiting else None)
    start(choices, preparation, busy, waiting, earlier)
    if preparation.result is not None:
        rate_panel(choices, preparation.result)
        sweep_panel(choices, preparation.result, request, earlier)


def _start(
    choices: TrainChoices,
    preparation: Errand[PreparedSet],
    busy: bool,
    waiting: bool,
    earlier: tuple[tuple[str, int], ...],
) -> None:
    if waiting and preparation.ended:
        st.rerun()  # with a clock no longer needed
    if st.button(
        "Train",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        key="train_start",
        disabled=busy or preparation.error is not None,
        on_click=_launch,
        args=(choices,),
    ):
        st.rerun()
    person = asking()
    if not person.is_lecturer:
        st.caption(quota_line(list_runs(), person))
    if not preparation.ended:
        st.progress(preparation.fraction, text=f"Preparing pictures: {preparation.phase}")
    elif preparation.error is not None:
        _missing(preparation.error, choices)
    elif preparation.result is not None:
        _forecast(choices, preparation.result, earlier)


def set_request(choices: TrainChoices) -> SetRequest:
    """The images, with what was chosen for them on the Dataset page.

    Raises:
        LessonError: ``folder.forbidden`` or ``folder.missing``, as that page answers too.
    """
    wanted = choices.request()
    drawn = wanted.dataset == "synthetic"
    here = drawn or is_ready(wanted.dataset)
    typed = "" if here else str(state.widget_value("dataset_path") or "").strip()
    own = wanted.dataset == "folder" and not typed
    person = asking()
    root = open_folder(typed, Standing.policy, lecturer=person.is_lecturer) if typed else None
    upload = state.newest("dataset_uploads") if own else None
    chosen = state.FOLDER_CHOICES.get().of(root, upload)
    folder = wanted.dataset == "folder"
    keeps = folder and chosen.keeps_parts and wanted.split == "grouped"
    return SetRequest(
        dataset=wanted.dataset,
        size=wanted.size,
        split="given" if keeps else wanted.split,
        root=root,
        positive=chosen.positive if folder else None,
        difficulty=state.DIFFICULTY.get() if drawn else None,
        upload=upload,
    )


def _missing(error: Exception, choices: TrainChoices) -> None:
    if not isinstance(error, LessonError):
        raise error
    advise(error)
    st.page_link(
        "../pages/dataset.py",
        label=f"{DATASETS[choices.dataset].title} on the Dataset page",
        icon=":material/photo_library:",
    )


def _forecast(
    choices: TrainChoices, prepared: PreparedSet, earlier: tuple[tuple[str, int], ...]
) -> None:
    """How long it will take and on how many images, before the click."""
    text = cache.page_text("train")
    train, validation = (sum(prepared.counts()[part].values()) for part in ("train", "validation"))
    try:
        spec = choices.training_spec(prepared)
    except LessonError as error:  # the frame does not see into fragments
        advise(error)
        return
    forecast = predict_seconds(
        spec,
        num_train=train,
        num_validation=validation,
        seconds_per_gmac=cache.machine_speed(earlier),
    )
    which = "forecast-measured" if forecast.measured else "forecast-guessed"
    st.caption(
        text[which].format(
            duration=duration(forecast.seconds), train=f"{train:,}", validation=f"{validation:,}"
        )
    )


def _launch(choices: TrainChoices) -> None:
    person = asking()

    def create(prepared: PreparedSet) -> tuple[str, list[RunFolder]]:
        (run,) = begin([choices.training_spec(prepared)], person, prepared=prepared)
        return run.id, [run]

    press(lambda: launch(state.LAUNCH, set_request(choices), create))
