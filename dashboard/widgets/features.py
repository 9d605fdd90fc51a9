"""What the lesson on feature maps consists of."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import streamlit as st

from core.errors import LessonError
from core.models.formula import CellFormula, explain_cell
from core.models.graph import Node
from core.models.layers import Convolution
from core.models.spec import ModelSpec
from dashboard import cache, state
from dashboard.components.features.component import (
    FeaturesView,
    features,
    keep_values,
    keep_weights,
    sent_in_full,
    title,
)
from dashboard.frame import advise, reset_button
from dashboard.glass import Glass, find_source, sources
from dashboard.looking import Look, parts_of_cell
from dashboard.widgets import lesson
from dashboard.widgets.lesson import number
from dashboard.widgets.network import choose_network
from dashboard.widgets.picture import Picture, choose_picture
from data.pictures import samples

SLUG: Final = "features"
SHARES: Final = (0.25, 0.5)
"""Borders between the answers to the prediction."""
_STAGE: Final = "features_stage"


def predict() -> bool:
    """How much of the network is silent? Always asked of what the page opens with."""
    text = cache.page_text(SLUG)
    source, sample = sources()[0], samples()[0]
    zeros, count = cache.first_silence(source.key, source.stamp(None), sample.key)
    share = zeros / count
    borders = [f"{border:.0%}".replace("%", " %") for border in SHARES]
    options = (f"under {borders[0]}", f"{borders[0]} to {borders[1]}", f"over {borders[1]}")
    told = f"{zeros:,} of {count:,}, {100 * share:.0f} %".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return lesson.predict(
        SLUG,
        text["predict"].format(
            network=source.title,
            picture=sample.title,
            count=f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"),
        ),
        options,
        sum(share >= border for border in SHARES),
        text["because"].format(zeros=told.replace("\N{NARROW NO-BREAK SPACE}%", " %")),
    )


def explore(committed: bool) -> None:
    """Network, picture, stage, and what follows from them.

    One fragment: another picture draws this part alone, and it is what must answer quickly.
    """
    st.fragment(_explore)(committed)


def _explore(committed: bool) -> None:
    try:
        _explored(committed)
    except LessonError as error:  # a fragment keeps its errors to itself
        advise(error)
        reset_button(SLUG)


def _explored(committed: bool) -> None:
    _asked_for()
    left, right = st.columns([3, 2], vertical_alignment="bottom", gap="medium")
    with left:
        glass = choose_network(SLUG)
    with right:
        picture = choose_picture(SLUG, size=glass.spec.input_size, prepared=glass.prepared)
    found = cache.look(glass.fingerprint, picture.key, glass, picture.image)
    stage(glass, picture, found, locked=not committed)
    if committed:
        why(glass, found)
    check(glass, found)


def _asked_for() -> None:
    """A link may name a run that cannot be looked into: say why instead of showing another."""
    asked = st.query_params.get(f"{SLUG}_network", "")
    known = sources()
    if not asked or any(asked in (source.key, source.title) for source in known):
        return
    try:
        find_source(asked)
    except LessonError as error:
        if error.code == "model.no-snapshots":
            raise


def stage(glass: Glass, picture: Picture, found: Look, *, locked: bool) -> None:
    """The network itself."""
    text = cache.page_text(SLUG)
    view = FeaturesView(
        title=glass.title,
        picture=picture.title,
        stamp=f"{glass.fingerprint}|{picture.key}",
        weights_stamp=glass.fingerprint,
        network_name=build_of(glass.spec),
        anatomy=cache.anatomy(glass.fingerprint, glass),
        look=found,
        locked=locked,
        words={
            name.removeprefix("stage-"): value
            for name, value in text.items()
            if name.startswith("stage-")
        },
    )
    with st.container(key=f"{SLUG}_stage_box"):
        features(view, key=_STAGE, on_open_change=lambda: None)
    with st.container(key=f"{SLUG}_vault_box", height=1, border=False):
        if not locked:
            keep_weights(glass.fingerprint, glass.weights, key=f"{SLUG}_weights")
            opened = opened_node(view)
            if opened and not set(parts_of_cell(view.anatomy, opened)) <= {
                *sent_in_full(view.anatomy, found),
                "image",
            }:
                keep_values(view, opened, key=f"{SLUG}_values")


def build_of(spec: ModelSpec) -> str:
    """Names what a network is built of; its weights may differ."""
    return json.dumps(spec.to_json(), sort_keys=True)


def opened_node(view: FeaturesView) -> str:
    """The layer that is open in the stage; "" for none, or one of another network."""
    opened = getattr(state.widget_value(_STAGE), "open", None) or {}
    name = str(opened.get("node", ""))
    return name if any(node.name == name for node in view.anatomy.nodes) else ""


def first_convolution(glass: Glass) -> Node | None:
    """The first layer with kernels, None in a network without."""
    nodes = cache.anatomy(glass.fingerprint, glass).nodes
    return next((node for node in nodes if isinstance(node.layer, Convolution)), None)


def strongest_cell(glass: Glass, found: Look, node: Node) -> CellFormula:
    """The formula of the largest value of a layer."""
    values = found.activations[node.name]
    index = np.unravel_index(int(np.argmax(values)), values.shape)
    batch = {name: part[None] for name, part in found.activations.items()}
    cell = tuple(int(at) for at in index)
    return explain_cell(glass.spec, glass.weights, batch, node.name, cell)


def why(glass: Glass, found: Look) -> None:
    """One cell with its numbers."""
    text = cache.page_text(SLUG)
    node = first_convolution(glass)
    if node is None:
        return
    formula = strongest_cell(glass, found, node)
    row, column, unit = formula.index
    where = f"{title(node.name)}, map {unit + 1}, row {row + 1}, column {column + 1}"
    st.markdown(f"#### Why\n{text['why'].format(where=where)}")
    (terms,) = formula.terms
    pairs = zip(terms.values.ravel(), terms.weights.ravel(), terms.inside.ravel(), strict=False)
    products = [rf"{v:.2f} \cdot {_braced(w)}" for v, w, inside in pairs if inside]
    shown = " + ".join(products[:9]) + (r" + \dots" if len(products) > 9 else "")
    st.latex(
        rf"z = \sum x\,w + b = {shown} + {_braced(formula.bias)} = {formula.before:.3f}"
        rf"\qquad {_function(formula)} = {formula.result:.3f}"
    )
    st.markdown(text["why-end"])


def _braced(value: float) -> str:
    return f"({value:.3f})" if value < 0 else f"{value:.3f}"


def _function(formula: CellFormula) -> str:
    if formula.activation == "relu":
        return rf"\max(0,\; {formula.before:.3f})"
    name = formula.activation.replace("_", r"\_")
    return rf"\mathrm{{{name}}}({formula.before:.3f})"


def check(glass: Glass, found: Look) -> None:
    """How many products one cell adds up, in the second convolution where there is one."""
    nodes = cache.anatomy(glass.fingerprint, glass).nodes
    plain = [node for node in nodes if isinstance(node.layer, Convolution)]
    if not plain:
        return
    node = plain[min(1, len(plain) - 1)]
    text = cache.page_text(SLUG)
    batch = {name: part[None] for name, part in found.activations.items()}
    center = (node.shape[0] // 2, node.shape[1] // 2, 0)
    (terms,) = explain_cell(glass.spec, glass.weights, batch, node.name, center).terms
    channels, size, _ = terms.values.shape
    count = int(terms.inside.sum()) * channels
    lesson.check(
        SLUG,
        text["check"].format(layer=title(node.name)),
        count,
        0,
        text["check-because"].format(size=size, channels=channels, count=number(count)),
    )


def source() -> None:
    """Who drew feature maps first, and where the code is."""
    st.markdown(f"#### Source\n{cache.page_text(SLUG)['source']}")
