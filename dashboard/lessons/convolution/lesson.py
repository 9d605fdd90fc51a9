"""What the lesson on convolution consists of."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LessonError
from core.geometry import Padding, Stamp, Window
from core.models.graph import Node, nodes
from core.models.layers import Convolution, DepthwiseConvolution
from core.ops.convolution import convolve, convolve_loops
from core.ops.kernels import KERNELS, LARGEST
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.lessons.convolution.stage import (
    ConvolutionView,
    LearnedLayer,
    convolution,
)
from dashboard.networks.open_network import OpenNetwork
from dashboard.shared import questions
from dashboard.shared.network_choice import choose_network
from dashboard.shared.picture_choice import MOST_MEGABYTES, Picture, choose_picture
from dashboard.shared.questions import number
from data.pictures.color import color_picture
from data.samples.color_disks import color_disks

SLUG: Final = "convolution"
SIDES: Final = (28, 64, 128, 256)
FLAT: Final = 0.6
CHANNELS: Final = ("gray", "color", "layer")
"""Where the channels come from; the address holds these words, and the buttons show them."""
COLORS: Final = ("red", "green", "blue")
_STAGE: Final = "convolution_stage"
_CODE: Final = "convolution_code"
_ADDRESS: Final = "convolution_set"
_CODE_FORM: Final = re.compile(
    r"[a-z0-9-]{1,20}_\d{1,2}_\d_\d_(valid|same|full|reflect)"
    r"_(standard|depthwise|pointwise|transposed)_[01]_[1-8]_-?\d{1,3}(\.\d+)?_\d{1,4}_[-\d.~]{0,300}"
)
_FROM: Final = "convolution_channels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is set in the stage, as far as the server needs it."""

    size: int = 3
    stride: int = 1
    dilation: int = 1
    padding: Padding = Padding.VALID
    transposed: bool = False

    def window(self) -> Window | Stamp:
        """The window, or the stamp of a transposed convolution, along one axis."""
        kind = Stamp if self.transposed else Window
        return kind(
            size=self.size, stride=self.stride, dilation=self.dilation, padding=self.padding
        )


def read_code(code: str) -> Setting | None:
    """What the stage's code says; None where it says nothing that can be.

    >>> read_code("sobel-x_5_2_1_same_standard_0_1_0_1_")
    Setting(size=5, stride=2, dilation=1, padding=<Padding.SAME: 'same'>, transposed=False)
    >>> read_code("nonsense") is None
    True
    """
    if not _CODE_FORM.fullmatch(code):
        return None
    parts = code.split("_")
    size, stride, dilation = (int(part) for part in parts[1:4])
    transposed = parts[5] == "transposed"
    possible = 1 <= size <= LARGEST and 1 <= stride <= 6 and 1 <= dilation <= 4
    if not possible or (transposed and parts[4] not in ("valid", "same")):
        return None
    return Setting(
        size=size,
        stride=stride,
        dilation=dilation,
        padding=Padding(parts[4]),
        transposed=transposed,
    )


def predict() -> bool:
    """What does an edge kernel answer to a flat area? The truth is convolved, not written."""
    text = cache.page_text(SLUG)
    kernel = KERNELS["sobel-x"].make(3)
    answer = float(convolve(np.full((3, 3), FLAT), kernel)[0, 0])
    options = (number(9 * FLAT), number(FLAT), "0")
    told = {"flat": number(FLAT), "sum": number(float(np.abs(kernel).sum() / 2))}
    return questions.predict(
        SLUG,
        text["predict"].format(**told),
        options,
        [9 * FLAT, FLAT, 0.0].index(min((9 * FLAT, FLAT, 0.0), key=lambda v: abs(v - answer))),
        text["because"].format(**told),
    )


def place_for_stage() -> DeltaGenerator:
    """Where `stage` goes: above the choice of a picture, so that the picture comes first."""
    return st.container(key="convolution_stage_box")


def choose() -> ConvolutionView:
    """Picture, its size and its channels, or a layer of a network with what goes into it."""
    text = cache.page_text(SLUG)
    left, middle, right = st.columns([1.2, 1.6, 3], vertical_alignment="top", gap="medium")
    with middle:
        box = st.popover("Channels and size", icon=":material/layers:", width="stretch")
    with box:
        kind = str(
            st.segmented_control(
                "Channels in",
                CHANNELS,
                default="gray",
                required=True,
                key=_FROM,
                bind="query-params",
                width="stretch",
            )
        )
        network = layer = side = None
        if kind == "layer":
            with middle:
                network = choose_network(SLUG)
            layer = _choose_layer(network)
        else:
            side = int(
                st.segmented_control(
                    "Side in pixels",
                    SIDES,
                    default=64,
                    required=True,
                    key="convolution_side",
                    bind="query-params",
                    width="stretch",
                )
                or 64  # a link may hold an empty choice
            )
    with left:
        if kind == "color":
            return _of_colors(side or SIDES[0])
        picture = choose_picture(
            SLUG, size=network.spec.input_size if network else side or SIDES[0]
        )
    if network is None or layer is None:
        with right:
            st.caption(text["try"])
        return _of_picture(picture)
    with right:
        st.caption(text["layer"].format(layer=layer.name, origin=network.origin))
    return _of_layer(picture, network, layer)


