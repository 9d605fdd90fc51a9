"""Pooling: one number stays of each window; what comes back through it, and what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.errors import LessonError
from core.inspect.evidence import MapEvidence, counts_maps, map_evidence
from core.models.graph import Node, nodes
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS
from core.ops.pooling import KINDS, Window, parse_map, pool, shift_change, shifted
from dashboard import cache, state
from dashboard.frame import advise
from dashboard.lessons.pooling.stage import SCHEMA, PoolingView, payload, show, window_of
from dashboard.networks.open_network import OpenNetwork
from dashboard.shared.lesson import Check, Lesson, Question, ask, words
from dashboard.shared.network_choice import choose_network
from dashboard.shared.number import percent, write
from dashboard.shared.picture_choice import Picture, choose_picture
from dashboard.shared.segments import segments
from data.samples.pictures import samples

SLUG: Final = "pooling"
PICTURE, MAP, TYPED = "picture", "map", "typed"
SUBJECTS: Final = {PICTURE: "Picture", MAP: "Feature map", TYPED: "Your numbers"}
SIDES: Final = (8, 12, 16, 28, 32, 64, 128, 256)
SIDE: Final = 28
"""What the paper advises to begin with."""
FIRST_TYPED: Final = (
    "-9 -4 -7 -8 -2\n-3 -6 -5 -1 -6\n 4  4  0  2  7\n 4  1 -2  5  5\n 3  8  6 -1  0"
)
ZOO_SIDE: Final = 64
CHECKED: Final = Window(size=2, stride=2)
CHECKED_TIMES: Final = 2
"""Poolings in a row that the check is about."""
MOST_LISTED: Final = 9
STYLE: Final = f"""<style>
.st-key-{SLUG}_typed textarea {{ font-family: var(--lb-mono); font-size: 1rem; line-height: 1.4; }}
</style>"""
_KEPT: Final = f"{SLUG}_typed_kept"
_STAGE: Final = "pooling_stage"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """What is pooled.

    Attributes:
        values: (H, W).
        kind: "image" or "map", as `PoolingView` has it.
        noun, title, key: As `PoolingView` has them.
        origin: One sentence on where it comes from.
        evidence: Last maps of the chosen network, None without one.
        network: Its title, empty without one.
    """

    values: FloatArray
    kind: str
    noun: str
    title: str
    key: str
    origin: str
    evidence: MapEvidence | None = None
    network: str = ""


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, question(text))
    with lesson.corner():
        subject = _choose(text)
    view = PoolingView(
        values=subject.values,
        kind=subject.kind,
        noun=subject.noun,
        title=subject.title,
        key=subject.key,
        evidence=subject.evidence,
        network=subject.network,
        counting=counting_networks() if subject.evidence is not None else "",
        words=words(text),
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        _why(text, subject, window_of(lesson.values(SCHEMA)))
        ask(SLUG, _check_shift(text), name="check_shift")
    lesson.finish(_check(text), source=text["source"])


def question(text: Mapping[str, str]) -> Question:
    """Whose output changes least when the picture moves by a pixel? Measured, not written."""
    image = samples()[0].make(SIDE).astype(np.float64)
    window = Window()
    change = {kind: shift_change(image, window, 1, kind=kind) for kind in KINDS}
    first, moved = (pool(values, window).values for values in (image, shifted(image, 1)))
    because = text["because"].format(
        **{kind: percent(value) for kind, value in change.items()},
        same=int((first == moved).sum()),
        all=first.size,
    )
    return Question(
        text=text["predict"],
        options=tuple(text["predict-options"].splitlines()),
        truth=KINDS.index(min(KINDS, key=change.__getitem__)),
        because=because,
    )


def _choose(text: Mapping[str, str]) -> Subject:
    """A picture, a feature map of a network, or numbers of one's own."""
    with st.popover(text["subject"], width="stretch", key=f"{SLUG}_what"):
        chosen = segments(
            text["subject"],
            tuple(SUBJECTS),
            format_func=SUBJECTS.__getitem__,
            default=PICTURE,
            key=f"{SLUG}_subject",
            bind="query-params",
        )
        inputs = st.container(key=f"{SLUG}_inputs")
    if chosen == TYPED:
        with inputs:
            return _typed(text)
    if chosen == PICTURE:
        with inputs:
            side = st.select_slider(
                text["side"], SIDES, value=SIDE, key=f"{SLUG}_side", bind="query-params"
            )
        return _picture(choose_picture(SLUG, size=int(side)))
    network = choose_network(SLUG)
    picture = choose_picture(SLUG, size=network.spec.input_size, prepared=network.prepared)
    with inputs:
        return _map(text, network, picture)


