"""``python3 -m dashboard pointing``: measure a network's maps against the radiologists' marks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final, TypeVar

from core.explain.against_marks import placing
from core.explain.result import METHODS
from core.jobs.remote import Request
from dashboard.commands.data import ProgressBar
from dashboard.commands.loading import load_quietly
from data.sets.preparation import prepare

T = TypeVar("T")
_SIZE: Final = 256
"""Of the set that names the X-rays; each is read from its file at the network's own size."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``pointing``."""
    command = subparsers.add_parser(
        "pointing",
        help="measure a network's maps against the radiologists' marks",
        description="Pointing game, share of the evidence in the marks and overlap over the test"
        " part, for each kind of map. It goes on where it was interrupted.",
    )
    command.add_argument("--model", required=True, metavar="NAME", help="a network's name or a run")
    command.add_argument("--data", type=Path, metavar="DIR", help="where FracAtlas lies")
    command.add_argument(
        "--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="MAP",
        help=f"of {', '.join(METHODS)}; all of them without it",
    )  # fmt: skip
    command.set_defaults(run=run)


class _Here:
    """Asks for maps in this process."""

    def analyse(self, asked: Request[T], *, timeout_s: float) -> Any:
        """Do what is asked, however long it takes."""
        from core.jobs import tasks

        return getattr(tasks, asked.task)(**asked.arguments)


def run(args: argparse.Namespace) -> int:
    """Measure and print; return 0.

    Raises:
        LessonError: What a person can mend.
    """
    from dashboard.networks.classifiers import find_classifier
    from dashboard.networks.placement_figures import measure

    network = find_classifier(args.model)
    bar = ProgressBar()
    prepared = prepare(network.dataset, root=args.data, size=_SIZE, progress=bar)
    load_quietly("keras")
    found = measure(
        network,
        prepared,
        _Here(),
        methods=args.methods,
        told=lambda done, count: bar(f"X-ray {done} of {count}", done / count),
    )
    for method in found.methods:
        one = placing(found, method)
        print(
            f"{method}: points at a mark in {one.pointed.percent()},"
            f" evidence in marks {one.evidence.percent()}, overlap {one.shared.percent()};"
            f" marked {100 * one.area:.1f} % of the picture"
        )
    return 0
