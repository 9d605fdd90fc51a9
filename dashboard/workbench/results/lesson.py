"""Read the results: the threshold under the hand, on validation; the test on purpose."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.arrays import IntArray, UInt8Array
from core.errors import LessonError
from core.evaluation.openings import note, opened, part_key
from core.explain.result import ClassMap
from core.jobs.folder import find_run, runs_root
from core.jobs.remote import Tasks, request
from core.prepared import PreparedSet
from core.reference.description import NAME as REFERENCE
from core.sheets import Rows
from dashboard import cache, catalogue, state
from dashboard.background.errands import Errand
from dashboard.networks.classifiers import MOST_SET_PX, find_classifier
from dashboard.networks.network import Network, every_network, find_network, network_of_model
from dashboard.networks.validation_outputs import (
    ValidationOutputs,
    outputs_of_test,
    shipped,
    spec_of,
)
from dashboard.shared.lesson import Lesson, lead, words
from dashboard.shared.network_choice import gone, select
from dashboard.shared.network_set import network_set
from dashboard.shared.number import count, fixed
from dashboard.shared.set_image import set_key
from dashboard.shared.spreadsheet import show_table
from dashboard.workbench.results import cache as kept
from dashboard.workbench.results.heat import MOST, HeatSheet, heat_sheet, tiles
from dashboard.workbench.results.questions import check_of, question_of
from dashboard.workbench.results.stage import ResultsView, Sheet, Subset, payload, schema_of, show
from data.models.shipped import reference_model
from data.sets.registry import is_ready

SLUG: Final = "results"
STAGE: Final = "results_stage"
CHOSEN: Final = "results_chosen"
READ: Final = "results_read"
POLL_S: Final = 2.0
HEATED: Final = "results_heated"
HEAT_POLL_S: Final = 0.5
HEAT_WAIT_S: Final = 120.0


def body() -> None:
    """Draw the page.

    Raises:
        Gone: ``network.gone``, ``network.other``: what is open is not here, or of no use here.
        LessonError: What `dashboard.networks.validation_outputs` raises.
    """
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG)
    with lesson.below():
        busy = st.container(key="results_busy")
    with lesson.corner(), st.popover("Network", width="stretch"):
        network = _choose_network()
    prepared = _set_of(network, busy)
    fingerprint = "" if prepared is None else prepared.fingerprint
    outputs = kept.outputs_of(network.key, network.stamp(None), fingerprint, network, prepared)
    lesson.ask(question_of(outputs, text))
    subsets: tuple[Subset, ...] = ()
    sheet = None
    if prepared is not None and (outputs.indices >= 0).all():
        folder = str(prepared.folder)
        subsets = kept.subsets(network.key, folder, fingerprint, prepared, outputs.indices)
        sheet = kept.sheet(network.key, folder, fingerprint, prepared, outputs.indices)
    heat = None if prepared is None or sheet is None else _heat(network, outputs, prepared, sheet)
    view = ResultsView(
        outputs=outputs, subsets=subsets, sheet=sheet, words=words(text), heat=_made(heat)
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(schema_of(outputs, subsets))),
            key=STAGE,
            on_kept_change=lambda: _keep(network, outputs),
            on_opened_change=lambda: _look_at(prepared),
            on_heated_change=lambda: _want_heat(network, len(outputs.labels)),
        )
    with lesson.below():
        st.markdown(text["why"])
        _chosen(network, outputs, prepared, text)
        _follow(network)
        if heat is not None and not heat.ended:
            st.fragment(_wait_for_heat, run_every=HEAT_POLL_S)(heat)
    lesson.finish(check_of(outputs, text), source=text["source"])


def _choose_network() -> Network:
    """The network that is open, of those that were trained.

    Raises:
        Gone: ``network.gone``, ``network.other``.
    """
    reference = reference_model()
    every = every_network()
    if reference is not None:
        every = [network_of_model(reference), *every]
    known = {one.key: one for one in every if one.kind != "zoo"}
    wanted = state.opened().network or first_of(list(known.values()))
    titles = {key: one.title for key, one in known.items()}
    select(SLUG, "Network", titles, wanted if wanted in known else "")
    if wanted not in known:
        raise gone(wanted, every, "it was never trained, so there are no results to read")
    return known[wanted]


def first_of(networks: Sequence[Network]) -> str:
    """Key of the network that the page begins with: one whose X-rays can be shown here."""
    small = [one for one in networks if one.key != REFERENCE]
    ready = [one for one in small if is_ready(one.dataset)]
    return next((one.key for one in (*ready, *small)), "")


def _set_of(network: Network, busy: DeltaGenerator) -> PreparedSet | None:
    """The images whose outputs are known; None where they are not here, or are other ones now."""
    spec = spec_of(network)
    if spec is None:
        return None
    try:
        found = network_set(network, min(spec.input_size, MOST_SET_PX), busy)
    except LessonError:
        return None
    if found is None or network.key == REFERENCE or network.kind == "run":
        return found
    model = shipped(network)
    report = None if model is None else model.report
    return found if report is None or report.fingerprint == found.fingerprint else None


def _keep(network: Network, outputs: ValidationOutputs) -> None:
    """Remember the threshold that was chosen beside the picture, and the epoch it was chosen at."""
    told = str(getattr(state.widget_value(STAGE), "kept", "") or "")
    try:
        epoch, threshold = json.loads(told)
        at = outputs.epochs.index(epoch)
        chosen = float(threshold)
    except (ValueError, TypeError):
        return  # what a browser sends may be anything
    if math.isfinite(chosen):
        state.set_widget_value(CHOSEN, (network.key, at, min(max(chosen, 0.0), 1.0)))


def _want_heat(network: Network, count: int) -> None:
    """Note of which X-rays the stage wants heat maps: those on its wall."""
    told = str(getattr(state.widget_value(STAGE), "heated", "") or "")
    try:
        wanted = tuple(dict.fromkeys(int(one) for one in json.loads(told)))[:MOST]
    except (ValueError, TypeError):
        return  # what a browser sends may be anything
    if wanted and all(0 <= one < count for one in wanted):
        state.set_widget_value(HEATED, (network.key, wanted))


def _heat(
    network: Network, outputs: ValidationOutputs, prepared: PreparedSet, sheet: Sheet
) -> Errand[HeatSheet] | None:
    """The heat maps that were asked for; made by a worker, in the background, once for all."""
    wanted = state.widget_value(HEATED)
    if not wanted or wanted[0] != network.key:
        return None
    try:
        asked = find_classifier(network.key)
        stamp = f"{asked.file_stamp()} {prepared.fingerprint}"
    except (LessonError, OSError):
        return None  # no epoch has ended yet, or its file is gone: there is nobody to ask
    if asked.spec.input_size != prepared.size:
        return None
    images, cluster, path = wanted[1], cache.cluster(), str(asked.path)

    def picture(image: int) -> UInt8Array:
        return np.asarray(prepared.images[int(outputs.indices[image])])

    def explain(image: int) -> ClassMap:
        inquiry = request(Tasks.explain, model_path=path, image=picture(image), class_index=1)
        return cluster.analyse(inquiry, timeout_s=HEAT_WAIT_S)

    known = kept.heat_tiles().find_or_put((stamp, sheet.side), dict)

    def make(errand: Errand[HeatSheet]) -> HeatSheet:
        told = partial(errand.advance, "heat maps")
        return heat_sheet(images, tiles(images, known, explain, picture, sheet.side, told))

    return cache.searches().ask(("heat", stamp, sheet.side, images), make)


def _made(heat: Errand[HeatSheet] | None) -> HeatSheet | None:
    return None if heat is None else heat.result


def _wait_for_heat(heat: Errand[HeatSheet]) -> None:
    st.progress(heat.fraction, "Heat maps of the X-rays on the wall")
    if heat.ended:
        st.rerun()


def _look_at(prepared: PreparedSet | None) -> None:
    """Lead to Test an X-ray, where the image is open with the network's map."""
    name = str(getattr(state.widget_value(STAGE), "opened", "") or "")
    if prepared is not None and name:
        state.open_picture(set_key(prepared.folder, name))
        lead(SLUG, "xray")