def _picture(picture: Picture) -> Subject:
    return Subject(
        values=picture.image.astype(np.float64),
        kind="image",
        noun="picture",
        title=picture.title,
        key=repr(picture.key),
        origin=picture.origin,
    )


def _map(text: Mapping[str, str], network: OpenNetwork, picture: Picture) -> Subject:
    found = cache.activations(
        network.key, network.epoch, network.fingerprint, picture.key, picture.image
    )
    offered = {node.name: node for node in with_maps(network.spec)}
    name = st.selectbox(
        text["layer"],
        tuple(offered),
        index=list(offered).index(first_pooled(network.spec)),
        format_func=lambda name: f"{name.replace('_', ' ')}: {_shape(offered[name])}",
        key=f"{SLUG}_layer_{network.key}",
        bind="query-params",
    )
    count = offered[name].shape[-1]
    # A number of its own for each layer: another one may have fewer maps.
    at = st.number_input(
        text["channel"].format(count=count),
        min_value=1,
        max_value=count,
        value=1 + liveliest(found[name][0]),
        key=f"{SLUG}_channel_{network.key}_{name}",
        bind="query-params",
    )
    layer = name.replace("_", " ")
    return Subject(
        values=found[name][0, :, :, int(at) - 1].astype(np.float64),
        kind="map",
        noun=f"map {at}",
        title=f"{layer}, map {at} of {count}, {network.title}, {picture.title}",
        key=f"{network.fingerprint}/{picture.key!r}/{name}/{at}",
        origin=f"{network.origin} {picture.origin}",
        evidence=map_evidence(network.spec, network.weights, found),
        network=network.title,
    )


def with_maps(spec: ModelSpec) -> list[Node]:
    """The layers whose answers can be pooled: those that give maps."""
    return [n for n in nodes(spec) if len(n.shape) == 3 and n.kind not in {"input", "rescaling"}]


def first_pooled(spec: ModelSpec) -> str:
    """The layer that the network itself pools first; its first one where it never does."""
    graph = nodes(spec)
    offered = with_maps(spec)
    known = {node.name for node in offered}
    pools = (node.inputs[0] for node in graph if node.kind == "pooling")
    return next((name for name in pools if name in known), offered[0].name)


def liveliest(maps: FloatArray) -> int:
    """The map with the greatest spread for its largest value; (H, W, C).

    >>> liveliest(np.array([[[0.0, 1.0, 9.0], [0.0, 0.0, 9.0]]]))
    1
    """
    most = np.abs(maps).max(axis=(0, 1))
    return int((maps.std(axis=(0, 1)) / np.where(most > 0, most, 1)).argmax())


def _shape(node: Node) -> str:
    return " \N{MULTIPLICATION SIGN} ".join(str(side) for side in node.shape)


def _typed(text: Mapping[str, str]) -> Subject:
    """The typed map, or the last one that could be read, with advice."""
    st.html(STYLE)
    wanted = st.text_area(
        text["typed"],
        value=FIRST_TYPED,
        height=150,
        max_chars=3000,
        key=f"{SLUG}_typed",
        help=text["typed-help"],
        bind="query-params",
    )
    kept = str(state.widget_value(_KEPT) or FIRST_TYPED)
    try:
        values, used = parse_map(wanted), wanted
    except LessonError as error:
        advise(error)
        st.caption(text["typed-kept"])
        values, used = parse_map(kept), kept
    state.set_widget_value(_KEPT, used)
    rows, columns = values.shape
    return Subject(
        values=values,
        kind="map",
        noun="map",
        title=f"your {rows} by {columns} numbers",
        key=used,
        origin=text["typed-origin"],
    )


def counting_networks() -> str:
    """Titles of the zoo's networks that end in global average pooling."""
    classes = ("normal", "fracture")
    titles = [e.title for e in MODELS.values() if counts_maps(e.build(ZOO_SIDE, classes))]
    return f"{', '.join(titles[:-1])} and {titles[-1]}"


def _why(text: Mapping[str, str], subject: Subject, window: Window) -> None:
    """The formulas, with the numbers of the first window of what the stage shows."""
    size, stride = write(window.size), write(window.stride)
    st.markdown(text["why"].format(size=size))
    for line in formulas(subject.values, window):
        st.latex(line)
    st.markdown(text["why-end"])
    which = "moved-one" if window.stride == 1 else "moved-strides"
    st.markdown(text["moved"].format(pooling=text[which].format(stride=stride)))
    st.markdown(f"{text['origin']} {subject.title}. {subject.origin}")


