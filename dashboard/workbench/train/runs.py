"""All runs of this server, and what came out of the one that is shown."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import LessonError
from core.jobs.folder import RunFolder, RunSummary, Status, find_run
from core.models.zoo.entries import MODELS
from dashboard import cache
from dashboard.access.people import asking
from dashboard.access.rights import delete as delete_run
from dashboard.access.rights import may_change
from dashboard.workbench.train.outcome import (
    common_class,
    evaluation_table,
    reading,
    verdict_of,
)
from dashboard.workbench.train.stage import guarded
from data.sets.registry import DATASETS

SHOWN: Final = 12
"""Runs listed before "Show all"."""


def run_line(summary: RunSummary, best: tuple[int, float] | None, *, now: float) -> str:
    """A run in one line: status, network, dataset, best epoch, AUC, age; or what is damaged."""
    if summary.status is Status.DAMAGED:
        return f"**Damaged** \u00b7 {summary.damage}".replace("[", "\\[")
    parts = [
        f"**{summary.status.value.capitalize()}**",
        MODELS[summary.model].title if summary.model in MODELS else summary.model,
        DATASETS[summary.dataset].title if summary.dataset in DATASETS else summary.dataset,
        f"{summary.input_size} px",
    ]
    if best is None:
        parts.append(f"{summary.epochs} epochs asked for")
    else:
        parts.append(f"best epoch {best[0]} of {summary.epochs}")
        if math.isfinite(best[1]):
            parts.append(f"validation AUC {best[1]:.3f}")
    if summary.created:
        parts.append(age(now - summary.created))
    return " \u00b7 ".join(part.replace("[", "\\[") for part in parts)


def age(seconds: float) -> str:
    """How long ago, roughly.

    >>> [age(s) for s in (5, 150, 7200, 200_000)]
    ['just now', '2 min ago', '2 h ago', '2 days ago']
    """
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min ago"
    if seconds < 86_400:
        return f"{seconds / 3600:.0f} h ago"
    return f"{seconds / 86_400:.0f} days ago"


def list_of_runs(
    runs: list[RunSummary], shown: str, choose: Callable[[], None], *, key: str
) -> None:
    """Every run as a line to choose from, newest first."""
    by_id = {summary.id: summary for summary in runs}
    everything = len(runs) <= SHOWN or st.toggle(f"All {len(runs)} runs", key="train_all_runs")
    ids = list(by_id) if everything else list(by_id)[:SHOWN]
    if shown in by_id and shown not in ids:
        ids.append(shown)
    now = time.time()
    st.radio(
        "Runs of this server, newest first",
        ids,
        format_func=lambda run_id: run_line(by_id[run_id], _best(by_id[run_id].run), now=now),
        key=key,
        on_change=choose,
    )


def _best(run: RunFolder) -> tuple[int, float] | None:
    size = run.events_size()
    try:
        return cache.best_of_run(str(run.path), size) if size else None
    except LessonError:
        return None  # damaged, which the line says


def show_result(run_id: str) -> None:
    """The evaluation of a run that has ended, read kindly."""
    run = find_run(run_id)
    status = run.status()
    if status.is_active or status is Status.DAMAGED:
        return
    text = cache.page_text("train")
    report = run.evaluation()
    spec = run.spec()
    counts = cache.part_counts(spec.prepared)
    sentences = reading(
        verdict_of(run.history(), spec, counts, failure=run.failure()),
        report,
        text,
        rate=spec.learning_rate,
        common=common_class(spec, counts),
    )
    if report is None and not sentences:
        return
    st.html('<h2 class="lb-train-heading">What came out</h2>')
    if report is not None and report.part == "validation":
        compared = status is Status.FINISHED
        st.caption(text["validation-compared" if compared else "validation-only"])
    st.markdown(sentences)
    if report is not None:
        st.html(f'<div class="lb-table-frame">{evaluation_table(report)}</div>')


def delete_button(run_id: str, forget: Callable[[], None]) -> None:
    """Delete the shown run, after a second question."""
    run = find_run(run_id)
    if not may_change(run, asking()):
        return
    active = run.status() in {Status.QUEUED, Status.RUNNING, Status.STOPPING}
    with st.popover(
        "Delete this run", icon=":material/delete:", disabled=active, key="train_delete"
    ):
        st.markdown("Its curves, weights and figures are removed from the disk, for everybody.")

        def delete() -> None:
            if guarded(lambda: delete_run(run, asking())):
                forget()

        st.button("Delete for good", type="primary", key="train_delete_sure", on_click=delete)
