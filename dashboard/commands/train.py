"""``python3 -m dashboard train``: train a network here and now, without a server.

The same function trains as in the dashboard, the run's folder is the same, and the run is listed
and can be resumed there.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, TextIO

from core.errors import LessonError
from core.evaluation.report import summary_lines
from core.jobs import tasks
from core.jobs.folder import RunFolder, Status, create_run
from core.jobs.remote import FIT
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS, find_entry, paper_network
from core.prepared import PreparedSet
from core.training.events import BatchEnded, EpochEnded, Event, Phase, Started, Warned
from core.training.history import Epoch, fig7_lines
from core.training.schedule import SCHEDULES
from core.training.spec import OPTIMIZERS, Augmentation, TrainingSpec
from dashboard.commands.data import BAR_WIDTH, ProgressBar, add_positive
from dashboard.commands.loading import load_quietly
from data.models.shipped import eye_path
from data.sets import preparation, registry

INTERRUPTED: Final = 130
_REDRAW_S: Final = 0.1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``train``."""
    command = subparsers.add_parser(
        "train",
        help="train a network in this terminal",
        description="Train a network in this terminal. Ctrl-C stops within a batch; "
        "python3 -m dashboard runs resume ID goes on from the last finished epoch.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_data(command.add_argument_group("data"))
    _add_training(command.add_argument_group("training"))
    _add_network(command.add_argument_group("the paper's network, with --model paper"))
    _add_augmentation(command.add_argument_group("random changes to training images"))
    command.set_defaults(run=run)


def _add_data(group: argparse._ArgumentGroup) -> None:
    names = ", ".join(registry.DATASETS)
    group.add_argument("--dataset", default="synthetic", metavar="NAME", help=f"one of {names}")
    group.add_argument("--root", type=Path, metavar="DIR", help="where the dataset's files are")
    group.add_argument("--size", type=int, default=64, metavar="N", help="side in pixels")
    group.add_argument("--count", type=int, metavar="N", help="synthetic radiographs to draw")
    group.add_argument("--split-seed", type=int, default=0, metavar="N", help="of the split")
    group.add_argument(
        "--split",
        choices=("grouped", "given"),
        default="grouped",
        help="by group, or as your folders train, val and test have it",
    )
    add_positive(group)


def _add_training(group: argparse._ArgumentGroup) -> None:
    models = ", ".join(MODELS)
    group.add_argument("--model", default="paper", metavar="NAME", help=f"one of {models}")
    group.add_argument("--epochs", type=int, default=25, metavar="N", help="at most")
    group.add_argument("--batch", type=int, default=32, metavar="N", help="images a step")
    group.add_argument("--lr", type=float, default=1e-3, metavar="X", help="learning rate")
    group.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="update rule")
    group.add_argument(
        "--schedule", choices=SCHEDULES, default="constant", help="how the learning rate goes on"
    )
    group.add_argument("--weight-decay", type=float, default=0.0, metavar="X", help="decoupled")
    group.add_argument(
        "--focal-gamma",
        type=float,
        default=0.0,
        metavar="X",
        help="focal loss instead of 0, cross-entropy",
    )
    group.add_argument(
        "--patience", type=int, metavar="N", help="end after N epochs without a lower loss"
    )
    group.add_argument(
        "--no-class-weights", action="store_true", help="let the larger class count more"
    )
    group.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of weights, order and dropout"
    )
    group.add_argument("--name", default="", help="what to call the run")


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--kernel-size", type=int, choices=(3, 5), default=3, help="of the filters")
    group.add_argument(
        "--filters", type=int, nargs="+", default=[32, 64, 128], metavar="N", help="of each block"
    )
    group.add_argument(
        "--dense", type=int, default=128, metavar="N", help="units before the output"
    )
    group.add_argument("--dropout", type=float, default=0.5, metavar="X", help="share dropped")


