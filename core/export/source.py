"""Keras source text of a network: a script that builds exactly what `core.models.build` builds.

The script needs nothing of Lightbox. Layers carry the same names, so that weights saved by a
training here can be loaded there. Lines are at most 100 characters long, as in this project.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from core.models.cost import total_parameters
from core.models.graph import IMAGE, RESCALING, SHARED_KERNELS
from core.models.layers import (
    RECTIFIERS,
    RUNNING_MOMENTUM,
    SKIP,
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    Layer,
    Parallel,
    Pooling,
    Residual,
    Shape,
    SharedConvolution,
    output_shape,
    projection,
    skips_pixels,
)
from core.models.spec import LOGITS, ModelSpec, kind_of

WIDTH: Final = 100
HEAD_DEVIATION: Final = 0.01
"""As in `core.models.build`; a test compares."""
_INDENT: Final = "    "
_POOLS: Final = {"max": "MaxPooling2D", "average": "AveragePooling2D"}
_GLOBAL_POOLS: Final = {"max": "GlobalMaxPooling2D", "average": "GlobalAveragePooling2D"}


def keras_source(spec: ModelSpec) -> str:
    """A runnable script: imports, ``CLASSES``, ``build()`` and a summary when it is started.

    >>> from core.models.zoo.entries import paper_network
    >>> text = keras_source(paper_network(28, ("normal", "fracture")))
    >>> compile(text, "network.py", "exec") is not None
    True
    """
    size, count = spec.input_size, total_parameters(spec)
    plural = "s" if spec.outputs > 1 else ""
    head = [
        f'"""A network for gray images of {size} x {size} pixels with {count:,} parameters.',
        "",
        "Written by Lightbox for Keras 3. Install: pip install keras tensorflow",
        '"""',
        "",
        "import keras",
        "from keras import layers",
        "",
        text_tuple("CLASSES", spec.classes),
        "",
        "",
        build_function(spec, plural=plural),
        "",
        "",
        'if __name__ == "__main__":',
        f"{_INDENT}build().summary()",
    ]
    return "\n".join(head) + "\n"


def build_function(spec: ModelSpec, *, plural: str = "") -> str:
    """The function ``build()`` alone, for a script or a notebook's cell."""
    size = spec.input_size
    writer = _Writer()
    writer.assign("image", "keras.Input(", [f"({size}, {size}, 1)", f'name="{IMAGE}"'])
    writer.apply("layers.Rescaling", ["1.0 / 255.0"], RESCALING, source="image")
    shape = spec.input_shape
    for name, layer in spec.named_layers():
        _write(writer, layer, name, shape)
        shape = output_shape(layer, shape)
    said = f"Images (N, {size}, {size}, 1) with values 0 to 255 in, {spec.outputs} logit{plural}"
    return "\n".join(
        [
            "def build():",
            f'{_INDENT}"""{said} an image out."""',
            *(_INDENT + line if line else "" for line in writer.lines),
            f'{_INDENT}return keras.Model(image, x, name="network")',
        ]
    )


