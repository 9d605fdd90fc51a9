"""What the reference network does where, besides the figures of every report: lines for its card.

Every number comes from outputs of pictures that its head did not learn from. NumPy only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import BoolArray, FloatArray, IntArray
from core.evaluation import resampling
from core.evaluation.calibration import gap, gap_by_chance
from core.evaluation.estimate import Estimate
from core.evaluation.resampling import Draws
from core.reference.head import Trial

SIZE_PARTS: Final = 3
"""Parts of the fractured pictures by the size of their largest mark."""
FEWEST: Final = 10
"""X-rays of either label below which a part's figure is not told."""


@dataclass(frozen=True, slots=True)
class Section:
    """Facts under a title.

    Attributes:
        title: Of the section.
        lines: One fact each.
    """

    title: str
    lines: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a card."""
        return {"title": self.title, "lines": list(self.lines)}


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Scored:
    """Pictures of one part with their outputs.

    Attributes:
        labels: (N,) 0 or 1.
        outputs: (N,) for fracture, 0 to 1.
        groups: (N,).
        strata: (N,) numbers of pictures alike in body part, view and hardware.
        regions: (N,) body part of each, "" where it is not told.
        hardware: (N,) plates, screws or the like are visible.
        marks: (N,) side of the largest mark as a share of the picture's side; 0 without a mark.
        pointed: (N,) whether the highest cell of the locator lies on a mark.
        strangeness: (N,) as a multiple of the limit.
    """

    labels: IntArray
    outputs: FloatArray
    groups: IntArray
    strata: IntArray
    regions: Sequence[str]
    hardware: BoolArray
    marks: FloatArray
    pointed: BoolArray
    strangeness: FloatArray

    def only(self, chosen: BoolArray) -> Scored:
        """A part of the pictures."""
        return Scored(
            labels=self.labels[chosen],
            outputs=self.outputs[chosen],
            groups=self.groups[chosen],
            strata=self.strata[chosen],
            regions=[name for name, kept in zip(self.regions, chosen, strict=True) if kept],
            hardware=self.hardware[chosen],
            marks=self.marks[chosen],
            pointed=self.pointed[chosen],
            strangeness=self.strangeness[chosen],
        )

    def draws(self) -> Draws:
        """For intervals by group."""
        return resampling.draw(self.groups)


def sections(
    scored: Scored,
    *,
    threshold: float,
    trials: Sequence[Trial],
    joined: Mapping[str, tuple[float, float]],
) -> tuple[Section, ...]:
    """All that the card adds to the report.

    Args:
        scored: The test part.
        threshold: Of the answer.
        trials: Of the cross-validation, of each penalty.
        joined: Cross-validated AUC, and that on pairs alike, of what else was tried, by name.
    """
    return (
        Section("Without the help of body part, view and hardware", tuple(_matched(scored))),
        Section("Per body part", tuple(_regions(scored))),
        Section("Where it fails", tuple(_failures(scored, threshold))),
        Section("Whether it sees the place", tuple(_places(scored))),
        Section("What an output means", tuple(_calibration(scored))),
        Section("When it says that it does not know", tuple(_strangers(scored))),
        Section("How it was chosen", tuple(_choice(trials, joined))),
    )


def _matched(scored: Scored) -> Iterator[str]:
    draws = scored.draws()
    found = resampling.matched_auc(scored.labels, scored.outputs, scored.strata, draws).estimate()
    yield (
        f"AUC {found.plain()}, over pairs of a fractured and a normal X-ray that are alike in"
        " body part, view and hardware; whoever knows those alone reaches 0.500."
    )
    plain = scored.only(~scored.hardware)
    yield f"AUC {_auc(plain).plain()}, on X-rays without plates, screws or the like."


def _regions(scored: Scored) -> Iterator[str]:
    for name in sorted(set(scored.regions) - {""}):
        own = scored.only(np.array([region == name for region in scored.regions]))
        fractured = int(own.labels.sum())
        told = f"{name}: X-rays {len(own.labels):,}, fractured {fractured}"
        if min(fractured, len(own.labels) - fractured) < FEWEST:
            yield f"{told}; too few for a figure."
        else:
            yield f"{told}; AUC {_auc(own).plain()}."


def _failures(scored: Scored, threshold: float) -> Iterator[str]:
    marked = np.flatnonzero(scored.marks > 0)
    order = marked[np.argsort(scored.marks[marked], kind="stable")]
    for part in np.array_split(order, SIZE_PARTS):
        low, high = scored.marks[part].min(), scored.marks[part].max()
        found = _share(scored, part, scored.outputs >= threshold)
        yield (
            f"Of fractures whose largest mark has {100 * low:.1f} to {100 * high:.1f} % of the"
            f" picture's side it finds {found.percent()}."
        )
    normal = np.flatnonzero((scored.labels == 0) & scored.hardware)
    if len(normal):
        count = int((scored.outputs[normal] >= threshold).sum())
        yield f"Of {len(normal)} normal X-rays with hardware it calls {count} fractured."


def _places(scored: Scored) -> Iterator[str]:
    marked = np.flatnonzero(scored.marks > 0)
    found = _share(scored, marked, scored.pointed)
    yield (
        f"In {found.percent()} of the fractured X-rays the cell that its locator finds likeliest"
        " lies on a mark of the radiologists (pointing game, no margin)."
    )


def _calibration(scored: Scored) -> Iterator[str]:
    yield (
        "Its two scores were joined and scaled by logistic regression on pictures that the folds"
        " of the cross-validation did not see."
    )
    yield (
        f"On the test part outputs lie {gap(scored.outputs, scored.labels):.3f} from the share of"
        f" fractures, on average over tenths of its {len(scored.labels):,} X-rays by output; a"
        f" calibrated network would show {gap_by_chance(scored.outputs):.3f} by chance."
    )
    yield (
        f"Its mean output there is {scored.outputs.mean():.3f}; the share of fractures is"
        f" {scored.labels.mean():.3f}. Where fractures are rarer or more frequent, outputs are not"
        " shares."
    )


def _strangers(scored: Scored) -> Iterator[str]:
    count = int((scored.strangeness > 1).sum())
    yield (
        "Its own features tell how far a picture lies from those it learned from; the limit lets"
        " 99 % of the validation part pass."
    )
    yield f"Of {len(scored.labels):,} X-rays of the test part it calls {count} strange."


def _choice(trials: Sequence[Trial], joined: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    tried = {
        f"The features, inverse penalty {one.strength:g}": (one.auc, one.matched) for one in trials
    }
    for name, (auc, matched) in (*tried.items(), *joined.items()):
        yield f"{name}: cross-validated AUC {auc:.3f}, {matched:.3f} on pairs alike."


def _auc(scored: Scored) -> Estimate:
    return resampling.auc(scored.labels, scored.outputs, scored.draws()).estimate()


def _share(scored: Scored, index: IntArray, hit: BoolArray) -> Estimate:
    return resampling.share(hit[index], resampling.draw(scored.groups[index])).estimate()


def side_of_marks(records: Sequence[Mapping[str, Any]], size: int) -> FloatArray:
    """(N,) the longer side of each picture's largest mark, as a share of the prepared square."""
    return np.array(
        [
            max((max(box.width, box.height) for box in record["marks"].boxes), default=0.0) / size
            for record in records
        ]
    )
