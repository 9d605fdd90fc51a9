"""What Home keeps between reruns; see `dashboard.cache`."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.errors import LessonError
from core.models.weights import WEIGHTS_FILE, read_weights
from dashboard.cache import HERO_INDEX, page_text
from dashboard.lessons.home.picture import (
    LivingPicture,
    NamedKernel,
    classic_kernels,
    learned_kernels,
)
from dashboard.lessons.home.picture import living_picture as living_picture_of
from data.models.shipped import shipped_models
from data.synthetic.radiograph import draw

HERO_SIZE: Final = 96
HERO_MODEL: Final = "paper-synthetic"


@st.cache_resource(max_entries=1, show_spinner=False)
def living_picture() -> LivingPicture:
    """Home's picture: a drawn radiograph and what kernels answer to it."""
    text = page_text("home")
    drawn = draw(HERO_INDEX, size=HERO_SIZE, fractured=True)
    learned = _learned_kernels()
    return living_picture_of(
        drawn.image,
        learned or classic_kernels(),
        title=f"{text['living-synthetic']}, {drawn.region}, {drawn.view}",
        origin=text["living-learned" if learned else "living-classic"],
    )


def _learned_kernels() -> tuple[NamedKernel, ...]:
    """First layer of the shipped network; nothing where its weights cannot be read."""
    try:
        shipped = shipped_models().get(HERO_MODEL)
        weights = read_weights(shipped.path.with_name(WEIGHTS_FILE)) if shipped else {}
    except LessonError:
        return ()  # a damaged model is told about where models are used, not on Home
    kernels = [array for array in weights.values() if array.ndim == 4]
    return learned_kernels(kernels[0]) if kernels else ()
