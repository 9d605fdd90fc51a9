"""Asking a network about pictures: one with its map, or many with their outputs alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from core.errors import LessonError
from core.explain.result import ClassMap, Method, probabilities
from core.jobs.remote import Tasks, request
from core.marks import Marks
from dashboard import cache, state
from dashboard.networks.classifiers import Classifier
from dashboard.workbench.xray.picture_source import Subject
from data.pictures.preprocess import (
    Decoded,
    Preprocessed,
    marks_to_prepared,
    prepare_image,
    steps,
)

WORKER_WAIT_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked of the network: evidence for which class, at which layer, by which map."""

    network: Classifier
    class_index: int
    layer: str
    method: Method

    @property
    def target(self) -> str:
        """The class for people."""
        return self.network.spec.classes[self.class_index]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """One picture, what became of it, and what the network made of that."""

    inquiry: Inquiry
    subject: Subject
    decoded: Decoded
    prepared: Preprocessed
    cam: ClassMap

    @property
    def output(self) -> float:
        """The output for the class that the threshold speaks of."""
        return float(self.cam.probabilities[self.inquiry.network.positive])

    @property
    def marks(self) -> Marks | None:
        """The marked places in the square that this network saw; None where none are."""
        marks = self.subject.marks
        return None if marks is None else marks_to_prepared(marks, self.prepared.box)


def ask(subject: Subject, decoded: Decoded, inquiry: Inquiry) -> Result:
    """The network's answer; asked once a session, kept in memory only.

    Raises:
        LessonError: What the worker or the picture's preparation raises.
    """
    prepared = steps(decoded, size=inquiry.network.spec.input_size)
    key = (
        inquiry.network.file_stamp(),
        hashlib.sha256(prepared.image.tobytes()).hexdigest(),
        inquiry.class_index,
        inquiry.layer,
        inquiry.method,
    )

    def explain() -> ClassMap:
        asked = request(
            Tasks.explain,
            model_path=str(inquiry.network.path),
            image=prepared.image,
            class_index=inquiry.class_index,
            layer=inquiry.layer or None,
            method=inquiry.method,
        )
        return cache.cluster().analyse(asked, timeout_s=WORKER_WAIT_S)

    cam = state.remembered("xray_answers", key, explain, most=32)
    return Result(inquiry=inquiry, subject=subject, decoded=decoded, prepared=prepared, cam=cam)


def table_of_outputs(subjects: list[Subject], network: Classifier) -> pd.DataFrame:
    """One line for each of several pictures, bad files among them."""
    size, images, rows = network.spec.input_size, [], []
    for subject in subjects:
        row = {"path": subject.name, "score": None, "label": "", "problem": ""}
        rows.append(row)
        try:
            images.append((row, _small(subject, size)))
        except LessonError as error:
            row["problem"] = error.problem
    if images:
        for (row, _), output in zip(images, _outputs(network, images), strict=True):
            row["score"] = round(float(output[network.positive]), 4)
            row["label"] = network.answer(output)
    return pd.DataFrame(rows)


def _small(subject: Subject, size: int) -> np.ndarray:
    return state.remembered(
        "xray_small",
        (subject.key, size),
        lambda: prepare_image(subject.decode(False).gray, size),
        most=100,
    )


def _outputs(network: Classifier, images: list) -> np.ndarray:
    batch = np.stack([image for _, image in images])
    key = (network.file_stamp(), hashlib.sha256(batch.tobytes()).hexdigest())

    def predict() -> np.ndarray:
        asked = request(Tasks.predict, model_path=str(network.path), images=batch)
        logits = cache.cluster().analyse(asked, timeout_s=WORKER_WAIT_S)
        return np.stack([probabilities(row) for row in logits])

    return state.remembered("xray_outputs_of", key, predict)
