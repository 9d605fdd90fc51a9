"""Moments of a lesson: what is walked through with Page Down, as settings of the stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.shared.schema import Schema, decode, encode


def moments(
    schema: Schema, words: Mapping[str, str], /, **patches: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Moments as JSON, in that order: what is said, and what the stage then sets.

    Args:
        schema: Of the stage.
        words: Its sentences by name; the moment ``slide`` says ``moment-slide``. Without any
            words nothing is said.
        patches: A moment's name -> the fields that it sets.

    Raises:
        ValueError: For a field or a value that cannot be set.
        KeyError: For a moment without its sentence.

    >>> from dashboard.shared.schema import whole
    >>> schema = (whole("size", 3, 1, 11),)
    >>> moments(schema, {"moment-large": "A large one."}, large={"size": 11})
    [{'say': 'A large one.', 'set': {'size': 11}}]
    >>> moments(schema, {}, larger={"size": 12})
    Traceback (most recent call last):
    ValueError: The moment larger cannot set size to 12.
    """
    told = []
    for name, patch in patches.items():
        settable = decode(schema, encode(schema, patch))
        for field, value in patch.items():
            if field not in settable or _plain(settable[field]) != _plain(value):
                raise ValueError(f"The moment {name} cannot set {field} to {value!r}.")
        if words and f"moment-{name}" not in words:
            raise KeyError(f"The lesson's text.en.md has no sentence ## stage-moment-{name}.")
        said = words[f"moment-{name}"] if words else ""
        told.append({"say": said, "set": {field: _plain(value) for field, value in patch.items()}})
    return told


def defaults(schema: Schema, *names: str) -> dict[str, Any]:
    """Where fields begin, by name; of all fields where none is named."""
    return {
        field.name: _plain(field.default) for field in schema if not names or field.name in names
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
