"""Parts of a whole: the products that an answer was made of, followed to where they came from."""

from __future__ import annotations

import numpy as np
import pytest

from core.inspect.composition import Cell, Composition
from core.inspect.forward import before_activation, forward
from core.models.graph import find_node
from core.models.spec import (
    Activation,
    BatchNormalization,
    Convolution,
    DepthwiseConvolution,
    Flatten,
    ModelSpec,
    Parallel,
    Pooling,
    Residual,
    SharedConvolution,
)
from core.models.weights import initial_weights

CHAIN = ModelSpec(
    "chain",
    16,
    ("a", "b"),
    (
        Convolution(5),
        Pooling(),
        Convolution(6, kernel_size=5),
        Pooling("average", 3, 2, "same"),
        Convolution(4, stride=2),
        Flatten(),
    ),
)
BRANCHED = ModelSpec(
    "branched",
    16,
    ("a", "b"),
    (
        Convolution(4),
        Residual((Convolution(4, activation="linear"), BatchNormalization())),
        Parallel(
            ((Convolution(3),), (DepthwiseConvolution(), SharedConvolution(2, scales=(1, 2))))
        ),
        Convolution(6, dilation=2),
        Flatten(),
    ),
)


def composed(spec: ModelSpec, seed: int = 0) -> tuple[Composition, dict, dict]:  # type: ignore[type-arg]
    weights = initial_weights(spec, seed)
    image = np.random.default_rng(seed).integers(0, 256, (1, spec.input_size, spec.input_size))
    known = forward(spec, weights, image)
    return Composition(spec, weights, known), weights, known


@pytest.mark.parametrize("spec", [CHAIN, BRANCHED], ids=lambda spec: spec.name)
def test_the_products_of_a_cell_add_up_to_its_sum(spec: ModelSpec) -> None:
    composition, weights, known = composed(spec)
    for name in composition.levels():
        node = find_node(spec, name)
        summed = (
            known[name]
            if isinstance(node.layer, SharedConvolution)
            else before_activation(node, weights, known)
        )[0]
        for row, column, channel in [(0, 0, 0), (1, 1, 1), (summed.shape[0] - 1, 0, 1)]:
            products, *_ = composition._products(node, Cell(name, row, column, channel))
            total = float(products.sum())
            if isinstance(node.layer, SharedConvolution):
                total = max(total, 0.0)
            assert total == pytest.approx(summed[row, column, channel], abs=1e-5)


@pytest.mark.parametrize("spec", [CHAIN, BRANCHED], ids=lambda spec: spec.name)
def test_parts_are_the_largest_products_and_lie_inside_the_whole(spec: ModelSpec) -> None:
    composition, _, _ = composed(spec)
    names = composition.levels()
    for whole in composition.strongest(names[-1], 3):
        parts = composition.parts(whole, 3)
        assert [part.product for part in parts] == sorted(
            (part.product for part in parts), reverse=True
        )
        assert 0 < sum(part.share for part in parts) <= 1 + 1e-6
        maps = {(part.cell.node, part.cell.channel) for part in parts}
        assert len(maps) == len(parts)  # three cells of one edge would tell the same thrice
        top, left, bottom, right = composition.window(whole)
        for part in parts:
            inner = composition.window(part.cell)
            assert top <= inner[0] < inner[2] <= bottom
            assert left <= inner[1] < inner[3] <= right
            assert names.index(part.cell.node) < names.index(whole.node)


def test_a_part_behind_max_pooling_is_the_winner() -> None:
    """A hand-made pair: the second kernel asks for map 1 alone, two cells below the middle."""
    spec = ModelSpec("two", 8, ("a", "b"), (Convolution(2), Pooling(), Convolution(1), Flatten()))
    weights = initial_weights(spec, 0)
    first = np.zeros((3, 3, 1, 2), np.float32)
    first[1, 1, 0] = 1.0  # both maps repeat the image
    second = np.zeros((3, 3, 2, 1), np.float32)
    second[2, 1, 1, 0] = 1.0  # one row below, map 1
    weights |= {"convolution_1/kernel": first, "convolution_2/kernel": second}
    image = np.zeros((1, 8, 8))
    image[0, 5, 3] = 255  # lies in the pooled cell (2, 1), and wins there
    composition = Composition(spec, weights, forward(spec, weights, image))
    (whole,) = composition.strongest("convolution_2", 3)
    assert whole == Cell("convolution_2", 1, 1, 0)
    (part,) = composition.parts(whole, 3)
    assert part.cell == Cell("convolution_1", 5, 3, 1)
    assert (part.product, part.share) == (1.0, 1.0)
    assert composition.parts(part.cell, 3) == ()  # its parts are pixels
    assert composition.window(part.cell) == (4, 2, 7, 5)


def test_a_normalized_convolution_answers_behind_its_normalization() -> None:
    spec = ModelSpec(
        "normalized",
        8,
        ("a", "b"),
        (Convolution(2, activation="linear"), BatchNormalization(), Activation(), Flatten()),
    )
    weights = initial_weights(spec, 0)
    weights["batch_normalization_1/gamma"] = np.array([-2.0, 1.0], np.float32)
    known = forward(spec, weights, np.full((1, 8, 8), 200.0))
    composition = Composition(spec, weights, known)
    for cell in composition.strongest("convolution_1", 2):
        assert cell.node == "convolution_1"
        expected = known["activation_1"][0, ..., cell.channel].max()
        assert composition.answer(cell) == pytest.approx(expected)


def test_a_silent_layer_has_no_strongest_cell() -> None:
    weights = initial_weights(CHAIN, 0)
    weights["convolution_1/bias"] = np.full(5, -1e6, np.float32)
    known = forward(CHAIN, weights, np.full((1, 16, 16), 255.0))
    assert Composition(CHAIN, weights, known).strongest("convolution_1", 4) == ()


def test_only_convolutions_have_parts() -> None:
    composition, _, _ = composed(CHAIN)
    with pytest.raises(ValueError, match="pooling_1"):
        composition.parts(Cell("pooling_1", 0, 0, 0), 2)


def test_it_is_known_which_convolutions_look_at_the_picture() -> None:
    composition, _, _ = composed(BRANCHED)
    at_pixels = {name for name in composition.levels() if composition.reads_pixels(name)}
    assert at_pixels == {"convolution_1"}
    wide = ModelSpec("wide", 16, ("a", "b"), (Parallel(((Convolution(2),), ())), *CHAIN.layers))
    composition, _, _ = composed(wide)
    at_pixels = {name for name in composition.levels() if composition.reads_pixels(name)}
    # The second branch passes the picture on to the layer behind the join.
    assert at_pixels == {"parallel_1_branch_1_convolution_1", "convolution_1"}


def test_a_cell_that_answers_by_its_bias_alone_has_no_parts_and_is_not_made_of_pixels() -> None:
    weights = {name: np.abs(value) for name, value in initial_weights(CHAIN, 0).items()}
    weights["convolution_2/kernel"] = -weights["convolution_2/kernel"]
    weights["convolution_2/bias"] = np.full(6, 1e3, np.float32)
    known = forward(CHAIN, weights, np.full((1, 16, 16), 9))
    composition = Composition(CHAIN, weights, known)
    (strong,) = composition.strongest("convolution_2", 1)
    assert composition.answer(strong) > 0
    assert composition.parts(strong, 3) == ()
    assert not composition.reads_pixels("convolution_2")
