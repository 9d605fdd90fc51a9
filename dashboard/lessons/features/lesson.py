"""What the lesson on feature maps consists of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.errors import LessonError
from core.inspect.excitation import Exciting
from core.inspect.formula import CellFormula, explain_cell
from core.inspect.statistics import PICTURE
from core.models.graph import Node
from core.models.layers import Convolution
from core.prepared import PreparedSet
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.lessons.features.stage import (
    CLIP_SHARES,
    PLACES,
    SCHEMA,
    FeaturesView,
    film_of,
    keep,
    payload,
    sent_in_full,
    show,
    title,
)
from dashboard.networks.excitation_images import (
    Sample,
    drawn_sample,
    sample_of_set,
    search,
    window_of,
)
from dashboard.networks.layer_history import LayerHistory, layer_history
from dashboard.networks.open_network import OpenNetwork, read_network
from dashboard.networks.responses import Response, parts_of_cell, silence, weights_of
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.network_choice import choose_network
from dashboard.shared.number import count, percent, write
from dashboard.shared.picture_choice import Picture, choose_picture

SLUG: Final = "features"
STYLE: Final = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
SHARES: Final = (0.25, 0.5)
"""Borders between the answers to the question."""
LOOK_S: Final = 1.0
"""Seconds between two looks at whether a search has ended."""
PER_LINE: Final = 4
"""Products in one line of the formula."""
MOST_LINES: Final = 5
SIGNED: Final = frozenset({"relu", "leaky_relu", "elu", "tanh", "linear"})
"""Activations above 0 for sums above 0 only, and larger for larger ones."""
_STAGE: Final = "features_stage"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG)
    with lesson.corner():
        network = choose_network(SLUG, backbone=True)
        picture = choose_picture(SLUG, size=network.spec.input_size, prepared=network.prepared)
    found = _response(text, network, picture)
    if asked := question(text, network, found):
        lesson.ask(asked)
    view = FeaturesView(
        network=network.title,
        picture=picture.title,
        stamp=f"{network.fingerprint}|{picture.key}",
        weights=network.fingerprint,
        epochs=len(network.epochs),
        anatomy=cache.anatomy(network.fingerprint, network),
        response=found,
        words=words(text),
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        if lesson.settled:
            _send(network, picture, view, lesson.values(SCHEMA))
            why(network, found)
            if network.kind == "backbone":
                st.markdown(f"{network.origin} {text['backbone']}")
            elif len(network.epochs) < 2:
                st.markdown(text["training-none"])
    lesson.finish(check(text, network, found), source=text["source"])


def _response(text: Mapping[str, str], network: OpenNetwork, picture: Picture) -> Response:
    """What the network makes of the picture; of the reference network's backbone a worker says."""
    if network.kind != "backbone":
        return cache.response(network.fingerprint, picture.key, network, picture.image)
    anatomy, first = cache.anatomy(network.fingerprint, network), first_convolution(network)
    names = {*PICTURE, *sent_in_full(anatomy), *((first.name,) if first else ())}
    with st.spinner(text["backbone-waits"]):
        return cache.backbone_response(
            network.fingerprint,
            picture.key,
            tuple(sorted(names)),
            CLIP_SHARES,
            network,
            picture.image,
        )


def question(text: Mapping[str, str], network: OpenNetwork, found: Response) -> Question | None:
    """How much of the network on the stage is silent for the picture on the stage?

    A network without a ReLU is not asked about: none of its values is put to zero.
    """
    zeros, total = silence(network, found)
    if not total:
        return None
    share = zeros / total
    borders = [percent(border) for border in SHARES]
    return Question(
        text=text["predict"].format(count=count(total)),
        options=(f"under {borders[0]}", f"{borders[0]} to {borders[1]}", f"over {borders[1]}"),
        truth=sum(share >= border for border in SHARES),
        because=text["because"].format(zeros=count(zeros), share=percent(share)),
    )