def _chosen(
    network: Network, outputs: ValidationOutputs, prepared: PreparedSet | None, text: dict[str, str]
) -> None:
    """The figures at the chosen threshold, and the way to the test images."""
    st.markdown(text["chosen"])
    chosen = state.widget_value(CHOSEN)
    if not chosen or chosen[0] != network.key or chosen[1] >= len(outputs.epochs):
        st.markdown(text["chosen-none"])
        return
    _, at, threshold = chosen
    epoch = outputs.epochs[at]
    _show_table(
        "validation", kept.table(
            network.key, network.stamp(epoch), "validation", threshold, outputs.classes,
            outputs.labels, outputs.scores[at], outputs.groups,
        ),
        outputs, threshold, _size(outputs.groups), text,
    )  # fmt: skip
    if at != outputs.best:
        st.markdown(text["chosen-epoch"].format(epoch=epoch, best=outputs.epochs[outputs.best]))
        return
    _test(network, outputs, prepared, threshold, text)


def _test(
    network: Network,
    outputs: ValidationOutputs,
    prepared: PreparedSet | None,
    threshold: float,
    text: dict[str, str],
) -> None:
    found = outputs_of_test(network)
    if found is None:
        st.markdown(text["test-unopened"])
        st.page_link(catalogue.page("train").path, label="To Train", icon=":material/monitoring:")
        return
    if prepared is None:
        st.markdown(text["test-absent"])
        return
    # The reference network's parts are its own: the set may be split in another way here.
    part = REFERENCE if network.key == REFERENCE else part_key(prepared)
    look = f"{network.key}@{threshold:.3f}"
    if state.widget_value(READ) != look:
        times = _times(opened(runs_root(), part))
        st.markdown(text["test-warning"].format(times=times))
        st.button(
            text["test-button"].format(threshold=fixed(threshold, 3)),
            key="results_open_test",
            icon=":material/lock_open:",
            on_click=_open_test,
            args=(look, part),
        )
        return
    _show_table(
        "test", kept.table(
            network.key, network.stamp(None), "test", threshold, outputs.classes,
            found.labels, found.scores, found.groups,
        ),
        outputs, threshold, _size(found.groups), text,
    )  # fmt: skip
    st.markdown(text["test-opened"].format(times=_times(opened(runs_root(), part))))


