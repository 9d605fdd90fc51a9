"""The course of a search for a learning rate, as a drawing, as words and as a table.

No Streamlit here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.arrays import FloatArray
from core.training.rate_search import FIRST, HIGHEST, LOWEST, Course, Suggestion, nearest
from dashboard.shared.table import table
from dashboard.theme import FONT, Theme

WIDTH: Final = 640
HEIGHT: Final = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 26, 52
_TYPE_PX: Final = 17
_ROWS: Final = 5
"""Every so many steps stand in the table."""


def drawing(course: Course, theme: Theme) -> str:
    """Loss against rate as SVG markup: the batches as dots, their mean as a line, what it says.

    The rate's axis is logarithmic. The frame holds the first losses and the fall; a loss that
    blows up leaves it at the top.
    """
    losses, mean = np.array(course.losses), course.smoothed()
    low, high = loss_frame(losses, mean)
    dots = "".join(
        f'<circle cx="{_x(rate):.1f}" cy="{_y(loss, low, high):.1f}" r="2"/>'
        for rate, loss in zip(course.rates, losses, strict=True)
        if loss <= high
    )
    line = " ".join(
        f"{_x(rate):.1f},{_y(loss, low, high):.1f}"
        for rate, loss in zip(course.rates, mean, strict=True)
    )
    words = f'fill="{theme.text}" font-size="{_TYPE_PX}" font-family=\'{FONT}\''
    frame = f"{_LEFT} {_TOP} {WIDTH - _LEFT - _RIGHT} {HEIGHT - _TOP - _BOTTOM}".split()
    inside = '<clipPath id="lb-rates"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}">'
        f"<defs>{inside.format(*frame)}</defs>{_axes(low, high, theme, words)}"
        f'<g fill="{theme.training}" opacity="0.55">{dots}</g>'
        f'<polyline fill="none" stroke="{theme.training}" stroke-width="{theme.line_px}"'
        f' points="{line}" clip-path="url(#lb-rates)"/>{_marks(course, theme, words)}</svg>'
    )


def loss_frame(losses: FloatArray, mean: FloatArray) -> tuple[float, float]:
    """The range of the loss axis, which holds the first losses and the whole fall."""
    first = losses[:FIRST]
    start = float(first.mean())
    low = float(min(losses.min(), mean.min()))
    above = max(2 * (start - low), float(first.max()) - start, 0.1 * start)
    room = 0.05 * (start + above - low)
    return max(0.0, low - room), start + above


def told(course: Course, text: Mapping[str, str], offered: Sequence[float]) -> str:
    """What a course says, why, and why it ended."""
    found = course.suggestion()
    last = _written_at(course, len(course.rates) - 1 if course.rates else None)
    if found is None:
        said = text["rates-nothing"]
    else:
        said = text[f"rates-found-{found.rule.replace(' ', '-')}"].format(
            rate=written(found.rate),
            steepest=_written_at(course, found.steepest),
            rises=_written_at(course, found.rises),
            offered=written(nearest(found.rate, offered)),
        )
    if course.end not in {"blown up", "no number", "out of time"}:
        return said
    why = text[f"rates-ended-{course.end.replace(' ', '-')}"].format(last=last)
    return f"{said} {why}"


def written(rate: float) -> str:
    """A rate to two figures, without a power of ten.

    >>> written(3.58e-5), written(0.12), written(1.0)
    ('0.000036', '0.12', '1')
    """
    return np.format_float_positional(rate, precision=2, fractional=False, trim="-")


def _written_at(course: Course, step: int | None) -> str:
    return "" if step is None else written(course.rates[step])


def course_table(course: Course) -> str:
    """Some of the steps: rate, loss of the batch, mean of the batches around."""
    mean = course.smoothed()
    steps = sorted({*range(0, len(mean), _ROWS), len(mean) - 1})
    rows = [
        (f"{at + 1}", written(course.rates[at]), f"{course.losses[at]:.3f}", f"{mean[at]:.3f}")
        for at in steps
    ]
    return table(("Batch", "Rate", "Loss", "Mean around it"), rows, look="lb-table")


def _axes(low: float, high: float, theme: Theme, words: str) -> str:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    found = []
    for power in range(round(math.log10(LOWEST)), round(math.log10(HIGHEST)) + 1):
        x, rate = _x(10.0**power), 10.0**power
        anchor = "end" if rate == HIGHEST else "middle"
        found.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}" stroke="{theme.border}"/>'
            f'<text x="{x:.1f}" y="{bottom + 22}" text-anchor="{anchor}" {words}>'
            f"{written(rate)}</text>"
        )
    for value in _ticks(low, high):
        y = _y(value, low, high)
        found.append(
            f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{theme.border}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 5:.1f}" text-anchor="end" {words}>{value:.3g}</text>'
        )
    middle = (_LEFT + right) / 2
    return "".join(found) + (
        f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle" {words}>'
        f'Learning rate (logarithmic)</text><text x="4" y="16" {words}>Loss (nats)</text>'
    )


def _marks(course: Course, theme: Theme, words: str) -> str:
    found = course.suggestion() if course.end != "under way" else None
    if found is None:
        return ""
    marks = [_mark(found.rate, written(found.rate), theme.accent, "", words)]
    if found.rises is not None:
        marks.append(_mark(course.rates[found.rises], "rises", theme.muted, "5 4", words))
    return "".join(marks)


def _mark(rate: float, label: str, color: str, dash: str, words: str) -> str:
    x, bottom = min(max(_x(rate), _LEFT), WIDTH - _RIGHT), HEIGHT - _BOTTOM
    anchor = "end" if x > WIDTH - 60 else "middle"
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}" stroke="{color}"'
        f' stroke-width="2" stroke-dasharray="{dash or "none"}"/>'
        f'<text x="{x:.1f}" y="16" text-anchor="{anchor}" {words}>{label}</text>'
    )


def _x(rate: float) -> float:
    share = math.log(rate / LOWEST) / math.log(HIGHEST / LOWEST)
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(loss: float, low: float, high: float) -> float:
    """Far above the frame is near enough: the line is cut there."""
    share = min((loss - low) / (high - low), 3.0)
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round values in a range."""
    rough = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = max(one * power for one in (1.0, 2.0, 5.0) if one * power <= rough)
    return [step * at for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def offered_rate(found: Suggestion | None, offered: Sequence[float]) -> float | None:
    """The offered rate that a course speaks for; None where it speaks for none."""
    return None if found is None else nearest(found.rate, offered)
