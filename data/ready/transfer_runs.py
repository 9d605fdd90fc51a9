"""The ready runs on transfer learning: four ways to begin, five shares of the X-rays.

``data/ready/transfer/figures.json`` holds the figures, ``kernels.npz`` the first layers,
``outputs.npz`` what every training said of the test part, from which the figures are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from core.evaluation.estimate import Difference, Estimate
from core.transfer.account import Point
from data.ready import files

FOLDER: Final = Path(__file__).resolve().parent / "transfer"
KERNELS: Final = "kernels.npz"
OUTPUTS: Final = "outputs.npz"
COMMAND: Final = "python3 -m dashboard transfer measure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What was measured.

    Attributes:
        points: By way and share.
        blind: Name of what is known without a pixel -> AUC of a forest that knows it.
        small: By measure, the figure of a small network that began with nothing, had all X-rays and
            was trained to its end, so that the comparison does not flatter.
        trained: Share of the weights that fine-tuning changes.
        weights: Weights of the whole network.
        size, passes: Of all trainings.
    """

    points: tuple[Point, ...]
    blind: Mapping[str, Estimate]
    small: Mapping[str, Estimate]
    trained: float
    weights: int
    size: int
    passes: int

    def largest(self, way: str) -> Point:
        """The point of a way with the most X-rays."""
        return max((one for one in self.points if one.way == way), key=lambda one: one.share)

    def at(self, way: str, share: float) -> Point | None:
        """The point of a way at a share, None where it was not measured."""
        return next((one for one in self.points if (one.way, one.share) == (way, share)), None)


def write_transfer(
    measured: Transfer,
    kernels: Mapping[str, NDArray[Any]],
    outputs: Mapping[str, NDArray[Any]],
    folder: Path = FOLDER,
) -> None:
    """Keep figures, first layers and outputs."""
    told = {
        "command": COMMAND,
        "points": [_to_json(one) for one in measured.points],
        "blind": {name: figure.to_json() for name, figure in measured.blind.items()},
        "small": {name: figure.to_json() for name, figure in measured.small.items()},
        "trained": measured.trained,
        "weights": measured.weights,
        "size": measured.size,
        "passes": measured.passes,
    }
    files.write_figures(folder, told)
    files.write_arrays(folder / KERNELS, kernels)
    files.write_arrays(folder / OUTPUTS, outputs)


def read_transfer(folder: Path = FOLDER) -> Transfer:
    """The figures.

    Raises:
        LessonError: ``ready.damaged``.
    """

    def read(told: Mapping[str, Any]) -> Transfer:
        return Transfer(
            points=tuple(_from_json(one) for one in told["points"]),
            blind={name: Estimate.from_json(row) for name, row in told["blind"].items()},
            small={name: Estimate.from_json(row) for name, row in told["small"].items()},
            trained=told["trained"],
            weights=told["weights"],
            size=told["size"],
            passes=told["passes"],
        )

    return files.read_figures(folder, read, command=COMMAND)


def read_kernels(folder: Path = FOLDER) -> dict[str, NDArray[Any]]:
    """First layers (3, 3, 1, F): ``photographs``; ``xrays``, of a small network that was trained to
    its end; ``start`` and ``end`` of the large one that began with nothing and had most X-rays.

    Raises:
        LessonError: ``ready.damaged``.
    """
    return files.read_arrays(folder / KERNELS, command=COMMAND)


def read_outputs(folder: Path = FOLDER) -> dict[str, NDArray[Any]]:
    """``labels``, ``groups`` and ``strata`` of the test part, and its logits by trial.

    Raises:
        LessonError: ``ready.damaged``.
    """
    return files.read_arrays(folder / OUTPUTS, command=COMMAND)


def _to_json(one: Point) -> dict[str, Any]:
    return {
        "way": one.way,
        "share": one.share,
        "count": one.count,
        "fractured": one.fractured,
        "seconds": one.seconds,
        "figures": {name: figure.to_json() for name, figure in one.figures.items()},
        "each": {name: list(values) for name, values in one.each.items()},
        "lead": None
        if one.lead is None
        else {name: difference.to_json() for name, difference in one.lead.items()},
    }


def _from_json(plain: Mapping[str, Any]) -> Point:
    lead = plain["lead"]
    return Point(
        way=plain["way"],
        share=plain["share"],
        count=plain["count"],
        fractured=plain["fractured"],
        seconds=plain["seconds"],
        figures={name: Estimate.from_json(row) for name, row in plain["figures"].items()},
        each={name: tuple(values) for name, values in plain["each"].items()},
        lead=None
        if lead is None
        else {name: Difference.from_json(row) for name, row in lead.items()},
    )
