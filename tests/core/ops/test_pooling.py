"""Pooling beside Keras and TensorFlow, by hand, and by its laws."""

from __future__ import annotations

import itertools
import math
import re
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import LessonError
from core.ops import pooling
from core.ops.pooling import Window, backward, pool, pyramid, relative_change, unpool

WINDOWS = [
    Window(size=size, stride=stride, padding=padding)
    for size, stride, padding in itertools.product(range(1, 6), range(1, 5), ("valid", "same"))
]
SIDES = range(1, 13)


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def tf() -> ModuleType:
    return pytest.importorskip("tensorflow")


def maps(height: int, width: int) -> dict[str, np.ndarray]:
    """Three channels each: no two values alike, all negative, and full of ties."""
    rng = np.random.default_rng(100 * height + width)
    shape = (height, width, 3)
    return {
        "plain": rng.standard_normal(shape),
        "negative": -200_000.0 - rng.random(shape),
        "ties": rng.integers(-2, 2, shape).astype(np.float64),
    }


def fits(window: Window, *sides: int) -> bool:
    return window.padding == "same" or min(sides) >= window.size


@pytest.mark.reference
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_agrees_with_keras_and_its_gradient(
    window: Window, keras: ModuleType, tf: ModuleType
) -> None:
    layers = {
        "max": keras.layers.MaxPooling2D(
            window.size, window.stride, window.padding, dtype="float64"
        ),
        "average": keras.layers.AveragePooling2D(
            window.size, window.stride, window.padding, dtype="float64"
        ),
    }
    compared = 0
    for height in SIDES:
        width = 13 - height if fits(window, 13 - height) else height
        if not fits(window, height, width):
            continue
        # One batch of the three maps: each is pooled by itself.
        given_maps = maps(height, width)
        batch = tf.constant(np.stack(list(given_maps.values())))
        for kind, layer in layers.items():
            with tf.GradientTape() as tape:
                tape.watch(batch)
                theirs = layer(batch)
            ours = [pool(values, window, kind=kind) for values in given_maps.values()]
            np.testing.assert_allclose(
                np.stack([one.values for one in ours]), theirs.numpy(), rtol=1e-12, atol=1e-12
            )
            push = np.random.default_rng(1).standard_normal(theirs.shape)
            back = tape.gradient(theirs, batch, output_gradients=tf.constant(push)).numpy()
            if kind == "average" and window.size > min(height, width):
                # There TensorFlow 2.21's gradient is not that of its own forward pass, which is
                # linear: the layer's answers to single pixels are its exact derivative.
                pixels = np.eye(height * width).reshape(-1, height, width, 1)
                answers = layer(tf.constant(pixels)).numpy()[..., 0]
                back = np.einsum("pij,nijc->npc", answers, push).reshape(batch.shape)
            for one, sent, expected in zip(ours, push, back, strict=True):
                np.testing.assert_allclose(backward(one, sent), expected, rtol=1e-9, atol=1e-9)
            compared += 1
    assert compared >= 2 * (12 - window.size)


@pytest.mark.reference
def test_global_pooling_agrees_with_keras_and_its_gradient(
    keras: ModuleType, tf: ModuleType
) -> None:
    for height, width in [(1, 1), (3, 5), (12, 7)]:
        values = maps(height, width)["plain"]
        for kind, layer in [
            ("max", keras.layers.GlobalMaxPooling2D(dtype="float64")),
            ("average", keras.layers.GlobalAveragePooling2D(dtype="float64")),
        ]:
            given_values = tf.constant(values[None])
            with tf.GradientTape() as tape:
                tape.watch(given_values)
                theirs = layer(given_values)
            ours = pooling.pool_globally(values, kind=kind)
            np.testing.assert_allclose(ours.values, theirs.numpy()[0], rtol=1e-12)
            push = np.array([1.0, -2.0, 0.5])
            back = tape.gradient(theirs, given_values, output_gradients=tf.constant(push[None]))
            np.testing.assert_allclose(
                pooling.backward_globally(ours, push), back.numpy()[0], atol=1e-12
            )


def test_the_loops_that_a_student_reads_say_the_same() -> None:
    values = maps(11, 8)["plain"][..., 0]
    for window, kind in itertools.product(WINDOWS, pooling.KINDS):
        np.testing.assert_allclose(
            pooling.pool_loops(values, window, kind=kind), pool(values, window, kind=kind).values
        )


def test_by_hand() -> None:
    values = np.array([[1.0, 5.0, 2.0, 0.0], [4.0, 3.0, 8.0, 6.0]])
    done = {kind: pool(values, Window(), kind=kind) for kind in pooling.KINDS}
    assert done["max"].values.tolist() == [[5.0, 8.0]]
    assert done["max"].winners.tolist() == [[1, 6]]
    assert done["average"].values.tolist() == [[3.25, 4.0]]
    assert done["average"].winners is None
    assert done["stride"].values.tolist() == [[1.0, 2.0]]


