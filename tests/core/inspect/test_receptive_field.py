"""Receptive fields: beside the gradient's footprint in Keras, and beside the closed formula."""

from __future__ import annotations

import random

import numpy as np
import pytest

from core.inspect.receptive_field import closed_form, receptive_fields
from core.models.layers import output_shape
from core.models.spec import (
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Flatten,
    GlobalPooling,
    Layer,
    ModelSpec,
    Parallel,
    Pooling,
    Residual,
    Shape,
    SharedConvolution,
)
from core.models.zoo.entries import paper_network

BINARY = ("normal", "fracture")


def spec_of(size: int, *layers: Layer) -> ModelSpec:
    return ModelSpec("any", size, BINARY, (*layers, GlobalPooling("average")))


def windowed(draw: random.Random, shape: Shape) -> Layer:
    """A layer with a window that fits maps of that shape; linear, so that nothing is cut off."""
    side = draw.randint(1, min(5, shape[0]))
    padding = draw.choice(("same", "valid"))
    if draw.random() < 0.3:
        return Pooling("average", draw.choice((2, 3)), draw.choice((None, 1, 2)), "same")
    if draw.random() < 0.3:
        return DepthwiseConvolution(side, draw.randint(1, 3), padding, "linear")
    if draw.random() < 0.4:
        return Convolution(2, side, 1, "same", "linear", draw.randint(1, 4))
    return Convolution(3, side, draw.randint(1, 4), padding, "linear")


def random_layer(draw: random.Random, shape: Shape) -> Layer:
    """Any kind of layer, blocks included."""
    kind = draw.random()
    if kind < 0.15:
        steps = draw.choice((1, 2))
        start = Convolution(2, draw.randint(1, 4), steps, "same", "linear")
        return Residual((start, BatchNormalization(), windowed_flat(draw)))
    if kind < 0.35:
        steps = draw.choice((1, 2, 3))
        first = Convolution(2, draw.randint(1, 5), steps, "same", "linear")
        second = (Pooling("average", draw.choice((2, 3)), steps, "same"), windowed_flat(draw))
        through = (windowed_flat(draw),) if steps > 1 else ()
        third = (*through, Convolution(1, 1, steps, "same", "linear"))
        return Parallel(((first,), second, third))
    if kind < 0.5 and shape[0] % 2 == 0:
        scales = (1, 2, 4) if shape[0] % 4 == 0 else (1, 2)
        return SharedConvolution(2, draw.randint(1, 4), scales, "linear")
    return windowed(draw, shape)


def windowed_flat(draw: random.Random) -> Layer:
    return Convolution(2, draw.randint(1, 4), 1, "same", "linear", draw.randint(1, 3))


def random_network(seed: int) -> ModelSpec:
    draw = random.Random(seed)
    size = draw.choice((12, 16, 19, 24))
    layers: list[Layer] = []
    shape: Shape = (size, size, 1)
    for _ in range(draw.randint(2, 5)):
        layer = random_layer(draw, shape)
        if output_shape(layer, shape)[0] < 2:
            break
        layers.append(layer)
        shape = output_shape(layer, shape)
    layers.append(Flatten() if draw.random() < 0.5 else GlobalPooling("average"))
    return ModelSpec("any", size, BINARY, tuple(layers))


