"""Networks of others that branch answer here as they do in Keras, or are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import keras
import numpy as np
import pytest

from core.inspect.forward import forward
from core.models.build import rebuild
from core.models.keras_file.reader import Answers, read_keras_file
from core.models.layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dropout,
    Layer,
    Parallel,
    Residual,
)
from tests.core.models.keras_file.networks import SIZE, redescribed, saved

L = keras.layers
Tensor: TypeAlias = Any


def network(body: Callable[[Tensor], Tensor], *, channels: int = 1, size: int = SIZE) -> Any:
    """A network of three classes around a body of maps."""
    image = keras.Input((size, size, channels))
    return keras.Model(image, L.Dense(3)(L.GlobalMaxPooling2D()(body(image))))


def convolved(x: Tensor, filters: int = 4, size: int = 3, stride: int = 1, **more: Any) -> Tensor:
    return L.Conv2D(filters, size, strides=stride, padding="same", **more)(x)


def normalized(x: Tensor, filters: int = 4, size: int = 3, stride: int = 1) -> Tensor:
    return L.BatchNormalization(epsilon=1e-5)(convolved(x, filters, size, stride, use_bias=False))


def block(x: Tensor, filters: int = 4, stride: int = 1) -> Tensor:
    """As He et al. (2015) have it, with a projection where it changes the shape."""
    y = L.ReLU()(normalized(x, filters, 3, stride))
    y = L.Dropout(0.2)(normalized(y, filters))
    if stride > 1 or x.shape[-1] != filters:
        x = normalized(x, filters, 1, stride)
    return L.Activation("relu")(L.Add()([x, y]))


def residual(x: Tensor) -> Tensor:
    """Stages of blocks, as a ResNet has them."""
    x = L.ReLU()(normalized(x))
    return block(block(block(x), 6, stride=2), 8)


def preactivated(x: Tensor) -> Tensor:
    """Sums without an activation behind, each read by the next block and by the next sum."""
    x = convolved(x)
    for _ in range(2):
        y = convolved(L.ReLU()(L.BatchNormalization()(x)))
        x = L.add([y, x])
    return L.Activation("elu")(x)


def summed_by_a_sign(x: Tensor) -> Tensor:
    x = convolved(x)
    return L.ReLU()(x + convolved(x, activation="relu"))


def projected_unpadded(x: Tensor) -> Tensor:
    """An odd size halved, a shortcut without normalization that pads nothing."""
    x = convolved(x, 3)
    y = L.Conv2D(5, 3, strides=2, padding="same")(x)
    return L.Add()([y, L.Conv2D(5, 1, strides=2, padding="valid")(x)])


def both_short(x: Tensor) -> Tensor:
    """Nothing tells which of two 1x1 convolutions is the shortcut."""
    x = convolved(x)
    return L.Add()([normalized(x, 6, 1), convolved(x, 6, 1)])


def inception(x: Tensor) -> Tensor:
    x = convolved(x)
    pooled = convolved(L.MaxPooling2D(3, strides=1, padding="same")(x), 2, 1)
    wide = convolved(convolved(x, 2, 1, activation="relu"), 3, 5)
    return L.Concatenate()([convolved(x, 3, 1), wide, pooled])


def dense_block(x: Tensor) -> Tensor:
    """Each answer stands beside what it was made of (Huang et al. 2017)."""
    x = convolved(x)
    for _ in range(3):
        x = L.Concatenate(axis=3)([x, convolved(x, 2, activation="relu")])
    return x


def nested(x: Tensor) -> Tensor:
    """A branch that holds a residual block whose body branches; its fork is read three times."""
    x = convolved(x)
    y = convolved(x, 3)
    inner = L.Concatenate()([convolved(y, 2), y, convolved(y, 2, 5)])
    first = L.Add()([x, convolved(inner)])
    return L.Concatenate()([convolved(x, 1), L.ReLU()(first)])


def fork_behind_the_sum(x: Tensor) -> Tensor:
    """A ReLU behind a sum that something else reads too is no part of the residual block."""
    x = convolved(x)
    x = L.Add()([x, convolved(x)])
    return L.Concatenate()([L.ReLU()(x), x])


def networks_inside(x: Tensor) -> Tensor:
    """Blocks that are networks of their own, one of them on a path of another."""
    inner = keras.Input((SIZE, SIZE, 4))
    one = keras.Model(inner, block(inner))
    other = keras.Sequential([L.Conv2D(4, 3, padding="same"), L.BatchNormalization()])
    x = one(convolved(x))
    return L.Add()([x, other(x)])


def on_the_picture(x: Tensor) -> Tensor:
    x = L.Rescaling(1 / 127.5)(x)
    first = L.Concatenate()([L.Conv2D(2, 3, padding="same")(x), convolved(x, 3, 5)])
    return convolved(first, 5)


def vectors() -> Any:
    """Residual blocks and branches of dense layers; the output is a sum of logits."""
    image = keras.Input((SIZE, SIZE, 1))
    x = L.Dense(6, activation="relu")(L.Flatten()(image))
    x = L.Add()([x, L.Dense(6)(x)])
    x = L.Concatenate(axis=1)([x, L.Dense(2)(x)])
    x = L.Dense(3)(x)
    return keras.Model(image, L.Add()([L.Dense(3, activation="elu")(x), x]))


PATTERNS: dict[str, Callable[[], Any]] = {
    "residual stages": lambda: network(residual),
    "residual stages of an odd size": lambda: network(residual, size=19),
    "activations before the convolutions": lambda: network(preactivated),
    "a sum by its sign": lambda: network(summed_by_a_sign),
    "a projection alone": lambda: network(projected_unpadded, size=19),
    "two short paths": lambda: network(both_short),
    "inception": lambda: network(inception),
    "everything before beside it": lambda: network(dense_block),
    "blocks inside blocks": lambda: network(nested),
    "a fork behind the sum": lambda: network(fork_behind_the_sum),
    "networks inside": lambda: network(networks_inside),
    "branches on the picture": lambda: network(on_the_picture),
    "branches on three colors": lambda: network(on_the_picture, channels=3),
    "vectors": vectors,
}


@pytest.mark.reference
@pytest.mark.parametrize("name", list(PATTERNS))
def test_it_answers_as_in_keras(name: str, tmp_path: Path) -> None:
    model = PATTERNS[name]()
    size, channels = model.input_shape[1], model.input_shape[-1]
    # Dark and bright ones, so that answers that forget the picture cannot pass.
    light = np.linspace(0.1, 1.0, 4)[:, None, None]
    for seed in range(3):
        read = read_keras_file(saved(model, tmp_path, seed=seed), Answers(values="0 to 255"))
        drawn = np.random.default_rng(seed).integers(0, 256, (4, size, size))
        pixels = (drawn * light).astype(np.float32)
        given = np.repeat(pixels[..., None], channels, axis=-1)
        theirs = np.asarray(model(given, training=False))
        most = np.abs(theirs).max()
        assert np.ptp(theirs, axis=0).max() > 0.01 * most
        ours = np.asarray(rebuild(read.spec, read.weights)(pixels[..., None]))
        np.testing.assert_allclose(ours / most, theirs / most, atol=1e-4)
        # And so does our own arithmetic, with which the pages look inside.
        passed = forward(read.spec, read.weights, pixels)
        np.testing.assert_allclose(passed["logits"] / most, ours / most, atol=1e-4)


CONVOLUTION, NORMALIZATION = Convolution(4, activation="linear"), BatchNormalization()
DRY = Convolution(2, activation="relu")


def found(model: Any, folder: Path) -> tuple[Layer, ...]:
    return read_keras_file(saved(model, folder), Answers()).spec.layers


def test_blocks_are_found_as_they_were_meant(tmp_path: Path) -> None:
    first = (CONVOLUTION, NORMALIZATION, Activation("relu"))
    body = (*first, CONVOLUTION, NORMALIZATION, Dropout(0.2))
    assert found(network(residual), tmp_path)[:4] == (*first, Residual(body, "relu"))
    body = (NORMALIZATION, Activation("relu"), CONVOLUTION)
    assert found(network(preactivated), tmp_path)[1:4] == (
        Residual(body, "linear"),
        Residual(body, "linear"),
        Activation("elu"),
    )
    assert found(network(dense_block), tmp_path)[1:4] == (Parallel(((), (DRY,))),) * 3
    assert found(network(fork_behind_the_sum), tmp_path)[1:3] == (
        Residual((CONVOLUTION,), "linear"),
        Parallel(((Activation("relu"),), ())),
    )
    inner = Parallel(
        (
            (Convolution(2, activation="linear"),),
            (),
            (Convolution(2, 5, activation="linear"),),
        )
    )
    body = (Convolution(3, activation="linear"), inner, CONVOLUTION)
    assert found(network(nested), tmp_path)[1] == Parallel(
        ((Convolution(1, activation="linear"),), (Residual(body, "relu"),))
    )


def test_the_order_in_the_file_is_no_matter(tmp_path: Path) -> None:
    raw = saved(network(nested), tmp_path)

    def reverse(config: Any) -> None:
        # Within a class the order counts: by it Keras names the numbers.
        config["config"]["layers"].sort(key=lambda layer: layer["class_name"], reverse=True)

    one, other = (read_keras_file(each, Answers()) for each in (raw, redescribed(raw, reverse)))
    assert one.spec == other.spec
    for name, array in one.weights.items():
        np.testing.assert_array_equal(other.weights[name], array)


def test_what_is_folded_on_shortcuts_is_told_once(tmp_path: Path) -> None:
    for body, told in ((residual, 1), (preactivated, 0)):
        read = read_keras_file(saved(network(body), tmp_path), Answers())
        assert sum("shortcuts" in note for note in read.notes) == told