def opened(network: OpenNetwork, values: Mapping[str, Any]) -> tuple[str, int]:
    """Layer and unit that are open in the stage, the layer "" where only the whole is seen."""
    if values["view"] == "whole":
        return "", 0
    nodes = {node.name: node for node in cache.anatomy(network.fingerprint, network).nodes}
    node = nodes.get(values["layer"]) or first_convolution(network) or list(nodes.values())[1]
    return node.name, min(int(values["unit"]), node.shape[-1]) - 1


def _send(
    network: OpenNetwork, picture: Picture, view: FeaturesView, values: Mapping[str, Any]
) -> None:
    """What the stage needs beside its message: weights, exact values, a film, images."""
    st.html(f"<style>{STYLE}</style>")
    name, unit = opened(network, values)
    film = values["view"] == "film" and len(network.epochs) > 1
    small = network.kind != "backbone"
    images = values["view"] == "images" and name not in PICTURE and small
    with st.container(key=f"{SLUG}_vault_box"):
        keep_weights(network, "" if small else name or PICTURE[0])
        if name and small:
            keep_values(view, name, view.response.activations)
        elif name:
            keep_values(view, name, _backbone_values(network, picture, view, name))
    if film:
        waits = _history(network, picture, name) is None
        every = LOOK_S if waits else None
        st.fragment(_send_film, run_every=every)(network, picture, view.stamp, name, waits)
    elif images:
        waits = _awaits_images(network, name)
        every = LOOK_S if waits else None
        st.fragment(_send_images, run_every=every)(network, name, unit, waits)
    elif values["view"] == "images":
        about = {"told": cache.page_text(SLUG)["images-picture" if small else "images-backbone"]}
        with st.container(key=f"{SLUG}_answer_box"):
            group = f"images:{network.fingerprint}|{name}|{unit}"
            keep(group, [], [], key=f"{SLUG}_images", about=about)


def _backbone_values(
    network: OpenNetwork, picture: Picture, view: FeaturesView, name: str
) -> Mapping[str, FloatArray]:
    """What the formulas of an opened layer of the backbone need and the server does not keep."""
    known = view.response.activations
    missing = tuple(part for part in parts_of_cell(view.anatomy, name) if part not in known)
    if not missing:
        return known
    found = cache.backbone_maps(network.fingerprint, picture.key, missing, network, picture.image)
    return {**known, **found}


def keep_weights(network: OpenNetwork, layer: str) -> None:
    """Send a network's weights: all, or of one layer where all would be 19 MB.

    Args:
        network: Whose.
        layer: A node, "" for all of them.
    """
    weights = network.weights
    if layer:
        weights = {name: one for name, one in weights.items() if name.startswith(f"{layer}/")}
    names, arrays = weights_of(weights)
    keep(f"weights:{network.fingerprint}", names, arrays, key=f"{SLUG}_weights")


def keep_values(view: FeaturesView, name: str, known: Mapping[str, FloatArray]) -> None:
    """Send in full what the formulas of an opened layer need and the stage has not."""
    sent = sent_in_full(view.anatomy)
    names = [
        part
        for part in parts_of_cell(view.anatomy, name)
        if part not in sent and part != "image" and part in known
    ]
    if names:
        arrays = [known[part] for part in names]
        keep(f"values:{view.stamp}", names, arrays, key=f"{SLUG}_values")


def _awaits_images(network: OpenNetwork, name: str) -> bool:
    try:
        return _search(network, name) is None
    except LessonError:
        return False  # told where the answer is drawn, which asks once more


def _send_images(network: OpenNetwork, name: str, unit: int, waited: bool) -> None:
    """The images that excite a unit most, once they are found; advice where they cannot be."""
    about: dict[str, Any]
    try:
        answer = _search(network, name)
    except LessonError as error:
        advise(error)
        about, images = {"advice": f"{error.problem} {error.remedy}"}, []
    else:
        if answer is None:
            return
        if waited:
            st.rerun()  # once: a page that has its answer asks no more
        about, images = exciting(network, *answer, unit)
    with st.container(key=f"{SLUG}_answer_box"):
        keep(
            f"images:{network.fingerprint}|{name}|{unit}",
            ["images"] if len(images) else [],
            [np.asarray(images)] if len(images) else [],
            key=f"{SLUG}_images",
            about=about,
        )


