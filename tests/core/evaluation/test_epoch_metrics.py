"""Loss and figures of an epoch against Keras and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.evaluation.epoch import epoch_metrics
from core.evaluation.logits import (
    balanced_weights,
    constant_loss,
    losses,
    predicted,
    scores,
)


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


@pytest.mark.reference
def test_the_plain_loss_is_what_keras_prints_and_the_weighted_one_is_not() -> None:
    import keras

    rng = np.random.default_rng(0)
    labels = (rng.random(200) < 0.18).astype(np.int64)
    logits = rng.normal(size=(200, 1)).astype(np.float32) + labels[:, None]
    theirs = float(
        keras.losses.BinaryCrossentropy(from_logits=True)(labels[:, None].astype("f4"), logits)
    )
    plain = epoch_metrics(labels, logits, class_weights=np.ones(2)).loss
    weights = balanced_weights(labels, num_classes=2)
    weighted = epoch_metrics(labels, logits, class_weights=weights).loss
    assert plain == pytest.approx(theirs, abs=1e-6)
    assert abs(weighted - theirs) > 0.01


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("counts", [(411, 89), (50, 50), (30, 20, 10)])
def test_no_other_constant_output_costs_less(weighted: bool, counts: tuple[int, ...]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    weights = (
        balanced_weights(labels, num_classes=len(counts)) if weighted else np.ones(len(counts))
    )
    rng = np.random.default_rng(0)
    level = constant_loss(np.array(counts), np.array(counts), weighted=weighted)

    def cost(shares: np.ndarray) -> float:
        logits = np.tile(np.log(shares), (len(labels), 1))
        return epoch_metrics(labels, logits, class_weights=weights).loss

    assert min(cost(rng.dirichlet(np.ones(len(counts)) * 5)) for _ in range(400)) >= level - 1e-9
    base = np.array(counts) / sum(counts)
    assert cost(np.full(len(counts), 1 / len(counts)) if weighted else base) == pytest.approx(level)


def test_without_weights_the_base_rate_of_fracatlas_costs_less_than_ln_2() -> None:
    # 2,385 training images, 18 % of them fractured; validation 521, 95 fractured: known as 0.475.
    level = constant_loss(np.array([1955, 430]), np.array([426, 95]), weighted=False)
    assert level == pytest.approx(0.475, abs=0.001)
    assert constant_loss(np.array([1955, 430]), np.array([426, 95]), weighted=True) == (
        pytest.approx(math.log(2))
    )