def formulas(values: FloatArray, window: Window) -> list[str]:
    """Maximum, mean, their gradients and both sides of the output, as LaTeX.

    Args:
        values: (H, W) map.
        window: Taken with pads where not even one fits.
    """
    if window.padding == "valid" and min(values.shape) < window.size:
        window = Window(size=window.size, stride=window.stride, padding="same")
    largest, mean = (pool(values, window, kind=kind) for kind in ("max", "average"))
    end = [window.size - span.before for span in (window.span(length) for length in values.shape)]
    read = [float(value) for value in values[: end[0], : end[1]].ravel()]
    share = rf"\frac{{1}}{{{len(read)}}}\frac{{\partial L}}{{\partial y}}"
    slope = r"\frac{\partial L}{\partial x_{ij}} = "
    return [
        rf"y = \max_{{(i,j)\in W}} x_{{ij}} = \max\{{{_listed(read, ',')}\}} = "
        rf"{_number(largest.values[0, 0])}",
        slope + r"\frac{\partial L}{\partial y}\;\text{ for the winner, 0 for the others}",
        rf"y = \frac{{1}}{{|W|}}\sum_{{(i,j)\in W}} x_{{ij}} = "
        rf"\frac{{{_listed(read, ' + ')}}}{{{len(read)}}} = {_number(mean.values[0, 0])}",
        slope + r"\frac{1}{|W|}\frac{\partial L}{\partial y} = " + share,
        _sides(values.shape[0], window),
    ]


def _sides(length: int, window: Window) -> str:
    outputs = window.span(length).outputs
    size, stride = window.size, window.stride
    if window.padding == "valid":
        return (
            r"\text{outputs} = \left\lfloor\frac{n-k}{s}\right\rfloor + 1 = "
            rf"\left\lfloor\frac{{{length}-{size}}}{{{stride}}}\right\rfloor + 1 = {outputs}"
            r"\qquad\text{(valid)}"
        )
    return (
        r"\text{outputs} = \left\lceil\frac{n}{s}\right\rceil = "
        rf"\left\lceil\frac{{{length}}}{{{stride}}}\right\rceil = {outputs}"
        r"\qquad\text{(same)}"
    )


def _number(value: float) -> str:
    return f"{value:.4g}"


def _listed(values: list[float], sign: str) -> str:
    """Numbers with a sign between them; of many only the first and the last."""
    said = [f"({_number(v)})" if v < 0 and "+" in sign else _number(v) for v in values]
    if len(said) > MOST_LISTED:
        said = [*said[:4], r"\ldots", said[-1]]
    return (sign if "+" in sign else rf"{sign}\;").join(said)


def _check_shift(text: Mapping[str, str]) -> Check:
    """Transfer: what poolings in a row leave of equivariance."""
    answer = least_shift()
    told = {"size": CHECKED.size, "times": CHECKED_TIMES}
    return Check(
        text=text["check-shift"].format(**told),
        answer=answer,
        because=text["check-shift-because"].format(size=CHECKED.size, answer=answer),
    )


def least_shift() -> int:
    """Pixels by which a picture moves at least for the pooled maps only to move along.

    >>> least_shift()
    4
    """
    picture = np.random.default_rng(0).normal(size=(32, 32))  # no two numbers are alike

    def pooled(values: FloatArray) -> FloatArray:
        for _ in range(CHECKED_TIMES):
            values = pool(values, CHECKED).values
        return values

    first = pooled(picture)
    moved = ((t, pooled(shifted(picture, t))) for t in range(1, 32))
    return next(
        t for t, now in moved if any((now == shifted(first, s)).all() for s in range(len(first)))
    )


def _check(text: Mapping[str, str]) -> Check:
    """Transfer: a gradient where windows overlap."""
    return Check(text=text["check"], answer=winners_share(), because=text["check-because"])


def winners_share() -> int:
    """How much gradient the one peak of a 5 x 5 map gets from windows of 3 with stride 1.

    >>> winners_share()
    9
    """
    peak = np.zeros((5, 5))
    peak[2, 2] = 1.0
    done = pool(peak, Window(size=3, stride=1))
    return int((done.winners == 2 * 5 + 2).sum())
