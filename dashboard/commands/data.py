"""``python3 -m dashboard data``: list, fetch, check and prepare the datasets."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Final, TextIO

from core.errors import LessonError
from core.prepared import SPLITS, PreparedSet
from data.sets import acquisition, preparation, registry
from data.sets.leakage import LeakageComparison

OMISSIONS_SHOWN: Final = 10
BAR_WIDTH: Final = 30


class ProgressBar:
    """One line that grows on a terminal; in a log a line for each tenth.

    >>> import io
    >>> bar = ProgressBar(io.StringIO())
    >>> bar("Reading", 0.5)
    >>> bar.stream.getvalue()
    'Reading: 50 %\\n'
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self._shown: tuple[str, int] | None = None

    def __call__(self, phase: str, share: float) -> None:
        """Show a phase and the finished share of the whole, 0 to 1."""
        percent = int(max(0.0, min(1.0, share)) * 100)
        live = self.stream.isatty()
        step = percent if live else percent // 10
        # A phase may count in its text ("Downloading 12 of 338 MB"): the first word names it.
        news = (phase.partition(" ")[0], step)
        if self._shown == news:
            return
        self._shown = news
        if live:
            filled = round(BAR_WIDTH * percent / 100)
            bar = "#" * filled + "-" * (BAR_WIDTH - filled)
            self.stream.write(f"\r[{bar}] {percent:3d} %  {phase:<45}")
            if percent == 100:
                self.stream.write("\n")
        else:
            self.stream.write(f"{phase}: {percent} %\n")
        self.stream.flush()


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the group ``data`` with its four commands."""
    group = subparsers.add_parser(
        "data", help="list, fetch, check and prepare datasets", description=__doc__
    )
    actions = group.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    actions.add_parser("list", help="every dataset, where it is and its license")
    names = ", ".join(registry.DATASETS)

    fetch = actions.add_parser("fetch", help="download and unpack a dataset")
    fetch.add_argument("name", metavar="NAME", help=f"one of {names}")

    check = actions.add_parser("check", help="what the files hold, repeat and leak")
    prepare = actions.add_parser("prepare", help="make the arrays that training reads")
    for command in (check, prepare):
        command.add_argument("name", metavar="NAME", help=f"one of {names}")
        command.add_argument(
            "--root", type=Path, metavar="DIR", help="where its files are (folder: also a ZIP file)"
        )
        command.add_argument("--seed", type=int, default=0, help="of the split (default 0)")
        command.add_argument("--count", type=int, metavar="N", help="radiographs to draw")
        command.add_argument(
            "--split",
            choices=("grouped", "random", "given"),
            default="grouped",
            help="by group (default), blind to groups to show what leaks, or as your folders"
            " train, val and test have it",
        )
        add_positive(command)
    check.set_defaults(size=64)
    prepare.add_argument("--size", type=int, default=64, metavar="N", help="side in pixels")
    group.set_defaults(run=run)


def add_positive(group: argparse._ActionsContainer) -> None:
    """Add the choice of the finding among a folder's two classes."""
    group.add_argument(
        "--positive",
        metavar="CLASS",
        help="which of your folder's two classes is the finding that sensitivity is about;"
        " judged by their names without it",
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked; return 0.

    Raises:
        LessonError: What a person can mend; the command line says it and returns 2.
    """
    actions = {"list": _list, "fetch": _fetch, "check": _check, "prepare": _prepare}
    actions[args.action](args)
    return 0


def _list(_: argparse.Namespace) -> None:
    rows = [("name", "ready", "where", "license")]
    for name, info in registry.DATASETS.items():
        rows.append((name, *_standing(name), info.license))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[3]]).rstrip())


def _standing(name: str) -> tuple[str, str]:
    """Ready or not, and where it is or how to get it."""
    if name == "synthetic":
        return "yes", "built in"
    if name == "folder":
        return "-", "named with --root"
    try:
        return "yes", str(registry.find_root(name))
    except LessonError:
        fetched = registry.DATASETS[name].archive is not None
        return "no", f"data fetch {name}" if fetched else "by hand: data fetch says how"


def _fetch(args: argparse.Namespace) -> None:
    info = registry.find_dataset(args.name)
    print(f"{info.title}\n  license   {info.license}  {info.license_url}".rstrip())
    print(f"  citation  {info.citation}\n  labels    {info.label_meaning}")
    if info.name == "synthetic":
        print(info.obtain)
        return
    here = info.archive is not None and registry.is_ready(info.name)
    folder = acquisition.acquire(info.name, progress=ProgressBar())
    print(f"It is here already: {folder}" if here else f"Ready in {folder}")


def _check(args: argparse.Namespace) -> None:
    prepared = _made(args)
    info = registry.DATASETS[args.name]
    report = prepared.details["report"]
    print(f"{info.title}: {info.label_meaning}")
    print(*report["sentences"], sep="\n")
    for omission in report["omissions"][:OMISSIONS_SHOWN]:
        print(f"  {omission['id']}: {omission['reason']} ({omission['detail']})")
    if len(report["omissions"]) > OMISSIONS_SHOWN:
        print(f"  and {len(report['omissions']) - OMISSIONS_SHOWN:,} more")
    _print_counts(prepared)
    print(*LeakageComparison.from_json(prepared.details["leakage"]).sentences(), sep="\n")


def _prepare(args: argparse.Namespace) -> None:
    started = time.monotonic()
    prepared = _made(args)
    seconds = time.monotonic() - started
    _print_counts(prepared)
    print(*LeakageComparison.from_json(prepared.details["leakage"]).sentences(), sep="\n")
    print(
        f"{len(prepared):,} images of {prepared.size} x {prepared.size} pixels, fingerprint "
        f"{prepared.fingerprint}, in {prepared.folder} ({seconds:.1f} s)"
    )


def _made(args: argparse.Namespace) -> PreparedSet:
    return preparation.prepare(
        args.name,
        root=args.root,
        size=args.size,
        seed=args.seed,
        count=args.count,
        split=args.split,
        positive=args.positive,
        progress=ProgressBar(),
    )


def _print_counts(prepared: PreparedSet) -> None:
    counts = prepared.counts()
    width = max(len(name) for name in ("", *prepared.classes)) + 2
    print(" " * 12 + "".join(f"{name:>{max(width, 10)}}" for name in prepared.classes))
    for part in SPLITS:
        cells = "".join(f"{counts[part][name]:>{max(width, 10)},}" for name in prepared.classes)
        print(f"{part:<12}{cells}")