def _open_test(look: str, part: str) -> None:
    """Count the look, then show it: the same look again is no other one."""
    root = runs_root()
    root.mkdir(parents=True, exist_ok=True)
    note(root, part, run=look)
    state.set_widget_value(READ, look)


def _times(number: int) -> str:
    """
    >>> [_times(number) for number in range(4)]
    ['never', 'once', 'twice', '3 times']
    """
    return ("never", "once", "twice")[number] if number < 3 else f"{count(number)} times"


def _size(groups: IntArray) -> tuple[int, int]:
    return len(groups), len(np.unique(groups))


def _show_table(
    part: str,
    table: Rows,
    outputs: ValidationOutputs,
    threshold: float,
    of: tuple[int, int],
    text: dict[str, str],
) -> None:
    """A table with its caption.

    Args:
        of: Images and groups behind it.
    """
    images, groups = of
    said = text["chosen-caption"].format(
        threshold=fixed(threshold, 3),
        n=count(images),
        part=part,
        groups=count(groups),
        negative=outputs.classes[0],
    )
    st.markdown(said)
    show_table(table, key=f"results_table_{part}", alt=said)


@st.fragment(run_every=POLL_S)
def _watch(key: str, stamp: str) -> None:
    try:
        changed = find_network(key).stamp(None) != stamp
    except LessonError:
        return  # deleted meanwhile, which the next run of the page says
    if changed:
        st.rerun()


def _follow(network: Network) -> None:
    """While a training runs, its next epoch joins the picture by itself."""
    if network.kind == "run" and find_run(network.key).status().is_active:
        _watch(network.key, network.stamp(None))
