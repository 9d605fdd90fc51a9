"""Tensors and batches: rank, shape, type, slices, bytes and order, on real tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from core.errors import LessonError
from core.ops.tensor import ITEM_SIZES, Layout
from core.prepared import PreparedSet
from dashboard import cache, catalogue, state
from dashboard.lessons.tensors.stage import SCHEMA, TensorsView, payload, show
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.number import count
from dashboard.shared.segments import segments
from data.samples.tensors import VIDEO_SHAPE, Specimen

SLUG: Final = "tensors"
RANKS: Final = (2, 3, 4, 5)
THINNED: Final = (slice(None), slice(None, None, 2), slice(None, None, 2))
"""What the check keeps: every second row and column."""
_STAGE: Final = "tensors_stage"
_VIDEO: Final = "video"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, _question(text))
    with lesson.corner(), st.popover(text["whose"], icon=":material/image:"):
        shown = _specimens(_choose_set(text))
    sent = (*shown, cache.tensor_video()) if lesson.settled and _films_asked(lesson) else shown
    with lesson.stage():
        show(
            data=payload(TensorsView(specimens=sent, words=words(text)), lesson.header(SCHEMA)),
            key=_STAGE,
            default={"wish": ""},
            on_wish_change=lambda: None,
        )
    images = named(shown, "images")
    with lesson.below():
        _why(text, images)
        st.markdown(text["views"])
        st.markdown("\n".join(f"- **{one.title}**: {one.origin}" for one in shown))
    lesson.finish(
        _check(text, images), source=text["source"].format(table=named(shown, "table").origin)
    )


def named(shown: Sequence[Specimen], name: str) -> Specimen:
    """One of the lesson's tensors."""
    return next(one for one in shown if one.name == name)


def _question(text: Mapping[str, str]) -> Question:
    """The rank of the films, which are not shown before."""
    films, frames, side, *_ = VIDEO_SHAPE
    return Question(
        text=text["predict"].format(count=films, frames=frames, side=side),
        options=tuple(str(rank) for rank in RANKS),
        truth=RANKS.index(len(VIDEO_SHAPE)),
        because=text["because"].format(shape=VIDEO_SHAPE),
    )


def _films_asked(lesson: Lesson) -> bool:
    """Whether the films are looked at: they are large, and drawn and sent only then."""
    values: Mapping[str, Any] = lesson.values(SCHEMA)
    return _VIDEO in {values["tensor"], getattr(state.widget_value(_STAGE), "wish", "")}


def _choose_set(text: Mapping[str, str]) -> PreparedSet | None:
    """Whose X-rays the images are; None for the drawn ones."""
    found = _open_set()
    if found is None:
        st.markdown(text["no-set"])
        st.page_link(catalogue.page("dataset").path, label=text["to-set"])
        return None
    names = {"drawn": text["drawn"], "set": found.title}
    chosen = segments(
        text["whose"],
        tuple(names),
        format_func=names.__getitem__,
        default="set",
        key=f"{SLUG}_whose",
        bind="query-params",
    )
    return found if chosen == "set" else None


def _open_set() -> PreparedSet | None:
    folder = state.PREPARED.get()
    if not folder:
        return None
    try:
        return cache.prepared_set(folder)
    except LessonError:
        return None  # cleared away since


def _specimens(found: PreparedSet | None) -> tuple[Specimen, ...]:
    """The tensors of rank 2 to 4, of a set's X-rays or of drawn ones."""
    if found is None:
        return cache.tensor_specimens("", "")
    return cache.tensor_specimens(str(found.folder), found.fingerprint)


def _why(text: Mapping[str, str], images: Specimen) -> None:
    """The address of an element with numbers, and what a slice changes."""
    shape = images.values.shape
    whole = Layout.of(shape, ITEM_SIZES["uint8"])
    part = whole.take((slice(2, None), slice(10, 20), slice(None), 0))
    st.markdown(text["why"])
    st.markdown("**offset = start + Σ index · stride**")
    st.markdown(
        f"`x`: shape {whole.shape}, strides {whole.strides}, start {whole.offset}. "
        f"`x[2:, 10:20, :, 0]`: shape {part.shape}, strides {part.strides}, "
        f"start {part.offset} = 2 · {whole.strides[0]} + 10 · {whole.strides[1]}."
    )
    large = Layout.of(shape, ITEM_SIZES["float32"])
    st.markdown(
        text["why-end"].format(count=shape[0], small=count(whole.nbytes), large=count(large.nbytes))
    )


def _check(text: Mapping[str, str], images: Specimen) -> Check:
    """Transfer: a stride of a view that nobody has seen, in a type that was not shown."""
    shape = images.values.shape
    layout = Layout.of(shape, ITEM_SIZES["float32"])
    thinned = layout.take(THINNED)
    return Check(
        text=text["check"].format(count=shape[0], shape=shape),
        answer=thinned.strides[1],
        unit="bytes",
        because=text["check-because"].format(
            row=layout.strides[1], answer=thinned.strides[1], shape=thinned.shape
        ),
    )
