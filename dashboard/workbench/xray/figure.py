"""Words, tables and small pictures of "Test an X-ray", made from typed results. No Streamlit."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from core.arrays import FloatArray, UInt8Array
from core.evaluation.similar_outputs import Outlook
from core.explain.overlap import Overlap
from core.sheets import Rows
from data.pictures.preprocess import Stage

SHOWN_SIDE: Final = 800
"""Pixels on the longer side of the picture that travels to the browser."""
STRIP_SIDE: Final = 320

STYLE: Final = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def shown_picture(gray: UInt8Array) -> UInt8Array:
    """The upright X-ray, small enough to travel and large enough to fill a stage."""
    return _at_most(gray, SHOWN_SIDE)


def _at_most(image: UInt8Array, side: int) -> UInt8Array:
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(image)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def answer(output: float, threshold: float | None, *, name: str, said: str, doubted: bool) -> str:
    """The output as one large number, its scale and what the network answers, as HTML."""
    doubt = " (meaningless here)" if doubted else ""
    return (
        f'<div class="xray-output"><span>Output for {html.escape(name)}{doubt}</span>'
        f"<b>{output:.2f}</b></div>{output_scale(output, threshold, name=name)}"
        f'<p class="xray-said">{html.escape(said)}</p>'
    )


def output_scale(output: float, threshold: float | None, *, name: str) -> str:
    """The output on a line from 0 to 1 with the threshold marked, as HTML.

    Output and threshold are told apart by place, shape and words: the output is named above the
    line and the threshold below it.
    """
    words = f"Output for {name}: {output:.2f} on a scale from 0 to 1"
    words += "." if threshold is None else f"; the threshold is {threshold:.2f}."
    parts = [
        f'<div class="xray-scale" role="img" aria-label="{html.escape(words)}">',
        f'<div class="line"><div class="fill" style="width:{100 * output:.1f}%"></div></div>',
        f'<div class="mark" style="left:{100 * output:.1f}%"></div>',
        _word(output, f"{output:.2f}", top="0"),
    ]
    if threshold is not None:
        parts.append(f'<div class="cut" style="left:{100 * threshold:.1f}%"></div>')
        parts.append(_word(threshold, f"threshold {threshold:.2f}", top="3.05rem"))
    for at, text in ((0.0, "0"), (1.0, "1")):
        # An end's number gives way to a threshold's words that reach it.
        if threshold is None or abs(threshold - at) > 0.42:
            parts.append(_word(at, text, top="3.05rem", kind="end"))
    return "".join([*parts, "</div>"])


def _word(at: float, text: str, *, top: str, kind: str = "") -> str:
    # Shifted by its own share of the width: a word at 0 starts there, one at 1 ends there.
    share = 100 * at
    return (
        f'<span class="word {kind}" style="left:{share:.1f}%;top:{top};'
        f'transform:translateX(-{share:.1f}%)">{html.escape(text)}</span>'
    )


def class_outputs(probabilities: FloatArray, classes: Sequence[str]) -> Rows:
    """All outputs of a network with more than two classes, largest first.

    >>> [row["class"] for row in class_outputs(np.array([0.2, 0.5, 0.3]), ("a", "b", "c"))]
    ['b', 'c', 'a']
    """
    order = np.argsort(-probabilities, kind="stable")
    return [
        {"class": classes[at], "output": round(float(probabilities[at]), 4)}
        for at in map(int, order)
    ]


def short_sentence(output: float, threshold: float | None, *, name: str) -> str:
    """What the network answers, for beside the number."""
    if threshold is None:
        return ""
    answer, side = (name, "at or above") if output >= threshold else (f"no {name}", "below")
    return f"It answers “{answer}”: {side} its threshold."


def output_sentence(output: float, threshold: float | None, *, name: str, rule: str = "") -> str:
    """The output and its threshold in words that promise nothing."""
    said = f"The network's output for {name} is {output:.2f}"
    if threshold is None:
        return f"{said}."
    side = "at or above" if output >= threshold else "below"
    chosen = f" ({rule})" if rule else ""
    answer = name if output >= threshold else f"no {name}"
    return f"{said}, {side} its threshold {threshold:.2f}{chosen}: it answers “{answer}”."


def outlook_sentence(found: Outlook, *, name: str, plural: str) -> str:
    """What an output like this one was worth in the test."""
    share = found.share
    return (
        f"In its test, {share.n} X-rays had the outputs nearest to this one "
        f"({found.lowest:.2f} to {found.highest:.2f}). About {round(100 * share.value)} of 100 "
        f"such X-rays were {plural} (95 % interval {round(100 * share.low)} to "
        f"{round(100 * share.high)}, from {found.groups} groups of X-rays); of all "
        f"its test X-rays, {round(100 * found.base)} of 100."
    )


def overlap_sentence(found: Overlap, *, target: str, holds: bool) -> str:
    """The heat against the marked places, beside what chance would give.

    Args:
        found: The comparison.
        target: The explained class.
        holds: Whether what is above 0 is evidence for it; see `ClassMap.holds`.
    """
    area = f"they cover {100 * found.area:.1f} % of the picture"
    if math.isnan(found.evidence):
        nothing = f"Nothing speaks for {target}" if holds else "Nothing is above zero"
        return f"{nothing}, inside the marked places or outside; {area}."
    peak = "inside" if found.peak_inside else "outside"
    what = f"the evidence for {target}" if holds else "what is orange"
    return (
        f"{100 * found.evidence:.0f} % of {what} lies in the marked places; "
        f"{area}. The largest value lies {peak} them."
    )


def said_list(sentences: Sequence[str]) -> str:
    """Sentences as a list, as HTML."""
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="xray-said">{items}</ul>'


def note(sentence: str) -> str:
    """A side remark in the muted color, which Streamlit's own captions make too pale to read."""
    return f'<p class="xray-note">{html.escape(sentence)}</p>'


def card(sentences: Sequence[str]) -> str:
    """What is known of a network, small, as HTML."""
    lines = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
    return f'<div class="xray-card">{lines}</div>'


def film_strip(stages: Sequence[Stage]) -> str:
    """Every preprocessing step as a picture with its sentence, as HTML."""
    return f'<div class="xray-strip">{"".join(map(_film, stages))}</div>'


def _film(stage: Stage) -> str:
    image = _printable(stage.image)
    height, width = image.shape[:2]
    alt = html.escape(f"{stage.title}: {width} by {height} pixels. {stage.sentence}")
    pixels = ' class="pixels"' if max(height, width) <= STRIP_SIDE else ""
    return (
        f'<figure><div class="film"><img{pixels} src="{data_uri(_at_most(image, STRIP_SIDE))}" '
        f'alt="{alt}"></div><figcaption><b>{html.escape(stage.title)}</b>'
        f"{html.escape(stage.sentence)}</figcaption></figure>"
    )


def _printable(image: UInt8Array | FloatArray) -> UInt8Array:
    """A stage between 0 and 1 as gray values; the others as they are."""
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    return np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)


def data_uri(image: UInt8Array) -> str:
    """A picture inside the page itself: it is stored nowhere."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
