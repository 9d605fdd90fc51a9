"""What the lesson on feature maps consists of."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.errors import LessonError
from core.inspect.excitation import Exciting
from core.inspect.formula import CellFormula, explain_cell
from core.inspect.statistics import PICTURE
from core.models.graph import Node
from core.models.layers import Convolution
from core.models.spec import ModelSpec
from core.prepared import PreparedSet
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.lessons.features.epochs import draw_history
from dashboard.lessons.features.stage import (
    FeaturesView,
    features,
    keep_values,
    keep_weights,
    sent_in_full,
    title,
)
from dashboard.networks.excitation_images import (
    Sample,
    drawn_sample,
    framed,
    sample_of_set,
    search,
    window_of,
)
from dashboard.networks.layer_history import LayerHistory, layer_history
from dashboard.networks.open_network import OpenNetwork, read_network
from dashboard.networks.responses import Response, parts_of_cell, silence
from dashboard.shared import questions
from dashboard.shared.network_choice import choose_network
from dashboard.shared.picture_choice import Picture, choose_picture
from dashboard.shared.questions import number
from dashboard.workbench.xray.figure import note

SLUG: Final = "features"
STYLE: Final = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
SHARES: Final = (0.25, 0.5)
"""Borders between the answers to the prediction."""
LOOK_S: Final = 1.0
"""Seconds between two looks at whether a search has ended."""
PATCH_PX: Final = 160
PER_LINE: Final = 4
"""Products in one line of the formula."""
MOST_LINES: Final = 5
_STAGE: Final = "features_stage"


def predict(network: OpenNetwork, picture: Picture, found: Response) -> bool:
    """How much of the network is silent? Asked of what is on the stage.

    A network without a ReLU is not asked about: none of its values is put to zero.
    """
    text = cache.page_text(SLUG)
    zeros, count = silence(network, found)
    if not count:
        return True
    share = zeros / count
    borders = [f"{border:.0%}".replace("%", " %") for border in SHARES]
    options = (f"under {borders[0]}", f"{borders[0]} to {borders[1]}", f"over {borders[1]}")
    told = f"{thousands(zeros)} of {thousands(count)}, {100 * share:.0f} %"
    return questions.predict(
        SLUG,
        text["predict"].format(
            network=network.title,
            picture=picture.title,
            count=thousands(count),
        ),
        options,
        sum(share >= border for border in SHARES),
        text["because"].format(zeros=told),
    )


def thousands(count: int) -> str:
    """A count for a sentence.

    >>> thousands(1234567) == "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567"
    True
    """
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def explore() -> None:
    """Question, network, picture, stage, and what follows from them."""
    st.html(f"<style>{STYLE}</style>")
    question = st.container()
    left, right = st.columns([3, 2], vertical_alignment="bottom", gap="medium")
    with left:
        network = choose_network(SLUG)
    with right:
        picture = choose_picture(SLUG, size=network.spec.input_size, prepared=network.prepared)
    found = cache.response(network.fingerprint, picture.key, network, picture.image)
    with question:
        committed = predict(network, picture, found)
    stage(network, picture, found, locked=not committed)
    if committed:
        excite(network)
        through_training(network, picture)
        why(network, found)
    check(network, found)


def stage(network: OpenNetwork, picture: Picture, found: Response, *, locked: bool) -> None:
    """The network itself."""
    text = cache.page_text(SLUG)
    view = FeaturesView(
        title=network.title,
        picture=picture.title,
        stamp=f"{network.fingerprint}|{picture.key}",
        weights_stamp=network.fingerprint,
        network_name=build_of(network.spec),
        anatomy=cache.anatomy(network.fingerprint, network),
        response=found,
        locked=locked,
        words={
            name.removeprefix("stage-"): value
            for name, value in text.items()
            if name.startswith("stage-")
        },
    )
    with st.container(key=f"{SLUG}_stage_box"):
        features(view, key=_STAGE, on_open_change=lambda: None)
    with st.container(key=f"{SLUG}_vault_box"):
        if not locked:
            keep_weights(network.fingerprint, network.weights, key=f"{SLUG}_weights")
            opened, _ = opened_unit(network)
            if opened and not set(parts_of_cell(view.anatomy, opened)) <= {
                *sent_in_full(view.anatomy, found),
                "image",
            }:
                keep_values(view, opened, key=f"{SLUG}_values")


def build_of(spec: ModelSpec) -> str:
    """Names what a network is built of; its weights may differ."""
    return json.dumps(spec.to_json(), sort_keys=True)


def opened_unit(network: OpenNetwork) -> tuple[str, int]:
    """Layer and unit that are open in the stage; "" for none, or one of another network."""
    opened = getattr(state.widget_value(_STAGE), "open", None) or {}
    name, unit = str(opened.get("node", "")), int(opened.get("unit", 0))
    nodes = cache.anatomy(network.fingerprint, network).nodes
    fits = any(node.name == name and 0 <= unit < node.shape[-1] for node in nodes)
    return (name, unit) if fits else ("", 0)


def excite(network: OpenNetwork) -> None:
    """The images that excite the opened unit most."""
    text = cache.page_text(SLUG)
    st.markdown(f"#### {text['excite-title']}")
    name, unit = opened_unit(network)
    if not name or name in PICTURE:
        st.html(note(text["excite-closed"]))
        return
    waits = _search(network, name) is None
    st.fragment(_excite, run_every=LOOK_S if waits else None)(network, name, unit, waits)


def _excite(network: OpenNetwork, name: str, unit: int, waited: bool) -> None:
    text = cache.page_text(SLUG)
    try:
        answer = _search(network, name)
    except LessonError as error:
        advise(error)
        return
    if answer is None:
        what = "unit" if len(_shape(network, name)) == 1 else "map"
        st.info(
            text["excite-wait"].format(unit=f"{what} {unit + 1} of {title(name)}"),
            icon=":material/hourglass_top:",
        )
        return
    if waited:
        st.rerun()  # once: a page that has its answer asks no more
    sample, found = answer
    draw_exciting(network, sample, found, unit)


def _shape(network: OpenNetwork, name: str) -> tuple[int, ...]:
    nodes = cache.anatomy(network.fingerprint, network).nodes
    return next(node.shape for node in nodes if node.name == name)


def _search(network: OpenNetwork, name: str) -> tuple[Sample, Exciting] | None:
    """Sample and answer, None while they are sought."""
    searches, cluster = cache.searches(), cache.cluster()
    prepared, own = _training_set(network)
    if prepared is None:
        where, make = "drawn", lambda: drawn_sample(network.spec)
    else:
        where = f"{prepared.folder}/{prepared.fingerprint}"
        make = lambda: sample_of_set(network.spec, prepared, own=own)  # noqa: E731
    build = build_of(network.spec)
    sample = searches.ask(("sample", where, build), make)
    if sample is None:
        return None
    found = searches.ask(
        ("exciting", network.fingerprint, name, sample.key),
        lambda: search(cluster, network.spec, network.weights, sample, name),
    )
    return None if found is None else (sample, found)


def _training_set(network: OpenNetwork) -> tuple[PreparedSet | None, bool]:
    """The set a network learned from, and whether in the very preparation; None without it."""
    for folder, own in ((network.prepared, True), (state.PREPARED.get(), False)):
        if not folder:
            continue
        try:
            prepared = cache.prepared_set(folder)
        except LessonError:
            continue  # cleared away since
        if own or prepared.name == network.dataset:
            return prepared, own
    return None, False


def draw_exciting(network: OpenNetwork, sample: Sample, found: Exciting, unit: int) -> None:
    """Nine images with their patches, each with its value and label."""
    text = cache.page_text(SLUG)
    shape = _shape(network, found.name)
    what = f"{'unit' if len(shape) == 1 else 'map'} {unit + 1} of {title(found.name)}"
    searched = text[f"excite-{sample.kind}"].format(n=found.searched, all=f"{sample.total:,}")
    if found.values[unit, 0] == 0:
        st.html(note(text["excite-silent"].format(searched=searched, unit=what)))
        return
    st.html(note(text["excite"].format(searched=searched, unit=what)))
    field = cache.anatomy(network.fingerprint, network).fields[found.name]
    for place, column in enumerate(st.columns(found.images.shape[1], gap="small")):
        at, value = int(found.images[unit, place]), float(found.values[unit, place])
        cell = int(found.rows[unit, place]), int(found.columns[unit, place])
        window = window_of(field, cell, unit, vector=len(shape) == 1)
        said = f"{number(round(value, 3))}, {sample.labels[at]}"
        seen = f"rows {window[0] + 1} to {window[2]}, columns {window[1] + 1} to {window[3]}"
        with column:
            st.image(
                framed(sample.images[at], window, PATCH_PX),
                width="stretch",
                alt=f"Place {place + 1}: {said}. Its strongest cell sees {seen}; shown enlarged.",
            )
            st.html(f'<p class="lb-number features-value">{html.escape(said)}</p>')


def through_training(network: OpenNetwork, picture: Picture) -> None:
    """The maps of the opened layer, epoch by epoch, where there are snapshots."""
    text = cache.page_text(SLUG)
    st.markdown(f"#### {text['training-title']}")
    if len(network.epochs) < 2:
        st.html(note(text["training-none"]))
        return
    name, _ = opened_unit(network)
    if not name or name in PICTURE:
        first = first_convolution(network)
        name = first.name if first else "logits"
    waits = _history(network, picture, name) is None
    st.fragment(_through, run_every=LOOK_S if waits else None)(network, picture, name, waits)


def _history(network: OpenNetwork, picture: Picture, name: str) -> LayerHistory | None:
    image = picture.image
    return cache.searches().ask(
        ("film", network.key, len(network.epochs), picture.key, name),
        lambda: layer_history(
            lambda epoch: read_network(network.key, epoch), network.epochs, image, name
        ),
    )


def _through(network: OpenNetwork, picture: Picture, name: str, waited: bool) -> None:
    text = cache.page_text(SLUG)
    try:
        found = _history(network, picture, name)
    except LessonError as error:
        advise(error)
        return
    if found is None:
        st.info(text["training-wait"], icon=":material/hourglass_top:")
        return
    if waited:
        st.rerun()
    total = _shape(network, name)[-1]
    which = (
        ""
        if len(found.units) == total
        else text["training-some"].format(shown=len(found.units), total=total)
    )
    st.html(note(f"{text['training'].format(layer=title(name))} {which}".strip()))
    words = {
        part.removeprefix("film-"): value
        for part, value in text.items()
        if part.startswith("film-")
    }
    draw_history(
        found, words=words, stamp=f"{network.key}|{picture.key}|{name}", key=f"{SLUG}_film"
    )


def first_convolution(network: OpenNetwork) -> Node | None:
    """The first layer with kernels, None in a network without."""
    nodes = cache.anatomy(network.fingerprint, network).nodes
    return next((node for node in nodes if isinstance(node.layer, Convolution)), None)


def strongest_cell(network: OpenNetwork, found: Response, node: Node) -> CellFormula:
    """The formula of the largest value of a layer."""
    values = found.activations[node.name]
    index = np.unravel_index(int(np.argmax(values)), values.shape)
    batch = {name: part[None] for name, part in found.activations.items()}
    cell = tuple(int(at) for at in index)
    return explain_cell(network.spec, network.weights, batch, node.name, cell)


def why(network: OpenNetwork, found: Response) -> None:
    """One cell with its numbers."""
    text = cache.page_text(SLUG)
    node = first_convolution(network)
    if node is None:
        return
    with st.container(key=f"{SLUG}_why"):
        _why(strongest_cell(network, found, node), node, text)


def _why(formula: CellFormula, node: Node, text: Mapping[str, str]) -> None:
    row, column, unit = formula.index
    where = f"{title(node.name)}, map {unit + 1}, row {row + 1}, column {column + 1}"
    st.markdown(f"#### Why\n{text['why'].format(where=where)}")
    (terms,) = formula.terms
    pairs = zip(terms.values.ravel(), terms.weights.ravel(), terms.inside.ravel(), strict=False)
    products = [rf"{v:.2f} \cdot {_braced(float(w))}" for v, w, inside in pairs if inside]
    lines = [" + ".join(products[at : at + PER_LINE]) for at in range(0, len(products), PER_LINE)]
    shown = r" \\ &\quad + ".join(lines[:MOST_LINES]) + (r" + \dots" if lines[MOST_LINES:] else "")
    st.latex(
        rf"\begin{{aligned}} z &= \sum x\,w + b = {shown} \\ &\quad + {_braced(formula.bias)} = "
        rf"{formula.before:.3f} \qquad {_function(formula)} = {formula.result:.3f} \end{{aligned}}"
    )
    st.markdown(text["why-end"])


def _braced(value: float) -> str:
    return f"({value:.3f})" if value < 0 else f"{value:.3f}"


def _function(formula: CellFormula) -> str:
    if formula.activation == "relu":
        return rf"\max(0,\; {formula.before:.3f})"
    name = formula.activation.replace("_", r"\_")
    return rf"\mathrm{{{name}}}({formula.before:.3f})"


def check(network: OpenNetwork, found: Response) -> None:
    """How many products one cell adds up, in the second convolution where there is one."""
    nodes = cache.anatomy(network.fingerprint, network).nodes
    plain = [node for node in nodes if isinstance(node.layer, Convolution)]
    if not plain:
        return
    node = plain[min(1, len(plain) - 1)]
    text = cache.page_text(SLUG)
    batch = {name: part[None] for name, part in found.activations.items()}
    center = (node.shape[0] // 2, node.shape[1] // 2, 0)
    (terms,) = explain_cell(network.spec, network.weights, batch, node.name, center).terms
    channels, size, _ = terms.values.shape
    count = int(terms.inside.sum()) * channels
    questions.check(
        SLUG,
        text["check"].format(layer=title(node.name)),
        count,
        0,
        text["check-because"].format(size=size, channels=channels, count=number(count)),
    )


def source() -> None:
    """Who drew feature maps first, and where the code is."""
    st.markdown(f"#### Source\n{cache.page_text(SLUG)['source']}")