@pytest.mark.reference
@pytest.mark.parametrize("seed", range(24))
def test_the_reach_is_the_gradients_footprint(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    import tensorflow as tf

    from core.models.build import build

    # A maximum passes the gradient to one scale only; what it can see is what all scales see.
    monkeypatch.setattr(keras.layers, "Maximum", keras.layers.Add)
    spec = random_network(seed)
    whole = build(spec, seed=seed)
    for weight in whole.trainable_weights:  # nothing cancels, no ReLU closes
        weight.assign(np.abs(weight.numpy()) + 0.5)
    fields = receptive_fields(spec)
    names = [n for n in fields if n not in {"image", "rescaling"}]
    model = keras.Model(whole.inputs, [whole.get_layer(name).output for name in names])
    # Two images: for one alone TensorFlow 2.21 may crash behind a stride that leaves rows out.
    image = tf.constant(np.full((2, *spec.input_shape), 100.0, np.float32))
    draw = random.Random(seed)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(image)
        targets = []
        for name, answer in zip(names, model(image), strict=True):
            field = fields[name]
            if len(answer.shape) == 4:
                assert answer.shape[1:] == (field.side, field.side, field.channels)
                ends = [(0, 0), (field.side - 1, draw.randrange(field.side))]
                targets += [(name, at, tf.reduce_sum(answer[:, at[0], at[1]])) for at in ends]
            else:
                unit = draw.randrange(answer.shape[1])
                first = unit - unit % field.channels  # all channels there, as in a map
                there = answer[:, first : first + field.channels]
                targets.append((name, field.position(unit), there))
    for name, (row, column), target in targets:
        gradient = np.abs(tape.gradient(target, image).numpy()[0, :, :, 0])
        rows, columns = np.flatnonzero(gradient.any(1)), np.flatnonzero(gradient.any(0))
        found = (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1) if len(rows) else (0,) * 4
        assert fields[name].window(row, column) == tuple(int(v) for v in found), (name, row, column)


def test_the_size_is_the_closed_formula() -> None:
    draw = random.Random(3)
    for _ in range(50):
        windows = [(draw.randint(1, 5), draw.randint(1, 2)) for _ in range(draw.randint(1, 6))]
        layers = [Convolution(1, k, s, draw.choice(("same", "valid"))) for k, s in windows]
        spec = spec_of(512, *layers)
        field = receptive_fields(spec)[f"convolution_{len(layers)}"]
        jump = int(np.prod([s for _, s in windows]))
        assert (field.size, field.jump) == (closed_form(windows), jump)


def test_the_papers_network_by_hand() -> None:
    # 3, 4 | +2*2 = 8, +1*2 = 10 | +2*4 = 18, +1*4 = 22
    fields = receptive_fields(paper_network(64, BINARY))
    sizes = [fields[f"{kind}_{n}"].size for n in (1, 2, 3) for kind in ("convolution", "pooling")]
    assert sizes == [3, 4, 8, 10, 18, 22]
    assert fields["pooling_3"].jump == 8
    assert fields["logits"].window(0, 0) == (0, 0, 64, 64)


def test_dilation_widens_and_the_center_follows_padding() -> None:
    wide = receptive_fields(spec_of(32, Convolution(1, 3, dilation=4)))["convolution_1"]
    assert (wide.size, wide.jump, wide.center) == (9, 1, 0.0)
    valid = receptive_fields(spec_of(32, Convolution(1, 5, padding="valid")))["convolution_1"]
    assert (valid.size, valid.center) == (5, 2.0)


def test_a_block_sees_what_its_widest_branch_sees() -> None:
    parts = ((Convolution(1, 1),), (Convolution(1, 5),), (Convolution(1, 3), Convolution(1, 3)), ())
    fields = receptive_fields(spec_of(32, Parallel(parts)))
    assert fields["parallel_1_join"].size == 5
    residual = Residual((Convolution(4, 3, stride=2), Convolution(4, 3, activation="linear")))
    fields = receptive_fields(spec_of(32, residual))
    assert (fields["residual_1_relu"].size, fields["residual_1_relu"].jump) == (7, 2)
    assert fields["residual_1_shortcut"].size == 1


def test_a_shared_kernel_sees_as_far_as_its_largest_scale() -> None:
    spec = spec_of(32, SharedConvolution(4, 3, (1, 2, 4)))
    field = receptive_fields(spec)["shared_convolution_1"]
    assert (field.size, field.jump) == (12, 1)
    assert field.window(9, 15) == (4, 8, 16, 20)


def test_branches_that_step_differently_have_no_single_jump() -> None:
    # "valid" takes 4 pixels of 8 without a stride; the shortcut takes every second one.
    spec = spec_of(8, Residual((Convolution(1, 5, padding="valid", activation="linear"),)))
    field = receptive_fields(spec)["residual_1_add"]
    assert field.jump is None
    assert [field.window(u, 0)[0::2] for u in range(4)] == [(0, 5), (1, 6), (2, 7), (3, 8)]


def test_a_unit_outside_the_map_is_refused() -> None:
    field = receptive_fields(spec_of(8, Pooling()))["pooling_1"]
    with pytest.raises(IndexError, match="4x4"):
        field.window(4, 0)
    dense = receptive_fields(ModelSpec("any", 8, BINARY, (Flatten(), Dense(3))))["dense_1"]
    assert dense.window(0, 0) == (0, 0, 8, 8)
