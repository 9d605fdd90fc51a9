"""A network's maps against the places that radiologists marked, over many X-rays. NumPy only.

Each X-ray is measured with each method: whether the highest place is marked (the pointing game,
Zhang et al. 2016, without a margin), which share of the positive evidence lies in the marks, and
how far the highest places and the marked ones are the same. Beside each stands the share of the
picture that is marked: what a map without any knowledge reaches.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.errors import LessonError
from core.evaluation import resampling
from core.evaluation.estimate import Estimate
from core.evaluation.resampling import Resampled
from core.explain.overlap import Overlap
from core.explain.result import METHODS, Method
from core.npz import read_npz, write_npz

FILE: Final = "marks.npz"
"""Beside a network's weights."""

Verdict: TypeAlias = Literal["right", "elsewhere", "seen", "missed"]
"""Found for the right reason, found but pointing elsewhere, missed though its map points at the
mark, and missed."""

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Located:
    """Maps against marks, of N X-rays with marks.

    Attributes:
        ids: (N,) what the set calls them.
        groups: (N,).
        outputs: (N,) for the positive class, 0 to 1.
        area: (N,) share of the picture that is marked.
        pointed: By method, (N,) 1 where the highest place is marked, else 0; NaN not measured.
        evidence: By method, (N,) share of the positive evidence in the marks; NaN likewise, and
            where nothing is positive.
        shared: By method, (N,) as `core.explain.overlap.Overlap.shared`.
    """

    ids: tuple[str, ...]
    groups: IntArray
    outputs: FloatArray
    area: FloatArray
    pointed: Mapping[Method, FloatArray] = field(default_factory=dict)
    evidence: Mapping[Method, FloatArray] = field(default_factory=dict)
    shared: Mapping[Method, FloatArray] = field(default_factory=dict)

    @property
    def methods(self) -> tuple[Method, ...]:
        """Those that were measured on any X-ray."""
        return tuple(m for m in METHODS if m in self.pointed and self.measured(m).any())

    def measured(self, method: Method) -> BoolArray:
        """(N,) where a method was measured."""
        return np.isfinite(self.pointed[method])

    def verdicts(self, method: Method, threshold: float) -> tuple[Verdict | None, ...]:
        """What became of each X-ray; None where the method was not measured."""
        found = self.outputs >= threshold
        told: list[Verdict | None] = []
        for at, pointed in enumerate(self.pointed[method]):
            if np.isnan(pointed):
                told.append(None)
            elif found[at]:
                told.append("right" if pointed else "elsewhere")
            else:
                told.append("seen" if pointed else "missed")
        return tuple(told)

    def with_one(self, at: int, output: float, found: Mapping[Method, Overlap]) -> Located:
        """The same with one X-ray measured by some methods."""
        outputs, area = self.outputs.copy(), self.area.copy()
        outputs[at] = output
        kept = {name: dict(getattr(self, name)) for name in ("pointed", "evidence", "shared")}
        for method, one in found.items():
            area[at] = one.area
            values = {
                "pointed": float(one.peak_inside), "evidence": one.evidence, "shared": one.shared
            }  # fmt: skip
            for name, value in values.items():
                row = kept[name].get(method, np.full(len(self.ids), np.nan)).copy()
                row[at] = value
                kept[name][method] = row
        return Located(
            ids=self.ids, groups=self.groups, outputs=outputs, area=area,
            pointed=kept["pointed"], evidence=kept["evidence"], shared=kept["shared"],
        )  # fmt: skip

    def arrays(self) -> dict[str, Any]:
        """For a file; `read_located` is the inverse."""
        rows = {
            f"{name}/{method}": values.astype(np.float32)
            for name in ("pointed", "evidence", "shared")
            for method, values in getattr(self, name).items()
        }
        return {
            "ids": np.array(self.ids),
            "groups": self.groups,
            "outputs": self.outputs.astype(np.float32),
            "area": self.area.astype(np.float32),
            **rows,
        }


def unmeasured(ids: Sequence[str], groups: IntArray) -> Located:
    """X-rays of which nothing is known yet."""
    nothing = np.full(len(ids), np.nan)
    return Located(ids=tuple(ids), groups=groups, outputs=nothing, area=nothing.copy())


@dataclass(frozen=True, slots=True)
class Placing:
    """How well one method of a network points at marks, with 95 % intervals by group.

    Attributes:
        pointed: Share of X-rays whose highest place is marked.
        evidence: Mean share of the positive evidence in the marks.
        shared: Mean overlap of the highest places with the marked ones.
        area: Mean share of the picture that is marked: chance for the first two.
    """

    pointed: Estimate
    evidence: Estimate
    shared: Estimate
    area: float


@functools.lru_cache(maxsize=128)
def placing(located: Located, method: Method) -> Placing:
    """Over all X-rays that were measured."""
    measured = located.measured(method)
    groups = located.groups[measured]
    pointed = located.pointed[method][measured] > 0
    return Placing(
        resampling.share(pointed, resampling.draw(groups)).estimate(),
        _mean(located.evidence[method][measured], groups),
        _mean(located.shared[method][measured], groups),
        float(located.area[measured].mean()) if measured.any() else float("nan"),
    )


def _mean(values: FloatArray, groups: IntArray) -> Estimate:
    """A mean with its interval; X-rays without a value are left out."""
    known = np.isfinite(values)
    draws = resampling.draw(groups[known])
    counted = draws.totals(np.ones(int(known.sum())))
    sums = draws.totals(values[known].astype(np.float64))
    means = np.divide(sums, counted, out=np.full(len(counted), np.nan), where=counted > 0)
    value = float(means[0]) if known.any() else float("nan")
    return Resampled(value, means[1:], int(known.sum())).estimate()


def read_located(path: Path) -> Located | None:
    """What `Located.arrays` kept; None where there is no such file.

    Raises:
        LessonError: ``marks.damaged``.
    """
    if not path.is_file():
        return None
    try:
        arrays = read_npz(path)
        rows: dict[str, dict[Method, FloatArray]] = {"pointed": {}, "evidence": {}, "shared": {}}
        for name, found in rows.items():
            for method in METHODS:
                if f"{name}/{method}" in arrays:
                    found[method] = arrays[f"{name}/{method}"].astype(np.float64)
        return Located(
            ids=tuple(str(one) for one in arrays["ids"]),
            groups=arrays["groups"].astype(np.int64),
            outputs=arrays["outputs"].astype(np.float64),
            area=arrays["area"].astype(np.float64),
            pointed=rows["pointed"],
            evidence=rows["evidence"],
            shared=rows["shared"],
        )
    except (OSError, ValueError, KeyError) as error:
        raise LessonError(
            "marks.damaged",
            problem=f"The figures in {path.parent.name}/{path.name} cannot be read ({error}).",
            remedy="Delete that file and measure once more.",
        ) from error


def write_located(path: Path, located: Located) -> None:
    """Keep the figures, whole or not at all."""
    write_npz(path, located.arrays(), compressed=True)
