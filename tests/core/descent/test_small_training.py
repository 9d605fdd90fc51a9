"""Training of the small network: Keras's own fifty steps, whole epochs, seeds, divergence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.descent.small_network import (
    Hidden,
    NetworkSpec,
    accuracy,
    features_of,
    forward,
    layers,
    loss,
)
from core.descent.small_training import (
    OPTIMIZERS,
    Settings,
    batches_in_epoch,
    begin,
    last_good,
    rows_of,
    split,
    train,
)
from core.errors import LessonError
from data.samples.points import plane_set

CIRCLE = plane_set("circle")


def _data(spec: NetworkSpec) -> tuple[np.ndarray, np.ndarray]:
    return features_of(spec, CIRCLE.positions(0.1)), CIRCLE.labels.astype(float)


def _in_keras(spec: NetworkSpec, parameters: np.ndarray, l2: float):
    import keras

    penalty = keras.regularizers.L2(l2)
    model = keras.Sequential(
        [keras.Input((len(spec.features),), dtype="float64")]
        + [
            keras.layers.Dense(units, name, kernel_regularizer=penalty, dtype="float64")
            for units, name in zip(spec.sizes[1:], spec.activations, strict=True)
        ]
    )
    pairs = layers(spec, parameters)
    model.set_weights([part for w, b in pairs for part in (w.T, b)])
    return model


@pytest.mark.reference
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fifty_steps_are_those_of_keras(optimizer: str) -> None:
    import keras
    import tensorflow as tf

    spec = NetworkSpec(hidden=(Hidden(4, "tanh"), Hidden(3, "elu"), Hidden(2, "sigmoid")))
    # 33 points in batches of 10: the last batch of an epoch holds 3.
    settings = Settings(optimizer=optimizer, rate=0.05, batch_size=10, l2=0.003, seed=4)
    inputs, targets = (part[:33] for part in _data(spec))
    model = _in_keras(spec, begin(spec, settings).parameters, 0.003)
    theirs = {
        "sgd": lambda: keras.optimizers.SGD(0.05),
        "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
        "adam": lambda: keras.optimizers.Adam(0.05),
    }[optimizer]()
    entropy = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
    for batch in range(50):
        rows = rows_of(batch, count=33, settings=settings)
        with tf.GradientTape() as tape:
            value = entropy(targets[rows][:, None], model(inputs[rows])) + sum(model.losses)
        slopes = tape.gradient(value, model.trainable_variables)
        theirs.apply(slopes, model.trainable_variables)
    ours = train(spec, inputs, targets, settings=settings, batches=50).parameters
    parts = model.get_weights()
    expected = np.concatenate(
        [np.r_[parts[i].T.ravel(), parts[i + 1]] for i in range(0, len(parts), 2)]
    )
    np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert np.abs(ours - begin(spec, settings).parameters).max() > 0.05


def test_an_epoch_is_every_point_once_in_a_new_order_and_the_last_batch_counts() -> None:
    settings = Settings(batch_size=30)
    assert batches_in_epoch(100, 30) == 4
    epochs = [
        [rows_of(4 * epoch + place, count=100, settings=settings) for place in range(4)]
        for epoch in range(3)
    ]
    for epoch in epochs:
        assert [len(rows) for rows in epoch] == [30, 30, 30, 10]
        assert sorted(np.concatenate(epoch)) == list(range(100))
    orders = {tuple(np.concatenate(epoch)) for epoch in epochs}
    assert len(orders) == 3


def test_the_same_seed_gives_the_same_curve_and_going_on_is_going_through() -> None:
    spec, settings = NetworkSpec(), Settings(optimizer="adam", rate=0.05, seed=6)
    inputs, targets = _data(spec)
    whole = train(spec, inputs, targets, settings=settings, batches=37)
    half = train(spec, inputs, targets, settings=settings, batches=16)
    rest = train(spec, inputs, targets, settings=settings, batches=21, start=half)
    np.testing.assert_array_equal(whole.parameters, rest.parameters)
    assert whole.batch == rest.batch == 37
    other = train(
        spec, inputs, targets, settings=Settings(optimizer="adam", rate=0.05, seed=7), batches=37
    )
    assert not np.allclose(whole.parameters, other.parameters)


def test_a_hidden_layer_parts_the_circle_and_none_does_not() -> None:
    for hidden, features, parted in (
        ((Hidden(4, "tanh"), Hidden(2, "tanh")), ("x1", "x2"), True),
        ((), ("x1", "x2"), False),
        ((Hidden(4, "linear"), Hidden(2, "linear")), ("x1", "x2"), False),
        ((), ("x1_squared", "x2_squared"), True),
    ):
        spec = NetworkSpec(features=features, hidden=hidden)
        inputs, targets = _data(spec)
        settings = Settings(rate=0.1, seed=2)
        done = train(spec, inputs, targets, settings=settings, batches=2000)
        right = accuracy(forward(spec, done.parameters, inputs).logits, targets)
        assert (right > 0.97) == parted, (hidden, features, right)
        assert (right < 0.75) != parted


def test_a_penalty_keeps_weights_small() -> None:
    spec = NetworkSpec()
    inputs, targets = _data(spec)
    free, held = (
        train(spec, inputs, targets, settings=Settings(l2=l2, seed=2), batches=600).parameters
        for l2 in (0.0, 0.01)
    )
    assert np.abs(held).sum() < 0.7 * np.abs(free).sum()
    assert loss(spec, held, inputs, targets) > loss(spec, free, inputs, targets)


def test_weights_that_leave_all_bounds_stop_at_the_last_good_ones() -> None:
    spec = NetworkSpec(hidden=(Hidden(4, "relu"), Hidden(4, "relu")))
    inputs, targets = _data(spec)
    done = train(spec, inputs, targets, settings=Settings(rate=1e6), batches=50)
    assert done.diverged_at == done.batch + 1
    assert done.batch < 10
    assert np.isfinite(done.parameters).all()
    again = train(spec, inputs, targets, settings=Settings(rate=1e6), batches=done.batch)
    np.testing.assert_array_equal(again.parameters, done.parameters)


def test_the_last_good_step_is_before_the_loss_left() -> None:
    assert last_good([0.69, 0.5, 0.3, 0.31, 9.0, 80.0]) == 3
    assert last_good([0.69]) == 0
    assert last_good([0.69, math.inf, math.nan]) == 0
    assert last_good([0.69, 0.9, 1.2]) == 1


def test_the_split_is_seeded_and_leaves_nobody_out() -> None:
    for share, size in ((0.5, 100), (0.9, 180), (0.0, 1), (1.0, 199)):
        inside, outside = split(200, share=share, seed=1)
        assert len(inside) == size
        assert sorted([*inside, *outside]) == list(range(200))
    assert list(split(200, share=0.5, seed=1)[0]) != list(split(200, share=0.5, seed=2)[0])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"optimizer": "adagrad"}, "training.optimizer"),
        ({"rate": -0.1}, "training.rate"),
        ({"rate": math.nan}, "training.rate"),
        ({"batch_size": 0}, "training.batch"),
    ],
)
def test_settings_that_lead_nowhere_get_advice(wrong: dict, code: str) -> None:
    with pytest.raises(LessonError) as caught:
        Settings(**wrong)
    assert caught.value.code == code
