"""``python -m dashboard predict``: the outputs of a network for files, as CSV."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import numpy as np

from core.errors import LessonError
from core.explain.result import probabilities
from core.reference.description import strange_sentence
from core.sheets import write_rows
from dashboard.commands.loading import load_quietly

if TYPE_CHECKING:
    from core.arrays import UInt8Array
    from dashboard.networks.classifiers import Classifier

COLUMNS: Final = ("path", "score", "label", "problem", "doubt")
BATCH: Final = 64
READERS: Final = min(4, os.cpu_count() or 2)
"""Files that are decoded at once; the largest takes some hundred megabytes meanwhile."""

FAULT: Final = 1
"""Exit code where this program, not the files, was at fault; all lines are written even so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the answer.

    Attributes:
        path: The file, as named or found.
        score: Output for the positive class, 0 to 1; None where the file cannot be read.
        label: The class that is answered; "" likewise.
        problem: Why there is no score; "" where there is one.
        doubt: What speaks against reading anything into the score, as on the page; "" where
            nothing does.
    """

    path: Path
    score: float | None = None
    label: str = ""
    problem: str = ""
    doubt: str = ""

    def cells(self) -> tuple[str, str, str, str, str]:
        """The line's texts, in the order of `COLUMNS`."""
        score = "" if self.score is None else f"{self.score:.6f}"
        return str(self.path), score, self.label, self.problem, self.doubt


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "predict",
        help="outputs of a network for image files, as CSV",
        description=(
            "Print one CSV line for each picture: path, score (the network's output for"
            " fracture, 0 to 1), label (its answer at its threshold), problem, doubt (what"
            " speaks against the score, as on the page). A file that cannot be read is a line"
            " with its problem; the rest goes on. A text that a spreadsheet would calculate has an"
            " apostrophe before it."
        ),
    )
    parser.add_argument(
        "--model",
        required=True,
        metavar="NAME_OR_RUN_ID",
        help="a shipped model's name, a run's id, or the beginning of one",
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE_OR_DIR",
        help="pictures, or folders that are searched with all their subfolders, in sorted order",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table; 0 also where some files have problems, since their lines say so."""
    from dashboard.networks.classifiers import find_classifier

    network = find_classifier(args.model)
    load_quietly("keras")
    faults: list[Path] = []
    write_table(predict(network, listed(args.files), faults=faults), sys.stdout)
    return FAULT if faults else 0


def write_table(rows: Iterable[Row], output: TextIO) -> None:
    """Write header and lines; each line leaves as soon as it is known."""
    write_rows(output, chain([COLUMNS], (row.cells() for row in rows)))


def listed(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as named, folders with all that lies below them, sorted; hidden files are passed over.

    A path that does not exist, and a folder that may not be looked into, stay in the list: each
    becomes a line with its problem.
    """
    from data.sets.walking import files_below

    for path in paths:
        if path.is_dir():
            closed: list[Path] = []
            yield from files_below(
                path, unreadable=lambda error, closed=closed: closed.append(Path(error.filename))
            )
            yield from closed
        else:
            yield path


@dataclass(frozen=True, slots=True)
class _Read:
    """A file on its way to its line: the picture as the network takes it, or the problem."""

    path: Path
    image: UInt8Array | None = None
    problem: str = ""
    doubt: str = ""
    fault: Exception | None = None


def predict(
    network: Classifier, paths: Iterable[Path], *, faults: list[Path] | None = None
) -> Iterator[Row]:
    """Score pictures in the order given; the network is loaded once.

    Several files are read ahead. Whatever is read by the time that the network is free goes into
    it together, so that each line comes as soon as it can and a fast reader still makes batches.

    Args:
        network: The one to ask.
        paths: Files; more are asked for as lines are taken.
        faults: Receives the files on which this program failed, each told on the error output.
    """
    size, files = network.spec.input_size, iter(paths)
    with ThreadPoolExecutor(READERS) as readers:
        reading = deque(readers.submit(_read, path, size) for path in islice(files, BATCH))
        while reading:
            ready = [reading.popleft().result()]
            while reading and reading[0].done():
                ready.append(reading.popleft().result())
            reading.extend(readers.submit(_read, path, size) for path in islice(files, len(ready)))
            for done in ready:
                if done.fault is not None:
                    traceback.print_exception(done.fault)
                    if faults is not None:
                        faults.append(done.path)
            yield from _score(network, ready)


def _read(path: Path, size: int) -> _Read:
    """The picture as the network takes it with every doubt, or what is wrong with the file."""
    from data.pictures.preprocess import decode_file, prepare_image

    try:
        decoded = decode_file(path)
        image = prepare_image(decoded.gray, size)
    except LessonError as error:
        return _Read(path, problem=f"{error.problem} {error.remedy}")
    except Exception as error:
        # A mistake in this program: it stays loud, and does not take the other files' lines along.
        problem = f"This program failed on the file ({type(error).__name__}); please report it."
        return _Read(path, problem=problem, fault=error)
    return _Read(path, image=image, doubt=" ".join(decoded.warnings))


def _score(network: Classifier, files: list[_Read]) -> Iterator[Row]:
    verdicts = iter(_verdicts(network, [file.image for file in files if file.image is not None]))
    for file in files:
        if file.image is None:
            yield Row(path=file.path, problem=file.problem)
        else:
            output, strange = next(verdicts)
            yield Row(
                path=file.path,
                score=float(output[network.positive]),
                label=network.answer(output),
                doubt=" ".join(doubt for doubt in (file.doubt, strange) if doubt),
            )


def _verdicts(network: Classifier, images: list[UInt8Array]) -> list[tuple[np.ndarray, str]]:
    """Outputs (C,) of each picture, and the doubt where it is strange to the network."""
    if not images:
        return []
    # Quiet before TensorFlow is loaded: its greetings are no part of the table.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from core.jobs import tasks

    logits, strangeness = tasks.judge(str(network.path), np.stack(images), network.eye)
    strange = [None] * len(images) if strangeness is None else strangeness.tolist()
    return [
        (probabilities(row), strange_sentence(value))
        for row, value in zip(logits, strange, strict=True)
    ]
