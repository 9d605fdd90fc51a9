"""From the stored values of a DICOM frame to gray, in the standard's order.

Modality (a table, or slope and intercept), values of interest (a table or a window; without one,
the range in use), black for white where the file says so, and at last the padding around the
picture, which is no part of it and stays black.

Source:
    DICOM PS3.3 C.7.5.1.1.2 (padding), C.7.6.16.2 (functional groups), C.11.1 (Modality LUT),
    C.11.2 (VOI LUT), C.11.6 (Presentation LUT shape).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydicom.dataset import Dataset

from core.arrays import BoolArray, FloatArray, IntArray, UInt8Array
from data.pictures import tones
from data.pictures.dicom_fields import READER_FAILURES, damaged, number, text
from data.pictures.tones import Change

TO_UNITS: Final = ("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence")
OF_INTEREST: Final = ("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence")
_GROUPS: Final = {"PixelValueTransformationSequence": TO_UNITS, "FrameVOILUTSequence": OF_INTEREST}
"""Sequences of a functional group, and the fields that an item of each replaces together."""

CONTRADICTION: Final = (
    "The file contradicts itself on black and white: its values are {photometric}, its output is "
    "called {shape}. {done} If bone is dark in it, swap black and white."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gray:
    """A frame as gray values.

    Attributes:
        gray: (H, W) uint8.
        stored: (H, W) or (H, W, 3) uint8, the same before black and white were swapped and colors
            were dropped.
        inverted: Whether they were.
        changes: What was done.
        doubts: What is odd about the file's own statements.
    """

    gray: UInt8Array
    stored: UInt8Array
    inverted: bool
    changes: tuple[Change, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """A lookup table: what the stored value `first`, `first` + 1... becomes."""

    first: int
    entries: IntArray
    bits: int

    def look_up(self, values: IntArray | FloatArray) -> IntArray:
        """Values below and above the table become its first and its last entry."""
        # Slope and intercept leave floating point; a table is asked for whole numbers.
        whole = np.rint(values) if np.issubdtype(values.dtype, np.floating) else values
        last = self.first + len(self.entries) - 1
        place = np.clip(np.nan_to_num(whole), self.first, last).astype(np.int64) - self.first
        return self.entries[place]


def gray_of(data: Dataset, values: IntArray | FloatArray, *, index: int) -> Gray:
    """Modality, values of interest, polarity, padding.

    Args:
        data: The file's fields.
        values: (H, W) stored values of one frame.
        index: Which frame that is; it may have a window of its own.

    Raises:
        LessonError: ``upload.dicom-damaged`` where a table is broken.
    """
    try:
        shown = _valid_for_frame(data, index)
        padding = _padding(data, values)
        units, changes, bits = _in_units(shown, data, values)
        seen, said, doubts = _of_interest(
            shown, units, bits=bits, used=_used(padding), little=_is_little_endian(data)
        )
    except READER_FAILURES as error:
        raise damaged("a table of gray values is broken") from error
    swap, swapped, doubted = _polarity(data)
    gray = tones.invert(seen) if swap else seen
    if padding is not None:
        # Blackened last: of a negative, what lies around the picture is black too.
        gray = np.where(padding, np.uint8(0), gray)
        swapped = (*swapped, _padded(padding))
    return Gray(
        gray=gray,
        stored=seen,
        inverted=swap,
        changes=(*changes, *said, *swapped),
        doubts=(*doubts, *doubted),
    )


def window_range(center: float, width: float, *, exact: bool = False) -> tuple[float, float]:
    """The values that a window makes black and white.

    Args:
        center: Window Center, in modality units.
        width: Window Width, above 1 (above 0 when `exact`).
        exact: The function LINEAR_EXACT instead of LINEAR.

    Source:
        DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3.2; its worked example, c = 2048 and w = 4096:

    >>> window_range(2048, 4096)
    (0.0, 4095.0)
    """
    if exact:
        return center - width / 2, center + width / 2
    return center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2


def _valid_for_frame(data: Dataset, index: int) -> Dataset:
    """The fields on gray that hold for a frame: its own, else the shared, else the file's."""
    shown = Dataset()
    for keyword in (*TO_UNITS, *OF_INTEREST):
        if keyword in data:
            shown[keyword] = data[keyword]
    for group in _groups(data, index):
        for sequence, keywords in _GROUPS.items():
            items = group.get(sequence) or []
            if not items:
                continue
            for keyword in keywords:
                shown.pop(keyword, None)
                if keyword in items[0]:
                    shown[keyword] = items[0][keyword]
    return shown


