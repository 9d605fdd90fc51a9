"""``python -m dashboard predict``: the outputs of a network for files, as CSV."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import numpy as np

from core.errors import LessonError
from core.explain.result import probabilities
from dashboard.commands.loading import load_quietly

if TYPE_CHECKING:
    from core.arrays import UInt8Array
    from dashboard.networks import Network

COLUMNS: Final = ("path", "score", "label", "problem")
BATCH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the answer.

    Attributes:
        path: The file, as named or found.
        score: Output for the positive class, 0 to 1; None where the file cannot be read.
        label: The class that is answered; "" likewise.
        problem: Why there is no score; "" where there is one.
    """

    path: Path
    score: float | None = None
    label: str = ""
    problem: str = ""

    def cells(self) -> tuple[str, str, str, str]:
        """The line's texts, in the order of `COLUMNS`."""
        score = "" if self.score is None else f"{self.score:.6f}"
        return str(self.path), score, self.label, self.problem


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "predict",
        help="outputs of a network for image files, as CSV",
        description=(
            "Print one CSV line for each picture: path, score (the network's output for"
            " fracture, 0 to 1), label (its answer at its threshold), problem. A file that"
            " cannot be read is a line with its problem; the rest goes on."
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
    from dashboard.networks import find_network

    network = find_network(args.model)
    load_quietly("keras")
    write_table(predict(network, listed(args.files)), sys.stdout)
    return 0


def write_table(rows: Iterable[Row], output: TextIO) -> None:
    """Write header and lines; each line leaves as soon as it is known."""
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(row.cells())
        output.flush()


def listed(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as named, folders with all that lies below them, sorted; hidden files are passed over.

    A path that does not exist stays in the list: it becomes a line with its problem.
    """
    for path in paths:
        if path.is_dir():
            yield from _inside(path)
        else:
            yield path


def _inside(folder: Path) -> Iterator[Path]:
    for name, folders, files in os.walk(folder):
        folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
        for file in sorted(files):
            if not file.startswith("."):
                yield Path(name) / file


def predict(network: Network, paths: Iterable[Path]) -> Iterator[Row]:
    """Score pictures in batches, in the order given; the network is loaded once."""
    waiting: list[tuple[Path, UInt8Array | str]] = []
    for path in paths:
        waiting.append((path, _read(path, network.spec.input_size)))
        if len(waiting) == BATCH:
            yield from _score(network, waiting)
            waiting = []
    yield from _score(network, waiting)


def _read(path: Path, size: int) -> UInt8Array | str:
    """The picture as the network takes it, or what is wrong with the file."""
    from data.pictures.preprocess import decode_file, prepare_image

    try:
        return prepare_image(decode_file(path).gray, size)
    except LessonError as error:
        return f"{error.problem} {error.remedy}"


def _score(network: Network, waiting: list[tuple[Path, UInt8Array | str]]) -> Iterator[Row]:
    images = [content for _, content in waiting if not isinstance(content, str)]
    outputs = iter(_outputs(network, images))
    for path, content in waiting:
        if isinstance(content, str):
            yield Row(path=path, problem=content)
        else:
            output = next(outputs)
            score = float(output[network.positive])
            yield Row(path=path, score=score, label=network.answer(output))


def _outputs(network: Network, images: list[UInt8Array]) -> list[np.ndarray]:
    if not images:
        return []
    # Quiet before TensorFlow is loaded: its greetings are no part of the table.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from core.jobs import tasks

    logits = tasks.predict(str(network.path), np.stack(images))
    return [probabilities(row) for row in logits]
