"""How a class grows, as a drawing for the docs: an SVG file, written by hand, of its own font."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 300
_LEFT: Final = 64
_RIGHT: Final = 620
_TOP: Final = 24
_BOTTOM: Final = 244
_LINES: Final = (("median", 50, "#5b6770"), ("95th percentile", 95, "#b3261e"))


def chart(sizes: Sequence[int], waits: Sequence[tuple[float, float]], *, goal_s: float) -> str:
    """Waiting time over the size of the class, both axes logarithmic.

    Args:
        sizes: Students, one a measurement.
        waits: Median and 95th percentile of each, in seconds.
        goal_s: A line that the 95th percentile should stay below.

    Returns:
        The text of an SVG file.
    """
    low = 10 ** math.floor(math.log10(min(goal_s, *(one for pair in waits for one in pair))))
    high = 10 ** math.ceil(math.log10(max(goal_s, *(one for pair in waits for one in pair))))

    def x(size: float) -> float:
        span = math.log(max(sizes) / min(sizes)) or 1.0
        return _LEFT + (_RIGHT - _LEFT) * math.log(size / min(sizes)) / span

    def y(seconds: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * math.log(seconds / low) / math.log(high / low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="14" role="img">',
        f"<title>{_told(sizes, waits)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    power = low
    while power <= high * 1.001:
        parts.append(_line(_LEFT, y(power), _RIGHT, y(power), "#d5dade"))
        parts.append(_text(_LEFT - 8, y(power) + 5, _seconds(power), "end"))
        power *= 10
    parts.append(_line(_LEFT, y(goal_s), _RIGHT, y(goal_s), "#b3261e", dash=True))
    parts.append(_text(_LEFT + 6, y(goal_s) - 6, f"goal for {max(sizes)}: {_seconds(goal_s)}"))
    for size in sizes:
        parts.append(_text(x(size), _BOTTOM + 20, str(size), "middle"))
    parts.append(_text((_LEFT + _RIGHT) / 2, _BOTTOM + 42, "students", "middle"))
    for at, (name, _, color) in enumerate(_LINES):
        places = [(x(size), y(pair[at])) for size, pair in zip(sizes, waits, strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{color}"/>' for a, b in places]
        end = places[0]
        parts.append(_text(end[0] + 8, end[1] - 8, name, color=color))
    return "\n".join([*parts, "</svg>", ""])


def _told(sizes: Sequence[int], waits: Sequence[tuple[float, float]]) -> str:
    pairs = zip(sizes, waits, strict=True)
    return "Waiting time, median and 95th percentile: " + "; ".join(
        f"{size} student{'s' * (size > 1)} {_seconds(one)} and {_seconds(two)}"
        for size, (one, two) in pairs
    )


def _seconds(value: float) -> str:
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.3g} s"


def _line(x1: float, y1: float, x2: float, y2: float, color: str, *, dash: bool = False) -> str:
    dashed = ' stroke-dasharray="6 5"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{dashed}/>'
    )


def _text(x: float, y: float, said: str, anchor: str = "start", *, color: str = "#1d2329") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{said}</text>'
