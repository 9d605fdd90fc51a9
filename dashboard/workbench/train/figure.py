"""The curves of a run as values: what the live component draws and what stands in its table.

Everything is decided here, labels, ranges and colors included; the component's script only
hands it to Plotly. No Streamlit here.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.evaluation.epoch_metrics import EpochMetrics
from core.evaluation.logits import constant_loss, guessing_loss
from core.sheets import write_rows
from core.training.history import (
    ACCURACY,
    FRACTIONAL_EPOCH,
    LOSS,
    STEP,
    History,
)
from core.training.paper_log import PAPER_LOG
from core.training.spec import TrainingSpec
from dashboard.shared.blob import pack
from dashboard.theme import Theme

Measure: TypeAlias = Literal["accuracy", "balanced_accuracy", "auc"]
MEASURES: Final[dict[Measure, str]] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "auc": "AUC",
}

MOST_POINTS: Final = 600
"""Batches drawn in one line; more would not be told apart on 500 pixels."""

_UNSETTLED: Final = 0.1

SMOOTHING: Final = 0.9
"""Share of the past in a smoothed batch curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveOptions:
    """What the viewer wants to see.

    Attributes:
        measure: Of the right panel.
        log_loss: Whether the loss axis is logarithmic.
        smooth: Whether a smoothed batch curve lies over the raw one.
        paper: Whether the log of the paper's Fig. 7 is laid over.
    """

    measure: Measure = "accuracy"
    log_loss: bool = False
    smooth: bool = False
    paper: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One curve: x and y of equal length, and how it looks."""

    name: str
    x: FloatArray
    y: FloatArray
    color: str
    width: float
    dash: str = "solid"
    opacity: float = 1.0
    markers: bool = False
    label: str = ""  # written at its end; empty for none
    fill: bool = False  # the area to the line before it is tinted


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A level or a point that is named: the baseline, the best epoch."""

    text: str
    value: float
    epoch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes.

    Attributes:
        title: What is drawn, with its unit.
        lines: The curves, the ones behind first.
        low, high: Range of the value axis; it only widens while a run grows.
        log: Whether the value axis is logarithmic.
        baseline: What is reached without a network.
        best: The best epoch and its validation value.
    """

    title: str
    lines: tuple[Line, ...]
    low: float
    high: float
    log: bool = False
    baseline: Mark | None = None
    best: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Both panels, and the same in words."""

    run: str
    panels: tuple[Panel, Panel]
    epochs: int
    sentence: str
    message: str = ""


def curves(
    history: History,
    *,
    run: str,
    epochs: int,
    classes: int,
    majority: float | None,
    options: CurveOptions,
    theme: Theme,
    weighted: bool = True,
    focal_gamma: float = 0.0,
    constant: float | None = None,
    message: str = "",
) -> Curves:
    """The two panels of a run.

    Args:
        history: What has happened so far; may be empty.
        run: Its id; the viewer's zoom is kept as long as it stays the same.
        epochs: Right end of the epoch axis.
        classes: Number of classes, for the level of guessing.
        weighted: Whether each class counts the same in the loss.
        focal_gamma: Of the loss; 0 for cross-entropy.
        constant: Loss on validation of the best single output for all images, where it is known.
        majority: Share of the largest class among the validation images, if known.
        options: What to show.
        theme: Colors and sizes.
        message: Shown in place of curves.
    """
    last = len(PAPER_LOG) if options.paper else 0
    return Curves(
        run=run,
        panels=(
            _loss_panel(
                history,
                guessing_loss(classes, focal_gamma=focal_gamma) if constant is None else constant,
                loss_title(weighted=weighted, focal_gamma=focal_gamma),
                options,
                theme,
                named=constant is not None,
            ),
            _measure_panel(history, classes, majority, options, theme),
        ),
        epochs=max(epochs, last, *(row.epoch for row in history.epochs), 1),
        sentence=describe(history, epochs=epochs, majority=majority),
        message=message,
    )


