"""The images in which the page on feature maps looks for what excites a unit. No Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import numpy as np

from core.arrays import UInt8Array
from core.inspect.excitation import Exciting
from core.inspect.receptive_field import ReceptiveField
from core.jobs.remote import Request, Tasks, request
from core.models.cost import total_multiply_adds
from core.models.spec import ModelSpec
from core.models.weights import Weights
from core.prepared import PreparedSet
from data.pictures.preprocess import prepare_image
from data.synthetic.radiograph import SMALLEST, draw

T = TypeVar("T")

MOST_IMAGES: Final = 256
LEAST_IMAGES: Final = 48
BUDGET: Final = 12e9
"""Multiply-adds of one search: some seconds."""
TIMEOUT_S: Final = 120.0
SEED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Images to search.

    Attributes:
        images: (N, S, S) uint8 at the network's size.
        labels: (N,) what each shows.
        kind: "set" for images that it was trained on, "other" for the same dataset prepared in
            another way, "drawn" where there are none here.
        total: Images that the sample was taken from.
        key: Names the sample.
    """

    images: UInt8Array
    labels: tuple[str, ...]
    kind: str
    total: int
    key: str


class Worker(Protocol):
    """What is asked to search; `core.jobs.cluster.Cluster` is one."""

    def analyse(self, asked: Request[T], *, timeout_s: float) -> T:
        """Do what is asked."""
        ...


def images_to_search(spec: ModelSpec) -> int:
    """As many as some seconds allow."""
    fitting = int(BUDGET / max(total_multiply_adds(spec), 1))
    return min(max(fitting, LEAST_IMAGES), MOST_IMAGES)


def sample_of_set(spec: ModelSpec, prepared: PreparedSet, *, own: bool) -> Sample:
    """Images of the training part, drawn without looking.

    Args:
        spec: The network; images of another size are prepared anew.
        prepared: The set.
        own: Whether the network was trained on this very preparation.
    """
    index = prepared.indices("train")
    count = min(images_to_search(spec), len(index))
    chosen = np.sort(np.random.default_rng(SEED).choice(index, count, replace=False))
    size = spec.input_size
    images = np.stack(
        [
            prepared.images[at]
            if prepared.size == size
            else prepare_image(prepared.images[at], size)
            for at in chosen
        ]
    )
    return Sample(
        images=images,
        labels=tuple(prepared.classes[int(prepared.labels[at])] for at in chosen),
        kind="set" if own else "other",
        total=len(index),
        key=f"{prepared.fingerprint}/{size}/{count}",
    )


def drawn_sample(spec: ModelSpec) -> Sample:
    """Drawn radiographs, where the images that a network learned from are not here."""
    size, count = spec.input_size, min(images_to_search(spec), 128)
    drawn = [draw(index, size=max(size, SMALLEST)) for index in range(count)]
    images = np.stack([prepare_image(one.image, size) for one in drawn])
    names = ("normal", "fracture")
    return Sample(
        images=images,
        labels=tuple(names[one.label] for one in drawn),
        kind="drawn",
        total=count,
        key=f"drawn/{size}/{count}",
    )


def search(
    worker: Worker, spec: ModelSpec, weights: Weights, sample: Sample, name: str
) -> Exciting:
    """Have an analyzing worker look through the sample; see `core.inspect.excitation`."""
    asked = request(
        Tasks.exciting_images,
        spec=spec.to_json(),
        weights=dict(weights),
        images=sample.images,
        name=name,
    )
    return worker.analyse(asked, timeout_s=TIMEOUT_S)


def window_of(
    field: ReceptiveField, cell: tuple[int, int], unit: int, *, vector: bool
) -> tuple[int, int, int, int]:
    """What one cell sees of the picture: top, left, bottom, right (excluded)."""
    return field.window(*(field.position(unit) if vector else cell))
