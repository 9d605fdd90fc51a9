"""Weight times mean summed is the logit, where a network ends in global pooling."""

from __future__ import annotations

import numpy as np
import pytest

from core.inspect.evidence import counts_maps, map_evidence
from core.inspect.forward import forward
from core.models.layers import Convolution, Dense, Dropout, Flatten, GlobalPooling, Pooling
from core.models.spec import ModelSpec
from core.models.weights import initial_weights
from core.models.zoo.entries import MODELS

CLASSES = ("normal", "fracture")


def evidence(spec: ModelSpec, *, seed: int = 3):  # type: ignore[no-untyped-def]
    weights = initial_weights(spec, seed)
    rng = np.random.default_rng(seed)
    # Biases start at 0, which would hide a forgotten one.
    weights = {
        name: rng.normal(size=array.shape) if name.endswith("/bias") else array
        for name, array in weights.items()
    }
    images = rng.integers(0, 256, (2, spec.input_size, spec.input_size))
    return map_evidence(spec, weights, forward(spec, weights, images), sample=1)


def ending(*layers, classes: tuple[str, ...] = CLASSES) -> ModelSpec:  # type: ignore[no-untyped-def]
    body = (Convolution(filters=5), Pooling("max"), Convolution(filters=7))
    return ModelSpec(name="small", input_size=16, classes=classes, layers=(*body, *layers))


@pytest.mark.parametrize("classes", [CLASSES, ("hand", "foot", "hip")])
def test_weight_times_mean_summed_is_the_logit(classes: tuple[str, ...]) -> None:
    found = evidence(ending(GlobalPooling("average"), Dropout(0.3), classes=classes))
    assert found.node == "convolution_2"
    assert found.maps.shape == (8, 8, 7)
    total = sum(w * m for w, m in zip(found.weights, found.means, strict=True)) + found.bias
    assert total == pytest.approx(found.logit, abs=1e-5)
    assert found.bias != 0
    assert found.activation_map.mean() + found.bias == pytest.approx(found.logit, abs=1e-5)
    assert found.label in classes


def test_one_output_speaks_for_the_second_class() -> None:
    assert evidence(ending(GlobalPooling("average"))).label == "fracture"


@pytest.mark.parametrize(
    "layers",
    [(Flatten(),), (GlobalPooling("max"),), (GlobalPooling("average"), Dense(6))],
    ids=["flattened", "global maximum", "a dense layer between"],
)
def test_other_endings_give_no_weight_to_a_map(layers) -> None:  # type: ignore[no-untyped-def]
    found = evidence(ending(*layers))
    assert found.weights is None
    assert found.activation_map is None
    np.testing.assert_allclose(found.means, found.maps.mean(axis=(0, 1)))


def test_the_zoo_has_both_kinds() -> None:
    linked = {
        name: evidence(entry.build(64, CLASSES)).weights is not None
        for name, entry in MODELS.items()
    }
    assert set(linked.values()) == {True, False}
    assert linked == {name: counts_maps(entry.build(64, CLASSES)) for name, entry in MODELS.items()}
    assert linked["paper"] is False
