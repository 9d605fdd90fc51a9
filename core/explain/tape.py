"""The cycle's gradients once more, from TensorFlow's tape: the check that a lesson shows."""

from __future__ import annotations

import tensorflow as tf

from core.arrays import FloatArray


def tape_gradients(
    patches: FloatArray,
    targets: FloatArray,
    kernels: FloatArray,
    kernel_biases: FloatArray,
    weights: FloatArray,
    bias: FloatArray,
) -> dict[str, FloatArray]:
    """Gradients of the mean loss for U updates, each with a batch and weights of its own.

    TensorFlow's own operations in float64; nothing of `core.descent.cycle` is used.

    Args:
        patches: (U, B, H, H).
        targets: (U, B).
        kernels, kernel_biases, weights, bias: (U, K, 3, 3), (U, K), (U, K, P, P), (U,).

    Returns:
        The gradients by name, shaped as the weights they belong to.
    """
    variables = {
        "kernels": tf.Variable(tf.constant(kernels, tf.float64)),
        "kernel_biases": tf.Variable(tf.constant(kernel_biases, tf.float64)),
        "weights": tf.Variable(tf.constant(weights, tf.float64)),
        "bias": tf.Variable(tf.constant(bias, tf.float64)),
    }
    with tf.GradientTape() as tape:
        losses = [
            _loss(patches[u], targets[u], {name: v[u] for name, v in variables.items()})
            for u in range(len(patches))
        ]
        # The updates share no weight, so the gradient of the sum holds each one's own.
        total = tf.add_n(losses)
    found = tape.gradient(total, variables)
    return {name: tf.convert_to_tensor(value).numpy() for name, value in found.items()}


def _loss(patches: FloatArray, targets: FloatArray, of: dict[str, tf.Tensor]) -> tf.Tensor:
    filters = tf.transpose(of["kernels"], (1, 2, 0))[:, :, None, :]
    sums = tf.nn.conv2d(patches[..., None], filters, 1, "VALID") + of["kernel_biases"]
    pooled = tf.nn.max_pool2d(tf.nn.relu(sums), 2, 2, "VALID")
    weighted = pooled * tf.transpose(of["weights"], (1, 2, 0))
    logits = tf.reduce_sum(weighted, (1, 2, 3)) + of["bias"]
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits))
