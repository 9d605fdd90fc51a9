"""What a comparison of networks looks like: charts with labels that never meet, and its table."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import plotly.graph_objects as go

from core.evaluation.estimate import Difference, Estimate
from core.inspect.ideas.idea import count
from core.jobs.folder import Status
from dashboard.lessons.zoo.lanes import MEASURES, Lane, MeasureName, behind, ranked
from dashboard.shared.table import Markup, table
from dashboard.theme import Theme
from dashboard.workbench.train.progress import duration

Against: TypeAlias = Literal["parameters", "seconds"]
AXES: Final[dict[Against, str]] = {
    "parameters": "Parameters",
    "seconds": "Training time, seconds",
}
LINE_HEIGHT: Final = 1.45
_STATUS_WORDS: Final = {
    Status.QUEUED: "waiting",
    Status.RUNNING: "training",
    Status.STOPPING: "stopping",
    Status.FINISHED: "finished",
    Status.STOPPED: "stopped",
    Status.PAUSED: "paused",
    Status.FAILED: "failed",
    Status.INTERRUPTED: "interrupted",
}


def spread(wishes: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wishes, in their order, at least ``gap`` apart, inside ``low`` to ``high``.

    Where there is no room for that gap, the places are spaced evenly.

    >>> spread([1.0, 1.1, 5.0], 1.0, 0.0, 6.0)
    [1.0, 2.0, 5.0]
    >>> spread([5.9, 6.0], 1.0, 0.0, 6.0)
    [5.0, 6.0]
    """
    order = sorted(range(len(wishes)), key=lambda index: wishes[index])
    if len(order) > 1:
        gap = min(gap, (high - low) / (len(order) - 1))
    placed: list[float] = []
    for index in order:
        least = placed[-1] + gap if placed else low
        placed.append(max(wishes[index], least))
    limit = high
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - gap
    result = [0.0] * len(order)
    for index, value in zip(order, placed, strict=True):
        result[index] = value
    return result


def comparison_chart(
    shown: Sequence[Lane], *, measure: MeasureName, against: Against, theme: Theme
) -> go.Figure:
    """Each network's figure on validation with its interval, by what it cost.

    The cost goes upwards and the figure to the right, so that names stand at the right edge in
    the order of the points and their lines do not cross.
    """
    found = ranked(shown, measure)
    height = chart_height(len(found), theme)
    figure = go.Figure()
    costs = [max(cost(lane, against), 1e-3) for lane, _ in found]
    low, high = math.log10(min(costs)) - 0.12, math.log10(max(costs)) + 0.12
    factor = 1.0 if measure == "auc" else 100.0
    ends = [factor * figure_.high for _, figure_ in found]
    baselines = _baselines(found, measure, factor)
    edges = [*ends, *(factor * f.low for _, f in found), *(value for _, value in baselines)]
    pad = 0.04 * (max(edges) - min(edges)) or 0.01
    right = max(edges) + pad
    plot_px = height - 5.2 * theme.text_px
    gap = (high - low) * LINE_HEIGHT * theme.text_px / plot_px
    low -= gap  # room for a baseline's name below the last point
    places = spread([math.log10(c) for c in costs], gap, low + gap, high)
    for (name, value), dash, place in zip(
        baselines, ("dash", "dot"), ("top", "bottom"), strict=False
    ):
        figure.add_vline(x=value, line={"color": theme.muted, "width": 1.5, "dash": dash})
        figure.add_annotation(
            x=value, y=1 if place == "top" else 0, yref="paper", text=name, showarrow=False,
            xanchor="left", xshift=5, yanchor="bottom",
            font={"size": theme.text_px, "color": theme.muted},
        )  # fmt: skip
    for (_, figure_), cost_, place in zip(found, costs, places, strict=True):
        figure.add_scatter(
            x=[factor * figure_.high, right], y=[cost_, 10**place], mode="lines",
            line={"color": theme.border, "width": 1.5}, hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=[factor * f.value for _, f in found],
        y=costs,
        mode="markers",
        marker={"size": 11, "color": theme.accent},
        error_x={
            "type": "data",
            "array": [factor * (f.high - f.value) for _, f in found],
            "arrayminus": [factor * (f.value - f.low) for _, f in found],
            "color": theme.accent,
            "thickness": 2,
            "width": 5,
        },
        customdata=[[lane.title, said(f, measure)] for lane, f in found],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        name="networks",
    )
    for (lane, _), place in zip(found, places, strict=True):
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=6, y=place, yref="y", yanchor="middle",
            text=html.escape(lane.title), showarrow=False,
            font={"size": theme.text_px, "color": theme.text},
        )  # fmt: skip
    longest = max((len(lane.title) for lane, _ in found), default=8)
    unit = "" if measure == "auc" else ", %"
    figure.update_layout(theme.layout())
    figure.update_layout(
        height=height,
        margin={"l": 16, "r": round(longest * theme.text_px * 0.54 + 14), "t": 30, "b": 16},
        xaxis={
            "title": {"text": f"{MEASURES[measure]} on validation{unit}"},
            "range": [min(edges) - pad, right],
        },
        yaxis={
            "title": {"text": AXES[against]}, "type": "log", "range": [low, high],
            "tickvals": _ticks(low, high), "ticktext": [f"{v:,g}" for v in _ticks(low, high)],
        },
    )  # fmt: skip
    return figure


