"""The coach beside a run: what ails it, and the button that tries what it proposes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import streamlit as st

from core.jobs.folder import RunFolder, Status, short_key
from core.prepared import PreparedSet
from core.training.coach import Advice, Facts, examine
from core.training.contrast import differing, words
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import begin
from dashboard.background.errands import Errand
from dashboard.background.set_request import SetRequest
from dashboard.networks.open_network import read_network
from dashboard.networks.silence_report import ActivityReport, report_activity
from dashboard.shared.launch import launch
from dashboard.shared.schema import PARAMETER
from dashboard.workbench.train.cache import RunView, set_facts
from dashboard.workbench.train.figure import level_of

_POLL_S: Final = 1.0
PATIENT: Final = 3
"""Epochs behind the best one before a training that still runs is said to over-train."""
_SILENT: Final = "silent units"
Press = Callable[[Callable[[], object]], None]


def advice_of(view: RunView, activity: ActivityReport | None = None) -> tuple[Advice, ...]:
    """What ails the run of a look, the gravest first.

    Args:
        view: A look at a run.
        activity: Of its units, None where they were not looked at.
    """
    spec = view.spec
    counts = cache.part_counts(spec.prepared)
    images = set_facts(spec.prepared)
    failure = view.run.failure() if view.status is Status.FAILED else None
    learned = counts.get("train", {})
    seen = counts.get("validation", {})
    rarest = min(((count, name) for name, count in seen.items()), default=None)
    facts = Facts(
        level=level_of(spec, {"train": learned, "validation": learned}),
        broke_off=failure is not None and failure.code == "training.diverged",
        rarest=rarest,
        leaking=images.leaking,
        thin_px=images.thin_px,
        silent=None if activity is None else _silent(activity),
        kept=view.kept,
    )
    found = examine(view.run.id, spec, view.history.epochs, facts)
    if not view.status.is_active:
        return found
    done = len(view.history.epochs)
    return tuple(one for one in found if _sure(one, done))


def _sure(advice: Advice, done: int) -> bool:
    """Whether a run that still trains is to be interrupted with that."""
    if advice.ailment == "overtrained":
        return done - advice.epoch >= PATIENT
    return advice.ailment in {"diverged", "collapsed"}


def said(advice: Advice, text: Mapping[str, str]) -> str:
    """What ails a run, in a sentence with its evidence."""
    lost = advice.ailment == "diverged" and not math.isfinite(float(advice.numbers["train_last"]))
    section = "coach-broke-off" if lost else f"coach-{advice.ailment}"
    return text[section].format(epoch=advice.epoch, **advice.numbers)


def proposed(advice: Advice, spec: TrainingSpec, text: Mapping[str, str]) -> str:
    """What the button tries."""
    place = f"epoch {advice.rewind}" if advice.rewind else "the start"
    changed = differing([replace(spec, start=None), replace(advice.spec, start=None)])[1]
    change = words({name: value for name, value in changed.items() if name != "changed"})
    return text[f"coach-try-{advice.ailment}"].format(
        place=place,
        new_rate=advice.spec.learning_rate,
        change="augmentation" if "augmentation" in changed else change,
        **advice.numbers,
    )


def show_coach(view: RunView, press: Press) -> None:
    """The coach's word on a run, where it has one, and what to try.

    Args:
        view: A look at the run.
        press: Called by a button with what it is to do.
    """
    text = cache.page_text("train")
    activity = None
    if not view.status.is_active and view.history.epochs:
        look = _look(view)
        activity = look.result
        if not look.ended:
            st.fragment(_wait, run_every=_POLL_S)(view)
    for number, advice in enumerate(advice_of(view, activity)):
        with st.container(border=True, key=f"train_coach_{number}"):
            kept = text["coach-kept"].format(epoch=advice.rewind) if advice.rewind else ""
            st.markdown(text["coach"].format(said=f"{said(advice, text)} {kept}".strip()))
            if not view.status.is_active:
                st.button(
                    proposed(advice, view.spec, text),
                    key=f"train_try_{advice.ailment}",
                    icon=":material/fast_rewind:",
                    on_click=press,
                    args=(lambda advice=advice: try_it(view.run, advice),),
                )


def show_parent(run: RunFolder, spec: TrainingSpec) -> None:
    """Where a run comes from that another one led to, and the way to both in one frame."""
    if spec.start is None:
        return
    text = cache.page_text("train")
    which = "coach-from" if spec.start.epoch else "coach-again"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(text[which].format(epoch=spec.start.epoch, run=spec.start.run))
        st.page_link(
            "../pages/compare.py",
            label="Compare both",
            icon=":material/compare_arrows:",
            query_params={PARAMETER: f"runs_{short_key(spec.start.run)}.{short_key(run.id)}"},
        )


def try_it(run: RunFolder, advice: Advice) -> None:
    """Begin the training that the coach proposes, which names the run as its parent.

    Raises:
        LessonError: What `dashboard.access.rights.begin` refuses; ``prepared.missing``.
    """
    person, spec = asking(), advice.spec
    if advice.size is None and not advice.by_group:
        prepared = cache.prepared_set(spec.prepared)
        (begun,) = begin([spec], person, prepared=prepared, parent=run)
        cache.cluster().submit_training(begun)
        state.open_network(begun.id, dataset=spec.dataset)
        return

    def create(prepared: PreparedSet) -> tuple[str, list[RunFolder]]:
        other = replace(
            spec,
            prepared=str(prepared.folder),
            fingerprint=prepared.fingerprint,
            model=replace(spec.model, input_size=prepared.size),
        )
        (begun,) = begin([other], person, prepared=prepared)
        return begun.id, [begun]

    size = advice.size or spec.model.input_size
    count = set_facts(spec.prepared).count
    launch(state.LAUNCH, SetRequest(dataset=spec.dataset, size=size, count=count), create)


def _silent(activity: ActivityReport) -> tuple[str, float] | None:
    """The convolution of which most filters answer 0 to everything."""
    shares = [
        (layer.idle_share, layer.name)
        for layer in activity.layers
        if layer.function == "relu" and not layer.name.startswith("dense")
    ]
    most = max(shares, default=None)
    return None if most is None else (most[1], most[0])


def _look(view: RunView) -> Errand[ActivityReport]:
    """What its units do; worked out once, in the background, for all."""
    return cache.searches().ask(
        (_SILENT, view.run.id, view.events), lambda _: report_activity(read_network(view.run.id))
    )


def _wait(view: RunView) -> None:
    if _look(view).ended:
        st.rerun()
