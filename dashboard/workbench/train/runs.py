"""All runs of this server, and what came out of the one that is shown."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

import streamlit as st

from core.errors import LessonError
from core.jobs.about import LONGEST_NAME, LONGEST_NOTE
from core.jobs.folder import RunFolder, RunSummary, Status, find_run
from core.jobs.packing import packed
from core.jobs.remote import Tasks, request
from core.models.zoo.entries import MODELS
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import delete as delete_run
from dashboard.access.rights import describe, may_change
from dashboard.advice import guarded
from dashboard.plain import plain
from dashboard.workbench.train.outcome import (
    common_class,
    evaluation_table,
    reading,
    verdict_of,
)
from data.sets.registry import DATASETS

STAR: Final = "\N{BLACK STAR}"
SHOWN: Final = 12
"""Runs listed before "Show all"."""
ONNX_S: Final = 120.0
"""A network is written as ONNX in two seconds; other analyses may be before it."""


def run_line(summary: RunSummary, best: tuple[int, float] | None, *, now: float) -> str:
    """A run in one line: status, network, dataset, best epoch, AUC, age; or what is damaged."""
    if summary.status is Status.DAMAGED:
        return f"**Damaged** \u00b7 {summary.damage}".replace("[", "\\[")
    parts = [
        f"{STAR if summary.starred else ''} {plain(summary.name)}".strip(),
        f"**{summary.status.value.capitalize()}**",
        plain(MODELS[summary.model].title if summary.model in MODELS else summary.model),
        plain(DATASETS[summary.dataset].title if summary.dataset in DATASETS else summary.dataset),
        f"{summary.input_size} px",
    ]
    if best is None:
        parts.append(f"epochs asked for: {summary.epochs}")
    else:
        parts.append(f"best epoch {best[0]} of {summary.epochs}")
        if math.isfinite(best[1]):
            parts.append(f"validation AUC {best[1]:.3f}")
    if summary.created:
        parts.append(age(now - summary.created))
    return " \u00b7 ".join(part for part in parts if part)


def age(seconds: float) -> str:
    """How long ago, roughly.

    >>> [age(s) for s in (5, 150, 7200, 100_000, 200_000)]
    ['just now', '2 min ago', '2 h ago', '1 day ago', '2 days ago']
    """
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min ago"
    if seconds < 86_400:
        return f"{seconds / 3600:.0f} h ago"
    days = round(seconds / 86_400)
    return f"{days} day{'' if days == 1 else 's'} ago"


def list_of_runs(
    runs: list[RunSummary], shown: str, choose: Callable[[], None], *, key: str
) -> None:
    """Every run as a line to choose from, newest first."""
    runs = sorted(runs, key=lambda summary: not summary.starred)  # each kind stays newest first
    by_id = {summary.id: summary for summary in runs}
    everything = len(runs) <= SHOWN or st.toggle(f"All {len(runs)} runs", key="train_all_runs")
    ids = list(by_id) if everything else list(by_id)[:SHOWN]
    if shown in by_id and shown not in ids:
        ids.append(shown)
    now = time.time()
    st.radio(
        "Runs of this server: starred ones, then the newest",
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
        coached=True,
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


def describe_panel(run_id: str) -> None:
    """Name, star and note of the shown run, and the files to take along."""
    run = find_run(run_id)
    summary = run.summary()
    if not may_change(run, asking()) or summary.damage:
        return
    with st.popover("Name and note", icon=":material/edit_note:", key="train_about"):
        _describe(run, summary)
    if not summary.status.is_active:
        with st.popover("Take it along", icon=":material/download:", key="train_files"):
            _take_along(run)


def _describe(run: RunFolder, summary: RunSummary) -> None:
    keys = {part: f"train_{part}_{run.id}" for part in ("name", "star", "note")}
    held = {"name": summary.name, "star": summary.starred, "note": summary.note}
    for part, key in keys.items():
        state.set_widget_value(key, held[part])

    def keep() -> None:
        name, starred, note = (state.widget_value(key) for key in keys.values())
        guarded(lambda: describe(run, asking(), name=name, starred=bool(starred), note=note))

    st.text_input(
        "Name", key=keys["name"], max_chars=LONGEST_NAME, on_change=keep, placeholder=run.id
    )
    st.toggle("Star: find it first in the list", key=keys["star"], on_change=keep)
    st.text_area("Note", key=keys["note"], max_chars=LONGEST_NOTE, on_change=keep, height=72)


def _take_along(run: RunFolder) -> None:
    """The run as a file, and its network for Keras and as ONNX; made when they are asked for."""
    st.download_button(
        "The run as a ZIP",
        lambda: packed(run),
        f"{run.id}.zip",
        "application/zip",
        key="train_zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        help="Curves, weights and figures; another Lightbox opens it: python -m dashboard runs add",
    )
    if run.model_path.is_file():
        st.download_button(
            "The network for Keras",
            run.model_path.read_bytes,
            f"{run.id}.keras",
            "application/octet-stream",
            key="train_keras",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "The network as ONNX",
            lambda: _onnx(run),
            f"{run.id}.onnx",
            "application/octet-stream",
            key="train_onnx",
            icon=":material/download:",
            on_click="ignore",
            help="For programs without Keras. It takes gray images of its size, 0 to 255, and gives"
            " logits. A worker makes it in some seconds.",
        )


def _onnx(run: RunFolder) -> bytes:
    asked = request(Tasks.as_onnx, model_path=str(run.model_path))
    return cache.cluster().analyse(asked, timeout_s=ONNX_S)


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
