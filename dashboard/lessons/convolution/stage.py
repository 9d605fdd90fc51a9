"""The stage on convolution: everything that follows the hand stays in the browser.

Python sends pictures, named and learned kernels; the script convolves. The tests hold its
arithmetic, ``convolution_math.js``, to `core.ops.convolution`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from core.geometry import Padding, Stamp, Window
from core.ops.kernels import KERNELS, LARGEST
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import defaults, moments
from dashboard.shared.schema import Schema, choice, choices, flag, numbers, real, text, whole

MOST_FILTERS: Final = 8
MOST_STRIDE: Final = 6
MOST_DILATION: Final = 4
USUAL: Final = (
    "sobel-x", "sobel-y", "laplacian", "gaussian", "line", "emboss", "outline", "box",
)  # fmt: skip
"""What the filters begin with, one after another."""
PADDINGS: Final = (
    (str(Padding.VALID), "valid: none"),
    (str(Padding.SAME), "same: zeros, as TensorFlow"),
    (str(Padding.FULL), "full: every overlap"),
    (str(Padding.REFLECT), "reflect: mirrored"),
)
MODES: Final = (
    ("standard", "standard"),
    ("depthwise", "depthwise: no sum over channels"),
    ("pointwise", "pointwise: 1 \N{MULTIPLICATION SIGN} 1"),
    ("transposed", "transposed: enlarges"),
)
_KERNELS: Final = (
    *((kernel.name, kernel.title) for kernel in KERNELS.values()),
    ("random", "Random, seeded"),
    ("own", "My own"),
    ("learned", "Learned by a network"),
)

SCHEMA: Final[Schema] = (
    choices("kernels", USUAL, _KERNELS),
    whole("size", 3, 1, LARGEST, label="Size"),
    whole("stride", 1, 1, MOST_STRIDE, label="Stride"),
    choice("padding", PADDINGS[0][0], PADDINGS, label="Padding"),
    choice("mode", MODES[0][0], MODES, label="Kind"),
    whole("dilation", 1, 1, MOST_DILATION, label="Dilation"),
    flag("flip", label="Turn the kernel: true convolution"),
    real("gain", 1, -3, 3, 0.05, label="Gain"),
    whole("filters", 1, 1, MOST_FILTERS, label="Filters out"),
    whole("seed", 1, 0, 9999, label="Seed of random kernels"),
    choice("range", "map", [("map", "limits of this map"), ("layer", "limits of all maps")],
           label="Output colors"),
    choice("view", "window", [("window", "Window"), ("channels", "Channels")]),
    whole("c", 0, 0, 2046),
    whole("f", 0, 0, 1023),
    # The place of the window, -1 where the answer is strongest.
    whole("at", -1, -1, 999_999),
    whole("cell", 0, 0, LARGEST**2 - 1),
    choice("large", "products", [("products", "products"), ("kernel", "kernel")]),
    # Pairs: which filter's (or channel's) bias, and the bias.
    numbers("biases", (), -1023, 1023, longest=64),
    # Pairs: which filter, channel and cell was changed by hand, and its weight.
    numbers("edits", (), -1e9, 1e9, longest=1024),
    # The layer whose own settings were taken over.
    text("of", "", longest=40),
)  # fmt: skip
_BEGUN: Final = defaults(
    SCHEMA,
    *("kernels", "size", "stride", "padding", "mode", "dilation", "flip", "gain", "filters"),
    *("seed", "biases", "edits", "view", "f", "c", "at"),
)

show = component("convolution", "lessons/convolution/stage.js")


def window_of(values: Mapping[str, Any]) -> Window | Stamp:
    """The window that is set, or the stamp of a transposed convolution, along one axis."""
    transposed = values["mode"] == "transposed"
    padding = Padding(values["padding"])
    if transposed and padding not in (Padding.VALID, Padding.SAME):
        padding = Padding.VALID
    kind = Stamp if transposed else Window
    return kind(
        size=1 if values["mode"] == "pointwise" else values["size"],
        stride=values["stride"],
        dilation=values["dilation"],
        padding=padding,
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
        words: Sentences of the stage by name.
    """

    planes: FloatArray
    channels: tuple[str, ...]
    kind: str
    title: str
    identity: str
    learned: LearnedLayer | None
    words: Mapping[str, str]

    @property
    def limit(self) -> float:
        """Largest size of a value, at least 1 for pictures."""
        found = float(np.abs(self.planes).max(initial=0.0))
        return max(found, 1e-6) if self.kind == "maps" else 1.0


def payload(view: ConvolutionView, header: Mapping[str, Any]) -> bytes:
    """Channels, named kernels of all sizes, learned kernels and their biases as one blob."""
    presets: list[dict[str, Any]] = []
    kernels: list[FloatArray] = []
    for kernel in KERNELS.values():
        presets.append(
            {
                "name": kernel.name,
                "title": kernel.title,
                "source": kernel.source,
                "answers": kernel.answers,
                "sizes": list(kernel.sizes),
                "offset": sum(len(part) for part in kernels),
            }
        )
        kernels.append(np.concatenate([kernel.make(size).ravel() for size in kernel.sizes]))
    layer = view.learned
    learned = None
    if layer is not None:
        learned = {
            "identity": hashlib.sha256(layer.identity.encode()).hexdigest()[:12],
            "size": layer.kernel.shape[0],
            "stride": layer.stride,
            "dilation": layer.dilation,
            "padding": layer.padding,
            "depthwise": layer.depthwise,
        }
    message = {
        **header,
        "identity": view.identity,
        "channels": list(view.channels),
        "kind": view.kind,
        "picture": view.title,
        "limit": view.limit,
        "presets": presets,
        "learned": learned,
        "words": dict(view.words),
        "moments": moments(
            SCHEMA,
            view.words,
            window=_BEGUN,
            flat={**_BEGUN, "at": 0},
            smooth={**_BEGUN, "kernels": ["gaussian", *USUAL[1:]], "size": 5},
            stride={**_BEGUN, "stride": 2},
            same={**_BEGUN, "padding": "same", "at": 0},
            filters={**_BEGUN, "filters": 4},
        ),
    }
    arrays: list[Any] = [view.planes.astype(np.float32), np.concatenate(kernels)]
    if layer is not None:
        arrays += [layer.kernel.astype(np.float32), layer.bias.astype(np.float32)]
    return pack(message, arrays)
