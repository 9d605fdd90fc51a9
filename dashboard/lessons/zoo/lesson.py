"""The zoo: the question, the gallery, the check. What trains them all is in `zoo_race`."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.inspect.ideas.idea import count
from core.models.cost import total_multiply_adds, total_parameters
from core.models.layers import Convolution, parameters
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS, TIMELINE
from dashboard import cache, state
from dashboard.lessons.zoo.outline import outline, weight_layers
from dashboard.lessons.zoo.stage import Exhibit, gallery
from dashboard.shared.questions import check, predict

SLUG: Final = "zoo"
SIDE: Final = 64
"""Of the images that the gallery's networks are drawn and counted for."""
BINARY: Final = ("normal", "fracture")
ASKED: Final = ("lenet", "vgg", "resnet", "mobilenet")
CHECKED_DEPTH: Final = 3
CHECKED_MAPS: Final = 64
FIRST: Final = "neocognitron"


def text() -> dict[str, str]:
    """The lesson's words."""
    return cache.page_text(SLUG)


def spec_of(name: str) -> ModelSpec:
    """The network as the gallery shows it."""
    return MODELS[name].build(SIDE, BINARY)


def question() -> bool:
    """Which of four needs the fewest weights? Counted, not written."""
    counted = {name: total_parameters(spec_of(name)) for name in ASKED}
    order = sorted(counted, key=counted.__getitem__)
    told = ", ".join(f"{MODELS[name].title} {counted[name]:,}" for name in order)
    because = text()["because"].format(counts=told)
    options = [MODELS[name].title for name in ASKED]
    return predict(SLUG, text()["predict"], options, ASKED.index(order[0]), because)


def stage(*, locked: bool) -> None:
    """The gallery, and the ways on from the network that is shown.

    A fragment: choosing a network draws nothing else anew.

    Args:
        locked: Whether the counts are still asked for.
    """
    st.fragment(_stage)(locked)


def _stage(locked: bool) -> None:
    words = {name: text()[f"stage-{name}"] for name in ("locked", "leaves", "scale", "twin")}
    with st.container(key="zoo_stage"):
        shown = gallery(
            [exhibit(name, locked=locked) for name in TIMELINE],
            words=words,
            first=FIRST,
            fresh=state.freshness(SLUG),
            key="zoo_gallery",
        )
    _links(shown)


def exhibit(name: str, *, locked: bool) -> Exhibit:
    """One network with its drawing, its counts and its idea."""
    entry, spec = MODELS[name], spec_of(name)
    facts = (
        ("parameters", f"{total_parameters(spec):,}"),
        ("multiply-adds", count(total_multiply_adds(spec))),
        ("layers of weights in a row", str(weight_layers(spec))),
    )
    return Exhibit(
        name=name,
        title=entry.title,
        year=entry.year,
        idea=entry.idea,
        leaves_out=entry.leaves_out,
        source=f"{entry.authors}: {entry.reference}",
        url=entry.url,
        side=SIDE,
        outline=outline(spec),
        facts=() if locked else facts,
        figure=cache.zoo_ideas()[name],
    )


def _links(name: str) -> None:
    """From the shown network to the pages that take it apart and train it."""
    title = MODELS[name].title
    with st.container(horizontal=True, gap="medium", key="zoo_links"):
        st.page_link(
            "../pages/architecture.py",
            label=text()["link-architecture"].format(title=title),
            icon=":material/schema:",
            query_params={"start": f"zoo:{name}"},
        )
        st.page_link(
            "../pages/train.py",
            label=text()["link-train"].format(title=title),
            icon=":material/monitoring:",
            query_params={"train_model": title},
        )


def ask_after() -> None:
    """Weights of three small filters, by hand."""
    layer = Convolution(CHECKED_MAPS)
    each = parameters(layer, (SIDE, SIDE, CHECKED_MAPS)) - CHECKED_MAPS
    wide = Convolution(CHECKED_MAPS, 2 * CHECKED_DEPTH + 1)
    other = parameters(wide, (SIDE, SIDE, CHECKED_MAPS)) - CHECKED_MAPS
    answer = CHECKED_DEPTH * each
    because = text()["check-because"].format(
        each=f"{each:,}", answer=f"{answer:,}", size=wide.kernel_size, other=f"{other:,}"
    )
    asked = text()["check"].format(maps=CHECKED_MAPS, size=wide.kernel_size)
    check(SLUG, asked, answer, 0, because)


def sources() -> None:
    """Every network's publication, by year."""
    lines = []
    for name in TIMELINE:
        entry = MODELS[name]
        said = f"{entry.authors}: {entry.reference} ({entry.year})"
        lines.append(f"{entry.title}: [{said}]({entry.url})" if entry.url else f"{said}")
    st.caption(text()["source"] + " " + " \u00b7 ".join(lines))