def _groups(data: Dataset, index: int) -> Iterator[Dataset]:
    shared = data.get("SharedFunctionalGroupsSequence") or []
    own = data.get("PerFrameFunctionalGroupsSequence") or []
    yield from list(shared)[:1]
    yield from list(own)[index : index + 1]


def _in_units(
    shown: Dataset, data: Dataset, values: IntArray | FloatArray
) -> tuple[IntArray | FloatArray, tuple[Change, ...], int | None]:
    """Values in the device's units, and the bits in use where a range is known for them."""
    stored = int(number(data, "BitsStored") or 0) or None
    items = shown.get("ModalityLUTSequence") or []
    if items:
        table = _table(items[0], little=_is_little_endian(data))
        said = "Stored numbers were turned into the device's units by a table."
        change = Change(code="dicom.rescaled", sentence=said)
        return table.look_up(values), (change,), table.bits
    slope, intercept = number(shown, "RescaleSlope"), number(shown, "RescaleIntercept")
    if slope is None or intercept is None or (slope, intercept) == (1.0, 0.0):
        return values, (), stored
    sentence = "Stored numbers were turned into the device's units by "
    sentence += f"x {slope:g} {intercept:+g}.".replace("-", "\N{MINUS SIGN}")
    rescaled = values.astype(np.float64) * slope + intercept
    return rescaled, (Change(code="dicom.rescaled", sentence=sentence),), None


def _of_interest(
    shown: Dataset,
    values: IntArray | FloatArray,
    *,
    bits: int | None,
    used: BoolArray | None,
    little: bool,
) -> tuple[UInt8Array, tuple[Change, ...], tuple[str, ...]]:
    """The range of values that the file asks to show, or else the range in use."""
    items = shown.get("VOILUTSequence") or []
    if items:
        table = _table(items[0], little=little)
        gray = tones.stretch(table.look_up(values), low=0.0, high=2.0**table.bits - 1)
        sentence = "The file's own table chose which values show as which gray."
        if table.entries[-1] < table.entries[0]:
            sentence += " It shows high values dark."
        return gray, (Change(code="dicom.windowed", sentence=sentence),), ()
    center, width = number(shown, "WindowCenter"), number(shown, "WindowWidth")
    function = text(shown, "VOILUTFunction").upper() or "LINEAR"
    exact = function == "LINEAR_EXACT"
    if center is None or width is None or width < (0 if exact else 1) or width == 0:
        gray, said = tones.to_eight_bits(values, bits=bits, used=used)
        return gray, said, ()
    if function == "SIGMOID":
        power = np.clip(-4.0 * (values.astype(np.float64) - center) / width, -700.0, 700.0)
        gray = tones.stretch(1.0 / (1.0 + np.exp(power)), low=0.0, high=1.0)
    else:
        gray = _windowed(values, *window_range(center, width, exact=exact))
    at = f"{center:g}".replace("-", "\N{MINUS SIGN}")
    sentence = f"The file's window chose the values shown: center {at}, width {width:g}."
    change = Change(code="dicom.windowed", sentence=sentence)
    return gray, (change,), _missed(gray, values, used, center=center, width=width)


def _windowed(values: IntArray | FloatArray, low: float, high: float) -> UInt8Array:
    if low == high:
        return np.where(values > low, np.uint8(255), np.uint8(0))
    return tones.stretch(values, low=low, high=high)


