"""Layouts, typed indices, bytes and batches against NumPy itself."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LessonError
from core.ops import tensor
from core.ops.tensor import Layout, TypedIndexError, parse_index

SHAPES = [(7,), (4, 5), (3, 4, 5), (2, 3, 5, 1), (2, 3, 4, 3, 2)]
NUMBERS = st.one_of(st.none(), st.integers(-9, 9))


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, tuple[int, ...]]:
    """A text that NumPy takes, with a shape that it fits."""
    shape = draw(st.sampled_from(SHAPES))
    kept = draw(st.integers(0, len(shape)))
    parts = []
    for size in shape[:kept]:
        if draw(st.booleans()):
            parts.append(str(draw(st.integers(-size, size - 1))))
        else:
            start, stop = draw(NUMBERS), draw(NUMBERS)
            step = draw(st.sampled_from([None, 1, 2, -1, -3]))
            said = ["" if v is None else str(v) for v in (start, stop)]
            parts.append(":".join(said if step is None else [*said, str(step)]))
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))) if kept == len(shape) else kept, "...")
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), "None")
    return f"x[{', '.join(parts) or '...'}]", shape


@given(typed())
def test_every_typed_index_is_numpys(case: tuple[str, tuple[int, ...]]) -> None:
    text, shape = case
    whole = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    wanted = eval(text, {"x": whole})  # our own text, and NumPy as the judge
    found = Layout.of(shape, 4).take(parse_index(text, shape))
    assert found.shape == np.shape(wanted)
    np.testing.assert_array_equal(found.addresses() // 4, np.asarray(wanted))
    if isinstance(wanted, np.ndarray) and wanted.size:
        real = [k for k, size in enumerate(wanted.shape) if size > 1]
        assert [found.strides[k] for k in real] == [wanted.strides[k] for k in real]
        base = whole.__array_interface__["data"][0]
        assert found.offset == wanted.__array_interface__["data"][0] - base
        assert found.contiguous == wanted.flags.c_contiguous


@pytest.mark.parametrize(
    ("text", "code", "at", "length"),
    [
        ("", "bracket", 0, 1),
        ("x[", "unexpected", 2, 1),
        ("x[0", "bracket", 3, 1),
        ("x[]", "unexpected", 2, 1),
        ("y[0]", "bracket", 0, 1),
        ("x[0, 5]", "bounds", 5, 1),
        ("x[-4]", "bounds", 2, 1),
        ("x[..., 5]", "bounds", 7, 1),
        ("x[0, 1, 2, 3]", "many", 11, 1),
        ("x[1.5]", "decimal", 2, 3),
        ("x[1e2]", "decimal", 2, 3),
        ("x[::0]", "step", 4, 1),
        ("x[..., 0, ...]", "ellipsis", 10, 3),
        ("x[None, None, None, None]", "new-axes", 20, 4),
        ("x[0][1]", "after", 4, 1),
        ("x[open]", "unexpected", 2, 4),
        ("x[0 1]", "bracket", 4, 1),
        ("x[1:2:3:4]", "bracket", 7, 1),
        ("x[9999999999]", "digits", 2, 10),
        ("x[💥]", "unexpected", 2, 1),
        ("x[" + "0" * 200, "long", 100, 102),
    ],
)
def test_a_wrong_index_is_pointed_at(text: str, code: str, at: int, length: int) -> None:
    with pytest.raises(TypedIndexError) as caught:
        parse_index(text, (3, 4, 5))
    assert (caught.value.code, caught.value.at, caught.value.length) == (
        f"index.{code}", at, length,
    )  # fmt: skip
    assert caught.value.problem.endswith(".")
    assert caught.value.remedy.endswith(".")


def test_an_axis_of_one_entry_is_not_told_as_one_of_several() -> None:
    with pytest.raises(TypedIndexError) as caught:
        parse_index("x[..., 1]", (24, 28, 28, 1))  # gray images have one channel
    assert caught.value.problem == "Axis 3 has the length 1; 1 is outside."


@pytest.mark.parametrize("text", ["x[..., 4]", "x[..., -5]", "x[..., 3, 4]", "x[2, ..., 4]"])
def test_indices_after_the_dots_count_from_the_last_axis(text: str) -> None:
    x = np.arange(60).reshape(3, 4, 5)
    found = Layout.of(x.shape, 1).take(parse_index(text, x.shape))
    np.testing.assert_array_equal(found.addresses(), eval(text, {"x": x}))


@given(st.text(alphabet="x[]:,.-+0123 eNone\n", max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        parse_index(text, (3, 4))
    except TypedIndexError as error:
        place = error.at
    else:
        place = 0
    assert 0 <= place <= len(text)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_strides_addresses_and_bytes_are_numpys(shape: tuple[int, ...], dtype: str) -> None:
    values = np.random.default_rng(0).integers(0, 255, shape).astype(dtype)
    layout = Layout.of(shape, values.itemsize)
    assert (layout.strides, layout.nbytes) == (values.strides, values.nbytes)
    raw = values.tobytes()
    for number in range(layout.count):
        index = tensor.unravel(number, shape)
        assert index == tuple(np.unravel_index(number, shape))
        own = tensor.element_bytes(float(values[index]), dtype)
        assert raw[layout.address(index) :][: values.itemsize] == own


def test_a_transpose_is_a_view_and_reshape_is_not_a_transpose() -> None:
    x = np.arange(4 * 3 * 2, dtype=np.uint8).reshape(4, 3, 2)
    turned = Layout.of(x.shape, 1).transposed((2, 0, 1))
    assert turned.strides == x.transpose(2, 0, 1).strides == (1, 6, 2)
    np.testing.assert_array_equal(turned.addresses(), x.transpose(2, 0, 1))
    cut = Layout.of(x.shape, 1).reshaped((2, 4, 3))
    np.testing.assert_array_equal(cut.addresses(), x.reshape(2, 4, 3))
    assert (cut.addresses() != turned.addresses()).any()
    with pytest.raises(LessonError, match="cannot fill"):
        turned.reshaped((5, 5))
    with pytest.raises(LessonError, match="side by side"):
        turned.reshaped((24,))


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_bits_of_a_float_mean_the_float(value: float) -> None:
    assert tensor.float_parts(value).value == value
    assert tensor.element_bytes(value, "float32") == np.float32(value).tobytes()
    assert struct.unpack("<f", tensor.element_bytes(value, "float32"))[0] == value


@given(st.integers(0, 300), st.integers(1, 64))
def test_batches_are_slices_of_the_first_axis(samples: int, size: int) -> None:
    x = np.arange(samples)
    slices = [len(x[i : i + size]) for i in range(0, samples, size)]
    assert list(tensor.batch_sizes(samples, size)) == slices
    dropped = tensor.batch_sizes(samples, size, drop_last=True)
    assert set(dropped) <= {size}
    assert len(dropped) == samples // size


def test_a_batch_of_nothing_is_advice() -> None:
    with pytest.raises(LessonError, match="batch size of 1"):
        tensor.batch_sizes(10, 0)


@pytest.mark.parametrize("amount", [-300, -1, 0, 10, 255, 256])
def test_uint8_goes_around_as_numpys_does(amount: int) -> None:
    values = np.arange(256, dtype=np.uint8)
    wanted = values + np.array(amount % 256, np.uint8)
    np.testing.assert_array_equal(tensor.add_uint8(values, amount), wanted)
    assert int(tensor.add_uint8(np.array([250], np.uint8), 10)[0]) == 4


def test_normalization_does_what_it_says() -> None:
    values = np.random.default_rng(1).integers(0, 256, (8, 8), np.uint8)
    np.testing.assert_array_equal(tensor.scaled(values), values / np.float32(255))
    normal = tensor.standardized(values)
    assert normal.dtype == np.float32
    assert abs(float(normal.mean())) < 1e-6
    assert float(normal.std()) == pytest.approx(1, abs=1e-6)
    assert not tensor.standardized(np.full((3, 3), 7, np.uint8)).any()