def test_of_equal_values_the_first_in_reading_order_wins() -> None:
    done = pool(np.full((3, 3), 7.0), Window(size=3, stride=3))
    assert done.winners.tolist() == [[0]]
    tie = np.array([[0.0, 9.0], [9.0, 9.0]])
    assert pool(tie, Window()).winners.tolist() == [[1]]
    assert backward(pool(tie, Window()), np.ones((1, 1))).tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_a_pad_never_wins_and_is_never_counted() -> None:
    window = Window(size=3, stride=3, padding="same")
    values = np.array([[-5.0, -4.0], [-3.0, -2.0]])
    assert pool(values, window).values.tolist() == [[-2.0]]
    average = pool(values, window, kind="average")
    assert average.values.tolist() == [[-3.5]]
    assert average.counts.tolist() == [[4]]


def test_valid_drops_the_odd_edge_and_says_so() -> None:
    span = Window(size=2, stride=2).span(7)
    assert (span.outputs, span.uncovered) == (3, 1)
    assert pooling.reads((7, 6), Window()).tolist() == [[1] * 6] * 6 + [[0] * 6]
    # The dropped row changes nothing.
    values = np.arange(42.0).reshape(7, 6)
    louder = values.copy()
    louder[6] = 1e6
    assert (pool(values, Window()).values == pool(louder, Window()).values).all()


def test_same_puts_the_odd_pad_behind() -> None:
    span = Window(size=2, stride=2, padding="same").span(7)
    assert (span.outputs, span.before, span.after) == (4, 0, 1)
    span = Window(size=4, stride=1, padding="same").span(5)
    assert (span.before, span.after) == (1, 2)


def test_overlapping_windows_read_a_pixel_often_and_its_gradients_add_up() -> None:
    window = Window(size=3, stride=1)
    assert pooling.reads((5, 5), window).max() == 9
    values = np.zeros((5, 5))
    values[2, 2] = 1.0
    back = backward(pool(values, window), np.ones((3, 3)))
    assert back[2, 2] == 9.0
    assert back.sum() == 9.0


@given(
    values=arrays(np.float64, (7, 9), elements=st.floats(-100, 100, width=32)),
    window=st.sampled_from(WINDOWS),
    kind=st.sampled_from(pooling.KINDS),
)
def test_no_gradient_is_lost_on_the_way_back(values: np.ndarray, window: Window, kind: str) -> None:
    done = pool(values, window, kind=kind)
    push = np.random.default_rng(0).standard_normal(done.values.shape)
    assert backward(done, push).sum() == pytest.approx(push.sum(), abs=1e-9)


@given(values=arrays(np.float64, (8, 8), elements=st.floats(-100, 100, width=32)))
def test_kinds_are_ordered_and_a_maximum_ignores_rising_curves(values: np.ndarray) -> None:
    window = Window(size=3, stride=2)
    largest, mean = (pool(values, window, kind=kind).values for kind in ("max", "average"))
    assert (largest >= mean - 1e-9).all()
    rising = np.tanh(values / 50)
    np.testing.assert_allclose(pool(rising, window).values, np.tanh(largest / 50))


def test_unpooling_by_switches_puts_the_winners_back() -> None:
    values = maps(9, 7)["plain"]
    done = pool(values, Window(size=2, stride=2))
    again = unpool(done, how="switches")
    assert again.shape == values.shape
    kept = again != 0
    assert kept.sum() == done.values.size
    np.testing.assert_array_equal(again[kept], values[kept])
    np.testing.assert_array_equal(pool(np.where(kept, values, -9.0), Window()).values, done.values)


def test_unpooling_to_the_nearest_repeats_each_value() -> None:
    values = np.arange(16.0).reshape(4, 4)
    done = pool(values, Window(), kind="average")
    np.testing.assert_array_equal(
        unpool(done, how="nearest"), np.kron(done.values, np.ones((2, 2)))
    )
    # Odd edge: the last window's value goes on. Overlap: of two equally near centers the later.
    odd = pool(np.arange(5.0)[None].repeat(5, axis=0), Window())
    assert unpool(odd, how="nearest")[0].tolist() == [1.0, 1.0, 3.0, 3.0, 3.0]
    overlap = pool(np.arange(7.0)[None].repeat(7, axis=0), Window(size=3, stride=2))
    assert unpool(overlap, how="nearest")[0].tolist() == [2.0, 2.0, 4.0, 4.0, 6.0, 6.0, 6.0]
    with pytest.raises(ValueError, match="average by switches"):
        unpool(done, how="switches")


