"""Several trainings in one frame, and their figures in pairs. No Streamlit here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from core.evaluation.estimate import Difference
from core.evaluation.logits import guessing_loss
from core.training.history import Epoch
from dashboard.networks.compared import Compared
from dashboard.shared.table import table
from dashboard.theme import Theme
from dashboard.workbench.compare.shown import Entry, Family
from dashboard.workbench.train.figure import (
    Curves,
    Line,
    Measure,
    Panel,
    loss_range,
    measure_title,
    share_range,
)

DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_BAND: Final = 0.25
_HEADS: Final = (
    "", "Run", "What differs", "Best epoch", "Balanced accuracy (95 %)", "AUC (95 %)",
    "Balanced accuracy less A's", "AUC less A's",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the viewer wants to see.

    Attributes:
        measure: Of the right panel.
        log: Whether the loss axis is logarithmic.
        training: Whether the curves on the training images are drawn too.
    """

    measure: Measure = "balanced_accuracy"
    log: bool = False
    training: bool = False


def colors(theme: Theme) -> tuple[str, ...]:
    """Of the letters, told apart by their dashes too."""
    return (
        theme.accent, theme.reference, theme.other, theme.validation, theme.text, theme.muted,
    )  # fmt: skip


def overlay(
    families: Sequence[Family], options: Options, theme: Theme, *, sentence: str, message: str = ""
) -> Curves:
    """Both panels with a line for each letter: validation, and training where asked for."""
    loss = _lines(families, "loss", options, theme)
    shares = _lines(families, options.measure, options, theme)
    specs = [one.spec for family in families for one in family.entries]
    level = min(
        (guessing_loss(len(spec.model.classes), focal_gamma=spec.focal_gamma) for spec in specs),
        default=guessing_loss(2),
    )
    loss_low, loss_high = loss_range(loss, level, log=options.log)
    low, high = share_range(shares, 0.5)
    kinds = {(spec.class_weights, spec.focal_gamma) for spec in specs}
    unit = "nats" if len(kinds) < 2 else "nats, not counted alike"
    focal = {spec.focal_gamma for spec in specs}
    if len(focal) == 1 and max(focal):
        unit += f", focal \u03b3 {max(focal):g}"
    kind = "Loss, training thin" if options.training else "Validation loss"
    return Curves(
        run="+".join(one.summary.id for family in families for one in family.entries),
        panels=(
            Panel(
                title=f"{kind} ({unit})",
                lines=tuple(loss),
                low=loss_low,
                high=loss_high,
                log=options.log,
            ),
            Panel(title=measure_title(options.measure), lines=tuple(shares), low=low, high=high),
        ),
        epochs=max((family.epochs for family in families), default=10),
        sentence=sentence,
        message=message,
    )


def _lines(families: Sequence[Family], name: str, options: Options, theme: Theme) -> list[Line]:
    found: list[Line] = []
    looks = zip(families, colors(theme), DASHES, strict=False)
    for family, color, dash in looks:
        look: dict[str, Any] = {"color": color, "dash": dash}
        if options.training:
            x, mean, _, _ = _course(family, lambda row: getattr(row.train, name))
            if len(x):
                found.append(
                    Line(
                        name=f"{family.letter}, training",
                        x=x,
                        y=mean,
                        width=theme.line_px * 0.4,
                        opacity=0.7,
                        **look,
                    )
                )
        x, mean, low, high = _course(family, lambda row: getattr(row.validation, name))
        if not len(x):
            continue
        if len(family.entries) > 1:
            edge: dict[str, Any] = {"x": x, "color": color, "width": 0.0, "opacity": _BAND}
            found.append(Line(name=f"{family.letter}, lowest", y=low, **edge))
            found.append(Line(name=f"{family.letter}, highest", y=high, fill=True, **edge))
        said = f"{family.letter}, mean" if len(family.entries) > 1 else family.letter
        found.append(
            Line(
                name=said,
                label=family.letter,
                x=x,
                y=mean,
                width=theme.line_px,
                markers=True,
                **look,
            )
        )
    return found


