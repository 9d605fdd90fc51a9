"""What a network costs: shapes, parameters and multiply-adds, layer by layer, without Keras."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.graph import Node, nodes
from core.models.layers import (
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Layer,
    Shape,
    SharedConvolution,
    multiply_adds,
    output_shape,
    parameters,
)
from core.models.memory import activation_bytes
from core.models.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class LayerCost:
    """One row of the table.

    Attributes:
        name: The layer's name in the Keras model.
        layer: The layer.
        input_shape: What it receives, without the batch axis.
        output_shape: What it gives.
        parameters: Numbers it holds.
        multiply_adds: Products, each with its sum, for one image.
    """

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameters: int
    multiply_adds: int


def layer_table(spec: ModelSpec) -> tuple[LayerCost, ...]:
    """One row a layer from the image to the logits."""
    rows, shape = [], spec.input_shape
    for name, layer in spec.named_layers():
        after = output_shape(layer, shape)
        rows.append(
            LayerCost(
                name, layer, shape, after, parameters(layer, shape), multiply_adds(layer, shape)
            )
        )
        shape = after
    return tuple(rows)


def total_parameters(spec: ModelSpec) -> int:
    """Numbers in the whole network."""
    return sum(row.parameters for row in layer_table(spec))


def total_multiply_adds(spec: ModelSpec) -> int:
    """Products of one forward pass for one image."""
    return sum(row.multiply_adds for row in layer_table(spec))


@dataclass(frozen=True, slots=True)
class NodeCost:
    """What one node costs, with the arithmetic written out.

    Attributes:
        node: The node, as the Keras model has it.
        input_shape: Of the first node it reads.
        parameters: Numbers it holds.
        parameters_text: Such as "3x3x32x64 + 64 = 18,496"; empty where it holds none.
        multiply_adds: Products, each with its sum, for one image.
        multiply_adds_text: Such as "14x14x64 x 3x3x32 = 3,612,672"; empty where there are none.
        bytes: Of what it gives for one image, in float32.
    """

    node: Node
    input_shape: Shape
    parameters: int
    parameters_text: str
    multiply_adds: int
    multiply_adds_text: str
    bytes: int


def node_table(spec: ModelSpec) -> tuple[NodeCost, ...]:
    """One row a node, the layers inside of blocks included; sums equal `layer_table`'s.

    >>> from core.models.zoo.entries import paper_network
    >>> rows = node_table(paper_network(28, ("normal", "fracture")))
    >>> [row.parameters_text for row in rows if row.node.name == "convolution_2"]
    ['3x3x32x64 + 64 = 18,496']
    """
    rows, shapes = [], {}
    for node in nodes(spec):
        shapes[node.name] = node.shape
        before = shapes[node.inputs[0]] if node.inputs else node.shape
        held = 0 if node.layer is None else parameters(node.layer, before)
        products = 0 if node.layer is None else multiply_adds(node.layer, before)
        rows.append(
            NodeCost(
                node,
                before,
                held,
                f"{_parameters(node.layer, before)} = {held:,}" if held else "",
                products,
                f"{_products(node.layer, before)} = {products:,}" if products else "",
                activation_bytes(node),
            )
        )
    return tuple(rows)


def _parameters(layer: Layer | None, shape: Shape) -> str:
    match layer:
        case Convolution() | SharedConvolution():
            side = layer.kernel_size
            return f"{side}x{side}x{shape[2]}x{layer.filters} + {layer.filters}"
        case DepthwiseConvolution():
            return f"{layer.kernel_size}x{layer.kernel_size}x{shape[2]} + {shape[2]}"
        case Dense():
            return f"{shape[0]}x{layer.units} + {layer.units}"
        case BatchNormalization():
            return f"4x{shape[-1]}"
        case _:
            return ""


def _products(layer: Layer | None, shape: Shape) -> str:
    match layer:
        case Convolution():
            height, width, filters = output_shape(layer, shape)
            side = layer.kernel_size
            return f"{height}x{width}x{filters} x {side}x{side}x{shape[2]}"
        case DepthwiseConvolution():
            height, width, channels = output_shape(layer, shape)
            return f"{height}x{width}x{channels} x {layer.kernel_size}x{layer.kernel_size}"
        case SharedConvolution():
            sizes = [f"{shape[0] // scale}x{shape[1] // scale}" for scale in layer.scales]
            side = layer.kernel_size
            return f"({' + '.join(sizes)}) x {layer.filters} x {side}x{side}x{shape[2]}"
        case Dense():
            return f"{shape[0]}x{layer.units}"
        case _:
            return ""