def test_there_and_back_more_than_once() -> None:
    values = np.random.default_rng(2).random((16, 16))
    twice = pooling.round_trip(values, Window(), kind="average", how="nearest", rounds=2)
    blocks = values.reshape(4, 4, 4, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(twice, np.kron(blocks, np.ones((4, 4))))
    winners = pooling.round_trip(values, Window(), kind="max", how="switches", rounds=4)
    assert np.flatnonzero(winners).tolist() == [values.argmax()]
    assert winners.max() == values.max()
    np.testing.assert_array_equal(
        pooling.round_trip(values, Window(), kind="max", how="nearest", rounds=0), values
    )
    with pytest.raises(LessonError):
        pooling.round_trip(values, Window(), kind="max", how="nearest", rounds=5)


def test_of_constant_un_poolings_the_average_errs_least() -> None:
    # The mean is the constant with the least squared error, window by window.
    values = np.random.default_rng(3).random((16, 16))
    errors = {
        kind: relative_change(values, unpool(pool(values, Window(), kind=kind), how="nearest"))
        for kind in pooling.KINDS
    }
    assert errors["average"] == min(errors.values())
    assert 0 < errors["average"] < 1


def test_the_papers_halving() -> None:
    steps = pyramid(np.random.default_rng(0).random((28, 28)), Window())
    assert [step.values.shape for step in steps] == [(14, 14), (7, 7), (3, 3), (1, 1)]
    # Maxima of maxima are the maximum, except for what odd edges dropped.
    whole = np.random.default_rng(0).random((32, 32))
    assert pyramid(whole, Window())[-1].values[0, 0] == whole.max()
    assert pyramid(whole, Window(), kind="average")[-1].values[0, 0] == pytest.approx(whole.mean())
    assert pyramid(whole, Window(size=3, stride=1, padding="same")) == ()
    assert pyramid(np.ones((1, 1)), Window()) == ()
    assert len(pyramid(whole, Window(size=2, stride=1), most=5)) == 5


def test_relative_change_by_hand() -> None:
    before = np.array([[0.0, 2.0], [0.0, 2.0]])
    assert relative_change(before, before) == 0.0
    assert relative_change(before, before + 1) == 1.0
    assert relative_change(before * 3 + 7, (before + 1) * 3 + 7) == pytest.approx(1.0)
    assert relative_change(np.ones(3), np.ones(3)) == 0.0
    assert relative_change(np.ones(3), np.zeros(3)) == math.inf


def test_a_shift_by_the_stride_only_moves_the_output() -> None:
    values = np.random.default_rng(5).random((12, 12))
    for kind in pooling.KINDS:
        curve = [
            pooling.shift_change(values, Window(), t, kind=kind, along=True) for t in range(13)
        ]
        assert curve[::2] == [0.0] * 7
        assert min(curve[1::2]) > 0.1
        in_place = [pooling.shift_change(values, Window(), t, kind=kind) for t in (0, 12)]
        assert in_place == [0.0, 0.0]


def test_a_map_moves_to_the_right_and_comes_in_again_at_the_left() -> None:
    moved = pooling.shifted(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 1)
    assert moved.tolist() == [[3.0, 1.0, 2.0], [6.0, 4.0, 5.0]]


def test_a_stride_of_one_follows_every_shift_exactly() -> None:
    # Away from the seam: valid windows of a picture that goes round.
    values = np.zeros((9, 12))
    values[4, 4] = 1.0
    for kind in pooling.KINDS:
        window = Window(size=2, stride=1)
        assert pooling.shift_change(values, window, 3, kind=kind, along=True) == 0.0


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Window(size=0), "window.size"),
        (lambda: Window(size=9), "window.size"),
        (lambda: Window(stride=0), "window.stride"),
        (lambda: Window(stride=1.5), "window.stride"),  # type: ignore[arg-type]
        (lambda: Window(padding="full"), "window.padding"),
        (lambda: pool(np.ones((1, 1)), Window()), "window.too-large"),
        (lambda: pool(np.ones((0, 4)), Window()), "map.empty"),
        (lambda: pool(np.ones(4), Window()), "map.shape"),
        (lambda: pool(np.ones((4, 4)), Window(), kind="median"), "pooling.kind"),
        (lambda: pooling.pool_globally(np.ones((4, 4)), kind="stride"), "pooling.kind"),
        (lambda: pooling.pool_globally(np.ones((0, 4))), "map.empty"),
        (lambda: pooling.parse_map(" \n"), "map.empty"),
        (lambda: pooling.parse_map("1 2\n3 four"), "map.word"),
        (lambda: pooling.parse_map("1 2\n3 nan"), "map.word"),
        (lambda: pooling.parse_map("1 2\n3"), "map.ragged"),
        (lambda: pooling.parse_map("1 " * 17), "map.large"),
    ],
)
def test_what_cannot_be_is_advice(make, code: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LessonError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.remedy


def test_one_pixel_can_be_pooled_with_same_padding() -> None:
    done = pool(np.array([[-3.0]]), Window(size=5, stride=4, padding="same"))
    assert done.values.tolist() == [[-3.0]]
    assert done.winners.tolist() == [[0]]


@pytest.mark.parametrize("text", ["1 2\n3", "1 " * 17])
def test_one_number_or_row_is_not_told_as_several(text: str) -> None:
    with pytest.raises(LessonError) as caught:
        pooling.parse_map(text)
    assert not re.search(r"\b1 (numbers|rows)", caught.value.problem)