class _Writer:
    """Lines of a function's body; the running tensor is always ``x``."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        """A comment that fits one line."""
        self.lines.append(f"# {text}")

    def plain(self, line: str) -> None:
        self.lines.append(line)

    def assign(self, target: str, opening: str, arguments: list[str], closing: str = ")") -> None:
        """``target = opening(arguments)``, on one line where it fits."""
        line = f"{target} = {opening}{', '.join(arguments)}{closing}"
        if len(line) + len(_INDENT) <= WIDTH:
            self.lines.append(line)
            return
        self.lines.append(f"{target} = {opening}")
        self.lines += [f"{_INDENT}{part}," for part in arguments]
        self.lines.append(closing)

    def apply(
        self, layer: str, arguments: list[str], name: str, *, source: str = "x", target: str = "x"
    ) -> None:
        """``target = layer(arguments, name=...)(source)``."""
        self.assign(target, f"{layer}(", [*arguments, f'name="{name}"'], f")({source})")


def _write(writer: _Writer, layer: Layer, name: str, shape: Shape) -> None:
    match layer:
        case Residual():
            _write_residual(writer, layer, name, shape)
        case Parallel():
            _write_parallel(writer, layer, name, shape)
        case SharedConvolution():
            _write_shared(writer, layer, name)
        case _:
            _write_single(writer, layer, name)


def _write_single(writer: _Writer, layer: Layer, name: str, *, at: str = "x") -> None:
    if skips_pixels(layer):
        skip = ["1", f"strides={layer.stride}", 'padding="same"']
        writer.apply("layers.MaxPooling2D", skip, f"{name}{SKIP}", source=at, target=at)
        layer = replace(layer, stride=1)
    call, arguments = _single(layer, name)
    writer.apply(call, arguments, name, source=at, target=at)


def _write_residual(writer: _Writer, layer: Residual, name: str, shape: Shape) -> None:
    kept = f"{name}_input"
    writer.plain(f"{kept} = x")
    _write_chain(writer, layer.body, name, shape)
    shortcut = projection(layer, shape)
    if shortcut is not None:
        _write_single(writer, shortcut, f"{name}_shortcut", at=kept)
    writer.apply("layers.Add", [], f"{name}_add", source=f"[{kept}, x]")
    if layer.activation != "linear":
        writer.apply("layers.ReLU", [], f"{name}_relu")


def _write_parallel(writer: _Writer, layer: Parallel, name: str, shape: Shape) -> None:
    kept = f"{name}_input"
    writer.plain(f"{kept} = x")
    ends = []
    for number, branch in enumerate(layer.branches, start=1):
        if not branch:
            ends.append(kept)
            continue
        if number > 1:
            writer.plain(f"x = {kept}")
        _write_chain(writer, branch, f"{name}_branch_{number}", shape)
        ends.append(f"{name}_end_{number}")
        writer.plain(f"{ends[-1]} = x")
    call = f'layers.Concatenate(name="{name}_join")'
    line = f"x = {call}([{', '.join(ends)}])"
    if len(line) + len(_INDENT) <= WIDTH:
        writer.plain(line)
        return
    writer.plain(f"x = {call}(")
    writer.plain(f"{_INDENT}[")
    for end in ends:
        writer.plain(f"{_INDENT * 2}{end},")
    writer.plain(f"{_INDENT}]")
    writer.plain(")")


def _write_shared(writer: _Writer, layer: SharedConvolution, name: str) -> None:
    kept, kernels, answers = f"{name}_input", f"{name}{SHARED_KERNELS}", []
    writer.note("One set of kernels over several scales; the largest answer of each place counts.")
    writer.plain(f"{kept} = x")
    writer.assign(
        kernels,
        "layers.Conv2D(",
        [
            str(layer.filters),
            str(layer.kernel_size),
            'padding="same"',
            f'activation="{layer.activation}"',
            *_initializer("kernel_initializer", layer.activation),
            f'name="{kernels}"',
        ],
    )
    for scale in layer.scales:
        answer = f"{name}_{scale}"
        if scale == 1:
            writer.plain(f"{answer} = {kernels}({kept})")
        else:
            shrink, repeat = f"{name}_shrink_{scale}", f"{name}_repeat_{scale}"
            writer.apply("layers.AveragePooling2D", [str(scale)], shrink, source=kept)
            writer.plain(f"x = {kernels}(x)")
            writer.apply("layers.UpSampling2D", [str(scale)], repeat, target=answer)
        answers.append(answer)
    writer.apply("layers.Maximum", [], name, source=f"[{', '.join(answers)}]")


def _write_chain(writer: _Writer, layers: tuple[Layer, ...], name: str, shape: Shape) -> None:
    for number, layer in enumerate(layers, start=1):
        _write(writer, layer, f"{name}_{kind_of(layer)}_{number}", shape)
        shape = output_shape(layer, shape)


def _single(layer: Layer, name: str) -> tuple[str, list[str]]:
    """The class and its arguments, without the name."""
    match layer:
        case Convolution():
            options = [str(layer.filters), str(layer.kernel_size)]
            options += [f"strides={layer.stride}"] if layer.stride > 1 else []
            options += [f'padding="{layer.padding}"']
            options += [f"dilation_rate={layer.dilation}"] if layer.dilation > 1 else []
            options += _activation(layer.activation)
            return "layers.Conv2D", options + _initializer("kernel_initializer", layer.activation)
        case DepthwiseConvolution():
            options = [str(layer.kernel_size)]
            options += [f"strides={layer.stride}"] if layer.stride > 1 else []
            options += [f'padding="{layer.padding}"', *_activation(layer.activation)]
            return "layers.DepthwiseConv2D", [*options, _depthwise_initializer(layer)]
        case Dense() if name == LOGITS:
            draw = f"keras.initializers.RandomNormal(stddev={HEAD_DEVIATION})"
            return "layers.Dense", [str(layer.units), f"kernel_initializer={draw}"]
        case Dense():
            options = [str(layer.units), *_activation(layer.activation)]
            return "layers.Dense", options + _initializer("kernel_initializer", layer.activation)
        case Pooling():
            options = [str(layer.size)]
            options += [f"strides={layer.step}"] if layer.step != layer.size else []
            options += ['padding="same"'] if layer.padding == "same" else []
            return f"layers.{_POOLS[layer.kind]}", options
        case GlobalPooling():
            return f"layers.{_GLOBAL_POOLS[layer.kind]}", []
        case Activation():
            return "layers.Activation", [f'"{layer.kind}"']
        case BatchNormalization():
            return "layers.BatchNormalization", [f"momentum={RUNNING_MOMENTUM}"]
        case Dropout():
            return "layers.Dropout", [str(layer.rate)]
        case Flatten():
            return "layers.Flatten", []
        case _:
            raise TypeError(f"{type(layer).__name__} is not a single layer")


def _activation(name: str) -> list[str]:
    return [] if name == "linear" else [f'activation="{name}"']


def _initializer(argument: str, activation: str) -> list[str]:
    """Glorot is Keras's own and needs no word."""
    return [f'{argument}="he_uniform"'] if activation in RECTIFIERS else []


def _depthwise_initializer(layer: DepthwiseConvolution) -> str:
    variance = 2.0 if layer.activation in RECTIFIERS else 1.0
    limit = round((3.0 * variance / layer.kernel_size**2) ** 0.5, 6)
    return f"depthwise_initializer=keras.initializers.RandomUniform(-{limit}, {limit})"


def text_tuple(name: str, values: tuple[str, ...]) -> str:
    """A tuple of texts, on one line where it fits."""
    parts = [_quoted(value) for value in values]
    line = f"{name} = ({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name} = (", *(f"{_INDENT}{part}," for part in parts), ")"])


def _quoted(value: str) -> str:
    """A text as Python source in double quotes; JSON's escapes are Python's too.

    >>> _quoted('a "b"') == '"a \\\\"b\\\\""'
    True
    """
    return json.dumps(value, ensure_ascii=False)
