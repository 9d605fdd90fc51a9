"""The gallery as a component: drawings and curves of all networks, pictures of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.inspect.ideas.idea import Idea, Picture
from core.models.zoo.entries import MODELS, TIMELINE
from core.ops.stack import INITIALIZATIONS
from dashboard.browser.publication import component
from dashboard.lessons.zoo.outline import Item
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, choice, whole

FIRST: Final = TIMELINE[0]
DRAWN: Final = "resnet"
"""The network whose figure depends on how the first weights are drawn."""
FIRST_DRAWN: Final = "small"
STEPS: Final = 127
"""Of a color scale on each side of zero, as the pictures are sent."""

show = component("zoo", "lessons/zoo/stage.js")


def position_field(network: str) -> str:
    """Name of the field that holds where a network's control stands."""
    return f"at{network}"


POSITIONS: Final[dict[str, tuple[int, int]]] = {
    "neocognitron": (2, 9),
    "lenet": (4, 9),
    "alexnet": (12, 21),
    "vgg": (1, 4),
    "googlenet": (6, 9),
    "shared": (5, 16),
    "resnet": (9, 20),
    "mobilenet": (5, 8),
    "fused": (0, 4),
    "paper": (3, 6),
}
"""Where each network's control begins and how many positions it has: as in its idea, which takes
seconds to measure; a test holds the two together."""

SCHEMA: Final[Schema] = (
    choice("network", FIRST, [(name, MODELS[name].title) for name in TIMELINE]),
    choice(
        "init",
        FIRST_DRAWN,
        [(entry.name, entry.title) for entry in INITIALIZATIONS.values()],
        label="First weights",
    ),
    *(
        whole(position_field(name), start, 0, count - 1)
        for name, (start, count) in POSITIONS.items()
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exhibit:
    """One network as the gallery shows it.

    Attributes:
        name, title, year, idea: As in the zoo.
        side: Of the image, for the drawing's scale.
        outline: What is drawn.
        facts: Name and value of each number; empty while a question is open.
        figures: The idea, for each setting that it depends on; one without a name for most.
    """

    name: str
    title: str
    year: int
    idea: str
    side: int
    outline: tuple[Item, ...]
    facts: tuple[tuple[str, str], ...]
    figures: Mapping[str, Idea]


def payload(exhibits: Sequence[Exhibit], header: Mapping[str, Any], *, chosen: str) -> bytes:
    """All exhibits as one blob, with the pictures of one.

    Args:
        exhibits: In the order of the timeline.
        header: What every stage's message begins with.
        chosen: Name of the network whose pictures go along: all of them would be most of the
            message, and one network is seen at a time.
    """
    sent = _Sent()
    told = [_exhibit(one, sent, with_pictures=one.name == chosen) for one in exhibits]
    listed = moments(
        SCHEMA,
        header.get("words", {}),
        neocognitron=_begun("neocognitron", 4),
        lenet=_begun("lenet"),
        vgg=_begun("vgg"),
        resnet=_begun("resnet", 19),
        he={**_begun("resnet", 19), "init": "he"},
        mobilenet=_begun("mobilenet"),
    )
    told_all = {**header, "exhibits": told, "pictured": chosen, "moments": listed}
    return pack(told_all, sent.arrays)


def _begun(network: str, at: int | None = None) -> dict[str, Any]:
    place = {} if at is None else {position_field(network): at}
    return {"network": network, "init": FIRST_DRAWN, **place}


class _Sent:
    """The arrays of a message: what is the same is sent once."""

    def __init__(self) -> None:
        self.arrays: list[NDArray[Any]] = []
        self._places: dict[tuple[object, ...], int] = {}

    def place(self, array: NDArray[Any]) -> int:
        key = (array.shape, array.dtype.str, array.tobytes())
        if key not in self._places:
            self._places[key] = len(self.arrays)
            self.arrays.append(array)
        return self._places[key]


def _exhibit(one: Exhibit, sent: _Sent, *, with_pictures: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "year": one.year,
        "idea": one.idea,
        "side": one.side,
        "outline": [item.to_json() for item in one.outline],
        "facts": [list(fact) for fact in one.facts],
        "figures": {
            name: _figure(idea, sent, with_pictures=with_pictures)
            for name, idea in one.figures.items()
        },
    }


def _figure(idea: Idea, sent: _Sent, *, with_pictures: bool) -> dict[str, Any]:
    return {
        "title": idea.title,
        "control": idea.control,
        "positions": list(idea.positions),
        "axis": idea.axis,
        "logarithmic": idea.logarithmic,
        "highest": idea.highest,
        "lines": [
            {
                "name": line.name,
                "values": list(line.values),
                "role": line.role,
                "jumps": line.jumps,
            }
            for line in idea.lines
        ],
        "views": [
            {
                "sentence": view.sentence,
                "formula": view.formula,
                "bars": [[bar.label, bar.value, bar.role, bar.shown] for bar in view.bars],
                "pictures": [
                    _picture(picture, sent.place(quantized(picture)) if with_pictures else None)
                    for picture in view.pictures
                ],
            }
            for view in idea.views
        ],
    }


def _picture(picture: Picture, place: int | None) -> dict[str, Any]:
    limit = f"\N{PLUS-MINUS SIGN}{picture.limit:.3g}" if picture.scale == "activation" else ""
    return {
        "title": picture.title,
        "note": ", ".join(part for part in (picture.note, limit) if part),
        "scale": picture.scale,
        "limit": STEPS if picture.scale == "activation" else picture.limit,
        "array": place,
    }


def quantized(picture: Picture) -> NDArray[Any]:
    """(H, W) whole numbers of a picture: grays and counts as they are, signed ones in `STEPS`."""
    values = np.asarray(picture.values, dtype=np.float64)
    if picture.scale == "activation":
        limit = picture.limit if picture.limit > 0 else 1.0
        return np.rint(np.clip(values / limit, -1.0, 1.0) * STEPS).astype(np.int8)
    if picture.scale == "count":
        return np.rint(values).astype(np.uint16)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
