"""Answers to what the camera sees: one small picture in, scores out, nothing kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.explain.result import probabilities
from core.jobs.cluster import Cluster
from core.jobs.remote import Tasks, request
from core.models.spec import ModelSpec
from dashboard import cache
from dashboard.workbench.minute.collection import SIDE, read_picture
from dashboard.workbench.minute.learning import SMALL_SIDE, Learned
from data.models.shipped import eye_path
from data.pictures.preprocess import prepare_image

LEARN_WAIT_S: Final = 180.0
"""A worker that has just been started loads TensorFlow first; on a busy machine that takes long."""
WARM_WAIT_S: Final = 900.0
_WAIT_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallNetwork:
    """A network from nothing that can be asked beside the head.

    Attributes:
        path: Its Keras file.
        spec: What it is built of.
    """

    path: str
    spec: ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was said of one picture.

    Attributes:
        frame: Names it in the browser.
        scores: (K,) of the head; () without one.
        network: (K,) of the small network in the classes' order; None without one.
        problem: Why nothing was said; "" where something was.
    """

    frame: str = ""
    scores: tuple[float, ...] = ()
    network: tuple[float, ...] | None = None
    problem: str = ""


def describe(images: UInt8Array, *, workers: Cluster, wait_s: float = LEARN_WAIT_S) -> FloatArray:
    """Features (N, F) of pictures (N, S, S), by a worker.

    Args:
        images: Gray.
        workers: Of this server; an errand is given those that it was begun with.
        wait_s: Seconds for which its answer is waited for.

    Raises:
        LessonError: ``model.missing`` without the reference network; what the worker raises.
    """
    eye = eye_path()
    if eye is None:
        raise LessonError(
            "model.missing",
            problem="The frozen backbone is not installed here.",
            remedy="Train a small network from nothing instead.",
        )
    asked = request(Tasks.describe, images=images, eye=str(eye))
    return workers.analyse(asked, timeout_s=wait_s)


def warm() -> None:
    """Have a worker load the backbone while a person still collects."""
    blank, workers = np.zeros((1, SIDE, SIDE), np.uint8), cache.cluster()
    cache.errands().ask(
        ("minute", "warm"),
        lambda errand: describe(blank, workers=workers, wait_s=WARM_WAIT_S),
    )


def answered(
    told: str, learned: Learned | None, network: SmallNetwork | None, names: tuple[str, ...]
) -> Answered:
    """Answer one message of the browser.

    Args:
        told: JSON with ``frame`` and ``picture``; a browser may send anything.
        learned: The head, None before one.
        network: Asked besides; left out where its classes are others.
        names: Of the classes, in order.
    """
    try:
        message = json.loads(told)
        frame, picture = str(message["frame"])[:40], str(message["picture"])
    except (ValueError, TypeError, KeyError):
        return Answered()
    try:
        gray = read_picture(picture)
        scores: tuple[float, ...] = ()
        if learned is not None and learned.head.kernel.shape[1] == len(names):
            features = describe(gray[None], workers=cache.cluster(), wait_s=_WAIT_S)
            scores = tuple(learned.head.scores(features)[0].round(4).tolist())
        said = None if network is None else _said(network, gray, names)
    except LessonError as error:
        return Answered(frame=frame, problem=error.problem)
    return Answered(frame=frame, scores=scores, network=said)


def _said(
    network: SmallNetwork, gray: UInt8Array, names: tuple[str, ...]
) -> tuple[float, ...] | None:
    classes = network.spec.classes
    if sorted(classes) != sorted(names):
        return None
    image = prepare_image(gray, SMALL_SIDE)
    asked = request(Tasks.predict, model_path=network.path, images=image[None])
    outputs = probabilities(cache.cluster().analyse(asked, timeout_s=_WAIT_S)[0])
    return tuple(round(float(outputs[classes.index(name)]), 4) for name in names)
