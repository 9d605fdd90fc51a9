"""What can be set in a stage, declared once, and its text in the page's address.

A lesson's schema is a tuple of fields. ``dashboard/browser/state.js`` is the same codec in the
browser, which writes the text; Python reads it where a formula or a question depends on what is
set, and writes it for links. Both are held to each other by vectors.

    set=size_5*stride_2*kernel_sobel-x

A field stands there only where it differs from its default. Nonsense has the default, a number
outside the limits the limit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

PARAMETER: Final = "set"
_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,17})?(e-?\d{1,2})?", re.ASCII)
_TEXT: Final = re.compile(r"(?:[A-Za-z0-9.]|-[0-9A-F]{2})*")
LONGEST_TEXT: Final = 200
LONGEST_LIST: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One setting; made by the functions below.

    Attributes:
        name: Letters and digits; part of the address, never renamed.
        kind: "whole", "real", "choice", "flag", "text", "numbers" or "choices".
        default: Where the stage begins.
        label: Of its control.
        unit: Shown behind the label.
        low, high, step: Of numbers.
        longest: Letters of a text, entries of a list.
        log: Its slider is logarithmic, four decades up to the highest value.
        options: Value and title of each choice; values hold letters, digits and hyphens.
    """

    name: str
    kind: str
    default: Any
    label: str = ""
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    step: float = 1
    longest: int = LONGEST_LIST
    log: bool = False
    options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", self.name):
            raise ValueError(f"A field's name holds letters and digits, not {self.name!r}.")

    def described(self) -> dict[str, Any]:
        """As JSON for the browser."""
        found: dict[str, Any] = {"name": self.name, "kind": self.kind, "label": self.label}
        found["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        found["unit"], found["step"], found["longest"] = self.unit, self.step, self.longest
        if math.isfinite(self.low):
            found["low"] = self.low
        if math.isfinite(self.high):
            found["high"] = self.high
        if self.log:
            found["log"] = True
        if self.options:
            found["options"] = [list(option) for option in self.options]
        return found

    def values(self) -> tuple[str, ...]:
        """The values of the options."""
        return tuple(value for value, _ in self.options)


Schema = tuple[Field, ...]


def whole(
    name: str, default: int, low: int, high: int, *, label: str = "", unit: str = ""
) -> Field:
    """A whole number."""
    return Field(
        name=name, kind="whole", default=default, low=low, high=high, label=label, unit=unit
    )


def real(
    name: str,
    default: float,
    low: float,
    high: float,
    step: float,
    *,
    label: str = "",
    unit: str = "",
    log: bool = False,
) -> Field:
    """A real number; ``step`` is its slider's, which may be logarithmic instead."""
    return Field(
        name=name,
        kind="real",
        default=default,
        low=low,
        high=high,
        step=step,
        label=label,
        unit=unit,
        log=log,
    )


def flag(name: str, default: bool = False, *, label: str = "") -> Field:
    """Yes or no."""
    return Field(name=name, kind="flag", default=default, label=label)


def choice(
    name: str, default: str, options: Sequence[tuple[str, str]], *, label: str = ""
) -> Field:
    """One of the options."""
    return Field(name=name, kind="choice", default=default, options=tuple(options), label=label)


def choices(
    name: str, default: Sequence[str], options: Sequence[tuple[str, str]], *, label: str = ""
) -> Field:
    """Some of the options, in an order."""
    return Field(
        name=name, kind="choices", default=tuple(default), options=tuple(options), label=label
    )


def text(name: str, default: str, *, longest: int = LONGEST_TEXT, label: str = "") -> Field:
    """Any text; what it means is for the lesson to check."""
    return Field(name=name, kind="text", default=default, longest=longest, label=label)


def numbers(
    name: str,
    default: Sequence[float],
    low: float,
    high: float,
    *,
    longest: int = LONGEST_LIST,
    label: str = "",
) -> Field:
    """A list of real numbers."""
    return Field(
        name=name,
        kind="numbers",
        default=tuple(default),
        low=low,
        high=high,
        longest=longest,
        label=label,
    )


def decode(schema: Schema, code: str) -> dict[str, Any]:
    """Values from a text: what is missing or nonsense has its default.

    >>> schema = (whole("size", 3, 1, 11), flag("flip"), text("f", "x"))
    >>> decode(schema, "size_99*flip_1*f_1-2Fx*nothing_5")
    {'size': 11, 'flip': True, 'f': '1/x'}
    """
    known = {field.name: field for field in schema}
    values = {field.name: field.default for field in schema}
    for part in code.split("*"):
        name, found, value = part.partition("_")
        if found and name in known:
            read = _read(known[name], value)
            if read is not None:
                values[name] = read
    return values


def encode(schema: Schema, values: Mapping[str, Any]) -> str:
    """The text of values: what differs from the defaults, in the schema's order.

    >>> encode((whole("size", 3, 1, 11), real("rate", 0.1, 0, 1, 0.01)), {"size": 5, "rate": 0.1})
    'size_5'
    """
    said = [
        (field.name, _say(field, values.get(field.name, field.default)), _say(field, field.default))
        for field in schema
    ]
    return "*".join(f"{name}_{value}" for name, value, default in said if value != default)


def described(schema: Schema) -> list[dict[str, Any]]:
    """As JSON for the browser."""
    return [field.described() for field in schema]


def _read(field: Field, code: str) -> Any:
    """The value of a code, None for nonsense."""
    if field.kind in {"whole", "real"}:
        return _number(field, code)
    if field.kind == "flag":
        return {"1": True, "0": False}.get(code)
    if field.kind == "choice":
        return code if code in field.values() else None
    if field.kind == "text":
        return _text(field, code)
    parts = code.split("_") if code else []
    if len(parts) > field.longest:
        return None
    if field.kind == "choices":
        return tuple(parts) if set(parts) <= set(field.values()) else None
    found = [_number(field, part) for part in parts]
    return None if None in found else tuple(found)


def _number(field: Field, code: str) -> float | int | None:
    if not _NUMBER.fullmatch(code):
        return None
    value = float(code)
    if field.kind == "whole":
        # As Math.round: halves go up.
        return int(min(max(math.floor(value + 0.5), field.low), field.high))
    return min(max(value, field.low), field.high)


def _text(field: Field, code: str) -> str | None:
    if not _TEXT.fullmatch(code):
        return None
    try:
        found = unquote_to_bytes(code.replace("-", "%")).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return found if len(found.encode("utf-16-le")) // 2 <= field.longest else None


def _say(field: Field, value: Any) -> str:
    if field.kind == "flag":
        return "1" if value else "0"
    if field.kind == "text":
        return "".join(
            chr(byte) if re.match(r"[A-Za-z0-9.]", chr(byte)) else f"-{byte:02X}"
            for byte in str(value).encode("utf-8")
        )
    if field.kind in {"numbers", "choices"}:
        return "_".join(_plain(part) for part in value)
    return _plain(value)


def _plain(value: Any) -> str:
    """A number as JavaScript writes it."""
    if isinstance(value, str):
        return value
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    digits = repr(float(value))
    mantissa, e, power = digits.partition("e")
    if not e:
        return digits
    if -7 <= int(power) < 0:  # JavaScript writes those out
        return f"{float(value):.{len(mantissa.lstrip('-').replace('.', '')) - 1 - int(power)}f}"
    return f"{mantissa}e{int(power)}"
