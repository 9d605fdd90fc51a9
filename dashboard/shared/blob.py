"""One bytes value that carries a JSON header and arrays from Python to a component.

Streamlit hands ``bytes`` to a component's script exactly as they are, as one ``Uint8Array``;
bytes or arrays nested in a dict arrive as text or as Arrow tables. So everything a component
needs travels in one blob:

    uint32 length of the header | header, JSON padded with spaces | arrays, little-endian

The header's ``arrays`` lists dtype, shape and offset of each array. Offsets count from the end
of the header and are multiples of 8. ``browser/blob.js`` is the reader.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DTYPES: Final = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64",
)  # fmt: skip
"""What JavaScript has a typed array for. 64-bit integers are left out: they become BigInt."""

_ALIGNMENT: Final = 8


def pack(header: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> bytes:
    """Header and arrays as one blob.

    Args:
        header: JSON values; NaN and infinity are refused, since JavaScript cannot read them.
        arrays: Any shapes; booleans travel as uint8. Other types must be among `DTYPES`.

    Raises:
        TypeError: For an array type that JavaScript lacks (convert it where its range is known).
        ValueError: For a number that is not finite in the header, or a key named ``arrays``.

    >>> raw = pack({"run": "a"}, [np.array([1, 2], dtype=np.float32)])
    >>> len(raw) % 8, struct.unpack("<I", raw[:4])[0] % 4
    (0, 0)
    """
    if "arrays" in header:
        raise ValueError("The header's key 'arrays' is the blob's own.")
    described: list[dict[str, Any]] = []
    blocks: list[bytes] = []
    offset = 0
    for array in arrays:
        plain = _plain(array)
        described.append({"dtype": plain.dtype.name, "shape": list(plain.shape), "offset": offset})
        block = plain.tobytes()
        block += b"\0" * (-len(block) % _ALIGNMENT)
        blocks.append(block)
        offset += len(block)
    text = json.dumps({**header, "arrays": described}, allow_nan=False, separators=(",", ":"))
    head = text.encode()
    head += b" " * (-(len(head) + 4) % _ALIGNMENT)
    return struct.pack("<I", len(head)) + head + b"".join(blocks)


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    array = np.asarray(array)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    if array.dtype.name not in DTYPES:
        raise TypeError(
            f"A component cannot read {array.dtype.name}; convert it to one of {DTYPES}."
        )
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)
