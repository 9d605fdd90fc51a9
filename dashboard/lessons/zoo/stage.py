"""The gallery as a component: everything is sent once, choosing and sliding stay in the browser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import plotly.colors
import streamlit as st
from numpy.typing import NDArray

from core.arrays import UInt8Array
from core.inspect.ideas.idea import Idea, Picture
from dashboard.lessons.zoo.outline import Item
from dashboard.shared.activation_math import PANEL_JS
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.keep import KEEP_JS
from dashboard.theme import ACTIVATION_SCALE, MAGNITUDE_SCALE

_FOLDER: Final = Path(__file__).parent
_SCRIPTS: Final = ("drawing.js", "figure.js", "stage.js")

HTML: Final = (_FOLDER / "stage.html").read_text(encoding="utf-8")
CSS: Final = (_FOLDER / "stage.css").read_text(encoding="utf-8")
JS: Final = "\n".join(
    [UNPACK_JS, PANEL_JS, KEEP_JS, *((_FOLDER / n).read_text(encoding="utf-8") for n in _SCRIPTS)]
)

_gallery = st.components.v2.component("lightbox_zoo", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exhibit:
    """One network as the gallery shows it.

    Attributes:
        name, title, year, idea, leaves_out: As in the zoo.
        source: Who published it, where.
        url: Of the publication, or "".
        side: Of the image, for the drawing's scale.
        outline: What is drawn.
        facts: Name and value of each number; empty while a question is open.
        figure: The idea.
    """

    name: str
    title: str
    year: int
    idea: str
    leaves_out: str
    source: str
    url: str
    side: int
    outline: tuple[Item, ...]
    facts: tuple[tuple[str, str], ...]
    figure: Idea


def gallery(
    exhibits: Sequence[Exhibit], *, words: Mapping[str, str], first: str, fresh: str, key: str
) -> str:
    """Draw the gallery; return the name of the chosen network.

    Args:
        exhibits: In the order of the timeline.
        words: Short texts of the component by name.
        first: Name of the network that is shown first.
        fresh: Changes when the page is reset.
        key: Of the component in the session.
    """
    answer = _gallery(
        data=payload(exhibits, words=words, first=first, fresh=fresh),
        key=key,
        default={"chosen": first},
        on_chosen_change=lambda: None,
    )
    return str(answer.get("chosen") or first)


def payload(
    exhibits: Sequence[Exhibit], *, words: Mapping[str, str], first: str, fresh: str = ""
) -> bytes:
    """All exhibits as one blob; the arrays are colored pictures, (H, W, 3) each."""
    arrays: list[UInt8Array] = []
    header = {
        "words": dict(words),
        "first": first,
        "fresh": fresh,
        "exhibits": [_exhibit(one, arrays) for one in exhibits],
    }
    return pack(header, arrays)


def _exhibit(one: Exhibit, arrays: list[UInt8Array]) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "year": one.year,
        "idea": one.idea,
        "leaves": one.leaves_out,
        "source": one.source,
        "url": one.url,
        "side": one.side,
        "outline": [item.to_json() for item in one.outline],
        "facts": [list(fact) for fact in one.facts],
        "figure": _figure(one.figure, arrays),
    }


def _figure(idea: Idea, arrays: list[UInt8Array]) -> dict[str, Any]:
    return {
        "title": idea.title,
        "control": idea.control,
        "positions": list(idea.positions),
        "start": idea.start,
        "axis": idea.axis,
        "logarithmic": idea.logarithmic,
        "highest": idea.highest,
        "lines": [
            {
                "name": line.name,
                "values": list(line.values),
                "role": line.role,
                "jumps": line.jumps,
            }
            for line in idea.lines
        ],
        "views": [
            {
                "sentence": view.sentence,
                "formula": view.formula,
                "bars": [[bar.label, bar.value, bar.role, bar.shown] for bar in view.bars],
                "pictures": [_picture(picture, arrays) for picture in view.pictures],
            }
            for view in idea.views
        ],
    }


def _picture(picture: Picture, arrays: list[UInt8Array]) -> dict[str, Any]:
    arrays.append(colored(picture))
    limits = {
        "gray": "",
        "activation": f"\N{PLUS-MINUS SIGN}{picture.limit:.3g}",
        "count": "",
    }
    return {
        "title": picture.title,
        "note": ", ".join(part for part in (picture.note, limits[picture.scale]) if part),
        "array": len(arrays) - 1,
        "numbers": [int(v) for v in picture.values.ravel()] if picture.scale == "count" else [],
    }


def colored(picture: Picture) -> UInt8Array:
    """(H, W, 3) colors of a picture by its scale."""
    values = np.asarray(picture.values, dtype=np.float64)
    if picture.scale == "gray":
        gray = np.clip(np.rint(values), 0, 255).astype(np.uint8)
        return np.repeat(gray[..., None], 3, axis=-1)
    limit = picture.limit if math.isfinite(picture.limit) and picture.limit > 0 else 1.0
    if picture.scale == "activation":
        return _through(ACTIVATION_SCALE, 0.5 + 0.5 * values / limit)
    return _through(MAGNITUDE_SCALE, values / limit)


def _through(scale: str, places: NDArray[np.float64]) -> UInt8Array:
    named = [color for _, color in plotly.colors.get_colorscale(scale)]
    rgb = plotly.colors.hex_to_rgb if named[0].startswith("#") else plotly.colors.unlabel_rgb
    stops = np.array([rgb(color) for color in named], dtype=np.float64)
    at = np.clip(places, 0.0, 1.0)
    grid = np.linspace(0.0, 1.0, len(stops))
    channels = [np.interp(at, grid, stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
