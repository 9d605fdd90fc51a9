"""Every network of the zoo: it builds, it is counted rightly, its idea is in it, it learns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.errors import LessonError
from core.inspect.forward import forward, scale_answer
from core.inspect.receptive_field import receptive_fields
from core.models.cost import layer_table, total_multiply_adds, total_parameters
from core.models.graph import nodes
from core.models.layers import (
    Convolution,
    DepthwiseConvolution,
    Pooling,
    Residual,
    SharedConvolution,
    multiply_adds,
    output_shape,
    parameters,
)
from core.models.spec import Flatten, ModelSpec
from core.models.weights import initial_weights
from core.models.zoo.branching import SCALES, inception, separable
from core.models.zoo.entries import MODELS, SMALLEST, TIMELINE

BINARY = ("normal", "fracture")
THREE = ("none", "simple", "complex")
OLD = tuple(name for name in TIMELINE if name != "paper")


def noise(side: int, count: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (count, side, side))


@pytest.mark.parametrize("name", OLD)
def test_any_size_from_28_to_256_ends_in_maps_that_mean_something(name: str) -> None:
    for side in range(SMALLEST, 257):
        spec = MODELS[name].build(side, BINARY)
        maps = [node.shape for node in nodes(spec) if len(node.shape) == 3]
        assert 2 <= maps[-1][0] <= 10, side
        assert total_parameters(spec) < 600_000, side


@pytest.mark.parametrize("name", MODELS)
def test_what_is_too_small_is_refused_kindly(name: str) -> None:
    entry = MODELS[name]
    entry.build(entry.smallest, THREE)
    with pytest.raises(LessonError) as caught:
        entry.build(entry.smallest - 1, BINARY)
    assert str(entry.smallest) in caught.value.remedy


def test_the_timeline_is_in_order_and_every_entry_says_where_it_comes_from() -> None:
    years = [MODELS[name].year for name in TIMELINE]
    assert years == sorted(years)
    assert (years[0], years[-1], len(TIMELINE)) == (1980, 2020, 10)
    assert next(iter(MODELS)) == "paper"
    for name, entry in MODELS.items():
        assert entry.idea.endswith("."), name
        assert entry.leaves_out.endswith("."), name
        assert entry.url.startswith("https://") or name.startswith("paper")


@pytest.mark.reference
@pytest.mark.parametrize("side", [28, 50])
@pytest.mark.parametrize("name", OLD)
def test_the_cost_table_counts_what_keras_builds(name: str, side: int) -> None:
    import keras

    from core.models.build import build

    spec = MODELS[name].build(side, THREE)
    model = build(spec, seed=0)
    assert model.count_params() == total_parameters(spec)
    assert model.output_shape == (None, 3)
    built = {layer.name: tuple(layer.output.shape[1:]) for layer in model.layers}
    for node in nodes(spec):
        assert built[node.name] == node.shape, node.name
    total = 0
    for layer in model.layers:
        if not isinstance(
            layer, keras.layers.Conv2D | keras.layers.Dense | keras.layers.DepthwiseConv2D
        ):
            continue
        kernel = layer.kernel.shape
        each = (
            kernel[0] * kernel[1]
            if isinstance(layer, keras.layers.DepthwiseConv2D)
            else (int(np.prod(kernel[:-1])))
        )
        for call in layer._inbound_nodes:  # a shared kernel is called once a scale
            total += each * int(np.prod(call.output_tensors[0].shape[1:]))
    assert total == total_multiply_adds(spec)


# The ideas.


def test_lenet_at_32_pixels_has_the_sizes_of_1998() -> None:
    rows = {row.name: row for row in layer_table(MODELS["lenet"].build(32, BINARY))}
    maps = [row.output_shape[0] for row in rows.values() if len(row.output_shape) == 3]
    assert maps == [28, 14, 10, 5]
    assert rows["convolution_1"].parameters == 156  # LeCun et al. (1998), section II B
    assert rows["dense_1"].parameters == 48_120
    assert rows["dense_2"].parameters == 10_164


def test_c_cells_change_less_than_s_cells_when_the_picture_is_shifted() -> None:
    spec = MODELS["neocognitron"].build(32, BINARY)
    picture = noise(32, 1)
    both = np.concatenate([picture, np.roll(picture, 1, axis=2)])
    known = forward(spec, initial_weights(spec, 0), both)

    def change(name: str) -> float:
        here, there = known[name][:, 4:-4, 4:-4]
        return float(np.linalg.norm(here - there) / np.linalg.norm(here))

    assert change("pooling_1") < 0.7 * change("convolution_1")
    kinds = [layer.kind for layer in spec.layers if isinstance(layer, Pooling)]
    assert set(kinds) == {"average"}


def test_alexnet_s_windows_overlap() -> None:
    pools = [x for x in MODELS["alexnet"].build(64, BINARY).layers if isinstance(x, Pooling)]
    assert {(pool.size, pool.step) for pool in pools} == {(3, 2)}
    first = MODELS["alexnet"].build(224, BINARY).layers[0]
    assert isinstance(first, Convolution)
    assert (first.kernel_size, first.stride) == (11, 4)


def test_two_filters_of_3_see_as_far_as_one_of_5_for_18_25ths_of_the_weights() -> None:
    spec = MODELS["vgg"].build(64, BINARY)
    assert receptive_fields(spec)["convolution_2"].size == 5
    kernels = [x.kernel_size for x in spec.layers if isinstance(x, Convolution)]
    assert set(kernels) == {3}
    pairs = [(a, b) for a, b in pairwise(spec.layers) if isinstance(b, Convolution)]
    assert any(isinstance(first, Convolution) for first, _ in pairs)
    channels, shape = 64, (8, 8, 64)
    two = 2 * (parameters(Convolution(channels), shape) - channels)
    one = parameters(Convolution(channels, 5), shape) - channels
    assert two / one == 18 / 25


def test_1x1_filters_save_most_of_an_inception_module() -> None:
    shape = (16, 16, 192)
    module = inception(16, 16, 8, 8)
    direct = multiply_adds(Convolution(24, 3), shape) + multiply_adds(Convolution(8, 5), shape)
    _, narrow, wide, _ = module.branches
    squeezed = sum(
        multiply_adds(first, shape) + multiply_adds(second, output_shape(first, shape))
        for first, second in (narrow, wide)
    )
    by_hand = 256 * (192 * 16 + 16 * 9 * 24 + 192 * 8 + 8 * 25 * 8)
    assert squeezed == by_hand
    assert direct == 256 * 192 * (9 * 24 + 25 * 8)
    assert direct / squeezed > 8


def test_a_residual_block_whose_body_is_zero_passes_its_input_on() -> None:
    spec = MODELS["resnet"].build(28, BINARY)
    weights = {
        name: np.zeros_like(values)
        if name.startswith("residual_")
        and name.endswith(("/kernel", "/beta", "/moving_mean"))
        and "shortcut" not in name
        else values
        for name, values in initial_weights(spec, 0).items()
    }
    known = forward(spec, weights, noise(28))
    assert np.ptp(known["activation_1"]) > 0
    np.testing.assert_array_equal(known["residual_1_relu"], known["activation_1"])
    np.testing.assert_array_equal(known["residual_2_relu"], known["activation_1"])
    assert sum(isinstance(layer, Residual) for layer in spec.layers) == 6


@pytest.mark.parametrize("filters", [8, 64, 200])
def test_a_separable_convolution_costs_1_over_f_plus_1_over_9(filters: int) -> None:
    shape = (16, 16, 32)
    block = separable(filters)
    assert isinstance(block[0], DepthwiseConvolution)
    cost = sum(multiply_adds(layer, shape) for layer in block[:4])
    assert cost / multiply_adds(Convolution(filters), shape) == pytest.approx(1 / filters + 1 / 9)


def test_shared_kernels_answer_the_same_to_a_pattern_at_each_scale() -> None:
    layer = SharedConvolution(4, 5, SCALES)
    random = np.random.default_rng(1)
    kernel, bias = random.normal(size=(5, 5, 1, 4)), random.normal(size=4)
    small = random.uniform(size=(1, 12, 12, 1))
    base = scale_answer(small, layer, kernel, bias, 1)
    for scale in (2, 4):
        large = small.repeat(scale, axis=1).repeat(scale, axis=2)
        answer = scale_answer(large, layer, kernel, bias, scale)
        # The product runs in float32, in another order for another size.
        np.testing.assert_allclose(answer[:, ::scale, ::scale], base, rtol=1e-5, atol=1e-5)
    spec = MODELS["shared"].build(64, BINARY)
    assert isinstance(spec.layers[0], SharedConvolution)


def test_the_fused_network_hears_its_shallow_features_when_the_deep_ones_are_silent() -> None:
    spec = MODELS["fused"].build(28, BINARY)
    weights = initial_weights(spec, 0)
    deep = {name for name in weights if name.startswith("parallel_1_branch_2_convolution")}
    assert deep
    silent = {n: np.zeros_like(v) if n in deep else v for n, v in weights.items()}
    known = forward(spec, silent, noise(28))
    features = known["parallel_1_join"]
    shallow = known["parallel_1_branch_1_global_pooling_1"].shape[1]
    assert np.ptp(features[:, :shallow]) > 0
    assert np.all(features[:, shallow:] == 0)
    assert known["logits"][0] != known["logits"][1]
    # The same trunk without the join, as any chain, would have nothing left to tell them apart.
    chain = ModelSpec("chain", 28, BINARY, (Convolution(4), Convolution(4), Flatten()))
    cut = {n: v * ("convolution_2" not in n) for n, v in initial_weights(chain, 0).items()}
    left, right = forward(chain, cut, noise(28))["logits"]
    assert left == right


# And it learns.


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize("name", TIMELINE)
def test_it_learns_32_radiographs_by_heart(name: str) -> None:
    import keras

    from core.models.build import build
    from data.synthetic.radiograph import draw

    drawn = [draw(index, size=32, seed=0) for index in range(32)]
    images = np.stack([one.image for one in drawn])[..., None].astype(np.float32)
    labels = np.array([[one.label] for one in drawn], np.float32)
    model = build(MODELS[name].build(32, BINARY), seed=0)
    model.compile(keras.optimizers.Adam(2e-3), keras.losses.BinaryCrossentropy(from_logits=True))

    def recalls() -> np.ndarray:
        right = (model.predict_on_batch(images) > 0) == (labels > 0.5)
        return np.array([right[labels == label].mean() for label in (0, 1)])

    assert recalls().mean() < 0.75
    for _ in range(70):
        model.train_on_batch(images, labels)
    assert recalls().mean() >= 0.9