def payload(
    figure: Curves,
    *,
    theme: Theme,
    header: Mapping[str, Any] | None = None,
    after: Sequence[NDArray[Any]] = (),
) -> bytes:
    """The figure as one blob for the stage: x and y of each line follow one another.

    Args:
        figure: What to draw.
        theme: Colors and sizes.
        header: What else the stage is told, from `Lesson.header`.
        after: Arrays that follow those of the lines.
    """
    arrays: list[FloatArray] = []
    panels: list[dict[str, Any]] = []
    for panel in figure.panels:
        entry = _plain(panel, leave="lines")
        entry["lines"] = [_plain(line, leave="x y") for line in panel.lines]
        panels.append(entry)
        for line in panel.lines:
            arrays += [line.x.astype(np.float32), line.y.astype(np.float32)]
    told = {
        **(header or {}),
        "run": figure.run,
        "epochs": figure.epochs,
        "sentence": figure.sentence,
        "message": figure.message,
        "panels": panels,
        "theme": _plain(theme) | {"layout": theme.layout()},
    }
    return pack(told, [*arrays, *after])


def thin(batches: FloatArray, *, most: int = MOST_POINTS) -> FloatArray:
    """Every n-th batch and always the last, so that at most ``most`` + 1 rows are drawn.

    n is a power of two: as a run grows, points are left out but never move.

    >>> thin(np.arange(10.0).reshape(10, 1), most=4).ravel()
    array([0., 4., 8., 9.])
    """
    step = 1
    while len(batches) > most * step:
        step *= 2
    kept = batches[::step]
    if len(batches) and (len(batches) - 1) % step:
        kept = np.concatenate([kept, batches[-1:]])
    return kept


def smooth(values: FloatArray, *, memory: float = SMOOTHING) -> FloatArray:
    r"""Exponential mean that starts without bias: early values are not pulled to zero.

    .. math:: s_k = \frac{\sum_{i \le k} m^{k-i} y_i}{\sum_{i \le k} m^{k-i}}

    >>> smooth(np.array([1.0, 1.0, 4.0]), memory=0.5)
    array([1.        , 1.        , 2.71428571])
    """
    total = weight = 0.0
    result = np.empty(len(values))
    for index, value in enumerate(values):
        if math.isfinite(value):
            total = memory * total + float(value)
            weight = memory * weight + 1.0
        result[index] = total / weight if weight else math.nan
    return result


def describe(history: History, *, epochs: int, majority: float | None) -> str:
    """The picture as one sentence, for who cannot see it."""
    if not history.epochs:
        count = len(history.batches)
        if not count:
            return "Loss and accuracy over the epochs; nothing is trained yet."
        loss, accuracy = history.batches[-1, [LOSS, ACCURACY]]
        return (
            f"First epoch of {epochs}, batch {count}: training loss {loss:.3f},"
            f" training accuracy {100 * accuracy:.1f} %."
        )
    row = history.epochs[-1]
    parts = [
        f"After epoch {row.epoch} of {epochs} the training loss is {row.train.loss:.3f} and the"
        f" validation loss {row.validation.loss:.3f}; training accuracy is"
        f" {100 * row.train.accuracy:.1f} %, validation accuracy"
        f" {100 * row.validation.accuracy:.1f} %"
    ]
    if majority is not None:
        parts.append(
            f", where always giving the most frequent label reaches {100 * majority:.1f} %"
        )
    best = history.best_epoch
    if best is not None:
        parts.append(f". The validation loss was lowest in epoch {best}")
    return "".join(parts) + "."


def brief(history: History) -> str:
    """The newest of it, short enough to stand beside the curves."""
    if not history.epochs:
        count = len(history.batches)
        return f"First epoch, batch {count}." if count else ""
    row = history.epochs[-1]
    said = f"Epoch {row.epoch}: training loss {row.train.loss:.3f}, validation"
    said += f" {row.validation.loss:.3f}"
    best = history.best_epoch
    return f"{said}, lowest in epoch {best}." if best is not None else f"{said}."


def twin(history: History) -> dict[str, Any]:
    """What is plotted as a table, one row an epoch."""
    rows = [[f"{row[0]:.0f}", *(f"{value:.4f}" for value in row[2:])] for row in table(history)]
    heads = [name.replace("_", " ") for name in COLUMNS if name != "seconds"]
    return {"caption": "Figures of each epoch", "head": heads, "rows": rows}


COLUMNS: Final = (
    "epoch",
    "seconds",
    *(f"{part}_{item.name}" for part in ("train", "validation") for item in fields(EpochMetrics)),
)
"""Header of the exported table."""


def table(history: History) -> list[tuple[float, ...]]:
    """One row an epoch, in the order of `COLUMNS`: the numbers that are plotted."""
    names = [item.name for item in fields(EpochMetrics)]
    return [
        (
            row.epoch,
            row.seconds,
            *(getattr(row.train, name) for name in names),
            *(getattr(row.validation, name) for name in names),
        )
        for row in history.epochs
    ]


