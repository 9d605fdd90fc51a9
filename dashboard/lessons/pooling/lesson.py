"""What the lesson on pooling consists of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.arrays import FloatArray
from core.errors import LessonError
from core.inspect.evidence import MapEvidence, counts_maps, map_evidence
from core.models.graph import Node, nodes
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS
from core.ops.pooling import KINDS, Window, parse_map, pool, shift_change, shifted
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.lessons.pooling.stage import PoolingView, pooling
from dashboard.shared.network_choice import choose_network
from dashboard.shared.picture_choice import choose_picture
from dashboard.shared.questions import check, predict
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
CHECKED: Final = Window(size=3, stride=2)
STYLE: Final = f"""<style>
.st-key-{SLUG}_typed textarea {{ font-family: var(--lb-mono); font-size: 1rem; line-height: 1.4; }}
</style>"""
_KEPT: Final = f"{SLUG}_typed_kept"


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


def text() -> dict[str, str]:
    """The lesson's words."""
    return cache.page_text(SLUG)


def ask_first() -> bool:
    """Whose output changes least when the picture moves by a pixel? Measured, not written."""
    image = samples()[0].make(SIDE).astype(np.float64)
    window = Window()
    change = {kind: shift_change(image, window, 1, kind=kind) for kind in KINDS}
    first, moved = (pool(values, window).values for values in (image, shifted(image, 1)))
    because = text()["because"].format(
        **{kind: f"{value:.0%}".replace("%", " %") for kind, value in change.items()},
        same=int((first == moved).sum()),
        all=first.size,
    )
    least = min(KINDS, key=change.__getitem__)
    options = text()["predict-options"].splitlines()
    return predict(SLUG, text()["predict"], options, KINDS.index(least), because)


def place_for_stage() -> DeltaGenerator:
    """Where `stage` goes."""
    return st.container(key="pooling_stage_box")


def choose_subject() -> Subject:
    """A picture, a feature map of a network, or numbers of one's own."""
    chosen = st.segmented_control(
        text()["subject"],
        tuple(SUBJECTS),
        format_func=SUBJECTS.__getitem__,
        default=PICTURE,
        required=True,
        key=f"{SLUG}_subject",
        bind="query-params",
    )
    columns = st.columns([1.3, 1.5, 1.2], vertical_alignment="top", gap="medium")
    if chosen == TYPED:
        with columns[0]:
            return _typed()
    return _map(columns) if chosen == MAP else _picture(columns)


def _picture(columns: list[DeltaGenerator]) -> Subject:
    with columns[0]:
        side = st.select_slider(
            text()["side"], SIDES, value=SIDE, key=f"{SLUG}_side", bind="query-params"
        )
    with columns[1]:
        picture = choose_picture(SLUG, size=int(side))
    return Subject(
        values=picture.image.astype(np.float64),
        kind="image",
        noun="picture",
        title=picture.title,
        key=repr(picture.key),
        origin=picture.origin,
    )


