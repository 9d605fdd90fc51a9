"""HiResCAM and Grad-CAM against networks whose answer is known, and finite differences."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import correlate2d

from core.errors import LessonError
from core.explain import gradcam
from core.explain.gradcam import class_map, convolutional_layers
from core.explain.result import ClassMap, enlarge
from core.models.build import build
from core.models.zoo.entries import MODELS, paper_network

pytestmark = pytest.mark.reference

SIZE = 12


def grad_cam(model: keras.Model, image: np.ndarray, **options) -> ClassMap:
    return class_map(model, image, **({"method": "gradcam"} | options))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def image(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (SIZE, SIZE)).astype(np.float32)


def gap_network(
    kernels: np.ndarray, head: np.ndarray, bias: np.ndarray | float = 0.0
) -> keras.Model:
    """Convolution with ReLU, mean over positions, dense: here Grad-CAM is CAM, exactly."""
    inputs = keras.Input((SIZE, SIZE, 1))
    scaled = keras.layers.Rescaling(1 / 255)(inputs)
    maps = keras.layers.Conv2D(kernels.shape[-1], kernels.shape[0], activation="relu", name="last")(
        scaled
    )
    logits = keras.layers.Dense(head.shape[1], name="logits")(
        keras.layers.GlobalAveragePooling2D()(maps)
    )
    model = keras.Model(inputs, logits)
    model.get_layer("last").set_weights([kernels[:, :, None, :], np.zeros(kernels.shape[-1])])
    model.get_layer("logits").set_weights([head, np.broadcast_to(bias, head.shape[1])])
    return model


def class_activation_map(
    image: np.ndarray, kernels: np.ndarray, head: np.ndarray, class_index: int
) -> np.ndarray:
    """CAM of Zhou et al. (2016) in NumPy, divided by the number of positions."""
    maps = [
        np.maximum(correlate2d(image / 255.0, kernels[:, :, f], mode="valid"), 0.0)
        for f in range(kernels.shape[-1])
    ]
    total = sum(w * m for w, m in zip(head[:, class_index], maps, strict=True))
    return total / maps[0].size


def test_equals_cam_where_a_mean_and_a_linear_layer_follow(rng, image):
    kernels, head = rng.normal(size=(3, 3, 4)), rng.normal(size=(4, 3))
    model = gap_network(kernels, head)
    for class_index in range(3):
        ours = grad_cam(model, image, class_index=class_index)
        theirs = class_activation_map(image, kernels, head, class_index)
        np.testing.assert_allclose(ours.cells, theirs, atol=1e-5)
        np.testing.assert_allclose(ours.weights, head[:, class_index] / 100, atol=1e-6)
        np.testing.assert_allclose(ours.map, enlarge(theirs, SIZE), atol=1e-5)


def test_equals_finite_differences_behind_a_nonlinear_head(rng, image):
    inputs = keras.Input((SIZE, SIZE, 1))
    maps = keras.layers.Conv2D(3, 5, strides=2, activation="tanh", name="conv")(inputs)
    hidden = keras.layers.Dense(6, activation="tanh")(keras.layers.Flatten()(maps))
    model = keras.Model(inputs, keras.layers.Dense(3)(hidden))
    model.get_layer("conv").set_weights(
        [rng.normal(size=(5, 5, 1, 3)) / 500, rng.normal(size=3) / 5]
    )
    first, first_bias, second, second_bias = (
        w.astype(np.float64) for layer in model.layers[-2:] for w in layer.get_weights()
    )
    at = keras.Model(inputs, maps)(image[None, :, :, None]).numpy()[0].astype(np.float64)

    def logits(values: np.ndarray) -> np.ndarray:
        return np.tanh(values.reshape(-1) @ first + first_bias) @ second + second_bias

    jacobian = np.empty((*at.shape, 3))
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-6
        jacobian[place] = (logits(at + step) - logits(at - step)) / 2e-6
    for class_index in range(3):
        weights = jacobian[..., class_index].mean(axis=(0, 1))
        ours = grad_cam(model, image, class_index=class_index)
        np.testing.assert_allclose(ours.weights, weights, atol=1e-6)
        np.testing.assert_allclose(ours.cells, at @ weights, atol=1e-6)


def flat_network(rng: np.random.Generator) -> keras.Model:
    """Convolution, then a weight for each number: every place counts in its own way."""
    inputs = keras.Input((SIZE, SIZE, 1))
    maps = keras.layers.Conv2D(3, 3, activation="relu", name="last")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(maps)))
    model.set_weights([rng.normal(size=w.shape) / 50 for w in model.get_weights()])
    return model


def test_hirescam_says_what_each_place_adds_where_a_linear_layer_follows(rng, image):
    """The law of the paper: the cells and the bias add up to the logit, whatever the weights."""
    model = flat_network(rng)
    found = class_map(model, image, class_index=1)
    kernel, bias = (w.astype(np.float64) for w in model.layers[-1].get_weights())
    maps = keras.Model(model.inputs, model.get_layer("last").output)([image[None, :, :, None]])
    maps = maps.numpy()[0].astype(np.float64)
    cells = (maps * kernel.reshape(maps.shape)).sum(-1)
    np.testing.assert_allclose(found.cells, cells, atol=1e-4)
    np.testing.assert_allclose(cells.sum() + bias[0], found.logits[0], atol=1e-3)
    # So the logits without them are known as well.
    without = cells[cells < 0].sum() + bias[0], cells[cells > 0].sum() + bias[0]
    np.testing.assert_allclose(found.without_positive[0], without[0], atol=1e-3)
    np.testing.assert_allclose(found.without_negative[0], without[1], atol=1e-3)
    assert found.holds


def test_the_averaged_gradient_loses_the_sign_of_a_place():
    """One map; its bright left half speaks against the class, and so does its dark right half."""
    inputs = keras.Input((4, 4, 1))
    maps = keras.layers.Conv2D(1, 1, name="last")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(maps)))
    signs = np.where(np.arange(16) % 4 < 2, -2.0, 3.0)
    model.set_weights([np.ones((1, 1, 1, 1)), np.zeros(1), signs[:, None], np.zeros(1)])
    picture = np.full((4, 4), 7.0, np.float32)
    picture[:, 2:] = -7.0
    by_place = class_map(model, picture, class_index=1)
    by_mean = class_map(model, picture, class_index=1, method="gradcam")
    np.testing.assert_allclose(by_place.cells, signs.reshape(4, 4) * picture)
    np.testing.assert_allclose(by_mean.cells, 0.5 * picture)
    assert not by_place.positive
    assert by_place.holds
    assert by_mean.positive
    assert not by_mean.holds
    # Orange in Grad-CAM is the left half; without it the score goes up by all it took away.
    assert by_mean.without_positive[0] - by_mean.logits[0] == 8 * 2 * 7


def test_both_maps_are_one_where_a_mean_follows(rng, image):
    model = gap_network(rng.normal(size=(3, 3, 4)), rng.normal(size=(4, 3)))
    for class_index in range(3):
        by_place, by_mean = (
            class_map(model, image, class_index=class_index, method=method).cells
            for method in ("hirescam", "gradcam")
        )
        np.testing.assert_allclose(by_place, by_mean, atol=1e-6)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_lies_behind_a_layer_runs_alone_in_every_network_of_the_zoo(name):
    """Nothing taken away, the rest of the network gives the logits of the whole."""
    model = build(MODELS[name].build(32, ("normal", "fracture")), seed=0)
    pixels = np.random.default_rng(2).integers(0, 256, (1, 32, 32, 1))
    picture = tf.constant(pixels, tf.float32)
    names = convolutional_layers(model)
    for layer in {names[0], names[len(names) // 2], names[-1]}:
        before, behind = gradcam._cut(model, layer)
        maps, *beside, _ = before([picture])
        again = behind([maps, *beside], training=False)
        np.testing.assert_allclose(again, model(picture, training=False), atol=1e-5)
        # Only what depends on the maps: not the picture's own way to them.
        assert not {one.name for one in behind.layers} & {names[0]} - {layer}


def test_the_two_maps_of_one_logit_are_negatives(image):
    model = build(paper_network(16, ("normal", "fracture")), seed=3)
    picture = np.pad(image, 2)
    normal, fracture = (grad_cam(model, picture, class_index=c) for c in (0, 1))
    assert np.abs(fracture.map).max() > 0
    np.testing.assert_array_equal(normal.map, -fracture.map)
    np.testing.assert_array_equal(normal.logits, fracture.logits)
    sigmoid = 1 / (1 + np.exp(-np.float64(fracture.logits[0])))
    np.testing.assert_allclose(fracture.probabilities, [1 - sigmoid, sigmoid], rtol=1e-12)


def test_maps_of_three_classes_are_not_the_same_picture(rng, image):
    model = build(paper_network(16, ("hand", "leg", "hip")), seed=1)
    picture = np.pad(image, 2)
    maps = [grad_cam(model, picture, class_index=c).map.ravel() for c in range(3)]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(maps[first], maps[second])[0, 1]) < 0.99


def test_a_saturated_output_still_has_a_map(rng, image):
    kernels, head = rng.normal(size=(3, 3, 4)), rng.normal(size=(4, 1))
    plain = grad_cam(gap_network(kernels, head), image, class_index=1)
    sure = grad_cam(gap_network(kernels, head, bias=80.0), image, class_index=1)
    assert sure.probabilities[1] == 1.0  # a sigmoid's own gradient would be 0 here
    np.testing.assert_allclose(sure.map, plain.map, atol=1e-6)
    assert sure.limit > 0


def test_says_when_nothing_speaks_for_the_class(rng, image):
    kernels = np.abs(rng.normal(size=(3, 3, 2)))
    against = grad_cam(gap_network(kernels, np.array([[-1.0], [-2.0]])), image, class_index=1)
    assert not against.positive
    assert against.map.max() <= 0
    assert against.map.min() < 0  # kept, not clipped away
    turned = grad_cam(gap_network(kernels, np.array([[-1.0], [-2.0]])), image, class_index=0)
    assert turned.positive


def test_a_constant_map_stays_finite_and_says_so(image):
    kernels = np.zeros((3, 3, 2))
    flat = grad_cam(gap_network(kernels, np.ones((2, 1))), image, class_index=1)
    assert flat.constant
    assert not flat.positive
    assert np.isfinite(flat.map).all()


def test_takes_the_maps_behind_normalization_and_activation(rng, image):
    inputs = keras.Input((SIZE, SIZE, 1))
    tensor = keras.layers.Conv2D(2, 3, name="plain")(inputs)
    tensor = keras.layers.BatchNormalization(name="norm")(tensor)
    tensor = keras.layers.Activation("relu", name="relu")(tensor)
    logits = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(tensor))
    model = keras.Model(inputs, logits)
    ours = grad_cam(model, image, class_index=1)
    maps = keras.Model(inputs, tensor)(image[None, :, :, None]).numpy()[0]
    weights = model.layers[-1].get_weights()[0][:, 0] / 100
    np.testing.assert_allclose(ours.cells, maps @ weights, atol=1e-4)
    assert ours.layer == "plain"


def test_a_network_with_frozen_weights_is_explained_too(rng, image):
    model = gap_network(rng.normal(size=(3, 3, 4)), rng.normal(size=(4, 1)))
    expected = grad_cam(model, image, class_index=1)
    model.trainable = False
    # As when a network is loaded whose layers were frozen while it was trained.
    reborn = keras.Model.from_config(model.get_config())
    reborn.set_weights(model.get_weights())
    assert expected.limit > 0
    np.testing.assert_allclose(grad_cam(reborn, image, class_index=1).map, expected.map, atol=1e-6)


def test_any_layer_can_be_chosen_and_the_last_is_the_default(image):
    model = build(paper_network(16, ("normal", "fracture")), seed=0)
    picture = np.pad(image, 2)
    default = grad_cam(model, picture, class_index=1)
    assert default.layers == ("convolution_1", "convolution_2", "convolution_3")
    assert default.layer == "convolution_3"
    first = grad_cam(model, picture, class_index=1, layer="convolution_1")
    assert first.cells.shape == (16, 16)
    assert default.cells.shape == (4, 4)
    assert first.map.shape == default.map.shape == (16, 16)


def test_does_not_touch_the_image_and_traces_once(image):
    model = build(paper_network(16, ("normal", "fracture")), seed=0)
    picture = np.pad(image, 2)
    before = picture.copy()
    for class_index in (0, 1):
        grad_cam(model, picture, class_index=class_index)
    np.testing.assert_array_equal(picture, before)
    assert gradcam._traced(model, "convolution_3").experimental_get_tracing_count() == 1


def test_forgets_models_that_are_no_longer_used(image):
    for seed in range(gradcam._KEPT + 2):
        model = build(paper_network(16, ("normal", "fracture"), filters=(2,)), seed=seed)
        grad_cam(model, np.pad(image, 2), class_index=1)
    assert len(gradcam._traced_models) <= gradcam._KEPT


def test_enlarging_agrees_with_tensorflow(rng):
    cells = rng.normal(size=(5, 7))
    for size in (7, 16, 33):
        theirs = tf.image.resize(cells[:, :, None], (size, size)).numpy()[:, :, 0]
        np.testing.assert_allclose(enlarge(cells, size), theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"layer": "logits"}, "explain.unknown-layer"),
        ({"class_index": 2}, "explain.unknown-class"),
        ({"class_index": -1}, "explain.unknown-class"),
        ({"method": "hearsay"}, "explain.unknown-method"),
    ],
)
def test_refuses_what_the_network_does_not_have(image, change, code):
    model = build(paper_network(16, ("normal", "fracture")), seed=0)
    with pytest.raises(LessonError) as caught:
        grad_cam(model, np.pad(image, 2), **({"class_index": 1} | change))
    assert caught.value.code == code


def test_refuses_another_size_and_a_network_without_convolution(image):
    model = build(paper_network(16, ("normal", "fracture")), seed=0)
    with pytest.raises(LessonError, match=r"\(12, 12\).*\(16, 16\)"):
        grad_cam(model, image, class_index=1)
    inputs = keras.Input((SIZE, SIZE, 1))
    dense = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(inputs)))
    with pytest.raises(LessonError) as caught:
        grad_cam(dense, image, class_index=1)
    assert caught.value.code == "explain.no-convolution"