def history_csv(history: History) -> str:
    """The whole run: one line a batch, with the epoch's figures on the line that ends it."""
    ends = {float(row[0]): row for row in table(history)}
    rows: list[Iterable[float | str]] = []
    rows.append(["step", "epochs_done", "batch_loss", "batch_accuracy", *COLUMNS])
    for batch in history.batches:
        row = ends.pop(float(batch[FRACTIONAL_EPOCH]), ())
        rows.append([int(batch[STEP]), *(float(value) for value in batch[1:]), *row])
    for row in ends.values():  # epochs whose batches were not written down
        rows.append(["", "", "", "", *row])
    sheet = io.StringIO()
    write_rows(sheet, rows)
    return sheet.getvalue()


def loss_title(*, weighted: bool, focal_gamma: float = 0.0) -> str:
    """What the loss axis shows."""
    kind = f"Focal loss \u03b3 {focal_gamma:g}" if focal_gamma else "Cross-entropy"
    return f"{kind}, {'classes alike' if weighted else 'plain mean'} (nats)"


def _loss_panel(
    history: History,
    level: float,
    title: str,
    options: CurveOptions,
    theme: Theme,
    *,
    named: bool,
) -> Panel:
    lines = _batch_lines(history.batches, LOSS, options, theme)
    lines += _epoch_lines(history, "loss", theme)
    if options.paper:
        lines += _paper_lines("loss", theme)
    low, high = loss_range(lines, level, log=options.log_loss)
    return Panel(
        title=title,
        lines=tuple(lines),
        low=low,
        high=high,
        log=options.log_loss,
        baseline=Mark(text=f"one output<br>for all {level:.3f}", value=level) if named else None,
        best=_best(history, "loss"),
    )


def _measure_panel(
    history: History,
    classes: int,
    majority: float | None,
    options: CurveOptions,
    theme: Theme,
) -> Panel:
    measure = options.measure
    lines = []
    if measure == "accuracy":
        lines += _batch_lines(history.batches, ACCURACY, options, theme)
    lines += _epoch_lines(history, measure, theme)
    if options.paper and measure == "accuracy":
        lines += _paper_lines("accuracy", theme)
    baseline = _measure_baseline(measure, classes, majority)
    low, high = share_range(lines, 0.5 if baseline is None else min(baseline.value, 0.6))
    return Panel(
        title=measure_title(measure),
        lines=tuple(lines),
        low=low,
        high=high,
        baseline=baseline,
        best=_best(history, measure),
    )


def measure_title(measure: Measure) -> str:
    """What the axis of a measure shows."""
    return f"{MEASURES[measure]} (share)" if measure != "auc" else "AUC"


def loss_range(lines: Sequence[Line], level: float, *, log: bool) -> tuple[float, float]:
    """The range of a loss axis that holds a level and all curves, round at both ends."""
    values = _framed(lines, level)
    low, high = _tenth_below(float(values.min()) - 0.05), _round_up(float(values.max()) * 1.05)
    return (_round_down(float(values[values > 0].min()) / 1.1) if log else low), high


def share_range(lines: Sequence[Line], level: float) -> tuple[float, float]:
    """The range of an axis of shares that holds a level and all curves."""
    values = _framed(lines, level)
    return _tenth_below(float(values.min()) - 0.04), 1.0


def _measure_baseline(measure: Measure, classes: int, majority: float | None) -> Mark | None:
    if measure == "auc":
        return Mark(text="guessing<br>0.5", value=0.5)
    if measure == "balanced_accuracy":
        return Mark(text=f"guessing<br>{1 / classes:.3g}", value=1 / classes)
    if majority is None:
        return None
    return Mark(text=f"majority<br>{majority:.3f}", value=majority)


def _batch_lines(
    batches: FloatArray, column: int, options: CurveOptions, theme: Theme
) -> list[Line]:
    if not len(batches):
        return []
    drawn = thin(batches)
    name = "training, batch" if len(drawn) == len(batches) else "training, batch (every n-th)"
    raw = Line(
        name=name,
        x=drawn[:, FRACTIONAL_EPOCH],
        y=drawn[:, column],
        color=theme.training,
        width=theme.line_px * 0.5,
        opacity=0.25 if options.smooth else 0.5,
    )
    if not options.smooth:
        return [raw]
    smoothed = batches.copy()
    smoothed[:, column] = smooth(batches[:, column])
    smoothed = thin(smoothed)
    over = Line(
        name="training, batches smoothed",
        x=smoothed[:, FRACTIONAL_EPOCH],
        y=smoothed[:, column],
        color=theme.training,
        width=theme.line_px * 0.7,
        opacity=0.8,
    )
    return [raw, over]


