"""Single fields of a DICOM file, read without trust: a broken one is missing, not a crash."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from core.errors import LessonError

SEND_AGAIN: Final = "Export the picture again from the viewer, as uncompressed DICOM or as PNG."

# What pydicom raises on bytes that are not what they claim; as `DECODER_FAILURES` in decode.
READER_FAILURES: Final = (
    InvalidDicomError,
    BytesLengthException,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
)


def number(data: Dataset, keyword: str) -> float | None:
    """The first number of a field; None where it is missing, empty or no finite number."""
    try:
        value = data.get(keyword)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if not isinstance(value, str | bytes) and hasattr(value, "__len__"):
            value = value[0]
        found = float(value)
    except READER_FAILURES:
        return None
    return found if np.isfinite(found) else None


def text(data: Dataset, keyword: str) -> str:
    """A field's text without the spaces round it; "" where it is missing or can't be read."""
    try:
        value = data.get(keyword)
    except READER_FAILURES:
        return ""
    return "" if value is None else str(value).strip()


def damaged(detail: str) -> LessonError:
    """The refusal of a file whose fields or pixels are not what they claim."""
    return LessonError(
        "upload.dicom-damaged",
        problem=f"This DICOM file can't be used: {detail}.",
        remedy=SEND_AGAIN,
    )
