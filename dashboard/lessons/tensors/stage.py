"""The stage on tensors: their numbers, sliced, batched and drawn in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.ops.tensor import MAX_LENGTH
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Field, Schema, choice, numbers, text, whole
from data.samples.tensors import IMAGES, SIDE, Specimen

TITLES: Final = (
    ("table", "Table"),
    ("series", "Time series"),
    ("images", "Images"),
    ("color", "Color images"),
    ("video", "Video"),
)
VIEWS: Final = (
    ("slice", "Slice"),
    ("batch", "Batch"),
    ("memory", "Memory"),
    ("types", "Type"),
    ("order", "Order"),
)
"""What can be shown of a tensor, with the titles of its buttons."""

_INDICES: Final = {
    "table": "x[:8, :4]",
    "series": "x[0]",
    "images": "x[0]",
    "color": "x[0, ..., 0]",
    "video": "x[0, 5]",
}
_ELEMENTS: Final = {
    "table": (2, 10),
    "series": (2, 4, 3),
    "images": (2, 10, 20, 0),
    "color": (2, 10, 20, 0),
    "video": (2, 10, 20, 20, 0),
}
_MOST_SAMPLES: Final = 569
_LONGEST_TYPED: Final = MAX_LENGTH + 40
"""What is longer than an index may be can be typed, and is told so."""
LARGEST_BATCH: Final = 128


def _each() -> tuple[Field, ...]:
    """Index and element of each tensor: who comes back to one finds it as it was left."""
    indices = tuple(
        text(f"index{name}", index, longest=MAX_LENGTH) for name, index in _INDICES.items()
    )
    elements = tuple(
        numbers(f"element{name}", place, 0, _MOST_SAMPLES - 1, longest=len(place))
        for name, place in _ELEMENTS.items()
    )
    return indices + elements


SCHEMA: Final[Schema] = (
    choice("view", "slice", VIEWS, label="View"),
    choice("tensor", "images", TITLES, label="Tensor"),
    *_each(),
    whole("batch", 5, 1, LARGEST_BATCH, label="Batch size"),
    choice(
        "last",
        "keep",
        [("keep", "keep it"), ("drop", "leave it out")],
        label="Last batch",
    ),
    whole("at", 0, 0, _MOST_SAMPLES - 1, label="Batch"),
    choice(
        "as",
        "uint8",
        [("uint8", "uint8, 1 byte"), ("float32", "float32, 4 bytes")],
        label="Kept as",
    ),
    whole("sample", 2, 0, IMAGES - 1, label="Picture"),
    whole("add", 10, -255, 255, label="Add to each"),
    choice(
        "norm",
        "scaled",
        [("scaled", "\N{DIVISION SIGN} 255"), ("standardized", "standardized")],
        label="As float32",
    ),
    choice(
        "turn",
        "channels",
        [("channels", "channels first"), ("flip", "turn a picture")],
        label="Question",
    ),
    whole("byte", 1000, 0, 3 * SIDE * SIDE - 1, label="Byte"),
)
show = component("tensors", "lessons/tensors/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TensorsView:
    """What the stage shows.

    Attributes:
        specimens: The tensors that are sent.
        words: Sentences of the stage by name.
    """

    specimens: tuple[Specimen, ...]
    words: Mapping[str, str]


def payload(view: TensorsView, header: Mapping[str, Any]) -> bytes:
    """The stage's message: every tensor as it is, colored images as the colors of their grays."""
    sent = {one.name for one in view.specimens}
    return pack(
        {
            **header,
            "tensors": [
                {
                    "name": one.name,
                    "axes": list(one.axes),
                    "stamp": one.stamp,
                    "of": None if one.palette is None else "images",
                }
                for one in view.specimens
            ],
            "closed": [name for name, _ in TITLES if name not in sent],
            "views": [list(view) for view in VIEWS],
            "longest": _LONGEST_TYPED,
            "words": dict(view.words),
            "moments": moments(
                SCHEMA,
                view.words,
                slice={
                    "view": "slice",
                    "tensor": "images",
                    "indeximages": "x[-1, 10:40, 16:48, 0]",
                },
                video={"view": "slice", "tensor": "video", "indexvideo": "x[1, 5]"},
                batch={"view": "batch", "tensor": "images", "at": 0},
                memory={"view": "memory", "tensor": "images", "as": "float32"},
                types={"view": "types", "add": 90, "norm": "scaled"},
                order={"view": "order", "turn": "channels", "byte": 1000},
            ),
        },
        [one.values if one.palette is None else one.palette for one in view.specimens],
    )
