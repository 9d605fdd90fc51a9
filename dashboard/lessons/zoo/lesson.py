"""The zoo: the question, the gallery, the race and the check. What trains them is in `race`."""

from __future__ import annotations

from itertools import count as count_up
from typing import Final

import streamlit as st

from core.inspect.ideas.idea import Idea, count
from core.inspect.receptive_field import receptive_fields
from core.models.cost import layer_table, total_multiply_adds, total_parameters
from core.models.layers import Convolution
from core.models.spec import GlobalPooling, ModelSpec
from core.models.zoo.entries import MODELS, TIMELINE
from dashboard import cache
from dashboard.lessons.zoo import race
from dashboard.lessons.zoo.outline import outline, weight_layers
from dashboard.lessons.zoo.stage import DRAWN, SCHEMA, Exhibit, payload, show
from dashboard.shared.lesson import Check, Lesson, Question, words

SLUG: Final = "zoo"
SIDE: Final = 64
"""Of the images that the gallery's networks are drawn and counted for."""
BINARY: Final = ("normal", "fracture")
ASKED: Final = ("lenet", "vgg", "resnet", "mobilenet")
CHECKED_SIDE: Final = 11
"""Of AlexNet's first filters, as published."""
_STAGE: Final = "zoo_stage"


def body() -> None:
    """Draw the page."""
    cache.cluster()  # the workers load TensorFlow while a person still reads
    lesson = Lesson(SLUG, question())
    chosen = lesson.values(SCHEMA)["network"]
    with lesson.stage():
        show(
            data=payload(
                [exhibit(name, locked=not lesson.settled) for name in TIMELINE],
                lesson.header(SCHEMA, told=True, drawn=DRAWN, words=words(cache.page_text(SLUG))),
                chosen=chosen,
            ),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        _about(chosen)
        race.race()
    lesson.finish(check(), source=_sources())


def spec_of(name: str) -> ModelSpec:
    """The network as the gallery shows it."""
    return MODELS[name].build(SIDE, BINARY)


def question() -> Question:
    """Which of four needs the fewest weights? Counted, not written."""
    text = cache.page_text(SLUG)
    counted = {name: total_parameters(spec_of(name)) for name in ASKED}
    order = sorted(counted, key=counted.__getitem__)
    told = ", ".join(f"{MODELS[name].title} {counted[name]:,}" for name in order)
    return Question(
        text=text["predict"].format(side=SIDE),
        options=tuple(MODELS[name].title for name in ASKED),
        truth=ASKED.index(order[0]),
        because=text["because"].format(
            counts=told, title=MODELS[order[0]].title, maps=_most_maps(order[0])
        ),
    )


def _most_maps(name: str) -> int:
    """The largest number of maps behind any layer."""
    shapes = (row.output_shape for row in layer_table(spec_of(name)))
    return max(shape[-1] for shape in shapes if len(shape) == 3)


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
        side=SIDE,
        outline=outline(spec),
        facts=() if locked else facts,
        figures=_figures(name),
    )


def _figures(name: str) -> dict[str, Idea]:
    return cache.shortcut_ideas() if name == DRAWN else {"": cache.zoo_ideas()[name]}


def _about(name: str) -> None:
    """What ours leaves out of the chosen network, and the pages that take it apart and train it."""
    text, entry = cache.page_text(SLUG), MODELS[name]
    said = f"{entry.authors}: {entry.reference} ({entry.year})"
    st.markdown(
        text["about"].format(
            title=entry.title,
            idea=entry.idea,
            leaves=entry.leaves_out,
            source=f"[{said}]({entry.url})" if entry.url else said,
        )
    )
    with st.container(horizontal=True, gap="medium", key="zoo_links"):
        st.page_link(
            "../pages/architecture.py",
            label=text["link-architecture"].format(title=entry.title),
            icon=":material/schema:",
            query_params={"start": f"zoo:{name}"},
        )
        st.page_link(
            "../pages/train.py",
            label=text["link-train"].format(title=entry.title),
            icon=":material/monitoring:",
            query_params={"train_model": entry.title},
        )


def check() -> Check:
    """Transfer: VGG's idea, for a filter that no figure here replaces."""
    text = cache.page_text(SLUG)
    answer = next(n for n in count_up(1) if _sees(Convolution(1), n) >= CHECKED_SIDE)
    return Check(
        text=text["check"].format(size=CHECKED_SIDE),
        answer=answer,
        because=text["check-because"].format(
            size=CHECKED_SIDE, answer=answer, small=9 * answer, large=CHECKED_SIDE**2
        ),
        unit="filters",
    )


def _sees(layer: Convolution, number: int) -> int:
    """Pixels a side that so many of a layer in a row see."""
    spec = ModelSpec("row", SIDE, BINARY, (*[layer] * number, GlobalPooling()))
    return receptive_fields(spec)[f"convolution_{number}"].size


def _sources() -> str:
    """Every network's publication, by year."""
    lines = []
    for name in TIMELINE:
        entry = MODELS[name]
        said = f"{entry.authors}: {entry.reference} ({entry.year})"
        lines.append(f"{entry.title}: [{said}]({entry.url})" if entry.url else said)
    return cache.page_text(SLUG)["source"] + " " + " \N{MIDDLE DOT} ".join(lines)
