"""``python3 -m dashboard runs``: list, show, resume, stop, pack, add, ship and delete trainings."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Final

from core.errors import LessonError
from core.evaluation.report import summary_lines
from core.jobs.folder import (
    RunFolder,
    RunSummary,
    Status,
    adopt,
    find_run,
    list_runs,
    runs_root,
)
from core.jobs.packing import packed
from core.training.history import fig7_lines
from dashboard.commands.train import work
from data.models.shipped import write_shipped
from data.sets.archive import Limits, unpack

LIMITS: Final = Limits(files=5000, file_bytes=500_000_000, total_bytes=2_000_000_000)
"""Of a packed run: its snapshots may take 200 MB."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the group ``runs`` with its commands; without one it lists."""
    group = subparsers.add_parser(
        "runs",
        help="list, show, resume, stop, pack, add, ship and delete trainings",
        description=__doc__,
    )
    actions = group.add_subparsers(title="actions", metavar="ACTION", dest="action")
    actions.add_parser("list", help="all trainings, newest first")
    for name, text in (
        ("show", "settings, epochs and figures of one"),
        ("resume", "go on from the last finished epoch, in this terminal"),
        ("stop", "end one within a batch, wherever it is trained"),
        ("ship", "copy a finished one to data/models, with its card"),
        ("delete", "remove one and its files"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("id", metavar="ID", help="of the run, or the beginning of it")
        if name == "ship":
            action.add_argument("name", metavar="NAME", help="of the model")
            action.add_argument("--title", required=True, help="for people")
            action.add_argument("--command", required=True, help="what made the run, as typed")
            action.add_argument("--notes", required=True, help="what a user must know of it")
    taken = actions.add_parser("pack", help="put an ended one into a ZIP")
    taken.add_argument("id", metavar="ID", help="of the run, or the beginning of it")
    taken.add_argument("file", metavar="FILE", type=Path, help="to write")
    brought = actions.add_parser("add", help="take in one that another Lightbox packed")
    brought.add_argument("file", metavar="FILE", type=Path, help="made by pack, or on the page")
    group.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; return the exit code.

    Raises:
        LessonError: What a person can mend; the command line says it and returns 2.
    """
    if args.action in {None, "list"}:
        return _list()
    if args.action == "add":
        return _add(args.file)
    chosen = find_run(args.id)
    if args.action == "ship":
        return _ship(chosen, args)
    if args.action == "pack":
        return _pack(chosen, args.file)
    actions = {"show": _show, "resume": _resume, "stop": _stop, "delete": _delete}
    return actions[args.action](chosen)


def _list() -> int:
    summaries = list_runs()
    if not summaries:
        print(f"No runs in {runs_root()}. Begin one with: python3 -m dashboard train")
        return 0
    rows = [("run", "status", "epochs", "val_loss", "data")]
    rows += [_row(summary) for summary in summaries]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).strip())
    return 0


def _row(summary: RunSummary) -> tuple[str, ...]:
    if summary.status is Status.DAMAGED:
        return summary.id, summary.status, "-", "-", summary.damage
    loss = "-" if summary.last is None else f"{summary.last.validation.loss:.4f}"
    done = f"{summary.epochs_done}/{summary.epochs}"
    return summary.id, summary.status, done, loss, f"{summary.dataset} {summary.input_size}"


def _show(run: RunFolder) -> int:
    spec, summary = run.spec(), run.summary()
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.created))
    print(f"Run {run.id}{f' ({summary.name})' if summary.name else ''}")
    print(f"  {run.status()}, {summary.epochs_done} of {summary.epochs} epochs, made {began}")
    print(f"  dataset     {spec.dataset} (fingerprint {spec.fingerprint})")
    print(f"  network     {spec.model.name}, input {spec.model.input_size} px")
    print(f"  training    batch {spec.batch_size}, {spec.optimizer}, rate {spec.learning_rate:g}")
    weights = "equal weight a class" if spec.class_weights else "equal weight an image"
    print(f"  loss        {spec.loss_name}")
    print(f"  seed        {spec.seed}; {weights}")
    if spec.augmentation.active:
        print(f"  changes     {spec.augmentation}")
    print(f"  folder      {run.path}")
    for epoch in run.history().epochs:
        print("\n".join(fig7_lines(epoch)))
    failure = run.failure()
    if failure is not None:
        print(f"{failure.problem} {failure.remedy}")
    report = run.evaluation()
    if report is not None:
        print("\n".join(summary_lines(report)))
    return 0


def _resume(run: RunFolder) -> int:
    run.enqueue()
    return work(run, resume=True)


def _stop(run: RunFolder) -> int:
    if not run.status().is_active:
        print(f"Run {run.id} is {run.status()}: there is nothing to stop.")
        return 0
    run.ask_stop()
    print(f"Run {run.id} ends after the batch it is at.")
    return 0


def _ship(run: RunFolder, args: argparse.Namespace) -> int:
    model = write_shipped(run, args.name, title=args.title, command=args.command, notes=args.notes)
    print(f"{model.path.parent} now holds {model.title}.")
    return 0


def _pack(run: RunFolder, file: Path) -> int:
    content = packed(run)
    try:
        file.write_bytes(content)
    except OSError as error:
        raise LessonError(
            "runs.unwritable",
            problem=f"{file} cannot be written: {error.strerror}.",
            remedy="Name a file in a folder that can be written.",
        ) from error
    print(f"{file} holds run {run.id} ({len(content) / 1e6:.1f} MB).")
    return 0


def _add(file: Path) -> int:
    root = runs_root()
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=root) as place:
        unpack(file, Path(place) / "new", limits=LIMITS)
        inside = [path for path in (Path(place) / "new").iterdir() if path.is_dir()]
        if len(inside) != 1:
            raise LessonError(
                "runs.no-run",
                problem=f"{file.name} holds {len(inside)} folders, and not one run.",
                remedy="Pack the run again: python3 -m dashboard runs pack ID FILE.",
            )
        run = adopt(inside[0], root=root)
    print(f"Run {run.id} is here now.")
    return 0


def _delete(run: RunFolder) -> int:
    run.delete()
    print(f"Run {run.id} has been deleted.")
    return 0