def _add_augmentation(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--flip", action="store_true", help="mirror left and right, half of them")
    group.add_argument("--shift", type=float, default=0.0, metavar="X", help="share of the side")
    group.add_argument("--rotation", type=float, default=0.0, metavar="X", help="degrees")
    group.add_argument("--zoom", type=float, default=0.0, metavar="X", help="0.1: 10 percent")
    group.add_argument("--contrast", type=float, default=0.0, metavar="X", help="0.2: 20 percent")


def run(args: argparse.Namespace) -> int:
    """Prepare the data, train, print; return 0, or 130 when interrupted.

    Raises:
        LessonError: What a person can mend; the command line says it and returns 2.
    """
    folder = create_run(_spec(args), name=args.name)
    return work(folder)


def work(run: RunFolder, *, resume: bool = False, fit: str = FIT) -> int:
    """Train a run that waits, in this process, telling its story on the terminal.

    Returns:
        0 when it has finished, 130 when it was stopped.

    Raises:
        LessonError: The failure of the training.
    """
    print(f"Run {run.id}", flush=True)
    try:
        with _stopping_on_interrupt(run):
            load_quietly(fit.partition(":")[0])
            tasks.train(
                str(run.path),
                resume,
                fit=fit,
                watch=TrainingDisplay(),
                eye=None if (eye := eye_path()) is None else str(eye),
                looks_later=False,
            )
    except KeyboardInterrupt:
        print(file=sys.stderr)  # leave the bar's line
    return _conclude(run)


class TrainingDisplay:
    """Prints a training's events: two lines an epoch, and a bar where somebody watches."""

    def __init__(self, out: TextIO | None = None, bar: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._bar = bar or sys.stderr
        self._live = self._bar.isatty()
        self._drawn = 0.0
        self._width = 0
        self._began = 0.0

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, BatchEnded):
            self._batch(event)
        elif isinstance(event, EpochEnded):
            row = Epoch(event.epoch, event.epochs, event.seconds, event.train, event.validation)
            self._say(*fig7_lines(row))
        elif isinstance(event, Started) and event.from_epoch:
            self._say(f"Going on after epoch {event.from_epoch}.")
        elif isinstance(event, Warned):
            self._say(f"Warning: {event.text}")
        elif isinstance(event, Phase) and self._live:
            self._draw(f"{event.name.capitalize()}: {event.detail}")

    def _batch(self, event: BatchEnded) -> None:
        now = time.monotonic()
        if event.batch == 1:
            self._began = now
        if not self._live or now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        filled = BAR_WIDTH * event.batch // event.batches
        left = (now - self._began) / max(event.batch - 1, 1) * (event.batches - event.batch)
        self._draw(
            f"Epoch {event.epoch} [{'#' * filled}{'-' * (BAR_WIDTH - filled)}] "
            f"{event.batch}/{event.batches} - {left:.0f}s left - loss: {event.loss:.4f} "
            f"- acc: {event.accuracy:.4f}"
        )

    def _say(self, *lines: str) -> None:
        if self._live:
            self._draw("")
        for line in lines:
            self._out.write(line + "\n")
        self._out.flush()

    def _draw(self, text: str) -> None:
        """Put a text in place of the one that stands on the bar's line."""
        self._bar.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
        self._bar.flush()
        self._width = len(text)


def _spec(args: argparse.Namespace) -> TrainingSpec:
    # Checked before minutes go into preparing the data.
    find_entry(args.model)
    augmentation = Augmentation(
        flip=args.flip,
        shift=args.shift,
        rotation=args.rotation,
        zoom=args.zoom,
        contrast=args.contrast,
    )
    prepared = preparation.prepare(
        args.dataset,
        root=args.root,
        size=args.size,
        seed=args.split_seed,
        count=args.count,
        split=args.split,
        positive=args.positive,
        progress=ProgressBar(),
    )
    _tell_finding(prepared)
    return TrainingSpec(
        dataset=args.dataset,
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder.resolve()),
        model=_model(args, prepared.classes),
        epochs=args.epochs,
        batch_size=args.batch,
        learning_rate=args.lr,
        optimizer=args.optimizer,
        seed=args.seed,
        class_weights=not args.no_class_weights,
        augmentation=augmentation,
        patience=args.patience,
        weight_decay=args.weight_decay,
        focal_gamma=args.focal_gamma,
        schedule=args.schedule,
    )


def _tell_finding(prepared: PreparedSet) -> None:
    """Say which class counts as the finding where only the folders' names tell it, if they do."""
    said = prepared.details.get("finding")
    if said:
        print(said, file=sys.stderr)


def _model(args: argparse.Namespace, classes: tuple[str, ...]) -> ModelSpec:
    if args.model != "paper":
        return find_entry(args.model).build(args.size, classes)
    return paper_network(
        args.size,
        classes,
        filters=tuple(args.filters),
        kernel_size=args.kernel_size,
        dense=args.dense,
        dropout=args.dropout,
    )


def _conclude(run: RunFolder) -> int:
    failure = run.failure()
    if failure is not None:
        raise LessonError(failure.code, problem=failure.problem, remedy=failure.remedy)
    report = run.evaluation()
    if report is not None:
        print("\n".join(summary_lines(report)))
    done = run.status() is Status.FINISHED
    if not done:
        epochs = run.history().epochs
        count = epochs[-1].epoch if epochs else 0
        print(f"Stopped after {count} {'epoch' if count == 1 else 'epochs'}. Go on with:")
        print(f"  python3 -m dashboard runs resume {run.id}")
    print(f"Run {run.id}")
    return 0 if done else INTERRUPTED


@contextmanager
def _stopping_on_interrupt(run: RunFolder) -> Iterator[None]:
    """Ctrl-C asks the training to stop; a second one does not wait for it."""
    before: Callable[[int, FrameType | None], object] | int | None

    def ask(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        run.ask_stop()
        print("\nStopping after this batch. Ctrl-C again to break off.", file=sys.stderr)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
