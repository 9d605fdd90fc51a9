"""What trainings differ in is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

from core.models.zoo.entries import paper_network
from core.training.contrast import differing, family, settings, words
from core.training.spec import Augmentation, Change, TrainingSpec

PLAIN = TrainingSpec(
    dataset="synthetic",
    fingerprint="a" * 16,
    prepared="/here",
    model=paper_network(28, ("normal", "fracture")),
    epochs=10,
    batch_size=32,
    learning_rate=0.001,
)


def test_only_what_differs_is_told() -> None:
    faster = replace(
        PLAIN, learning_rate=0.01, model=paper_network(28, PLAIN.model.classes, dropout=0.2)
    )
    assert differing([PLAIN, faster]) == [
        {"dropout": "0.5", "rate": "0.001"},
        {"dropout": "0.2", "rate": "0.01"},
    ]
    assert differing([PLAIN, PLAIN]) == [{}, {}]
    assert differing([PLAIN]) == [{}]


def test_every_setting_that_a_person_can_choose_is_seen() -> None:
    others = [
        replace(PLAIN, epochs=11),
        replace(PLAIN, batch_size=16),
        replace(PLAIN, optimizer="sgd"),
        replace(PLAIN, seed=1),
        replace(PLAIN, class_weights=False),
        replace(PLAIN, augmentation=Augmentation(rotation=5)),
        replace(PLAIN, patience=3),
        replace(PLAIN, weight_decay=0.1),
        replace(PLAIN, schedule="cosine"),
        replace(PLAIN, focal_gamma=2.0),
        replace(PLAIN, fingerprint="b" * 16),
        replace(PLAIN, model=paper_network(28, PLAIN.model.classes, kernel_size=5)),
        replace(PLAIN, changes=(Change(epoch=2, learning_rate=0.1),)),
    ]
    for other in others:
        first, second = differing([PLAIN, other])
        assert len(second) == 1, other
        assert first != second
        assert words(second)


def test_another_seed_is_of_the_same_family_and_another_setting_is_not() -> None:
    assert family(PLAIN) == family(replace(PLAIN, seed=7, prepared="/moved"))
    assert family(PLAIN) != family(replace(PLAIN, weight_decay=0.1))
    assert settings(PLAIN)["seed"] == "0"


def test_losses_are_told_apart_and_so_is_normalization() -> None:
    focal = replace(PLAIN, focal_gamma=2.0)
    assert [words(one) for one in differing([PLAIN, focal])] == [
        "loss cross-entropy",
        "loss focal \u03b3 2",
    ]
    model = paper_network(28, PLAIN.model.classes, batch_normalization=True)
    assert words(differing([PLAIN, replace(PLAIN, model=model)])[1]) == "batch normalization"
