"""A training as a value."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.errors import LessonError
from core.models.zoo.entries import paper_network
from core.training.spec import Augmentation, TrainingSpec

SPEC = TrainingSpec(
    dataset="synthetic",
    fingerprint="abc",
    prepared="somewhere",
    model=paper_network(28, ("normal", "fracture")),
    epochs=25,
    batch_size=32,
    learning_rate=1e-3,
)


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        replace(
            SPEC,
            optimizer="sgd",
            seed=9,
            class_weights=False,
            augmentation=Augmentation(flip=True, shift=0.1, rotation=5.0, zoom=0.1, contrast=0.2),
            patience=4,
            weight_decay=1e-4,
        ),
    ],
)
def test_a_spec_survives_json(spec: TrainingSpec) -> None:
    assert TrainingSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"epochs": 2.5},
        {"epochs": True},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"learning_rate": "0.1"},
        {"optimizer": "newton"},
        {"seed": -1},
        {"patience": 0},
        {"weight_decay": -1.0},
    ],
)
def test_wrong_values_are_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(LessonError) as caught:
        replace(SPEC, **change)
    assert caught.value.code == "training.invalid"
    (name,) = change
    assert name.replace("_", " ") in caught.value.problem.replace("_", " ")


@pytest.mark.parametrize("change", [{"shift": 0.6}, {"rotation": -1.0}, {"contrast": 1.0}])
def test_wrong_augmentation_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(LessonError) as caught:
        Augmentation(**change)
    assert caught.value.code == "training.invalid"


def test_half_a_description_is_refused() -> None:
    data = SPEC.to_json()
    del data["epochs"]
    with pytest.raises(LessonError) as caught:
        TrainingSpec.from_json(data)
    assert caught.value.code == "training.invalid"
    with pytest.raises(LessonError):
        TrainingSpec.from_json(SPEC.to_json() | {"colour": "red"})
