"""Sanity checks of maps: a network forgets from the top down, and is put back as it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import keras
import numpy as np
import pytest

from core.arrays import FloatArray
from core.explain.agreement import likeness
from core.explain.gradcam import class_map
from core.explain.pixels import guided_gradients
from core.explain.result import ClassMap
from core.explain.shuffling import cascade, shuffled
from core.marks import Box
from core.models.build import build
from core.models.zoo.entries import MODELS
from data.models.shipped import shipped_models
from data.pictures.preprocess import prepare_image
from data.synthetic.radiograph import draw

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def trained() -> keras.Model:
    return keras.models.load_model(shipped_models()["paper-synthetic"].path, compile=False)


def kernels(model: keras.Model) -> list[np.ndarray]:
    return [np.asarray(weight) for weight in model.weights]


def test_the_top_is_forgotten_first_and_everything_comes_back(trained: keras.Model) -> None:
    before, steps = kernels(trained), cascade(trained)
    assert steps[0][0] == "logits"
    assert steps[-1][0] == "convolution_1"
    with shuffled(trained, 1) as chosen:
        assert chosen == ("logits",)
        changed = [not np.array_equal(a, b) for a, b in zip(before, kernels(trained), strict=True)]
        assert sum(changed) == 1
        for old, new in zip(before, kernels(trained), strict=True):
            np.testing.assert_array_equal(np.sort(old.ravel()), np.sort(new.ravel()))
    with shuffled(trained, len(steps)):
        assert not any(
            np.array_equal(old, new)
            for old, new in zip(before, kernels(trained), strict=True)
            if old.ndim > 1
        )
    with suppress(RuntimeError), shuffled(trained, len(steps)):
        raise RuntimeError
    for old, new in zip(before, kernels(trained), strict=True):
        np.testing.assert_array_equal(old, new)


def test_nothing_shuffled_is_the_same_map_and_a_deeper_one_keeps_what_was_shuffled(
    trained: keras.Model,
) -> None:
    with shuffled(trained, 0):
        pass
    with shuffled(trained, 1):
        one = np.asarray(trained.get_layer("logits").kernel)
    with shuffled(trained, 3):
        np.testing.assert_array_equal(one, np.asarray(trained.get_layer("logits").kernel))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_network_of_the_zoo_is_forgotten_whole(name: str) -> None:
    model = build(MODELS[name].build(32, ("normal", "fracture")), seed=0)
    named = [layer for _, names in cascade(model) for layer in names]
    assert sorted(named) == sorted({one.name for one in model.layers if one.weights and any(
        len(weight.shape) > 1 for weight in one.weights
    )})  # fmt: skip


def test_a_map_collapses_and_guided_backprop_goes_on_drawing_edges(trained: keras.Model) -> None:
    """The lesson's claim, over six pictures: the one depends on the weights, the other hardly."""
    size = trained.input_shape[1]
    whole = Box(0, 0, size, size)

    def mean_likeness(make: Callable[[FloatArray], ClassMap], depth: int) -> float:
        found = []
        for index in range(6):
            picture = prepare_image(draw(index, size=128, fractured=True).image, size)
            image = picture.astype(np.float32)
            before = make(image)
            with shuffled(trained, depth):
                after = make(image)
            found.append(likeness(before.map, after.map, whole)[0])
        return float(np.nanmean(found))

    def weighed(image: FloatArray) -> ClassMap:
        return class_map(trained, image, class_index=1)

    def edges(image: FloatArray) -> ClassMap:
        return guided_gradients(trained, image, class_index=1)

    everything = len(cascade(trained))
    assert mean_likeness(weighed, 0) == pytest.approx(1)
    for depth in (2, everything):
        assert abs(mean_likeness(weighed, depth)) < 0.25
    assert mean_likeness(edges, 2) > 0.75
    assert mean_likeness(edges, everything) > 0.3
