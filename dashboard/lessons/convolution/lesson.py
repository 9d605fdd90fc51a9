"""Convolution: a window slides over a picture, with every product, the sum and the bias."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.errors import LessonError
from core.geometry import Padding, Stamp, Window
from core.inspect.forward import forward
from core.models.graph import RESCALING, Node, nodes
from core.models.layers import Convolution, DepthwiseConvolution
from core.ops.convolution import convolve, convolve_loops
from core.ops.kernels import KERNELS, LARGEST
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.lessons.convolution.stage import (
    SCHEMA,
    ConvolutionView,
    LearnedLayer,
    payload,
    show,
    window_of,
)
from dashboard.networks.open_network import OpenNetwork
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.network_choice import choose_network
from dashboard.shared.number import write
from dashboard.shared.picture_choice import MOST_MEGABYTES, Picture, choose_picture
from dashboard.shared.segments import segments
from data.pictures.color import color_picture
from data.samples.color_disks import color_disks

SLUG: Final = "convolution"
MOST_FILTERS: Final = 128
"""Outputs of one layer that the stage has room for; the backbone's widening layers have more."""
SIDES: Final = (28, 64, 128, 256)
FLAT: Final = 0.6
CHANNELS: Final = ("gray", "color", "layer")
"""Where the channels come from; the address holds these words, and the buttons show them."""
COLORS: Final = ("red", "green", "blue")
_STAGE: Final = "convolution_stage"
_FROM: Final = "convolution_channels"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, question(text))
    with lesson.corner():
        view = _choose(text)
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
            on_want_change=_take_wish,
        )
    values = lesson.values(SCHEMA)
    with lesson.below():
        _explain(text, values, view.planes.shape[1])
    lesson.finish(check(text, window_of(values)), source=text["source"])


def question(text: Mapping[str, str]) -> Question:
    """What does an edge kernel answer to a flat area? The truth is convolved, not written."""
    kernel = KERNELS["sobel-x"].make(3)
    answer = float(convolve(np.full((3, 3), FLAT), kernel)[0, 0])
    options = (9 * FLAT, FLAT, 0.0)
    told = {"flat": write(FLAT), "sum": write(float(np.abs(kernel).sum() / 2))}
    return Question(
        text=text["predict"].format(flat=told["flat"]),
        options=tuple(write(option) for option in options),
        truth=int(np.argmin([abs(option - answer) for option in options])),
        because=text["because"].format(**told),
    )


def check(text: Mapping[str, str], window: Window | Stamp) -> Check:
    """Transfer: what is set twice in a row; of a stamp, how large the picture gets."""
    if isinstance(window, Stamp):
        side = 10
        return Check(
            text=text["check-stamp"].format(side=side),
            answer=window.output_length(window.output_length(side)),
            because=text["check-because-stamp"].format(
                once=window.output_length(side), stride=window.stride
            ),
        )
    return Check(
        text=text["check"],
        answer=seen_by_two(window),
        because=text["check-because"].format(reach=window.reach, stride=window.stride),
    )


def seen_by_two(window: Window) -> int:
    """Rows of the picture that one output cell of the second of two equal layers depends on.

    >>> seen_by_two(Window(size=3)), seen_by_two(Window(size=3, stride=2))
    (5, 7)
    """
    return window.reach + window.stride * (window.reach - 1)


def _choose(text: Mapping[str, str]) -> ConvolutionView:
    """Picture, its size and its channels, or a layer of a network with what goes into it."""
    network = layer = None
    side = SIDES[1]
    box = st.popover("Channels", icon=":material/layers:", width="stretch")
    with box:
        kind = segments(
            "Channels in",
            CHANNELS,
            default="gray",
            key=_FROM,
            bind="query-params",
            width="stretch",
        )
        if kind != "layer":
            side = segments(
                "Side in pixels",
                SIDES,
                default=SIDES[1],
                key="convolution_side",
                bind="query-params",
                width="stretch",
            )
    if kind == "layer":
        network = choose_network(SLUG, backbone=True)
        with box:
            layer = _choose_layer(network)
            if layer is not None:
                st.caption(text["layer"].format(layer=layer.name, origin=network.origin))
                if network.kind == "backbone":
                    st.caption(text["backbone-filters"].format(most=MOST_FILTERS))
    if kind == "color":
        return _of_colors(text, side)
    picture = choose_picture(SLUG, size=network.spec.input_size if network else side)
    if network is None or layer is None:
        return _of_picture(text, picture)
    return _of_layer(text, picture, network, layer)


def _choose_layer(network: OpenNetwork) -> Node | None:
    found = {
        node.name: node
        for node in nodes(network.spec)
        if isinstance(node.layer, Convolution | DepthwiseConvolution)
        and node.layer.kernel_size <= LARGEST
        and (network.kind != "backbone" or _has_room(node.layer))
    }
    if not found:
        advise(
            LessonError(
                "convolution.no-layer",
                problem=f"{network.title} has no convolution whose kernels fit the stage.",
                remedy="Choose another network.",
            )
        )
        return None
    name = st.selectbox(
        "Layer", tuple(found), key=f"convolution_layer_{network.key}", bind="query-params"
    )
    return found[str(name)]


def _has_room(layer: Convolution | DepthwiseConvolution) -> bool:
    return isinstance(layer, DepthwiseConvolution) or layer.filters <= MOST_FILTERS


def _of_picture(text: Mapping[str, str], picture: Picture) -> ConvolutionView:
    return ConvolutionView(
        planes=picture.image[None] / 255.0,
        channels=("gray",),
        kind="gray",
        title=picture.title,
        identity=repr(picture.key),
        learned=None,
        words=words(dict(text)),
    )