def _choose_layer(network: OpenNetwork) -> Node | None:
    found = {
        node.name: node
        for node in nodes(network.spec)
        if isinstance(node.layer, Convolution | DepthwiseConvolution)
        and node.layer.kernel_size <= LARGEST
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


def _view(**given: Any) -> ConvolutionView:
    code = str(state.widget_value(_CODE) or state.in_address(_ADDRESS))
    code = code if read_code(code) else ""
    return ConvolutionView(
        code=code,
        fresh=state.freshness(SLUG),
        locked=True,  # until `stage` knows better
        text=cache.page_text(SLUG),
        **given,
    )


def _of_picture(picture: Picture) -> ConvolutionView:
    return _view(
        planes=picture.image[None] / 255.0,
        channels=("gray",),
        kind="gray",
        title=picture.title,
        identity=repr(picture.key),
        learned=None,
    )


def _of_colors(side: int) -> ConvolutionView:
    """The disks of light, or a photograph of one's own."""
    text = cache.page_text(SLUG)
    with st.popover("Color picture", icon=":material/palette:", width="stretch"):
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
    return _view(
        planes=image.transpose(2, 0, 1) / 255.0,
        channels=COLORS,
        kind="color",
        title=title,
        identity=f"color {identity} {side}",
        learned=None,
    )


def _of_layer(picture: Picture, network: OpenNetwork, node: Node) -> ConvolutionView:
    layer = node.layer
    assert isinstance(layer, Convolution | DepthwiseConvolution)
    seen = cache.activations(
        network.key, network.epoch, network.fingerprint, repr(picture.key), picture.image
    )[node.inputs[0]][0]
    depthwise = isinstance(layer, DepthwiseConvolution)
    is_image = node.inputs[0] == "rescaling"
    return _view(
        planes=np.moveaxis(seen, -1, 0),
        channels=("gray",) if is_image else tuple(f"map {c + 1}" for c in range(seen.shape[-1])),
        kind="gray" if is_image else "maps",
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
    )


def stage(view: ConvolutionView, *, locked: bool) -> None:
    """The picture under the window, every product, the sum and the output."""
    convolution(
        dataclasses.replace(view, locked=locked),
        key=_STAGE,
        on_code_change=_take_code,
        on_want_change=_take_wish,
    )


def _take_code() -> None:
    # Kept outside the component: its own state goes when a person visits another page.
    code = getattr(state.widget_value(_STAGE), "code", None)
    if isinstance(code, str):
        state.set_widget_value(_CODE, code)
        state.put_in_address(_ADDRESS, code)


def _take_wish() -> None:
    if str(getattr(state.widget_value(_STAGE), "want", "")).startswith("layer"):
        state.set_widget_value(_FROM, "layer")


def why(view: ConvolutionView) -> None:
    """The formula, and the output's size with the numbers that are set now."""
    text = cache.page_text(SLUG)
    setting, side = read_code(view.code) or Setting(), view.planes.shape[1]
    st.markdown(f"#### Why\n{text['why']}")
    st.latex(
        r"y_{r,c,f} = b_f + \sum_{k}\sum_{i,j} x_{r s + i d - p,\; c s + j d - p,\; k}"
        r"\; w_{i,j,k,f}"
    )
    try:
        st.latex(_size_formula(setting, side))
    except LessonError as error:
        advise(error)
    st.markdown(text["why-end"])


def _size_formula(setting: Setting, side: int) -> str:
    window = setting.window()
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


def check(view: ConvolutionView) -> None:
    """The same window on another picture: how many rows come out?"""
    text = cache.page_text(SLUG)
    setting = read_code(view.code) or Setting()
    side = 2 * view.planes.shape[1] + 1
    window = setting.window()
    what = "The stamp" if setting.transposed else "The window"
    questions.check(
        SLUG,
        text["check"].format(
            what=what,
            size=setting.size,
            stride=setting.stride,
            dilation=setting.dilation,
            padding=str(setting.padding),
            side=side,
        ),
        window.output_length(side),
        0,
        text["check-because-transposed" if setting.transposed else "check-because"].format(
            left=0 if isinstance(window, Stamp) else window.left_over(side)
        ),
    )


def source() -> None:
    """The loops as text, and where things come from."""
    text = cache.page_text(SLUG)
    with st.expander("Read the code: convolution in loops", icon=":material/code:"):
        st.markdown(text["loops"])
        st.code(inspect.getsource(convolve_loops), language="python")
    with st.expander("The named kernels and their sources", icon=":material/grid_on:"):
        rows = "\n".join(
            f"| {kernel.title} | {kernel.answers} | {_sizes(kernel.sizes)} | {kernel.source} |"
            for kernel in KERNELS.values()
        )
        st.markdown(f"| Kernel | Answers | Sizes | Source |\n|---|---|---|---|\n{rows}")
    st.markdown(f"#### Source\n{text['source']}")


def _sizes(sizes: tuple[int, ...]) -> str:
    if len(sizes) == 1:
        return str(sizes[0])
    odd = ", odd" if sizes[1] - sizes[0] == 2 else ""
    return f"{sizes[0]} to {sizes[-1]}{odd}"