def exciting(
    network: OpenNetwork, sample: Sample, found: Exciting, unit: int
) -> tuple[dict[str, Any], Any]:
    """The images that excite a unit, with value, label and what its strongest cell sees of each."""
    text = cache.page_text(SLUG)
    shape = _shape(network, found.name)
    vector = len(shape) == 1
    what = f"{'unit' if vector else 'map'} {unit + 1} of {title(found.name)}"
    drawn = sample.kind == "drawn" and network.dataset == "synthetic"
    kind = "alike" if drawn else sample.kind
    searched = text[f"images-{kind}"].format(n=found.searched, all=count(sample.total))
    if found.values[unit, 0] == 0:
        return {"told": text["images-silent"].format(searched=searched, unit=what)}, []
    field = cache.anatomy(network.fingerprint, network).fields[found.name]
    chosen = found.images[unit][:PLACES]
    cells = zip(found.rows[unit], found.columns[unit], strict=True)
    windows = [window_of(field, (int(r), int(c)), unit, vector=vector) for r, c in cells]
    return {
        "told": text["images-told"].format(searched=searched, unit=what),
        "values": found.values[unit][:PLACES].tolist(),
        "labels": [sample.labels[int(at)] for at in chosen],
        "windows": windows[:PLACES],
    }, sample.images[chosen]


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
    build = json.dumps(network.spec.to_json(), sort_keys=True)  # its weights do not matter
    sample = searches.ask(("sample", where, build), lambda _: make()).value()
    if sample is None:
        return None
    found = searches.ask(
        ("exciting", network.fingerprint, name, sample.key),
        lambda _: search(cluster, network.spec, network.weights, sample, name),
    ).value()
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


def _history(network: OpenNetwork, picture: Picture, name: str) -> LayerHistory | None:
    image = picture.image
    found = cache.searches().ask(
        ("film", network.key, len(network.epochs), picture.key, name),
        lambda _: layer_history(
            lambda epoch: read_network(network.key, epoch), network.epochs, image, name
        ),
    )
    return found.value()


def _send_film(network: OpenNetwork, picture: Picture, stamp: str, name: str, waited: bool) -> None:
    """The maps of a layer, epoch by epoch, once they are computed."""
    about: dict[str, Any]
    try:
        found = _history(network, picture, name)
    except LessonError as error:
        advise(error)
        about, maps = {"advice": f"{error.problem} {error.remedy}"}, []
    else:
        if found is None:
            return
        if waited:
            st.rerun()
        steps, about = film_of(found)
        maps = [steps]
    with st.container(key=f"{SLUG}_answer_box"):
        names = ["maps"] if maps else []
        keep(f"film:{stamp}|{name}", names, maps, key=f"{SLUG}_film", about=about)


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
    if formula.activation == "relu6":
        return rf"\min(6,\; \max(0,\; {formula.before:.3f}))"
    name = formula.activation.replace("_", r"\_")
    return rf"\mathrm{{{name}}}({formula.before:.3f})"


def check(text: Mapping[str, str], network: OpenNetwork, found: Response) -> Check | None:
    """Transfer: one bias belongs to all cells of a map.

    None in a network without a convolution, or whose first one does not change sign with its sum.
    """
    node = first_convolution(network)
    if node is None:
        return None
    formula = strongest_cell(network, found, node)
    if formula.activation not in SIGNED or formula.before <= 0:
        return None
    row, column, unit = formula.index
    return Check(
        text=text["check"].format(unit=unit + 1, layer=title(node.name)),
        answer=formula.before,
        tolerance=0.01 * formula.before,
        because=text["check-because"].format(
            answer=write(formula.before), row=row + 1, column=column + 1
        ),
    )
