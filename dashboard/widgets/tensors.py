"""What the lesson on tensors consists of."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.ops.tensor import ITEM_SIZES, Layout
from dashboard import cache
from dashboard.components.tensors.component import tensors
from dashboard.widgets import lesson
from data.tensors import Specimen

SLUG: Final = "tensors"
RANKS: Final = (2, 3, 4, 5)
ASKED: Final = (3, 40, 5, 0)
"""Index of the element that the check asks for."""


def specimen(name: str) -> Specimen:
    """One of the lesson's tensors."""
    return next(one for one in cache.tensor_specimens() if one.name == name)


def predict() -> bool:
    """Ask for the rank of the video before it can be opened."""
    text = cache.page_text(SLUG)
    shape = specimen("video").values.shape
    return lesson.predict(
        SLUG,
        text["predict"].format(count=shape[0], frames=shape[1], side=shape[2]),
        [str(rank) for rank in RANKS],
        RANKS.index(len(shape)),
        text["because"].format(shape=shape),
    )


def stage(*, locked: bool) -> None:
    """The tensors, with all that can be done to them."""
    with st.container(key="tensors_stage_box"):
        tensors(cache.tensor_specimens(), cache.page_text(SLUG), locked=locked, key="tensors_stage")


def why() -> None:
    """The address of an element with numbers, and what a slice changes."""
    text = cache.page_text(SLUG)
    shape = specimen("images").values.shape
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


def closing() -> None:
    """Check and source."""
    text = cache.page_text(SLUG)
    shape = specimen("images").values.shape
    layout = Layout.of(shape, ITEM_SIZES["float32"])
    address = layout.address(ASKED)
    terms = " + ".join(f"{i} · {s}" for i, s in zip(ASKED, layout.strides, strict=True))
    index = ", ".join(str(i) for i in ASKED)
    lesson.check(
        SLUG,
        text["check"].format(count=shape[0], shape=shape, index=index),
        address,
        0,
        text["check-because"].format(terms=terms, address=address, strides=layout.strides),
    )
    st.caption(text["source"].format(table=specimen("table").origin))