def _map(columns: list[DeltaGenerator]) -> Subject:
    with columns[0]:
        network = choose_network(SLUG)
    with columns[1]:
        picture = choose_picture(SLUG, size=network.spec.input_size, prepared=network.prepared)
    found = cache.activations(
        network.key, network.epoch, network.fingerprint, repr(picture.key), picture.image
    )
    offered = {node.name: node for node in with_maps(network.spec)}
    with columns[2]:
        name = st.selectbox(
            text()["layer"],
            tuple(offered),
            index=list(offered).index(first_pooled(network.spec)),
            format_func=lambda name: f"{name.replace('_', ' ')}: {_shape(offered[name])}",
            key=f"{SLUG}_layer",
        )
        count = offered[name].shape[-1]
        # A number of its own for each layer: another one may have fewer maps.
        at = st.number_input(
            text()["channel"].format(count=count),
            min_value=1,
            max_value=count,
            value=1 + liveliest(found[name][0]),
            key=f"{SLUG}_channel_{network.key}_{name}",
        )
    values = found[name][0, :, :, int(at) - 1].astype(np.float64)
    layer = name.replace("_", " ")
    return Subject(
        values=values,
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


def _typed() -> Subject:
    """The typed map, or the last one that could be read, with advice."""
    st.html(STYLE)
    wanted = st.text_area(
        text()["typed"],
        value=FIRST_TYPED,
        height=150,
        max_chars=3000,
        key=f"{SLUG}_typed",
        help=text()["typed-help"],
    )
    kept = str(state.widget_value(_KEPT) or FIRST_TYPED)
    try:
        values, used = parse_map(wanted), wanted
    except LessonError as error:
        advise(error)
        st.caption(text()["typed-kept"])
        values, used = parse_map(kept), kept
    state.set_widget_value(_KEPT, used)
    rows, columns = values.shape
    return Subject(
        values=values,
        kind="map",
        noun="map",
        title=f"your {rows} by {columns} numbers",
        key=used,
        origin=text()["typed-origin"],
    )


def stage(subject: Subject, *, locked: bool) -> None:
    """The map under its window, in six views."""
    view = PoolingView(
        values=subject.values,
        kind=subject.kind,
        noun=subject.noun,
        title=subject.title,
        key=subject.key,
        evidence=subject.evidence,
        network=subject.network,
        counting=counting_networks() if subject.evidence is not None else "",
        locked=locked,
        fresh=state.freshness(SLUG),
        text=text(),
    )
    pooling(view, key="pooling_stage")


def counting_networks() -> str:
    """Titles of the zoo's networks that end in global average pooling."""
    classes = ("normal", "fracture")
    titles = [e.title for e in MODELS.values() if counts_maps(e.build(ZOO_SIDE, classes))]
    return f"{', '.join(titles[:-1])} and {titles[-1]}"


def why(subject: Subject) -> None:
    """The formulas, with the numbers of the first window of what the stage shows."""
    st.markdown(f"#### Why\n{text()['why']}")
    height, width = subject.values.shape
    window = Window() if min(height, width) >= 2 else Window(padding="same")
    largest, mean = (pool(subject.values, window, kind=kind) for kind in ("max", "average"))
    read = [float(value) for value in subject.values[: window.size, : window.size].ravel()]
    listed = ",\\;".join(f"{value:.4g}" for value in read)
    total = " + ".join(_term(value) for value in read)
    share = rf"\frac{{1}}{{{len(read)}}}\frac{{\partial L}}{{\partial y}}"
    slope = r"\frac{\partial L}{\partial x_{ij}} = "
    for line in (
        rf"y = \max_{{(i,j)\in W}} x_{{ij}} = \max\{{{listed}\}} = {largest.values[0, 0]:.4g}",
        slope + r"\frac{\partial L}{\partial y}\;\text{ for the winner, 0 for the others}",
        r"y = \frac{1}{|W|}\sum_{(i,j)\in W} x_{ij} = "
        rf"\frac{{{total}}}{{{len(read)}}} = {mean.values[0, 0]:.4g}",
        slope + r"\frac{1}{|W|}\frac{\partial L}{\partial y} = " + share,
    ):
        st.latex(line)
    _sides(height, window)
    st.caption(f"{text()['shown']} {subject.title}. {subject.origin}")


def _sides(length: int, window: Window) -> None:
    span = window.span(length)
    size, stride = window.size, window.stride
    if window.padding == "valid":
        st.latex(
            r"\text{outputs} = \left\lfloor\frac{n-k}{s}\right\rfloor + 1 = "
            rf"\left\lfloor\frac{{{length}-{size}}}{{{stride}}}\right\rfloor + 1 = {span.outputs}"
            r"\qquad\text{(valid)}"
        )
    padded = Window(size=size, stride=stride, padding="same").span(length)
    st.latex(
        r"\text{outputs} = \left\lceil\frac{n}{s}\right\rceil = "
        rf"\left\lceil\frac{{{length}}}{{{stride}}}\right\rceil = {padded.outputs}"
        r"\qquad\text{(same)}"
    )
    st.markdown(text()["why-end"])


def _term(value: float) -> str:
    shown = f"{value:.4g}"
    return f"({shown})" if value < 0 else shown


def ask_after() -> None:
    """Two numbers to work out: a side, and a gradient where windows overlap."""
    span = CHECKED.span(SIDE)
    told = {"side": SIDE, "size": CHECKED.size, "stride": CHECKED.stride, "left": span.uncovered}
    check(
        SLUG,
        text()["check"].format(**told),
        span.outputs,
        0,
        text()["check-because"].format(**told, outputs=span.outputs),
    )
    check(
        SLUG,
        text()["check-gradient"],
        winners_share(),
        0,
        text()["check-gradient-because"],
        name="check_gradient",
        unit="",
    )


def winners_share() -> int:
    """How much gradient the one peak of a 5 x 5 map gets from windows of 3 with stride 1.

    >>> winners_share()
    9
    """
    peak = np.zeros((5, 5))
    peak[2, 2] = 1.0
    done = pool(peak, Window(size=3, stride=1))
    return int((done.winners == 2 * 5 + 2).sum())


def sources() -> None:
    """Where all this comes from."""
    st.caption(text()["source"])
