"""The head against Keras step by step, against the condition of its minimum, and its laws."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import FloatArray, IntArray
from core.errors import LessonError
from core.transfer.head import fit_head, placed, softmax

COUNTS = (9, 4, 6)
FEATURES = 12


@pytest.fixture
def pictures() -> tuple[FloatArray, IntArray]:
    """Features of three classes of unequal size, which overlap."""
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(len(COUNTS)), COUNTS)
    centers = rng.normal(0, 1, (len(COUNTS), FEATURES))
    return centers[labels] + rng.normal(0, 1, (len(labels), FEATURES)), labels


@pytest.mark.slow
def test_every_step_is_that_of_keras(pictures: tuple[FloatArray, IntArray]) -> None:
    """Full batches, the same rate, L2 on the kernel alone, classes weighted to count the same."""
    import keras

    features, labels = pictures
    epochs, decay = 30, 0.01
    ours = fit_head(features, labels, 3, epochs=epochs, decay=decay)
    inputs = placed(features, ours.center, ours.scale).astype(np.float32)
    weights = 1.0 / (3 * np.bincount(labels)[labels])
    moments = np.hstack([inputs, np.ones((len(inputs), 1))])
    bend = np.linalg.eigvalsh((moments * weights[:, None]).T @ moments).max()
    rate = 1.0 / (0.5 * bend + decay)
    model = keras.Sequential(
        [
            keras.Input((FEATURES,)),
            keras.layers.Dense(
                3, kernel_initializer="zeros", kernel_regularizer=keras.regularizers.L2(decay / 2)
            ),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(rate), loss=loss)
    history = model.fit(
        inputs,
        labels,
        # Keras divides by the number of pictures.
        sample_weight=weights * len(labels),
        batch_size=len(labels),
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )
    kernel, bias = model.layers[-1].get_weights()
    np.testing.assert_allclose(ours.losses, history.history["loss"], rtol=2e-5)
    np.testing.assert_allclose(ours.kernel, kernel, atol=2e-5)
    np.testing.assert_allclose(ours.bias, bias, atol=2e-5)


def test_it_ends_where_no_direction_leads_down(pictures: tuple[FloatArray, IntArray]) -> None:
    features, labels = pictures
    decay = 0.1
    head = fit_head(features, labels, 3, epochs=4000, decay=decay)
    inputs = placed(features, head.center, head.scale)
    weights = 1.0 / (3 * np.bincount(labels)[labels])
    slope = weights[:, None] * (softmax(inputs @ head.kernel + head.bias) - np.eye(3)[labels])
    assert np.abs(inputs.T @ slope + decay * head.kernel).max() < 1e-8
    assert np.abs(slope.sum(axis=0)).max() < 1e-8


def test_the_loss_begins_at_the_logarithm_of_the_classes_and_never_climbs(
    pictures: tuple[FloatArray, IntArray],
) -> None:
    head = fit_head(*pictures, 3)
    assert head.losses[0] == pytest.approx(np.log(3))
    assert np.all(np.diff(head.losses) <= 1e-12)


def test_a_class_counts_the_same_however_many_pictures_it_has() -> None:
    same = np.zeros((10, 2))  # nothing to see: the scores are the classes' weights
    head = fit_head(same, np.repeat([0, 1], [9, 1]), 2)
    np.testing.assert_allclose(head.scores(same[:1]), [[0.5, 0.5]], atol=1e-9)


def test_features_of_any_size_and_a_flat_one_leave_the_scores_alone(
    pictures: tuple[FloatArray, IntArray],
) -> None:
    features, labels = pictures
    plain = fit_head(features, labels, 3).scores(features)
    moved = 1000 * features - 7
    np.testing.assert_allclose(fit_head(moved, labels, 3).scores(moved), plain, atol=1e-9)
    flat = np.hstack([features, np.full((len(features), FEATURES), 5.0)])
    assert np.isfinite(fit_head(flat, labels, 3).scores(flat)).all()


def test_a_class_without_pictures_is_refused() -> None:
    with pytest.raises(LessonError, match="no pictures") as refused:
        fit_head(np.ones((3, 2)), np.array([0, 0, 0]), 2)
    assert refused.value.code == "head.class-empty"