def chart_height(rows: int, theme: Theme) -> int:
    """Pixels that so many names need, and the axes around them."""
    return round(max(rows, 6) * LINE_HEIGHT * theme.text_px * 1.12 + 5.2 * theme.text_px)


def cost(lane: Lane, against: Against) -> float:
    """What a network costs, as a number."""
    return float(lane.parameters if against == "parameters" else lane.seconds)


def _baselines(
    found: Sequence[tuple[Lane, Estimate]], measure: MeasureName, factor: float
) -> list[tuple[str, float]]:
    """Names and values of what is reached on validation without a network; the same for all."""
    for lane, _ in found:
        if lane.report is None or lane.report.part != "validation":
            continue
        rows = lane.report.baselines
        known = [(row, getattr(row, measure)) for row in rows]
        names = {"majority": "guessing", "metadata": "metadata only"}
        return [
            (names[row.name], factor * value.value)
            for row, value in known
            if value.known and row.name in names
        ]
    return []


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis: 1, 2, 5 of each power where there is room."""
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    values = [step * 10.0**power for power in powers for step in steps]
    return [value for value in values if low <= math.log10(value) <= high]


def said(figure: Estimate, measure: MeasureName) -> str:
    """A figure with its interval and n."""
    return figure.plain() if measure == "auc" else figure.percent()


def chart_alt(shown: Sequence[Lane], *, measure: MeasureName, against: Against) -> str:
    """The chart in words, with every number in it."""
    rows = [
        f"{lane.title}: {AXES[against].lower()} {cost(lane, against):,.0f}, {said(figure, measure)}"
        for lane, figure in ranked(shown, measure)
    ]
    drawn = f"{MEASURES[measure]} on validation against {AXES[against].lower()}"
    return f"{drawn}. {'; '.join(rows)}."


def progress_table(shown: Sequence[Lane]) -> str:
    """One row a network: how far it is, in words and as a bar."""
    rows = []
    for lane in shown:
        epochs = lane.spec.epochs
        left = "" if lane.seconds_left is None else f"{duration(lane.seconds_left)} left"
        took = f"{duration(lane.seconds)} so far" if lane.seconds and not left else left
        if lane.status is Status.FINISHED:
            took = duration(lane.seconds)
        validation = "" if math.isnan(lane.validation) else f"{100 * lane.validation:.1f} %"
        label = html.escape(lane.title)
        bar = f'<progress max="1" value="{lane.share:.3f}" aria-label="{label}"></progress>'
        done = f"{lane.epochs_done} of {epochs}"
        state = _STATUS_WORDS[lane.status]
        rows.append((lane.title, state, Markup(bar), done, took, validation))
    heads = ("Network", "State", "Progress", "Epochs", "Time", "Validation, balanced accuracy")
    return _framed("Trainings of this comparison", table(heads, rows))


def result_table(shown: Sequence[Lane], measure: MeasureName) -> str:
    """All that was plotted, as a table, the best on validation first."""
    order = ranked(shown, measure)
    ahead = {lane.run.path: found for lane, found in behind(order, measure)}
    rows = []
    for lane, _ in order:
        balanced, auc = lane.estimate("balanced_accuracy"), lane.estimate("auc")
        test = "closed" if lane.test is None else said(getattr(lane.test, measure), measure)
        rows.append(
            (
                lane.title,
                lane.year,
                f"{lane.parameters:,}",
                count(lane.multiply_adds),
                duration(lane.seconds),
                balanced.percent() if balanced else "",
                auc.plain() if auc else "",
                _ahead(ahead.get(lane.run.path), measure),
                "" if lane.best is None else lane.best,
                f"{100 * lane.training:.1f} %",
                test,
            )
        )
    heads = (
        "Network", "Year", "Parameters", "Multiply-adds", "Training",
        "Balanced accuracy, validation (95 %)", "AUC, validation (95 %)", "First less this",
        "Best epoch", "On training, last epoch", f"{MEASURES[measure]}, test",
    )  # fmt: skip
    return _framed("Results of this comparison", table(heads, rows))


def _framed(label: str, markup: str) -> str:
    """Wider than the page it is scrolled, by the keyboard too."""
    return f'<div class="lb-race" tabindex="0" role="region" aria-label="{label}">{markup}</div>'


def _ahead(found: Difference | None, measure: MeasureName) -> str:
    if found is None:
        return ""
    return found.plain() if measure == "auc" else found.points()