def _epoch_lines(history: History, measure: str, theme: Theme) -> list[Line]:
    if not history.epochs:
        return []
    x = np.array([row.epoch for row in history.epochs], dtype=np.float64)
    train = np.array([getattr(row.train, measure) for row in history.epochs])
    validation = np.array([getattr(row.validation, measure) for row in history.epochs])
    look = {"x": x, "width": theme.line_px, "markers": True}
    return [
        Line(name="training", label="training", y=train, color=theme.training, **look),
        Line(
            name="validation",
            label="validation",
            y=validation,
            color=theme.validation,
            dash="dash",
            **look,
        ),
    ]


def _paper_lines(measure: Literal["loss", "accuracy"], theme: Theme) -> list[Line]:
    x = np.array([row.epoch for row in PAPER_LOG], dtype=np.float64)
    train = np.array([getattr(row, measure) for row in PAPER_LOG])
    validation = np.array([getattr(row, f"validation_{measure}") for row in PAPER_LOG])
    look = {"x": x, "color": theme.reference, "width": theme.line_px * 0.7}
    return [
        Line(name="Fig. 7, training", label="Fig. 7", y=train, dash="dashdot", **look),
        Line(name="Fig. 7, validation", label="Fig. 7 val.", y=validation, dash="dot", **look),
    ]


def _best(history: History, measure: str) -> Mark | None:
    best = history.best_epoch
    if best is None:
        return None
    row = next(row for row in history.epochs if row.epoch == best)
    value = getattr(row.validation, measure)
    return (
        Mark(text=f"best: epoch {best}", value=value, epoch=best) if math.isfinite(value) else None
    )


def _framed(lines: Sequence[Line], level: float) -> FloatArray:
    """The values that the axis must show: all but the first tenth of an epoch's running means,
    which stand on a few batches and would squeeze everything else.
    """
    values = [np.array([level])]
    for line in lines:
        settled = line.y if line.markers else line.y[line.x % 1.0 > _UNSETTLED]
        values.append(settled if len(settled) else line.y)
    joined = np.concatenate(values)
    return joined[np.isfinite(joined)]


def _tenth_below(value: float) -> float:
    """The next lower tenth, at least 0."""
    return max(0.0, math.floor(value * 10) / 10)


def _round_up(value: float) -> float:
    """The next of 1, 1.2, 1.4, 1.6, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1.0, 1.2, 1.4, 1.6, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return next(step * power for step in steps if step * power >= value * (1 - 1e-12))


def _round_down(value: float) -> float:
    """The next lower of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= value * (1 + 1e-12))


def _plain(value: Any, *, leave: str = "") -> dict[str, Any]:
    """A dataclass as JSON values, without the fields named in ``leave``."""
    names = [item.name for item in fields(value) if item.name not in leave.split()]
    entries: dict[str, Any] = {name: getattr(value, name) for name in names}
    return {
        name: _plain(entry) if isinstance(entry, Mark) else _number(entry)
        for name, entry in entries.items()
    }


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def majority_share(counts: Mapping[str, int]) -> float | None:
    """Share of the largest class, None where there are no images.

    >>> majority_share({"normal": 411, "fracture": 89})
    0.822
    """
    total = sum(counts.values())
    return max(counts.values()) / total if total else None


def constant_level(
    counts: Mapping[str, Mapping[str, int]], *, weighted: bool, focal_gamma: float = 0.0
) -> float | None:
    """What the best single output for all validation images costs; None without images.

    Args:
        counts: Images by part and class.
        weighted: Whether each class counts the same in the loss.
        focal_gamma: Of the loss; 0 for cross-entropy.
    """
    learned, scored = counts.get("train", {}), counts.get("validation", {})
    if not sum(learned.values()) or not sum(scored.values()):
        return None
    level = constant_loss(
        np.array(list(learned.values())),
        np.array(list(scored.values())),
        weighted=weighted,
        focal_gamma=focal_gamma,
    )
    return level if math.isfinite(level) else None


def level_of(spec: TrainingSpec, counts: Mapping[str, Mapping[str, int]]) -> float | None:
    """`constant_level` of the loss that a training makes small."""
    return constant_level(counts, weighted=spec.class_weights, focal_gamma=spec.focal_gamma)
