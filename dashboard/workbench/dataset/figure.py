"""What the Dataset page draws and says, from a prepared set. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import plotly.graph_objects as go

from core.arrays import FloatArray, IntArray, UInt8Array
from core.marks import Marks
from core.prepared import SPLITS, PreparedSet
from dashboard.theme import ACTIVATION_SCALE, Theme
from data.sets.leakage import LeakageComparison

UNKNOWN: Final = "not said"
ALL: Final = "all images"
MOST_REGIONS: Final = 8
MARKS: Final = ("\N{WHITE CIRCLE}", "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK SQUARE}", "\u25c6")
BOX_RGB: Final = (255, 209, 102)
_ROW_PX: Final = 2.1
"""Height of a bar's row, in lines of text."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Images of one kind.

    Attributes:
        kind: What the name is a value of: ``all``, ``part`` or ``region``.
        name: Its name.
        by_class: Images of each class, in the order of the classes.
    """

    kind: str
    name: str
    by_class: tuple[int, ...]

    @property
    def total(self) -> int:
        """Images of all classes."""
        return sum(self.by_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Mean images.

    Attributes:
        classes: Names of the C classes.
        images: (C, S, S) float32, 0 to 255.
        counts: Images behind each mean.
        difference: (S, S), second class minus first; None unless there are two classes.
        limit: Largest absolute difference.
    """

    classes: tuple[str, ...]
    images: FloatArray
    counts: tuple[int, ...]
    difference: FloatArray | None
    limit: float

    @property
    def brightest(self) -> float:
        """Largest mean gray level; all means are drawn from 0 to it."""
        return max(float(self.images.max()), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which images of a set are wanted; empty means all."""

    label: str = ""
    part: str = ""
    region: str = ""
    hardware: str = ""
    box: str = ""


def tally(prepared: PreparedSet, records: Sequence[Record]) -> tuple[Count, ...]:
    """Counts by class of all images, of each part, and of each region, the largest first."""
    regions = [record["region"] or UNKNOWN for record in records]
    found = sorted(set(regions), key=lambda name: (-regions.count(name), name))
    rare = found[MOST_REGIONS:] if len(found) > MOST_REGIONS + 1 else []
    kinds = [("all", ALL, np.ones(len(prepared), dtype=bool))]
    kinds += [("part", part, prepared.split == code) for code, part in enumerate(SPLITS)]
    if found != [UNKNOWN]:
        names = np.array(["other regions" if name in rare else name for name in regions])
        shown = [name for name in found if name not in rare] + (["other regions"] if rare else [])
        kinds += [("region", name, names == name) for name in shown]
    return tuple(
        Count(kind=kind, name=name, by_class=_by_class(prepared, chosen))
        for kind, name, chosen in kinds
    )


def _by_class(prepared: PreparedSet, chosen: Any) -> tuple[int, ...]:
    counts = np.bincount(prepared.labels[chosen], minlength=len(prepared.classes))
    return tuple(int(count) for count in counts)


def percent(share: float) -> str:
    """A share with one digit; number and sign never part at a line's end."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def balance_sentence(classes: Sequence[str], everything: Count) -> str:
    r"""How many of which class, and what always naming the largest class would score.

    >>> words = balance_sentence(("whole", "broken"), Count(kind="all", name="", by_class=(30, 10)))
    >>> words.replace("\N{NO-BREAK SPACE}", " ").partition(", so ")[0]
    '40 images: 30 whole (75.0 %) and 10 broken (25.0 %)'
    """
    total = max(everything.total, 1)
    parts = [
        f"{count:,} {name} ({percent(count / total)})"
        for name, count in zip(classes, everything.by_class, strict=True)
    ]
    listed = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    most = int(np.argmax(everything.by_class))
    return (
        f"{everything.total:,} images: {listed}, so always answering "
        f'"{classes[most]}" is right for {percent(everything.by_class[most] / total)}.'
    )


def class_colors(classes: Sequence[str], theme: Theme) -> tuple[str, ...]:
    """Color of each class, the ones of the wall's marks."""
    palette = (theme.other, theme.reference, theme.training)
    return tuple(
        palette[index] if index < len(palette) else theme.validation
        for index in range(len(classes))
    )


def counts_figure(rows: Sequence[Count], classes: Sequence[str], *, theme: Theme) -> go.Figure:
    """One bar a row, split by class, with its numbers at its end; no legend needed."""
    figure = go.Figure()
    places = _places(rows)
    largest = max((row.total for row in rows), default=1)
    for index, (name, color) in enumerate(zip(classes, class_colors(classes, theme), strict=True)):
        figure.add_bar(
            x=[row.by_class[index] for row in rows],
            y=places,
            orientation="h",
            name=name,
            marker={"color": color, "line": {"width": 1.5, "color": theme.background}},
            hovertemplate=f"%{{x:,}} {name}<extra></extra>",
            width=0.62,
        )
    for row, place in zip(rows, places, strict=True):
        figure.add_annotation(
            x=row.total, y=place, text=_row_words(row, classes, theme), showarrow=False,
            xanchor="left", xshift=8, align="left",
        )  # fmt: skip
    layout = theme.layout()
    reach = 1 + 0.07 * theme.text_px  # room for the words behind the longest bar
    layout["xaxis"] = {**layout["xaxis"], "visible": False, "range": [0, largest * reach]}
    layout["yaxis"] = {
        **layout["yaxis"],
        "tickvals": places,
        "ticktext": [row.name for row in rows],
        "range": [max(places, default=0) + 0.6, -0.6],
        "showgrid": False,
        "zeroline": False,
        "ticklen": 8,
        "tickcolor": "rgba(0,0,0,0)",
    }
    layout["margin"] = {"l": 8, "r": 8, "t": 8, "b": 8}
    height = round((max(places, default=0) + 1.2) * theme.text_px * _ROW_PX)
    figure.update_layout(**layout, barmode="stack", height=height, template=None)
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure


def _places(rows: Sequence[Count]) -> list[float]:
    """Height of each row, with half a row between kinds."""
    places, at = [], 0.0
    for number, row in enumerate(rows):
        if number and rows[number - 1].kind != row.kind:
            at += 0.5
        places.append(at)
        at += 1
    return places


def _row_words(row: Count, classes: Sequence[str], theme: Theme) -> str:
    """The row's numbers, each behind the mark that its class has on the wall."""
    if len(classes) > 4:
        return f"{row.total:,}"
    colors = class_colors(classes, theme)
    named = [
        f'<span style="color:{colors[index]}">{MARKS[min(index, 3)]}</span> {count:,} {name}'
        for index, (count, name) in enumerate(zip(row.by_class, classes, strict=True))
    ]
    share = f" ({percent(row.by_class[1] / max(row.total, 1))})" if len(classes) == 2 else ""
    return "  ".join(named) + share


def counts_table(rows: Sequence[Count], classes: Sequence[str]) -> list[dict[str, Any]]:
    """The plotted numbers, one dict a row."""
    return [
        {"images": row.name, **dict(zip(classes, row.by_class, strict=True)), "total": row.total}
        for row in rows
    ]


def mean_images(prepared: PreparedSet) -> Means:
    """Mean image of each class over the whole set, and the signed difference of two."""
    means, counts = [], []
    for label in range(len(prepared.classes)):
        chosen = np.flatnonzero(prepared.labels == label)
        total = np.zeros((prepared.size, prepared.size))
        for start in range(0, len(chosen), 512):  # in chunks: MURA at 128 px is 650 MB
            total += prepared.images[chosen[start : start + 512]].sum(axis=0, dtype=np.float64)
        means.append(total / max(len(chosen), 1))
        counts.append(len(chosen))
    images = np.stack(means).astype(np.float32)
    difference = images[1] - images[0] if len(images) == 2 else None
    return Means(
        classes=prepared.classes,
        images=images,
        counts=tuple(counts),
        difference=difference,
        limit=float(np.abs(difference).max()) if difference is not None else 0.0,
    )


def mean_figure(means: Means, *, theme: Theme, height: int = 340) -> go.Figure:
    """Mean images side by side, then their difference with symmetric, printed limits."""
    shown = min(len(means.classes), 4)
    panels = shown + (means.difference is not None)
    layout = theme.layout()
    layout["margin"] = {"l": 8, "r": 8, "t": round(theme.text_px * 2.2), "b": 8}
    figure = go.Figure()
    gap = 0.03
    width = (1 - gap * (panels - 1) - (0.1 if means.difference is not None else 0)) / panels
    titles = [
        f"mean of {count:,} {name}"
        for name, count in zip(means.classes[:shown], means.counts[:shown], strict=True)
    ]
    for index in range(shown):
        figure.add_heatmap(
            z=np.round(means.images[index], 1),
            zmin=0, zmax=means.brightest, colorscale="Gray", showscale=False,
            xaxis=f"x{index + 1}", yaxis=f"y{index + 1}",
            hovertemplate="row %{y}, column %{x}: %{z:.0f}<extra></extra>",
        )  # fmt: skip
    if means.difference is not None:
        limit = max(means.limit, 1e-6)
        figure.add_heatmap(
            z=np.round(means.difference, 2),
            zmin=-limit, zmax=limit, zmid=0, colorscale=ACTIVATION_SCALE,
            xaxis=f"x{panels}", yaxis=f"y{panels}",
            hovertemplate="row %{y}, column %{x}: %{z:+.1f}<extra></extra>",
            colorbar={
                "tickvals": [-limit, 0, limit],
                "ticktext": [f"\N{MINUS SIGN}{limit:.1f}", "0", f"+{limit:.1f}"],
                "tickfont": {"size": theme.text_px, "color": theme.text},
                "thickness": 16, "len": 0.8, "outlinewidth": 0, "x": 1 - 0.09,
            },
        )  # fmt: skip
        titles.append(f"{means.classes[1]} minus {means.classes[0]}")
    for index, title in enumerate(titles):
        start = index * (width + gap)
        suffix = str(index + 1)
        layout[f"xaxis{suffix}"] = {
            "domain": [start, start + width], "visible": False, "anchor": f"y{suffix}",
            "constrain": "domain", "fixedrange": True,
        }  # fmt: skip
        layout[f"yaxis{suffix}"] = {
            "autorange": "reversed", "visible": False, "anchor": f"x{suffix}",
            "scaleanchor": f"x{suffix}", "constrain": "domain", "fixedrange": True,
        }  # fmt: skip
        figure.add_annotation(
            x=start + width / 2, y=1, xref="paper", yref="paper", xanchor="center",
            yanchor="bottom", yshift=6, text=title, showarrow=False,
        )  # fmt: skip
    for name in ("xaxis", "yaxis"):
        layout.pop(name)
    figure.update_layout(**layout, height=height, template=None)
    return figure


def mean_sentence(means: Means) -> str:
    """The mean images in words, with where they differ most."""
    scale = f"Gray runs from 0 to {means.brightest:.0f} of 255 in all means."
    if means.difference is None:
        return f"Mean image of each of {len(means.classes)} classes. {scale}"
    row, column = np.unravel_index(np.argmax(np.abs(means.difference)), means.difference.shape)
    value = float(means.difference[row, column])
    more = means.classes[1] if value > 0 else means.classes[0]
    return (
        f"The classes differ most at row {row + 1}, column {column + 1}, where {more} is brighter "
        f"by {abs(value):.1f} gray levels. {scale} What differs in the mean, a network can use "
        "without ever seeing a fracture."
    )


def leakage_figure(comparison: LeakageComparison, *, theme: Theme, ours: str) -> go.Figure:
    """Three figures of two splits, as paired bars with their values; chance as a line.

    Args:
        comparison: The split and random ones.
        theme: Look.
        ours: Name of the split that is in use.
    """
    questions = (
        ("with a near-duplicate<br>in training", "twin_share"),
        ("with their group<br>in training", "group_share"),
        ("copying the nearest<br>training label", "copied"),
    )
    figure = go.Figure()
    looks = (
        (ours, comparison.actual, theme.training),
        ("random", comparison.random, theme.validation),
    )
    for number, (name, leak, color) in enumerate(looks):
        values = [100 * getattr(leak, attribute) for _, attribute in questions]
        figure.add_bar(
            y=[index + (number - 0.5) * 0.36 for index in range(len(questions))],
            x=values,
            orientation="h",
            width=0.32,
            name=name,
            marker={"color": color},
            text=[f"{percent(value / 100)} {name} split" for value in values],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    chance = 100 * comparison.actual.chance
    figure.add_shape(
        type="line", x0=chance, x1=chance, y0=1.55, y1=2.45,
        line={"color": theme.text, "dash": "dash", "width": theme.line_px},
    )  # fmt: skip
    figure.add_annotation(
        x=chance, y=2.45, text=f"guessing {chance:.0f} %", showarrow=False, yanchor="top"
    )
    layout = theme.layout()
    layout["xaxis"] = {**layout["xaxis"], "range": [0, 185], "visible": False, "fixedrange": True}
    layout["yaxis"] = {
        **layout["yaxis"],
        "tickvals": [0, 1, 2],
        "ticktext": [question for question, _ in questions],
        "range": [2.85, -0.5],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    layout["margin"] = {"l": 8, "r": 8, "t": 8, "b": 8}
    figure.update_layout(**layout, height=round(theme.text_px * 17), template=None)
    return figure


def matching(prepared: PreparedSet, records: Sequence[Record], wanted: Filter) -> IntArray:
    """Positions of the images that pass, (K,) int64, in a shuffled order that stays the same.

    Shuffled, because neighboring numbers are often one patient.
    """
    order = np.random.default_rng(0).permutation(len(prepared))
    keep = [index for index in order if _passes(prepared, records[index], int(index), wanted)]
    return np.array(keep, dtype=np.int64)


def _passes(prepared: PreparedSet, record: Record, index: int, wanted: Filter) -> bool:
    known = {"with": True, "without": False}
    return (
        (not wanted.label or record["label"] == wanted.label)
        and (not wanted.part or SPLITS[prepared.split[index]] == wanted.part)
        and (not wanted.region or (record["region"] or UNKNOWN) == wanted.region)
        and (not wanted.hardware or record["hardware"] is known[wanted.hardware])
        and (not wanted.box or bool(record["marks"]) is known[wanted.box])
    )


def record_words(record: Record) -> str:
    """What is known of an image besides its label, in a few words."""
    words = [str(record[key]) for key in ("region", "view") if record[key]]
    if record["hardware"]:
        words.append("hardware")
    if record["marks"]:
        many = len(record["marks"])
        words.append("1 box" if many == 1 else f"{many} boxes")
    return ", ".join(words)


def framed(image: UInt8Array, marks: Marks) -> UInt8Array:
    """The image in color with frames, (H, W, 3) uint8.

    Args:
        image: (H, W) uint8.
        marks: Places in this very image.
    """
    picture = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), np.uint8)
    thick = max(1, round(image.shape[0] / 220))
    for box in marks.of(image.shape).boxes:
        corner = (round(box.x), round(box.y))
        opposite = (round(box.x + box.width), round(box.y + box.height))
        cv2.rectangle(picture, corner, opposite, (0, 0, 0), thickness=3 * thick)
        cv2.rectangle(picture, corner, opposite, BOX_RGB, thickness=thick)
    return picture