def _missed(
    gray: UInt8Array,
    values: IntArray | FloatArray,
    used: BoolArray | None,
    *,
    center: float,
    width: float,
) -> tuple[str, ...]:
    """The doubt that a window lies beside the picture's values."""
    inside = slice(None) if used is None else used
    shown, stored = gray[inside], values[inside]
    if not shown.size or shown.min() != shown.max() or stored.min() == stored.max():
        return ()
    return (
        f"The file's window (center {center:g}, width {width:g}) lies beside the picture's values, "
        f"{stored.min():g} to {stored.max():g}: nothing is left to see.",
    )


def _polarity(data: Dataset) -> tuple[bool, tuple[Change, ...], tuple[str, ...]]:
    """Whether to swap black and white; that said; and the doubt of two statements that disagree.

    A shape of INVERSE means one inversion in all, not one more: the standard asks for it
    together with MONOCHROME1. Viewers follow the shape where it says INVERSE.
    """
    photometric = photometric_of(data)
    shape = text(data, "PresentationLUTShape").upper()
    swap = photometric == "MONOCHROME1" or shape == "INVERSE"
    changes: tuple[Change, ...] = ()
    if photometric == "MONOCHROME1":
        sentence = "The file is MONOCHROME1, its highest value is black: black and white swapped."
        changes = (Change(code="dicom.monochrome1", sentence=sentence),)
    elif swap:
        sentence = "The file calls its output INVERSE: black and white swapped."
        changes = (Change(code="dicom.inverse", sentence=sentence),)
    odd = {("MONOCHROME2", "INVERSE"), ("MONOCHROME1", "IDENTITY")}
    if (photometric, shape) not in odd:
        return swap, changes, ()
    doubt = CONTRADICTION.format(
        photometric=photometric, shape=shape, done="Black and white were swapped."
    )
    return swap, changes, (doubt,)


def photometric_of(data: Dataset) -> str:
    """The photometric interpretation as the standard spells it; MONOCHROME2 where none is given."""
    return text(data, "PhotometricInterpretation").upper() or "MONOCHROME2"


def _padding(data: Dataset, values: IntArray | FloatArray) -> BoolArray | None:
    """(H, W), true for what only fills the frame around the picture; None where nothing does."""
    first, last = number(data, "PixelPaddingValue"), number(data, "PixelPaddingRangeLimit")
    if first is None or not np.issubdtype(values.dtype, np.integer):
        return None
    kind = np.iinfo(values.dtype.str)
    span = int(kind.max) - int(kind.min) + 1
    # A negative padding may be written without its sign, and the other way round.
    ends = [
        (int(end) - int(kind.min)) % span + int(kind.min)
        for end in (first, first if last is None else last)
    ]
    found = (values >= min(ends)) & (values <= max(ends))
    return found if found.any() else None


def _used(padding: BoolArray | None) -> BoolArray | None:
    # Nothing but padding: then the values are all there is to go by.
    return None if padding is None or padding.all() else ~padding


def _padded(padding: BoolArray) -> Change:
    sentence = (
        f"{100 * padding.mean():.3g} % of the pixels only fill the frame (padding); they are black."
    )
    return Change(code="dicom.padding", sentence=sentence)


def _is_little_endian(data: Dataset) -> bool:
    return bool(data.file_meta.TransferSyntaxUID.is_little_endian)


def _table(item: Dataset, *, little: bool) -> _Table:
    """A lookup table as the file holds it.

    Entries of 8 bits may lie one or two in a word; a length of 0 means 65,536.
    """
    length, first, bits = (int(value) for value in item["LUTDescriptor"].value)
    length = length % 65_536 or 65_536
    held = item["LUTData"].value
    if isinstance(held, bytes):
        code = "u1" if len(held) < 2 * length else "u2"
        entries = np.frombuffer(held, np.dtype(code).newbyteorder("<" if little else ">"))
    else:
        entries = np.asarray(held)
    entries = np.atleast_1d(entries)[:length].astype(np.int64)
    if not len(entries) or not 1 <= bits <= 16:
        raise ValueError("an empty table, or one of more than 16 bits")
    # A table that holds more than it states would otherwise be cut off.
    most = int(entries.max()).bit_length()
    return _Table(first=first, entries=entries, bits=max(bits, most))
