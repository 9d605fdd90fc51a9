"""Trainings that differ in one or two settings and the seed: which cell of the grid is best.

A grid is read out of the trainings themselves, so that one that is deleted leaves a hole and
nothing else. Its figures come from validation; the more cells there are, the more the highest of
them owes to luck, and that is said beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.training.contrast import SEED, differing
from core.training.spec import TrainingSpec

MOST_VALUES: Final = 4
MOST_SEEDS: Final = 3
NONE: Final = ""
"""Stands for the value of an axis that a grid does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One training of a grid.

    Attributes:
        run: Its id.
        spec: What it trains.
        value: Its validation figure so far, None before the first epoch.
        ended: Whether nothing more happens.
    """

    run: str
    spec: TrainingSpec
    value: float | None
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The trainings of equal settings, one a seed.

    Attributes:
        row, column: Values of the two settings, `NONE` where there is none.
        members: Its trainings.
    """

    row: str
    column: str
    members: tuple[Trained, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """Validation figures that are known."""
        return tuple(
            one.value for one in self.members if one.value is not None and math.isfinite(one.value)
        )

    @property
    def ended(self) -> int:
        """Trainings of which nothing more is to come."""
        return sum(one.ended for one in self.members)

    @property
    def complete(self) -> bool:
        """Whether all of its trainings have ended with a figure."""
        return self.ended == len(self.members) == len(self.values)

    @property
    def mean(self) -> float:
        """Over the seeds; NaN without a figure."""
        return sum(self.values) / len(self.values) if self.values else math.nan

    @property
    def best(self) -> Trained | None:
        """The training with its highest figure."""
        known = [one for one in self.members if one.value in self.values]
        return max(known, key=lambda one: one.value or -math.inf, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """All cells of a sweep.

    Attributes:
        row_name, column_name: The two settings, `NONE` where there is none.
        rows, columns: Their values, in order.
        cells: By row and column; one that was deleted is not there.
    """

    row_name: str
    column_name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]

    @property
    def best(self) -> Cell | None:
        """The complete cell with the highest mean over its seeds."""
        complete = [cell for cell in self.cells.values() if cell.complete]
        return max(complete, key=lambda cell: cell.mean, default=None)

    def rivals(self, of: Cell) -> tuple[Cell, ...]:
        """Complete cells whose seeds reach into those of another: some seed of theirs is as high
        as its lowest.
        """
        floor = min(of.values, default=math.inf)
        return tuple(
            cell
            for cell in self.cells.values()
            if cell is not of and cell.complete and max(cell.values) >= floor
        )

    def named(self, cell: Cell) -> str:
        """What sets a cell apart.

        >>> grid = Grid(row_name="rate", column_name="", rows=("0.1",), columns=("",), cells={})
        >>> grid.named(Cell(row="0.1", column="", members=()))
        'rate 0.1'
        """
        pairs = ((self.row_name, cell.row), (self.column_name, cell.column))
        return ", ".join(f"{name} {value}" for name, value in pairs if name) or "all alike"


def grid_of(trained: Sequence[Trained]) -> Grid:
    """The grid that trainings make by their settings, the seed left out.

    Where more than two settings differ, the further ones stand together on the second axis.
    """
    told = [
        {name: value for name, value in one.items() if name != SEED}
        for one in differing([one.spec for one in trained])
    ] or [{} for _ in trained]
    names = list(told[0]) if told else []
    row_name, others = (names[0], names[1:]) if names else (NONE, [])
    held: dict[tuple[str, str], list[Trained]] = {}
    for one, settings in zip(trained, told, strict=True):
        place = (settings.get(row_name, NONE), " / ".join(settings[name] for name in others))
        held.setdefault(place, []).append(one)
    return Grid(
        row_name=row_name,
        column_name=" / ".join(others),
        rows=_in_order(row for row, _ in held),
        columns=_in_order(column for _, column in held),
        cells={
            place: Cell(row=place[0], column=place[1], members=tuple(members))
            for place, members in held.items()
        },
    )


def _in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Values as often as once: numbers by size, others as they come."""
    found = tuple(dict.fromkeys(values))
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return found
