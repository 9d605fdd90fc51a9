"""The blob that carries arrays to components, read back by an independent reader."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboard.browser.publication import DASHBOARD
from dashboard.shared.blob import DTYPES, pack


def read(raw: bytes) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Follow the layout as documented, without using the writer."""
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    assert (4 + length) % 8 == 0
    assert all(entry["offset"] % 8 == 0 for entry in header["arrays"])
    arrays = [
        np.frombuffer(
            raw,
            dtype=np.dtype(entry["dtype"]).newbyteorder("<"),
            count=int(np.prod(entry["shape"])),
            offset=4 + length + entry["offset"],
        ).reshape(entry["shape"])
        for entry in header["arrays"]
    ]
    return header, arrays


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_arrives_as_it_was(dtype: str) -> None:
    array = (np.arange(15).reshape(3, 5) % 100).astype(dtype)
    header, (image, other) = read(pack({"name": "knee"}, [array, array[:, ::2]]))
    assert header["name"] == "knee"
    assert image.dtype == array.dtype
    np.testing.assert_array_equal(image, array)
    np.testing.assert_array_equal(other, array[:, ::2])


def test_big_endian_and_boolean_arrays_are_turned_into_what_javascript_reads() -> None:
    _, (wide, mask) = read(
        pack({}, [np.array([1.5, -2.0], dtype=">f8"), np.array([True, False, True])])
    )
    np.testing.assert_array_equal(wide, [1.5, -2.0])
    np.testing.assert_array_equal(mask, [1, 0, 1])


def test_empty_arrays_and_scalars_keep_their_shape() -> None:
    _, (empty, scalar) = read(pack({}, [np.zeros((0, 4), np.float32), np.float32(7)]))
    assert empty.shape == (0, 4)
    assert scalar.shape == ()
    assert scalar[()] == 7


def test_nan_travels_in_arrays_but_is_refused_in_the_header() -> None:
    _, (values,) = read(pack({}, [np.array([np.nan, 1.0])]))
    assert np.isnan(values[0])
    with pytest.raises(ValueError, match="JSON compliant"):
        pack({"auc": float("nan")})


def test_what_javascript_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="int64"):
        pack({}, [np.arange(3, dtype=np.int64)])
    with pytest.raises(ValueError, match="'arrays'"):
        pack({"arrays": []})


def test_a_header_of_many_bytes_per_letter_is_measured_in_bytes() -> None:
    header, (array,) = read(pack({"title": "Röntgen µ 骨"}, [np.arange(4, dtype=np.int32)]))
    assert header["title"] == "Röntgen µ 骨"
    np.testing.assert_array_equal(array, [0, 1, 2, 3])


def test_the_javascript_reader_knows_every_type() -> None:
    reader = (DASHBOARD / "browser" / "blob.js").read_text(encoding="utf-8")
    assert all(f"{name}:" in reader for name in DTYPES)
