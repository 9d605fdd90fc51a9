"""One way to write a number, the same as ``dashboard/browser/number.js`` in the browser."""

from __future__ import annotations

import math
from typing import Final

MINUS: Final = "\N{MINUS SIGN}"
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALLEST: Final = 1e-4
_LARGEST: Final = 1e9


def write(value: float, digits: int = 3) -> str:
    """A number for a sentence, to so many significant digits, without trailing zeros.

    Never fewer digits than the whole part has; small numbers keep their power of ten.

    >>> write(0.00042), write(4.2e-5), write(1234.5), write(12345678)
    ('0.00042', '4.2·10⁻⁵', '1235', '12,345,678')
    >>> write(-0.5) == MINUS + "0.5"
    True
    """
    if math.isnan(value):
        return "not a number"
    sign, size = MINUS if value < 0 else "", abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    if size == 0:
        return "0"
    if size < _SMALLEST or size >= _LARGEST:
        first, power = f"{size:.{digits - 1}e}".split("e")
        return f"{sign}{_trimmed(first)}·10{str(int(power)).translate(_RAISED)}"
    places = max(digits - 1 - math.floor(math.log10(size) + 1e-12), 0)
    return sign + _grouped(_trimmed(_rounded(size, min(places, 12))))


def fixed(value: float, places: int = 2) -> str:
    """A number with so many digits behind the point; where all would be lost, as `write` has it.

    >>> fixed(0.5), fixed(0), fixed(0.0004)
    ('0.50', '0.00', '0.0004')
    """
    size = abs(value)
    if not math.isfinite(value) or size >= _LARGEST:
        return write(value)
    text = _rounded(size, places)
    if float(text) == 0 and size > 1e-12:
        return write(value, 1)
    return (MINUS if value < 0 and float(text) != 0 else "") + _grouped(text)


def percent(share: float, places: int = 0) -> str:
    """A share between 0 and 1 in percent; sign and number are never parted at a line's end.

    >>> percent(0.822, 1) == "82.2\N{NO-BREAK SPACE}%"
    True
    """
    return f"{fixed(100 * share, places)}\N{NO-BREAK SPACE}%"


def count(value: int) -> str:
    """A count.

    >>> count(1234567), count(1234)
    ('1,234,567', '1234')
    """
    return (MINUS if value < 0 else "") + _grouped(str(abs(value)))


def _rounded(size: float, places: int) -> str:
    """As JavaScript's ``toFixed``: of the exact binary value, halves away from zero."""
    from decimal import ROUND_HALF_UP, Decimal

    return str(Decimal(size).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _grouped(digits: str) -> str:
    whole, point, part = digits.partition(".")
    return (f"{int(whole):,}" if len(whole) > 4 else whole) + point + part
