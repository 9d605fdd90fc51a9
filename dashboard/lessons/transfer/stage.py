"""The stage on transfer: learning curves of four ways to begin, and the first layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.geometry import Padding
from core.ops.convolution import convolve
from core.reference.backbone import DEVIATION, MEAN, STEM
from core.transfer.account import MEASURES, Point
from core.transfer.plan import FROZEN, NOTHING, SHARES, WAYS
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.number import count, fixed, percent
from dashboard.shared.schema import Schema, choice, whole
from data.ready.transfer_runs import Transfer

LAYERS: Final = ("photographs", "xrays", "end")
_WHITE: Final = 255.0
"""By which the small network divides gray values; the large one has a scaling of its own."""
_STRIDE: Final = 2
_STEPS: Final = 127
"""Of the signed bytes in which responses travel."""
_BLANK: Final = 0.01
"""Share of the heaviest kernel's largest weight below which one is called empty."""
SCHEMA: Final[Schema] = (
    choice(
        "view", "curve", (("curve", "Learning curve"), ("kernels", "First layers")), label="See"
    ),
    choice("measure", "auc", (("auc", "All X-rays"), ("matched", "Among alike")), label="Compare"),
    whole("ways", len(WAYS), 1, len(WAYS), label="Ways"),
    choice(
        "share",
        "100",
        tuple((f"{100 * share:.0f}", percent(share)) for share in SHARES),
        label="X-rays",
    ),
    whole("kernel", 1, 1, STEM, label="Kernel"),
)

show = component("transfer", "lessons/transfer/stage.js")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class TransferView:
    """What the stage shows.

    Attributes:
        measured: The figures.
        kernels: First layers (3, 3, 1, F) by name.
        picture: (S, S) uint8, on which they are tried.
        kept: Mean cosine of the kernels learned from nothing with their start.
        words: Sentences of the stage by name.
    """

    measured: Transfer
    kernels: Mapping[str, FloatArray]
    picture: UInt8Array
    kept: float
    words: Mapping[str, str]


def responses(kernels: FloatArray, picture: UInt8Array, *, small: bool = False) -> FloatArray:
    """(F, S/2, S/2): what a first layer makes of a picture, before its activation and its bias.

    Args:
        kernels: (3, 3, 1, F).
        picture: (S, S) uint8.
        small: Whether the gray values enter as the small network has them.
    """
    gray = picture.astype(np.float32)
    entered = gray / _WHITE if small else (gray - MEAN) / DEVIATION
    found = convolve(entered[..., None], kernels, stride=_STRIDE, padding=Padding.SAME)
    return found.transpose(2, 0, 1)


def blank(kernels: FloatArray) -> int:
    """How many kernels (K, K, 1, F) weigh next to nothing beside the heaviest of them.

    >>> kernels = np.ones((3, 3, 1, 4)); kernels[..., 1] = 1e-3
    >>> blank(kernels)
    1
    """
    largest = np.abs(kernels).max(axis=(0, 1, 2))
    return int((largest < _BLANK * largest.max()).sum())


def payload(view: TransferView, header: Mapping[str, Any]) -> bytes:
    """The stage's message."""
    arrays = []
    for name in LAYERS:
        own = view.kernels[name]
        seen = responses(own, view.picture, small=name == "xrays")
        largest = np.abs(seen).max(axis=(1, 2), keepdims=True)
        steps = np.rint(_STEPS * seen / np.maximum(largest, 1e-9)).astype(np.int8)
        arrays += [own[:, :, 0].transpose(2, 0, 1).astype(np.float32), steps]
    everything = {"view": "curve", "measure": "auc", "ways": len(WAYS), "share": "100"}
    most = view.measured.largest(FROZEN).count
    words = {
        **view.words,
        "xrays": view.words["xrays"].format(count=count(most)),
        "end": view.words["end"].format(
            count=count(view.measured.largest(NOTHING).count), passes=view.measured.passes
        ),
        "kernels": view.words["kernels"].format(
            kernels=STEM, kept=fixed(view.kept, 4), passes=view.measured.passes
        ),
        "blank": view.words["blank"].format(blank=blank(view.kernels["photographs"])),
    }
    return pack(
        {
            **header,
            "ways": list(WAYS),
            "points": [_point(one, words) for one in view.measured.points],
            "blind": view.measured.blind["metadata"].value,
            "small": {name: figure.value for name, figure in view.measured.small.items()},
            "tables": [table(view.measured, name, words) for name in MEASURES],
            "words": words,
            "moments": moments(
                SCHEMA,
                view.words,
                nothing={**everything, "ways": 1},
                frozen={**everything, "ways": 2},
                tuned={**everything, "ways": 3},
                marked=everything,
                few={**everything, "share": "10"},
                matched={**everything, "measure": "matched"},
                kernels={"view": "kernels"},
            ),
        },
        arrays,
    )


def _point(one: Point, words: Mapping[str, str]) -> dict[str, Any]:
    """A point with its figures by measure and the sentence that compares it with the way before."""
    lead = {}
    if one.lead is not None:
        before = WAYS[WAYS.index(one.way) - 1]
        for name, difference in one.lead.items():
            said = words["lead"].format(
                way=words[one.way], before=words[before].lower(), lead=difference.plain()
            )
            lead[name] = f"{said} {words['apart' if difference.told_apart else 'same']}"
    return {
        "way": one.way,
        "share": f"{100 * one.share:.0f}",
        "count": one.count,
        "fractured": one.fractured,
        "figures": {
            name: {
                "value": figure.value,
                "low": figure.low,
                "high": figure.high,
                "each": list(one.each[name]),
            }
            for name, figure in one.figures.items()
        },
        "lead": lead,
    }


def table(measured: Transfer, measure: str, words: Mapping[str, str]) -> dict[str, Any]:
    """The figures of one measure: ``caption``, ``head``, ``rows``."""
    counts = {one.share: one.count for one in measured.points}
    rows = [
        [
            words[way],
            *(
                "" if found is None else found.figures[measure].plain()
                for found in (measured.at(way, share) for share in SHARES)
            ),
        ]
        for way in WAYS
    ]
    rows.append([words["small"], *([""] * (len(SHARES) - 1)), measured.small[measure].plain()])
    number = measured.points[0].figures[measure].n
    return {
        "caption": f"{words[f'axis-{measure}']}. {words['table'].format(n=count(number))}",
        "head": ["", *(f"{count(counts[share])} X-rays" for share in SHARES if share in counts)],
        "rows": rows,
    }
