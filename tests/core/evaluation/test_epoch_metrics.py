"""Loss and figures of an epoch against Keras and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.evaluation.epoch import epoch_metrics
from core.evaluation.logits import balanced_weights, losses, predicted, scores


@pytest.mark.reference
def test_losses_are_those_of_keras_even_far_out() -> None:
    import keras

    labels = np.array([0, 1, 0, 1, 1])
    binary = np.array([[-80.0], [-80.0], [0.0], [1.5], [60.0]], np.float32)
    ours = losses(labels, binary)
    theirs = keras.ops.binary_crossentropy(
        labels[:, None].astype("float32"), binary, from_logits=True
    )
    np.testing.assert_allclose(ours, np.asarray(theirs)[:, 0], atol=1e-5)

    many = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32) * 50
    theirs = keras.ops.sparse_categorical_crossentropy(labels, many, from_logits=True)
    np.testing.assert_allclose(losses(labels, many), np.asarray(theirs), rtol=1e-5, atol=1e-5)
    shares = np.asarray(keras.ops.softmax(many))
    np.testing.assert_allclose(scores(many), shares, atol=1e-6)


def test_outputs_are_shares_without_overflow() -> None:
    with np.errstate(all="raise"):
        values = scores(np.array([[-700.0], [0.0], [700.0]]))
    np.testing.assert_allclose(values, [0.0, 0.5, 1.0], atol=1e-300)


def test_each_image_counts_with_the_weight_of_its_class() -> None:
    labels = np.array([0, 0, 0, 1])
    logits = np.array([[0.0], [0.0], [0.0], [math.log(3.0)]])
    weights = balanced_weights(labels, num_classes=2)
    metrics = epoch_metrics(labels, logits, class_weights=weights)
    # Three of ln 2 at weight 2/3 and one of ln(4/3) at weight 2, over the weight of 4.
    assert metrics.loss == pytest.approx((2 * math.log(2) + 2 * math.log(4 / 3)) / 4)
    assert metrics.accuracy == 0.25
    assert metrics.balanced_accuracy == 0.5
    assert metrics.auc == 1.0
    np.testing.assert_array_equal(predicted(logits), [1, 1, 1, 1])


def test_a_class_that_is_absent_has_no_weight() -> None:
    np.testing.assert_allclose(
        balanced_weights(np.array([0, 0, 2, 2]), num_classes=3), [1.0, 0.0, 1.0]
    )
