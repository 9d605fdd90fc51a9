"""Asking a network about pictures: one with its map, or many with their outputs alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.explain.result import ClassMap, Method, probabilities
from core.jobs.remote import Request, Tasks, request
from core.marks import Marks
from core.reference.description import strange_sentence
from core.sheets import Rows
from dashboard import cache, state
from dashboard.background.errands import Errand
from dashboard.networks.classifiers import Classifier
from dashboard.networks.placement_figures import explanation
from dashboard.workbench.xray.picture_source import Subject
from data.pictures.preprocess import (
    Decoded,
    Preprocessed,
    marks_to_prepared,
    prepare_image,
    steps,
)

WORKER_WAIT_S: Final = 120.0


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
    strangeness: float | None = None

    @property
    def doubts(self) -> tuple[str, ...]:
        """What the network itself says against its answer to this picture."""
        said = strange_sentence(self.strangeness)
        return (said,) if said else ()

    @property
    def trusted(self) -> bool:
        """Whether anything may be read into the answer."""
        return self.decoded.looks_like_xray and not self.doubts

    @property
    def output(self) -> float:
        """The output for the class that the threshold speaks of."""
        return float(self.cam.probabilities[self.inquiry.network.positive])

    @property
    def marks(self) -> Marks | None:
        """The marked places in the square that this network saw; None where none are."""
        marks = self.subject.marks
        return None if marks is None else marks_to_prepared(marks, self.prepared.box)


def warm(network: Classifier) -> bool:
    """Have a worker load the reference network while a person still chooses a picture.

    Its first answer takes seconds, those after it a fraction of one. For a small network its
    backbone is loaded, which tells strange pictures. What is asked is a black picture, and the
    answer goes nowhere.

    Returns:
        Whether the next answer need not wait for that.
    """
    if not network.tells_strangers:
        return True
    size = network.spec.input_size
    black = np.zeros((size, size), np.uint8)
    inquiries = [
        _judgment(network, black[None]),
        request(Tasks.explain, **explanation(network, black, "hirescam")),
    ]
    workers = cache.cluster()

    def load(errand: Errand[bool]) -> bool:
        errand.advance("loading", 0.0)
        for asked in inquiries:
            workers.analyse(asked, timeout_s=WORKER_WAIT_S)
        return True

    return cache.errands().ask(("warm", network.file_stamp()), load).ended


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
    strange = None
    if inquiry.network.tells_strangers:
        _, strange = _judged(inquiry.network, prepared.image[None])
    return Result(
        inquiry=inquiry,
        subject=subject,
        decoded=decoded,
        prepared=prepared,
        cam=cam,
        strangeness=None if strange is None else float(strange[0]),
    )


def table_of_outputs(subjects: list[Subject], network: Classifier) -> Rows:
    """One line for each of several pictures, bad files among them."""
    size, images, rows = network.spec.input_size, [], []
    for subject in subjects:
        row = {"path": subject.name, "score": None, "label": "", "problem": "", "doubt": ""}
        rows.append(row)
        try:
            image, row["doubt"] = _small(subject, size)
        except LessonError as error:
            row["problem"] = error.problem
        else:
            images.append((row, image))
    if images:
        logits, strange = _judged(network, np.stack([image for _, image in images]))
        for place, (row, _) in enumerate(images):
            output = probabilities(logits[place])
            row["score"] = round(float(output[network.positive]), 4)
            row["label"] = network.answer(output)
            said = "" if strange is None else strange_sentence(float(strange[place]))
            row["doubt"] = " ".join(doubt for doubt in (row["doubt"], said) if doubt)
    return rows


def _small(subject: Subject, size: int) -> tuple[UInt8Array, str]:
    """The picture as the network takes it, and what speaks against asking about it."""

    def prepare() -> tuple[UInt8Array, str]:
        decoded = subject.decode(False)
        return prepare_image(decoded.gray, size), " ".join(decoded.warnings)

    return state.remembered("xray_small", (subject.key, size), prepare, most=100)


def _judgment(
    network: Classifier, batch: UInt8Array
) -> Request[tuple[FloatArray, FloatArray | None]]:
    return request(Tasks.judge, model_path=str(network.path), images=batch, eye=network.eye)


def _judged(network: Classifier, batch: UInt8Array) -> tuple[FloatArray, FloatArray | None]:
    """Logits (N, K) of pictures (N, S, S), and how strange each is where the network can tell."""
    key = (network.file_stamp(), hashlib.sha256(batch.tobytes()).hexdigest())

    def judge() -> tuple[FloatArray, FloatArray | None]:
        return cache.cluster().analyse(_judgment(network, batch), timeout_s=WORKER_WAIT_S)

    return state.remembered("xray_judged", key, judge, most=32)