def _course(
    family: Family, value: Callable[[Epoch], float]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Epochs, and mean, lowest and highest value over the seeds that have come so far.

    A run that went on from an epoch of another stands behind that epoch.
    """
    held: dict[int, list[float]] = {}
    for one in family.entries:
        before = one.before
        for row in one.history.epochs:
            found = value(row)
            if math.isfinite(found):
                held.setdefault(before + row.epoch, []).append(found)
    epochs = sorted(held)
    columns = [np.array([fold(held[epoch]) for epoch in epochs]) for fold in (np.mean, min, max)]
    return np.array(epochs, dtype=np.float64), *columns  # type: ignore[return-value]


def ahead(entry: Entry, of: Compared | None, measure: str) -> Difference | None:
    """How far a run is ahead of another on the same images; None where they were not the same."""
    mine = entry.compared
    if mine is None or of is None or not mine.same_images(of):
        return None
    found: Difference = getattr(mine.figures, measure).minus(getattr(of.figures, measure))
    return found


def figures_table(families: Sequence[Family], text: Mapping[str, str]) -> str:
    """The figures of every run on validation, and how far it is from the first, in pairs."""
    base = families[0].first
    rows = []
    for family in families:
        for one in family.entries:
            rows.append(_row(family, one, base))
    held = base.compared
    caption = text["table"].format(
        n=0 if held is None else f"{len(held.labels):,}",
        groups=0 if held is None else f"{len(np.unique(held.groups)):,}",
    )
    return table(_HEADS, rows, caption=caption, look="lb-table")


def _row(family: Family, one: Entry, base: Entry) -> tuple[str, ...]:
    best = "" if one.best is None else f"{one.best.epoch} of {one.spec.epochs}"
    name = one.summary.name or one.summary.id[-4:]
    told = family.told if len(family.entries) == 1 else f"seed {one.spec.seed}"
    if one.compared is None:
        return (family.letter, name, told, best, "not ended", "", "", "")
    balanced, auc = (
        getattr(one.compared.figures, measure).estimate()
        for measure in ("balanced_accuracy", "auc")
    )
    pairs = ("", "")
    if one is not base:
        found = [ahead(one, base.compared, measure) for measure in ("balanced_accuracy", "auc")]
        first = "other images" if found[0] is None else found[0].points()
        pairs = (first, "" if found[1] is None else found[1].plain())
    return (family.letter, name, told, best, balanced.percent(), auc.plain(), *pairs)


def seeds_told(families: Sequence[Family], text: Mapping[str, str]) -> list[str]:
    """For each letter of several seeds: how far they alone move the figure."""
    said = []
    for family in families:
        ended = [one.compared for one in family.entries if one.compared is not None]
        if len(ended) < 2:
            continue
        values = [100 * one.figures.balanced_accuracy.value for one in ended]
        said.append(
            text["seeds"].format(
                letter=family.letter,
                count=len(ended),
                low=min(values),
                high=max(values),
                span=max(values) - min(values),
            )
        )
    return said


def twin(families: Sequence[Family]) -> dict[str, Any]:
    """What is plotted, as a table: one row for each run and epoch."""
    rows = [
        [family.letter, one.summary.id[-4:], str(row.epoch), *_numbers(row)]
        for family in families
        for one in family.entries
        for row in one.history.epochs
    ]
    heads = [
        "", "run", "epoch", "training loss", "validation loss", "validation balanced accuracy",
        "validation AUC",
    ]  # fmt: skip
    return {"caption": "Figures of each epoch", "head": heads, "rows": rows}


def _numbers(row: Epoch) -> list[str]:
    seen = row.validation
    return [
        f"{value:.4f}" for value in (row.train.loss, seen.loss, seen.balanced_accuracy, seen.auc)
    ]
