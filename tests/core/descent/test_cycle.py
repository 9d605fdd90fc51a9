"""The cycle's gradients against TensorFlow's tape, against differences and against a hand."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.descent.cycle import Parameters, backward, central_differences, forward, initial
from core.errors import LessonError


def _batch(seed: int, count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, 8, 8)), rng.integers(0, 2, count).astype(float)


@pytest.mark.reference
@pytest.mark.parametrize("seed", range(4))
def test_gradients_agree_with_the_tape(seed: int) -> None:
    import tensorflow as tf

    patches, targets = _batch(seed)
    ours = initial(kernels=2, side=8, seed=seed)
    names = [field.name for field in fields(ours)]
    theirs = [tf.Variable(getattr(ours, name), dtype=tf.float64) for name in names]
    with tf.GradientTape(persistent=True) as tape:
        kernels, biases, weights, bias = theirs
        z = tf.nn.conv2d(
            patches[..., None], tf.transpose(kernels, (1, 2, 0))[:, :, None, :], 1, "VALID"
        )
        pooled = tf.nn.max_pool2d(tf.nn.relu(z + biases), 2, 2, "VALID")
        logits = tf.reduce_sum(pooled * tf.transpose(weights, (1, 2, 0)), (1, 2, 3)) + bias
        loss = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
        )
    done = forward(patches, targets, ours)
    np.testing.assert_allclose(done.logits, logits.numpy(), atol=1e-9)
    assert done.loss == pytest.approx(float(loss), abs=1e-9)
    gradient = backward(done, ours).gradient
    for name, variable in zip(names, theirs, strict=True):
        expected = tape.gradient(loss, variable).numpy()
        np.testing.assert_allclose(getattr(gradient, name), expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_gradients_agree_with_central_differences(seed: int) -> None:
    patches, targets = _batch(seed)
    ours = initial(kernels=2, side=8, seed=seed)
    gradient = backward(forward(patches, targets, ours), ours).gradient
    brute = central_differences(patches, targets, ours)
    for field in fields(ours):
        np.testing.assert_allclose(
            getattr(gradient, field.name), getattr(brute, field.name), atol=1e-6
        )


def test_a_network_that_can_be_done_by_hand() -> None:
    # A patch of ones and a kernel of ones: every sum is 9; the dense weights are 1/9, so the
    # logit is 9, and for target 1 its derivative is sigmoid(9) - 1.
    parameters = Parameters(
        kernels=np.ones((1, 3, 3)),
        kernel_biases=np.zeros(1),
        weights=np.full((1, 3, 3), 1 / 9),
        bias=np.zeros(()),
    )
    done = forward(np.ones((1, 8, 8)), np.ones(1), parameters)
    assert done.logits[0] == pytest.approx(9.0)
    back = backward(done, parameters)
    slope = 1 / (1 + np.exp(-9.0)) - 1
    assert back.by_logit[0] == pytest.approx(slope)
    # Nine winners, each passing slope/9 to every kernel weight: their sum is the slope.
    np.testing.assert_allclose(back.gradient.kernels, np.full((1, 3, 3), slope))
    # All four cells of a window are equal: the first in reading order wins.
    assert (done.winners == 0).all()
    assert np.count_nonzero(back.by_maps) == 9


def test_each_kernel_gradient_is_the_sum_of_its_positions() -> None:
    patches, targets = _batch(7)
    ours = initial(kernels=2, side=8, seed=7)
    back = backward(forward(patches, targets, ours), ours)
    np.testing.assert_allclose(back.gradient.kernels, back.contributions.sum((0, 4, 5)))


def test_a_small_step_lowers_the_loss() -> None:
    patches, targets = _batch(3, count=8)
    ours = initial(kernels=2, side=8, seed=3)
    done = forward(patches, targets, ours)
    stepped = ours.minus(backward(done, ours).gradient, 0.01)
    assert forward(patches, targets, stepped).loss < done.loss


def test_patches_that_do_not_fit_are_named() -> None:
    with pytest.raises(LessonError) as caught:
        forward(np.ones((1, 7, 7)), np.ones(1), initial(kernels=1, side=8, seed=0))
    assert caught.value.code == "cycle.shape"
