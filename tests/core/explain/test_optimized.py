"""Pictures that please a unit: against the closed answer of a linear one, and by their effect."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import LessonError
from core.inspect.forward import before_activation, forward
from core.models.graph import find_node
from core.models.spec import Convolution, Dense, Flatten, ModelSpec, Pooling
from core.models.weights import initial_weights

pytestmark = pytest.mark.reference

ONE = ModelSpec("one", 16, ("a", "b"), (Convolution(3, kernel_size=5), Flatten()))
DEEP = ModelSpec(
    "deep", 32, ("a", "b"),
    (Convolution(6), Pooling(), Convolution(8), Pooling(), Flatten(), Dense(5)),
)  # fmt: skip


def test_a_single_kernel_is_pleased_most_by_its_own_signs() -> None:
    """Between black and white, w * x is largest with white where w > 0 and black elsewhere."""
    from core.explain.optimized import optimize_input

    weights = initial_weights(ONE, seed=3)
    found = optimize_input(ONE, weights, layer="convolution_1", unit=1, steps=400, smoothness=0.0)
    kernel = weights["convolution_1/kernel"][:, :, 0, 1]
    row, column = found.cell or (0, 0)
    patch = found.frames[-1][row - 2 : row + 3, column - 2 : column + 3]
    # A step is as long as the weight is large: hardly any weight changes hardly any pixel.
    heavy = np.abs(kernel) > 0.05 * np.abs(kernel).max()
    assert heavy.sum() > 20
    np.testing.assert_array_equal(patch[heavy], np.where(kernel > 0, 255, 0)[heavy])
    outside = found.frames[-1].astype(float)
    outside[row - 2 : row + 3, column - 2 : column + 3] = found.frames[0][
        row - 2 : row + 3, column - 2 : column + 3
    ]
    np.testing.assert_allclose(outside, found.frames[0])  # nobody asked for these pixels


@pytest.mark.parametrize("layer", ["convolution_1", "convolution_2", "dense_1", "logits"])
def test_the_response_told_is_the_networks_own_and_rises(layer: str) -> None:
    from core.explain.optimized import optimize_input

    weights = initial_weights(DEEP, seed=1)
    found = optimize_input(DEEP, weights, layer=layer, unit=0, steps=40)
    node = find_node(DEEP, layer)
    known = forward(DEEP, weights, found.frames)
    answer = before_activation(node, weights, known)
    own = answer[:, 0] if answer.ndim == 2 else answer[:, found.cell[0], found.cell[1], 0]  # type: ignore[index]
    np.testing.assert_allclose(found.responses, own, rtol=1e-4, atol=1e-5)
    assert found.responses[-1] > found.responses[0]
    assert found.responses[-1] >= found.responses.max() * 0.8
    assert found.steps[0] == 0
    assert found.steps[-1] == 40


def test_a_silent_unit_can_still_be_pleased() -> None:
    from core.explain.optimized import optimize_input

    weights = initial_weights(DEEP, seed=1)
    # The best picture of all gives the sum of the positive weights; it shall reach 0.4 of that.
    kernel = weights["convolution_1/kernel"]
    best = np.maximum(kernel, 0).sum(axis=(0, 1, 2))
    weights["convolution_1/bias"] = (-0.6 * best).astype(np.float32)
    found = optimize_input(DEEP, weights, layer="convolution_1", unit=2, steps=400, smoothness=0.0)
    assert found.responses[-1] == pytest.approx(0.4 * best[2], rel=1e-3)
    assert found.responses[0] < 0 < found.responses[-1]


def test_equal_seeds_give_equal_pictures() -> None:
    from core.explain.optimized import optimize_input

    weights = initial_weights(DEEP, seed=1)
    first, again, other = (
        optimize_input(DEEP, weights, layer="convolution_2", unit=3, steps=5, seed=seed)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.frames, again.frames)
    assert (first.frames != other.frames).any()


def test_what_does_not_exist_is_told() -> None:
    from core.explain.optimized import optimize_input

    weights = initial_weights(ONE, seed=0)
    for arguments, code in (
        ({"layer": "convolution_9", "unit": 0}, "explain.unknown-layer"),
        ({"layer": "flatten_1", "unit": 0}, "explain.unknown-layer"),
        ({"layer": "convolution_1", "unit": 3}, "explain.unknown-unit"),
        ({"layer": "convolution_1", "unit": 0, "steps": 0}, "explain.steps"),
    ):
        with pytest.raises(LessonError) as caught:
            optimize_input(ONE, weights, **arguments)  # type: ignore[arg-type]
        assert caught.value.code == code
