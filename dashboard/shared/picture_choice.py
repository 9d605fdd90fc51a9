"""Choosing a picture: a sample, an X-ray of a set, a file of one's own, or one drawn by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import UInt8Array
from core.errors import LessonError
from core.prepared import PreparedSet
from dashboard import cache, catalogue, frame, state
from dashboard.shared.drawing import SIZE, drawing, read_pixels
from data.pictures.preprocess import decode_bytes, decode_file, prepare_image
from data.samples.pictures import Sample, samples

SOURCES: Final = {"sample": "Sample", "set": "The set", "upload": "Upload", "draw": "Draw"}
MOST_MEGABYTES: Final = 25
_ANY: Final = "any"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One picture at the size that was asked for.

    Attributes:
        image: (S, S) uint8.
        title: What it is, for people.
        origin: Where it comes from and what was changed, one sentence.
        key: Names the pixels; a small key for caches.
    """

    image: UInt8Array
    title: str
    origin: str
    key: Hashable


def choose_picture(slug: str, *, size: int, prepared: str = "") -> Picture:
    """One picture; there always is one, whatever is chosen.

    All controls stand behind one button; what is shown is named below it.

    Args:
        slug: Of the page; the choice is forgotten with it.
        size: Side in pixels.
        prepared: Folder of a prepared set to choose X-rays from, "" for the one that was opened
            on the Dataset page.
    """
    with st.popover("Picture", icon=":material/image:", width="stretch"):
        source = st.segmented_control(
            "Where from",
            tuple(SOURCES),
            format_func=SOURCES.__getitem__,
            default="sample",
            required=True,
            key=f"{slug}_picture_source",
            bind="query-params",
            width="stretch",
        )
        try:
            picture = _from_source(str(source), slug, size, prepared)
        except LessonError as error:
            frame.advise(error)
            picture = None
        shown = picture or _of_sample(samples()[0], size)
        st.caption(shown.origin)
    st.caption(shown.title)
    return shown


def _from_source(source: str, slug: str, size: int, prepared: str) -> Picture | None:
    """None where nothing was given yet; a sample stands in."""
    if source == "set":
        return _of_set(slug, size, prepared)
    if source == "upload":
        return _uploaded(slug, size)
    if source == "draw":
        return _drawn(slug, size)
    known = {sample.key: sample for sample in samples()}
    key = st.selectbox(
        "Sample",
        tuple(known),
        format_func=lambda key: known[key].title,
        key=f"{slug}_picture_sample",
        bind="query-params",
    )
    return _of_sample(known[str(key)], size)


def _of_sample(sample: Sample, size: int) -> Picture:
    return Picture(
        image=sample.make(size),
        title=sample.title,
        origin=f"{sample.title}, computed at {size} by {size} pixels.",
        key=(sample.key, size),
    )


def _uploaded(slug: str, size: int) -> Picture | None:
    file = st.file_uploader(
        "Picture file",
        max_upload_size=MOST_MEGABYTES,
        key=f"{slug}_picture_file",
        help="PNG, JPEG, TIFF, BMP, WebP or DICOM. It stays in memory and goes with the session.",
    )
    if file is None:
        st.caption("Until there is a file, a sample is shown.")
        return None
    raw = file.getvalue()
    digest = hashlib.sha256(raw).hexdigest()
    decoded = state.remembered(
        f"{slug}_picture_decoded", digest, lambda: decode_bytes(raw, name=file.name), most=2
    )
    changes = [change.sentence for change in decoded.changes]
    said = f"{file.name}, {decoded.width} by {decoded.height} pixels, fitted into {size}."
    return Picture(
        image=prepare_image(decoded.gray, size),
        title=file.name,
        origin=" ".join([said, *changes]),
        key=(digest, size),
    )


def _drawn(slug: str, size: int) -> Picture:
    key = f"{slug}_picture_board"
    kept = read_pixels(getattr(state.widget_value(key), "pixels", None))
    pixels = drawing(np.zeros((SIZE, SIZE), np.uint8) if kept is None else kept, key=key)
    return Picture(
        image=prepare_image(pixels, size),
        title="Your drawing",
        origin=f"Drawn by hand on {SIZE} by {SIZE} pixels, fitted into {size}.",
        key=(hashlib.sha256(pixels.tobytes()).hexdigest(), size),
    )


def _of_set(slug: str, size: int, prepared: str) -> Picture | None:
    found = _open(prepared) or _open(state.PREPARED.get())
    if found is None:
        st.caption("No set of X-rays is open yet. Open one on the Dataset page first.")
        st.page_link(catalogue.page("dataset").path, label="To the dataset page")
        return None
    label = st.selectbox("Label", (_ANY, *found.classes), key=f"{slug}_picture_label")
    index = np.arange(len(found.labels))
    if label != _ANY:
        index = index[found.labels == found.classes.index(label)]
    # Never in the order of the files: neighboring numbers are often one patient.
    index = np.random.default_rng(0).permutation(index)
    place = st.number_input(
        f"Image, 1 to {len(index):,}", 1, max(1, len(index)), 1, key=f"{slug}_picture_place"
    )
    return _of_record(found, int(index[min(place, len(index)) - 1]), size)


def _open(folder: str) -> PreparedSet | None:
    if not folder:
        return None
    try:
        return cache.prepared_set(folder)
    except LessonError:
        return None  # cleared away since


def _of_record(found: PreparedSet, index: int, size: int) -> Picture:
    record = cache.record(str(found.folder), found.fingerprint, index)
    path = record["path"]
    # The file has more pixels than the prepared array; a synthetic image has no file.
    if path is None or found.size == size:
        gray = np.asarray(found.images[index])
    else:
        gray = decode_file(Path(path)).gray
    label = found.classes[int(found.labels[index])]
    about = ", ".join(part for part in (record["id"], record["region"], record["view"]) if part)
    return Picture(
        image=prepare_image(gray, size),
        title=f"{about} ({label})",
        origin=f"{about}, labeled {label}, of {found.title}.",
        key=(found.fingerprint, index, size),
    )
