"""What a network costs: shapes, parameters and multiply-adds, layer by layer, without Keras."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.layers import Layer, Shape, multiply_adds, output_shape, parameters
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
