"""The stage on convolution as a component: everything that follows the hand stays in the browser.

Python sends pictures, named and learned kernels; the script convolves. The browser tests hold its
arithmetic, ``convolution_math.js``, to `core.ops.convolution`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import FloatArray
from core.ops.kernels import KERNELS
from dashboard.shared.blob import UNPACK_JS, pack
from dashboard.shared.color_scale import color_stops
from dashboard.shared.common import COMMON_CSS
from dashboard.shared.transport import TRANSPORT_CSS, TRANSPORT_JS
from dashboard.theme import ACTIVATION_SCALE, WEIGHT_SCALE

_FOLDER: Final = Path(__file__).parent
_CSS: Final = "\n".join(
    [TRANSPORT_CSS + COMMON_CSS, (_FOLDER / "stage.css").read_text(encoding="utf-8")]
)
_JS: Final = "\n".join(
    [
        UNPACK_JS,
        TRANSPORT_JS,
        (_FOLDER / "convolution_math.js").read_text(encoding="utf-8"),
        (_FOLDER / "stage.js").read_text(encoding="utf-8"),
    ]
)

_convolution = st.components.v2.component(
    "lightbox_convolution",
    html=(_FOLDER / "stage.html").read_text(encoding="utf-8"),
    css=_CSS,
    js=_JS,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedLayer:
    """A layer of a network, as far as the stage needs it.

    Attributes:
        identity: Names its weights.
        kernel: (K, K, C, F); of a depthwise layer (K, K, C, 1).
        bias: (F,), of a depthwise layer (C,).
        stride, dilation, padding: Its own.
        depthwise: Whether every channel has a kernel of its own.
    """

    identity: str
    kernel: FloatArray
    bias: FloatArray
    stride: int
    dilation: int
    padding: str
    depthwise: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConvolutionView:
    """What the stage shows.

    Attributes:
        planes: (C, H, W), the channels that are convolved.
        channels: Their names.
        kind: "gray", "color" (red, green, blue) or "maps" (signed, drawn as activations).
        title: What the picture is.
        identity: Names the planes; other planes have another identity.
        learned: The layer whose kernels can be looked at, None for none.
        code: What was set at the last visit, "" for the beginning.
        fresh: Changes when the page is reset: the stage begins anew.
        locked: Answers are not shown yet: a prediction is still open.
        text: The page's text by section.
    """

    planes: FloatArray
    channels: tuple[str, ...]
    kind: str
    title: str
    identity: str
    learned: LearnedLayer | None
    code: str
    fresh: str
    locked: bool
    text: Mapping[str, str]

    @property
    def limit(self) -> float:
        """Largest size of a value, at least 1 for pictures."""
        found = float(np.abs(self.planes).max(initial=0.0))
        return max(found, 1e-6) if self.kind == "maps" else 1.0


def convolution(
    view: ConvolutionView,
    *,
    key: str,
    on_code_change: Callable[[], None],
    on_want_change: Callable[[], None],
) -> None:
    """Draw the stage. It reports what is set half a second after the last change."""
    _convolution(
        data=payload(view),
        key=key,
        on_code_change=on_code_change,
        on_want_change=on_want_change,
    )


def payload(view: ConvolutionView) -> bytes:
    """Channels, named kernels of all sizes, learned kernels and their biases as one blob."""
    presets, numbers = [], []
    for kernel in KERNELS.values():
        presets.append(
            {
                "name": kernel.name,
                "title": kernel.title,
                "source": kernel.source,
                "answers": kernel.answers,
                "sizes": list(kernel.sizes),
                "offset": sum(len(part) for part in numbers),
            }
        )
        numbers.append(np.concatenate([kernel.make(size).ravel() for size in kernel.sizes]))
    layer = view.learned
    learned = None
    if layer is not None:
        learned = {
            "identity": layer.identity,
            "size": layer.kernel.shape[0],
            "stride": layer.stride,
            "dilation": layer.dilation,
            "padding": layer.padding,
            "depthwise": layer.depthwise,
        }
    header = {
        "identity": view.identity,
        "channels": list(view.channels),
        "kind": view.kind,
        "title": view.title,
        "limit": view.limit,
        "presets": presets,
        "paddings": _pairs(view.text["paddings"]),
        "modes": _pairs(view.text["modes"]),
        "learned": learned,
        "code": view.code,
        "fresh": view.fresh,
        "locked": view.locked,
        "activation": color_stops(ACTIVATION_SCALE),
        "weight": color_stops(WEIGHT_SCALE),
        "words": {
            name.removeprefix("stage-"): " ".join(value.split())
            for name, value in view.text.items()
            if name.startswith("stage-")
        },
    }
    arrays = [view.planes.astype(np.float32), np.concatenate(numbers)]
    if layer is not None:
        arrays += [layer.kernel.astype(np.float32), layer.bias.astype(np.float32)]
    return pack(header, arrays)


def _pairs(lines: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in lines.splitlines()]
