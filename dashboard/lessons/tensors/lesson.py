"""What the lesson on tensors consists of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LessonError
from core.ops.tensor import ITEM_SIZES, Layout
from core.prepared import PreparedSet
from dashboard import cache, catalogue, state
from dashboard.lessons.tensors.stage import tensors
from dashboard.shared import questions
from data.samples.tensors import VIDEO_SHAPE, Specimen

SLUG: Final = "tensors"
RANKS: Final = (2, 3, 4, 5)
ASKED: Final = (3, 40, 5, 0)
"""Index of the element that the check asks for; of fewer images the last."""


def named(shown: Sequence[Specimen], name: str) -> Specimen:
    """One of the lesson's tensors."""
    return next(one for one in shown if one.name == name)


def predict() -> bool:
    """Ask for the rank of the video before it can be opened."""
    text = cache.page_text(SLUG)
    return questions.predict(
        SLUG,
        text["predict"].format(count=VIDEO_SHAPE[0], frames=VIDEO_SHAPE[1], side=VIDEO_SHAPE[2]),
        [str(rank) for rank in RANKS],
        RANKS.index(len(VIDEO_SHAPE)),
        text["because"].format(shape=VIDEO_SHAPE),
    )


def place_for_stage() -> DeltaGenerator:
    """The stage's place above its controls, so that the picture comes first."""
    return st.container(key="tensors_stage_box")


def choose_set() -> PreparedSet | None:
    """Whose X-rays the images are; None for the drawn ones."""
    text = cache.page_text(SLUG)
    found = _open_set()
    if found is None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(text["no-set"], width="content")
            st.page_link(catalogue.page("dataset").path, label=text["to-set"], width="content")
        return None
    names = {"drawn": text["drawn"], "set": found.title}
    chosen = st.segmented_control(
        text["whose"],
        tuple(names),
        format_func=names.__getitem__,
        default="set",
        required=True,
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


def specimens(found: PreparedSet | None) -> tuple[Specimen, ...]:
    """The tensors of rank 2 to 4, of a set's X-rays or of drawn ones."""
    if found is None:
        return cache.tensor_specimens("", "")
    return cache.tensor_specimens(str(found.folder), found.fingerprint)


def stage(shown: Sequence[Specimen], *, locked: bool) -> None:
    """The tensors, with all that can be done to them. The films are drawn once they are open."""
    text = cache.page_text(SLUG)
    tensors(
        shown if locked else (*shown, cache.tensor_video()),
        text,
        closed={"video": text["video"]} if locked else {},
        key="tensors_stage",
    )


def why(images: Specimen) -> None:
    """The address of an element with numbers, and what a slice changes."""
    text = cache.page_text(SLUG)
    shape = images.values.shape
    whole = Layout.of(shape, ITEM_SIZES["uint8"])
    part = whole.take((slice(2, None), slice(10, 20), slice(None), 0))
    st.markdown(f"#### Why\n{text['why']}")
    st.markdown("**offset = start + Σ index · stride**")
    st.markdown(
        f"`x`: shape {whole.shape}, strides {whole.strides}, start {whole.offset}. "
        f"`x[2:, 10:20, :, 0]`: shape {part.shape}, strides {part.strides}, "
        f"start {part.offset} = 2 · {whole.strides[0]} + 10 · {whole.strides[1]}."
    )
    large = Layout.of(shape, ITEM_SIZES["float32"])
    st.markdown(
        text["why-end"].format(count=shape[0], small=f"{whole.nbytes:,}", large=f"{large.nbytes:,}")
    )


def closing(shown: Sequence[Specimen]) -> None:
    """Check and source."""
    text = cache.page_text(SLUG)
    shape = named(shown, "images").values.shape
    layout = Layout.of(shape, ITEM_SIZES["float32"])
    asked = (min(ASKED[0], shape[0] - 1), *ASKED[1:])
    address = layout.address(asked)
    terms = " + ".join(f"{i} · {s}" for i, s in zip(asked, layout.strides, strict=True))
    index = ", ".join(str(i) for i in asked)
    questions.check(
        SLUG,
        text["check"].format(count=shape[0], shape=shape, index=index),
        address,
        0,
        text["check-because"].format(terms=terms, address=address, strides=layout.strides),
    )
    st.caption(text["source"].format(table=named(shown, "table").origin))
