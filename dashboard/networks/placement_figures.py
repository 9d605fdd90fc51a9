"""A network's maps measured against the marks of its test part. No Streamlit.

What is measured lies beside the network's weights, so that a shipped network brings its figures
along and a run keeps its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import numpy as np

from core.arrays import UInt8Array
from core.errors import LessonError
from core.explain.against_marks import FILE, Located, read_located, unmeasured, write_located
from core.explain.overlap import overlap
from core.explain.result import METHODS, OF_PIXELS, Method
from core.jobs.remote import Request, Tasks, request
from core.marks import Box, Marks
from core.prepared import PreparedSet
from dashboard.networks.classifiers import Classifier, convolution_names
from data.pictures.preprocess import decode_file, marks_on_file, marks_to_prepared, steps

T = TypeVar("T")

QUICK: Final[tuple[Method, ...]] = tuple(one for one in METHODS if one not in OF_PIXELS)
"""Those that take one pass; the others take from ten to two hundred."""
TIMEOUT_S: Final = 300.0


class Worker(Protocol):
    """What is asked for maps; `core.jobs.cluster.Cluster` is one."""

    def analyse(self, asked: Request[T], *, timeout_s: float) -> T:
        """Do what is asked."""
        ...


def figures_path(network: Classifier) -> Path:
    """Where the figures of a network lie, whether they are there or not."""
    return network.path.parent / FILE


def figures_of(network: Classifier) -> Located | None:
    """What was measured of a network; None before.

    Raises:
        LessonError: ``marks.damaged``.
    """
    path = figures_path(network)
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else None


@functools.lru_cache(maxsize=16)
def _read(path: Path, _stamp: int) -> Located | None:
    return read_located(path)


def marked_positions(prepared: PreparedSet) -> list[int]:
    """Positions of the test part's X-rays with marks."""
    records = prepared.records()
    return [int(at) for at in prepared.indices("test") if records[int(at)]["marks"]]


def prepared_picture(
    record: dict[str, Any], stored: UInt8Array, size: int
) -> tuple[UInt8Array, Marks, Box]:
    """An X-ray as a network takes it, its marks in that square, and where the picture lies.

    The file is read anew where there is one: a set may be prepared smaller than the network.

    Args:
        record: Of the prepared set, with marks.
        stored: The prepared picture, for a drawn one without a file.
        size: Of the network's input.
    """
    if record["path"] is None:
        if len(stored) != size:
            raise LessonError(
                "marks.other-size",
                problem=f"The drawn X-rays here have {len(stored)} pixels a side, not {size}.",
                remedy="Prepare the set at the network's size.",
            )
        return stored, record["marks"], Box(0, 0, size, size)
    found = steps(decode_file(Path(record["path"])), size=size)
    marks = marks_on_file(record)
    assert marks is not None
    return found.image, marks_to_prepared(marks, found.box), found.box.rectangle


def measure(
    network: Classifier,
    prepared: PreparedSet,
    worker: Worker,
    *,
    methods: Sequence[Method] = QUICK,
    told: Callable[[int, int], None] = lambda done, count: None,
) -> Located:
    """Measure what was not measured before, X-ray after X-ray, and keep it after each.

    X-rays come in an order without meaning, so that half of them are half of all and no one
    hospital's.

    Args:
        network: With a layer that can be explained.
        prepared: Whose test part it never learned from.
        worker: Asked for the maps.
        methods: Of the maps.
        told: Called with how many are done, of how many.

    Raises:
        LessonError: ``marks.none``, ``marks.other-set``, and what the worker raises.
    """
    positions = marked_positions(prepared)
    if not positions or not network.knows_parts(prepared):
        raise LessonError(
            "marks.none" if not positions else "marks.other-set",
            problem="No X-ray of this network's test part has a marked place here.",
            remedy="Use a network that learned from a set with marks, such as FracAtlas.",
        )
    records = prepared.records()
    ids = [str(records[at]["id"]) for at in positions]
    known = figures_of(network)
    if known is None or list(known.ids) != ids:
        known = unmeasured(ids, prepared.groups[positions])
    order = np.random.default_rng(0).permutation(len(positions))
    for done, at in enumerate(order):
        missing: list[Method] = [
            m for m in methods if m not in known.pointed or not known.measured(m)[at]
        ]
        if missing:
            at = int(at)
            known = _measured(network, prepared, positions[at], known, at, missing, worker)
            write_located(figures_path(network), known)
        told(done + 1, len(order))
    return known


def _measured(
    network: Classifier,
    prepared: PreparedSet,
    position: int,
    known: Located,
    at: int,
    methods: Sequence[Method],
    worker: Worker,
) -> Located:
    record = prepared.records()[position]
    size = network.spec.input_size
    image, marks, picture = prepared_picture(record, prepared.images[position], size)
    found, output = {}, float("nan")
    for method, asked in _requests(network, image, methods):
        cam = worker.analyse(asked, timeout_s=TIMEOUT_S)
        output = float(cam.probabilities[network.positive])
        found[method] = overlap(cam.map, marks, picture=picture)
    return known.with_one(at, output, found)


def explanation(network: Classifier, image: UInt8Array, method: Method) -> dict[str, Any]:
    """What a task that explains is asked: the positive class, from the last convolution."""
    return {
        "model_path": str(network.path),
        "image": image,
        "class_index": network.positive,
        "layer": None if method in OF_PIXELS else convolution_names(network.spec)[-1],
        "method": method,
    }


def _requests(
    network: Classifier, image: UInt8Array, methods: Sequence[Method]
) -> Iterator[tuple[Method, Request[Any]]]:
    for method in methods:
        yield method, request(Tasks.explain, **explanation(network, image, method))