def _of_colors(text: Mapping[str, str], side: int) -> ConvolutionView:
    """The disks of light, or a photograph of one's own."""
    with st.popover("Picture", icon=":material/palette:", width="stretch"):
        file = st.file_uploader(
            text["color-file"],
            max_upload_size=MOST_MEGABYTES,
            key="convolution_color_file",
            help="PNG, JPEG, TIFF, BMP or WebP. It stays in memory and goes with the session.",
        )
        image, title, identity = color_disks(side), text["color"], "disks"
        if file is not None:
            raw = file.getvalue()
            digest = hashlib.sha256(raw).hexdigest()
            try:
                image = state.remembered(
                    "convolution_color_seen",
                    (digest, side),
                    lambda: color_picture(raw, name=file.name, size=side),
                    most=2,
                )
                title, identity = file.name, digest
            except LessonError as error:
                advise(error)
        st.caption(title)
    return ConvolutionView(
        planes=image.transpose(2, 0, 1) / 255.0,
        channels=COLORS,
        kind="color",
        title=title,
        identity=f"color {identity} {side}",
        learned=None,
        words=words(dict(text)),
    )


def _of_layer(
    text: Mapping[str, str], picture: Picture, network: OpenNetwork, node: Node
) -> ConvolutionView:
    layer = node.layer
    assert isinstance(layer, Convolution | DepthwiseConvolution)
    seen = _entering(text, picture, network, node.inputs[0])
    depthwise = isinstance(layer, DepthwiseConvolution)
    is_image = node.inputs[0] == RESCALING
    # Where a network rescales to both signs, black is not 0.
    is_gray = is_image and not network.spec.rescaling.offset
    return ConvolutionView(
        planes=np.moveaxis(seen, -1, 0),
        channels=("gray",) if is_image else tuple(f"map {c + 1}" for c in range(seen.shape[-1])),
        kind="gray" if is_gray else "maps",
        title=f"{picture.title}, as it reaches {node.name} of {network.title}",
        identity=f"{network.fingerprint} {node.name} {picture.key!r}",
        learned=LearnedLayer(
            identity=f"{network.fingerprint} {node.name}",
            kernel=network.weights[f"{node.name}/kernel"],
            bias=network.weights[f"{node.name}/bias"],
            stride=layer.stride,
            dilation=1 if depthwise else layer.dilation,
            padding=layer.padding,
            depthwise=depthwise,
        ),
        words=words(dict(text)),
    )


def _entering(
    text: Mapping[str, str], picture: Picture, network: OpenNetwork, name: str
) -> FloatArray:
    """(H, W, C) what a node gives; of the reference network's backbone a worker says so."""
    if network.kind != "backbone":
        key, epoch, stamp = network.key, network.epoch, network.fingerprint
        return cache.activations(key, epoch, stamp, picture.key, picture.image)[name][0]
    if name == RESCALING:
        return forward(network.spec, network.weights, picture.image[None], until=name)[name][0]
    with st.spinner(text["backbone-waits"]):
        return cache.backbone_maps(
            network.fingerprint, picture.key, (name,), network, picture.image
        )[name]


def _take_wish() -> None:
    """The stage was asked for learned kernels where no layer is open."""
    state.set_widget_value(_FROM, "layer")


def _explain(text: Mapping[str, str], values: Mapping[str, Any], side: int) -> None:
    """The formula, the output's size with the numbers that are set now, code and kernels."""
    st.markdown(f"#### Why\n{text['why']}")
    st.latex(
        r"y_{r,c,f} = b_f + \sum_{m}\sum_{i,j} x_{r s + i d - p,\; c s + j d - p,\; m}"
        r"\; w_{i,j,m,f}"
    )
    try:
        st.latex(size_formula(window_of(values), side))
    except LessonError as error:
        advise(error)
    st.markdown(text["why-end"])
    with st.expander("Read the code: convolution in loops", icon=":material/code:"):
        st.markdown(text["loops"])
        st.code(inspect.getsource(convolve_loops), language="python")
    with st.expander("The named kernels and their sources", icon=":material/grid_on:"):
        rows = "\n".join(
            f"| {kernel.title} | {kernel.answers} | {_sizes(kernel.sizes)} | {kernel.source} |"
            for kernel in KERNELS.values()
        )
        st.markdown(f"| Kernel | Answers | Sizes | Source |\n|---|---|---|---|\n{rows}")


def size_formula(window: Window | Stamp, side: int) -> str:
    """The output's rows with the numbers in them, as LaTeX.

    Raises:
        LessonError: Where the window fits nowhere.
    """
    found = window.output_length(side)
    if isinstance(window, Stamp):
        return (
            rf"n_\text{{out}} = n s + \max(d(k-1)+1-s,\, 0) = {found}"
            if window.padding is Padding.VALID
            else rf"n_\text{{out}} = n s = {side} \cdot {window.stride} = {found}"
        )
    before, after = window.pads(side)
    return (
        r"n_\text{out} = \left\lfloor \frac{n + p_\text{before} + p_\text{after} - d(k-1) - 1}{s}"
        r"\right\rfloor + 1 = \left\lfloor \frac{"
        rf"{side} + {before} + {after} - {window.dilation}\cdot{window.size - 1} - 1}}"
        rf"{{{window.stride}}}\right\rfloor + 1 = {found}"
    )


def _sizes(sizes: tuple[int, ...]) -> str:
    if len(sizes) == 1:
        return str(sizes[0])
    odd = ", odd" if sizes[1] - sizes[0] == 2 else ""
    return f"{sizes[0]} to {sizes[-1]}{odd}"
