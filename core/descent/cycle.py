r"""The training cycle on a network small enough to read: every number, forward and backward.

One convolution (K kernels of 3x3, valid), ReLU, 2x2 max pooling, one dense unit, a sigmoid and
the binary cross-entropy taken from the logit. For an 8x8 patch the maps are 6x6, the pooled maps
3x3. Conventions: cross-correlation; ReLU'(0) = 0; of equal values in a pooling window the first
in reading order wins, as in TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from core.arrays import FloatArray, IntArray
from core.errors import LessonError
from core.ops.activation import sigmoid

KERNEL: Final = 3
POOL: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All weights of the network, or the gradient of the loss by each of them.

    Attributes:
        kernels: (K, 3, 3).
        kernel_biases: (K,).
        weights: (K, P, P) of the dense unit, one for each pooled cell.
        bias: () of the dense unit.
    """

    kernels: FloatArray
    kernel_biases: FloatArray
    weights: FloatArray
    bias: FloatArray

    def minus(self, gradient: Parameters, rate: float) -> Parameters:
        """One step against the gradient."""
        names = [field.name for field in fields(self)]
        moved = {n: getattr(self, n) - rate * getattr(gradient, n) for n in names}
        return Parameters(**moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """One forward pass over a batch of B patches of H x H.

    Attributes:
        patches: (B, H, H).
        targets: (B,) 0 or 1.
        sums: (B, K, C, C) before ReLU, C = H - 2.
        maps: (B, K, C, C) after ReLU.
        winners: (B, K, P, P) position 0 to 3 of the largest value in each window, reading order.
        pooled: (B, K, P, P).
        logits, outputs, losses: (B,).
        loss: Their mean.
    """

    patches: FloatArray
    targets: FloatArray
    sums: FloatArray
    maps: FloatArray
    winners: IntArray
    pooled: FloatArray
    logits: FloatArray
    outputs: FloatArray
    losses: FloatArray
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backward:
    """The gradient of the mean loss by everything a forward pass computed.

    Attributes:
        by_logit: (B,).
        by_pooled: (B, K, P, P).
        by_maps: (B, K, C, C), at the winners only.
        by_sums: (B, K, C, C), where ReLU let through.
        contributions: (B, K, 3, 3, C, C) what each position adds to each kernel weight.
        gradient: By the parameters; its kernels are the contributions summed.
    """

    by_logit: FloatArray
    by_pooled: FloatArray
    by_maps: FloatArray
    by_sums: FloatArray
    contributions: FloatArray
    gradient: Parameters


def initial(*, kernels: int, side: int, seed: int) -> Parameters:
    """Glorot-uniform weights and zero biases, as Keras begins.

    Source: Glorot & Bengio (2010), Understanding the difficulty of training deep networks.
    """
    rng = np.random.default_rng(seed)
    pooled = (side - KERNEL + 1) // POOL
    fan = KERNEL * KERNEL * (1 + kernels)
    inputs = kernels * pooled * pooled
    return Parameters(
        kernels=_uniform(rng, (kernels, KERNEL, KERNEL), fan),
        kernel_biases=np.zeros(kernels),
        weights=_uniform(rng, (kernels, pooled, pooled), inputs + 1),
        bias=np.zeros(()),
    )


def forward(patches: FloatArray, targets: FloatArray, parameters: Parameters) -> Forward:
    """Batch in, loss out.

    Args:
        patches: (B, H, H) with even H - 2.
        targets: (B,) 0 or 1.
        parameters: Of a network for that side.

    Raises:
        LessonError: ``cycle.shape`` where patches, targets and parameters do not fit.
    """
    patches, targets = np.asarray(patches, np.float64), np.asarray(targets, np.float64)
    _check(patches, targets, parameters)
    windows = np.lib.stride_tricks.sliding_window_view(patches, (KERNEL, KERNEL), axis=(1, 2))
    sums = np.einsum("brcij,kij->bkrc", windows, parameters.kernels)
    sums = sums + parameters.kernel_biases[:, None, None]
    maps = np.maximum(sums, 0.0)
    blocks = _blocks(maps)
    winners = blocks.argmax(axis=-1)
    pooled = blocks.max(axis=-1)
    logits = np.einsum("bkrc,krc->b", pooled, parameters.weights) + parameters.bias
    # max(z, 0) - z t + log(1 + e^-|z|): the loss from the logit never takes log of 0.
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    return Forward(
        patches=patches,
        targets=targets,
        sums=sums,
        maps=maps,
        winners=winners,
        pooled=pooled,
        logits=logits,
        outputs=sigmoid(logits),
        losses=losses,
        loss=float(losses.mean()),
    )


def backward(done: Forward, parameters: Parameters) -> Backward:
    """The gradient of the mean loss, carried back through every operation."""
    by_logit = (done.outputs - done.targets) / len(done.targets)
    by_pooled = by_logit[:, None, None, None] * parameters.weights
    by_maps = _to_winners(by_pooled, done.winners, done.maps.shape)
    by_sums = by_maps * (done.sums > 0)
    windows = np.lib.stride_tricks.sliding_window_view(done.patches, (KERNEL, KERNEL), axis=(1, 2))
    contributions = np.einsum("bkrc,brcij->bkijrc", by_sums, windows)
    return Backward(
        by_logit=by_logit,
        by_pooled=by_pooled,
        by_maps=by_maps,
        by_sums=by_sums,
        contributions=contributions,
        gradient=Parameters(
            kernels=contributions.sum(axis=(0, 4, 5)),
            kernel_biases=by_sums.sum(axis=(0, 2, 3)),
            weights=np.einsum("b,bkrc->krc", by_logit, done.pooled),
            bias=by_logit.sum(),
        ),
    )


def central_differences(
    patches: FloatArray, targets: FloatArray, parameters: Parameters, *, step: float = 1e-5
) -> Parameters:
    """The same gradient by brute force: each weight moved up and down by `step`."""
    found = {}
    for field in fields(parameters):
        # A bias that was stepped is a NumPy number; as an array it can be moved in place.
        values = np.asarray(getattr(parameters, field.name), np.float64)
        slope = np.empty_like(values)
        for index in np.ndindex(values.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = values.copy()
                moved[index] += sign * step
                changed = replace(parameters, **{field.name: moved})
                ends.append(forward(patches, targets, changed).loss)
            slope[index] = (ends[0] - ends[1]) / (2 * step)
        found[field.name] = slope
    return Parameters(**found)


def _uniform(rng: np.random.Generator, shape: tuple[int, ...], fans: int) -> FloatArray:
    limit = np.sqrt(6.0 / fans)
    return rng.uniform(-limit, limit, shape)


def _blocks(maps: FloatArray) -> FloatArray:
    """(B, K, C, C) as (B, K, P, P, 4): the four cells of each window in reading order."""
    b, k, rows, columns = maps.shape
    split = maps.reshape(b, k, rows // POOL, POOL, columns // POOL, POOL)
    return split.transpose(0, 1, 2, 4, 3, 5).reshape(b, k, rows // POOL, columns // POOL, POOL**2)


def _to_winners(by_pooled: FloatArray, winners: IntArray, shape: tuple[int, ...]) -> FloatArray:
    blocks = np.zeros((*by_pooled.shape, POOL**2))
    np.put_along_axis(blocks, winners[..., None], by_pooled[..., None], axis=-1)
    b, k, p, q = by_pooled.shape
    return blocks.reshape(b, k, p, q, POOL, POOL).transpose(0, 1, 2, 4, 3, 5).reshape(shape)


def _check(patches: FloatArray, targets: FloatArray, parameters: Parameters) -> None:
    side = patches.shape[-1] if patches.ndim == 3 else 0
    pooled = (side - KERNEL + 1) // POOL
    expected = (len(parameters.kernels), pooled, pooled)
    if (
        patches.ndim != 3
        or patches.shape[1] != side
        or (side - KERNEL + 1) % POOL
        or len(targets) != len(patches)
        or parameters.weights.shape != expected
    ):
        raise LessonError(
            "cycle.shape",
            problem=f"Patches {patches.shape}, targets {targets.shape} and dense weights "
            f"{parameters.weights.shape} do not fit together.",
            remedy="Use square patches of an even side, one target each, and a network for them.",
        )
