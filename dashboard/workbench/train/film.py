"""The time machine's film: what stands beside the curves, moment by moment. No Streamlit here.

A worker looks at each moment once; what it found is kept for all who watch the run. The film
travels in pieces of a few moments, so that a run that goes on sends only its new ones, and the
browser moves in it without asking anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray, UInt8Array
from core.explain.result import Reaction
from core.inspect.condition import Condition
from core.training.moment import Moment
from core.training.results import read_moment
from dashboard.shared.blob import pack

PIECE: Final = 8
"""Moments in one message."""
ASKED: Final = 3
"""Moments that a worker is asked for at once: others wait for it too."""
_STEPS: Final = 127


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """A network at one moment, whatever it looks at.

    Attributes:
        condition: Its kernels and its silent units.
        scores: (V,) outputs for the second class of two, (V, C) for more, float32; NaN for those
            validation images that were not looked at.
    """

    condition: Condition
    scores: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Film:
    """What is known of a run's moments.

    Attributes:
        key: Names run and picture.
        moments: Those that are kept, in their order.
        states, reactions: By moment, as far as they are known.
        classes: Names.
        labels: (V,) of the validation images; none where they are not known here.
        image: (S, S) the pinned X-ray; None where there is none.
        label: Its true class where it is known, else -1.
        sample: Validation images on which silent units were counted.
    """

    key: str
    moments: tuple[Moment, ...]
    states: Mapping[Moment, State]
    reactions: Mapping[Moment, Reaction]
    classes: tuple[str, ...]
    labels: IntArray
    image: UInt8Array | None
    sample: int
    label: int = -1

    @property
    def ready(self) -> tuple[Moment, ...]:
        """The first moments, up to one that is not known yet."""
        known = [
            one in self.states and (self.image is None or one in self.reactions)
            for one in self.moments
        ]
        return self.moments[: known.index(False)] if False in known else self.moments

    @property
    def pieces(self) -> int:
        """Messages that it travels in."""
        return -(-len(self.ready) // PIECE)


@dataclass(slots=True)
class Kept:
    """What was found of a run so far, filled in the background and read by all who watch."""

    states: MutableMapping[Moment, State] = field(default_factory=dict)
    sample: int = 0


def spread(folder: Path, moment: Moment, images: int) -> FloatArray:
    """The outputs of all validation images at a moment, NaN where an image was not looked at.

    Args:
        folder: Of the run.
        moment: One that is kept.
        images: Of the validation part.

    Raises:
        LessonError: ``model.damaged``.
    """
    found = read_moment(folder, moment, weights=False)
    if found.places is None:
        return found.scores
    whole = np.full((images, *found.scores.shape[1:]), np.nan, np.float32)
    whole[found.places] = found.scores
    return whole


def next_of(moments: Sequence[Moment], known: Mapping[Moment, Any]) -> tuple[Moment, ...]:
    """The first moments that are not known yet: as many as a worker is asked for at once."""
    return tuple(one for one in moments if one not in known)[:ASKED]


def steps(values: FloatArray) -> tuple[NDArray[np.int8], float]:
    """Signed values in 127 steps each way, and what the last step stands for.

    >>> made, limit = steps(np.array([0.0, -2.0, 1.0]))
    >>> made.tolist(), limit
    ([0, -127, 64], 2.0)
    """
    limit = float(np.abs(values).max(initial=0.0))
    if not np.isfinite(limit) or limit == 0.0:
        return np.zeros(values.shape, np.int8), 0.0
    return np.rint(values * (_STEPS / limit)).astype(np.int8), limit


def piece(film: Film, number: int) -> bytes:
    """One message of the film.

    Args:
        film: With that many ready moments.
        number: Counted from 0.
    """
    shown = film.ready[number * PIECE : (number + 1) * PIECE]
    states = [film.states[one] for one in shown]
    reactions = [film.reactions[one] for one in shown] if film.image is not None else []
    maps = [steps(one.maps) for one in reactions]
    cells = [steps(one.cells) for one in reactions]
    header = {
        "film": film.key,
        "first": number * PIECE,
        "moments": [
            {
                "place": round(moment.place, 4),
                "epoch": moment.epoch,
                "batch": moment.batch,
                "batches": moment.batches,
                "activity": [
                    [one.name, one.function, one.idle, one.units]
                    for one in state.condition.activity
                ],
            }
            for moment, state in zip(shown, states, strict=True)
        ],
        "limits": [[limit, hottest] for (_, limit), (_, hottest) in zip(maps, cells, strict=True)],
        "explained": [one.class_index for one in reactions],
        "classes": list(film.classes),
        "label": film.label,
        "sample": film.sample,
    }
    arrays: list[Any] = [
        np.stack([one.condition.kernels for one in states]),
        np.stack([one.scores for one in states]),
        film.labels.astype(np.uint8),
        np.zeros((0, 0), np.uint8) if film.image is None else film.image,
    ]
    if reactions:
        arrays += [
            np.stack([made for made, _ in maps]),
            np.stack([made for made, _ in cells]),
            np.stack([one.logits for one in reactions]).astype(np.float32),
        ]
    return pack(header, arrays)
