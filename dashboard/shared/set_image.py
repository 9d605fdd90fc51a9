"""An image of a prepared set: its name in an address and for people, and choosing it by number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import IntArray
from core.errors import LessonError
from core.prepared import PreparedSet
from dashboard import cache, state
from data.sets.preparation import cache_root

_FOLDER: Final = re.compile(r"[A-Za-z0-9_-]+")


def set_key(folder: str | Path, name: str) -> str:
    """What the address calls an X-ray of a prepared set.

    Args:
        folder: Of the prepared set.
        name: Id of the record.
    """
    return f"set.{Path(folder).name}.{name}"


def set_of(key: str) -> tuple[str, str] | None:
    """Folder's name and record's id of such a key, None for another one.

    >>> set_of("set.synthetic-64-0123abcd.leg.png"), set_of("disk")
    (('synthetic-64-0123abcd', 'leg.png'), None)
    """
    kind, _, rest = key.partition(".")
    folder, _, name = rest.partition(".")
    return (folder, name) if kind == "set" and folder and name else None


def find_record(folder: str, name: str, *, at: str = "") -> tuple[PreparedSet, int] | None:
    """A set and the position of a record in it, None where either is not here.

    Args:
        folder: Name of the set's folder; never a path.
        name: Id of the record.
        at: Where a set lies that the page knows, beside those in the cache.
    """
    if not _FOLDER.fullmatch(folder):
        return None
    for path in (at, state.PREPARED.get(), str(cache_root() / folder)):
        if Path(path).name == folder and (found := open_set(path)) is not None:
            position = cache.positions(path, found.fingerprint).get(name)
            return None if position is None else (found, position)
    return None


def key_at(found: PreparedSet, index: int) -> str:
    """What the address calls the image at that position of the arrays."""
    return set_key(found.folder, record_at(found, index)["id"])


def record_at(found: PreparedSet, index: int) -> dict[str, Any]:
    """What a set knows of the image at that position."""
    return cache.record(str(found.folder), found.fingerprint, index)


def record_title(record: Mapping[str, Any]) -> str:
    """Id, region and view of an image, as far as they are known."""
    known = (record["id"], record.get("region"), record.get("view"))
    return ", ".join(part for part in known if part)


def open_set(folder: str) -> PreparedSet | None:
    """A prepared set; None where it is not here, or another person's own images."""
    if not folder:
        return None
    try:
        return cache.prepared_set(folder)
    except LessonError:
        return None  # cleared away since


def shuffled(found: PreparedSet, label: str | None = None, *, part: str | None = None) -> IntArray:
    """Positions of images, never in the order of the files: neighbors are often one patient.

    Args:
        found: The set.
        label: What they show; None for any.
        part: "train", "validation" or "test"; None for all.
    """
    index = np.arange(len(found.labels)) if part is None else found.indices(part)
    if label is not None:
        number = found.classes.index(label) if label in found.classes else -1
        index = index[found.labels[index] == number]
    return np.random.default_rng(0).permutation(index)


def choose_place(found: PreparedSet, index: IntArray, shown: int | None, *, key: str) -> None:
    """The field that opens an image by its number.

    Args:
        found: The set.
        index: Positions that can be chosen, in the order of their numbers.
        shown: Position of the image that is open; an empty field where it is none of these.
        key: Of the field.
    """
    place = np.flatnonzero(index == shown) if shown is not None else index[:0]
    state.set_widget_value(key, int(place[0]) + 1 if len(place) else None)

    def choose() -> None:
        picked = state.widget_value(key)
        if picked is not None:
            state.open_picture(key_at(found, int(index[min(picked, len(index)) - 1])))

    st.number_input(
        f"Image, 1 to {len(index):,}",
        1,
        len(index),
        None,
        1,
        key=key,
        on_change=choose,
        placeholder="a number",
    )
