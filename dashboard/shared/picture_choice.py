"""Choosing the picture that is open: a sample, an X-ray of a set, an upload, or a drawing."""

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
from dashboard import cache, catalogue, state
from dashboard.advice import advise
from dashboard.opened import Gone
from dashboard.shared.board import SIZE, board, read_pixels
from dashboard.shared.network_choice import popover
from dashboard.shared.set_image import (
    choose_place,
    find_record,
    key_at,
    open_set,
    record_at,
    record_title,
    set_of,
    shuffled,
)
from data.pictures.limits import MAX_BYTES, MAX_PIXELS
from data.pictures.preprocess import Decoded, decode_bytes, decode_file, prepare_image
from data.samples.pictures import Sample, samples

SOURCES: Final = {"sample": "Sample", "set": "The set", "upload": "Upload", "draw": "Draw"}
MOST_MEGABYTES: Final = MAX_BYTES // 1_000_000
LIMITS: Final = {"megabytes": MOST_MEGABYTES, "megapixels": MAX_PIXELS // 1_000_000}
"""Of a picture's file, for texts."""
_ANY: Final = "any"
_UPLOADS: Final = "opened_uploads"
_DECODED: Final = "opened_decoded"
_DRAWINGS: Final = "opened_drawings"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of one's own: in memory, for this session alone."""

    name: str
    raw: bytes


def choose_picture(slug: str, *, size: int, prepared: str = "") -> Picture:
    """The picture that is open, behind one button; all inputs stand behind it.

    What is chosen here is open on every page; see `dashboard.opened`.

    Args:
        slug: Of the page.
        size: Side in pixels.
        prepared: Folder of a prepared set to choose X-rays from, "" for the one that was opened
            on the Dataset page.

    Raises:
        Gone: ``picture.gone`` where what is open is not here; the button stands all the same.
    """
    try:
        shown = open_picture(size, prepared=prepared)
    except LessonError:
        shown = None
    with popover(slug, "picture", "No picture" if shown is None else shown.title):
        try:
            _inputs(slug, prepared)
        except LessonError as error:  # of the file or the set that was just chosen
            advise(error)
        if shown is not None:
            st.caption(shown.origin)
    return open_picture(size, prepared=prepared) if shown is None else shown


def open_picture(size: int, *, prepared: str = "") -> Picture:
    """The picture that is open.

    Args:
        size: Side in pixels.
        prepared: Folder of a set that the page knows, where its X-rays are looked for first.

    Raises:
        Gone: ``picture.gone``, or what decoding an upload refuses.
    """
    key = state.opened().picture
    kind, _, rest = key.partition(".")
    if kind == "set" and rest:
        folder, _, name = rest.partition(".")
        found = find_record(folder, name, at=prepared)
        if found is not None:
            return _of_record(*found, size)
        raise _gone(f"The X-ray {name!r} is not here.", "Its set was cleared away or never here.")
    if kind == "upload":
        upload = state.recalled(_UPLOADS, rest)
        if upload is not None:
            try:
                return _of_upload(upload, rest, size)
            except LessonError as error:
                raise Gone(
                    "picture", error.code, problem=error.problem, remedy=error.remedy
                ) from error
        raise _gone("An uploaded picture is not in this link.", "It stays where it was uploaded.")
    if kind == "drawing":
        pixels = state.recalled(_DRAWINGS, rest)
        if pixels is not None:
            return _of_drawing(pixels, rest, size)
        raise _gone("A drawing by hand is not in this link.", "It stays where it was drawn.")
    known = {sample.key: sample for sample in samples()}
    if key and key not in known:
        raise _gone(f"There is no picture {key!r}.", "The link may be older than this version.")
    return _of_sample(known[key] if key else samples()[0], size)


def recalled_upload(key: str) -> Upload | None:
    """The upload of that key in an address, None where it is of another session or none."""
    kind, _, digest = key.partition(".")
    return state.recalled(_UPLOADS, digest) if kind == "upload" else None


def keep_upload(upload: Upload) -> str:
    """Keep an upload for this session; the key that opens it."""
    digest = _digest(upload.raw)
    state.remembered(_UPLOADS, digest, lambda: upload, most=4)
    return f"upload.{digest}"


def take_back_upload() -> None:
    """Close the upload that is open and let go of its bytes: a person took the file away."""
    kind, _, digest = state.opened().picture.partition(".")
    if kind == "upload":
        state.forget(_UPLOADS, digest)
        state.forget(_DECODED, digest)
        state.open_picture("")


def _gone(problem: str, remedy: str) -> Gone:
    return Gone("picture", "picture.gone", problem=problem, remedy=f"{remedy} Choose another.")


def _inputs(slug: str, prepared: str) -> None:
    """The four ways to a picture; what is chosen is opened."""
    tab, followed = f"{slug}_picture_source", f"{slug}_picture_followed"
    key = state.opened().picture
    if state.widget_value(followed) != key or state.widget_value(tab) is None:
        state.set_widget_value(followed, key)
        state.set_widget_value(tab, _source_of(key))
    source = st.segmented_control(
        "Where from",
        tuple(SOURCES),
        format_func=SOURCES.__getitem__,
        required=True,
        key=tab,
        on_change=lambda: _turn_to(slug, str(state.widget_value(tab)), prepared),
        width="stretch",
    )
    if source == "set":
        _choose_of_set(slug, prepared)
    elif source == "upload":
        _upload(slug)
    elif source == "draw":
        _draw(slug)
    else:
        _choose_sample(slug)


def _source_of(key: str) -> str:
    kind = key.partition(".")[0]
    return {"set": "set", "upload": "upload", "drawing": "draw"}.get(kind, "sample")


def _turn_to(slug: str, source: str, prepared: str) -> None:
    """Open what a way begins with, where it has something."""
    if source == "sample":
        state.open_picture("")
    elif source == "set" and (found := _set_at_hand(prepared)) is not None:
        state.open_picture(key_at(found, int(shuffled(found)[0])))
    elif source == "draw":
        _open_drawing(_on_board(slug))
    state.set_widget_value(f"{slug}_picture_followed", state.opened().picture)


def _choose_sample(slug: str) -> None:
    known, box = {sample.key: sample for sample in samples()}, f"{slug}_picture_sample"
    opened = state.opened().picture or samples()[0].key
    state.set_widget_value(box, opened if opened in known else None)
    st.selectbox(
        "Sample",
        tuple(known),
        index=None,
        format_func=lambda key: known[key].title,
        key=box,
        placeholder="Choose a sample",
        required=opened in known,
        on_change=lambda: state.open_picture(str(state.widget_value(box) or "")),
    )


def _of_sample(sample: Sample, size: int) -> Picture:
    return Picture(
        image=sample.make(size),
        title=sample.title,
        origin=f"{sample.title}, computed at {size} by {size} pixels.",
        key=(sample.key, size),
    )


def _upload(slug: str) -> None:
    key, refused = f"{slug}_picture_file", f"{slug}_picture_refused"

    def take() -> None:
        files = state.given_files(key)
        state.set_widget_value(refused, None)
        if not files:
            take_back_upload()
            return
        file = files[0]
        upload = Upload(name=file.name, raw=file.getvalue())
        try:
            _decoded(upload, _digest(upload.raw))
        except LessonError as error:
            state.set_widget_value(refused, error)
        else:
            state.open_picture(keep_upload(upload))

    st.file_uploader(
        "Picture file",
        max_upload_size=MOST_MEGABYTES,
        key=key,
        on_change=take,
        help="PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM. It stays in memory and goes with the"
        " session.",
    )
    error = state.widget_value(refused)
    if isinstance(error, LessonError):
        advise(error)
    elif state.widget_value(key) is None:
        st.caption("Until there is a file, the picture stays.")


def _decoded(upload: Upload, digest: str) -> Decoded:
    return state.remembered(
        _DECODED, digest, lambda: decode_bytes(upload.raw, name=upload.name), most=2
    )


def _of_upload(upload: Upload, digest: str, size: int) -> Picture:
    decoded = _decoded(upload, digest)
    changes = [change.sentence for change in decoded.changes]
    said = f"{upload.name}, {decoded.width} by {decoded.height} pixels, fitted into {size}."
    return Picture(
        image=prepare_image(decoded.gray, size),
        title=upload.name,
        origin=" ".join([said, *changes]),
        key=cache.own(digest, size),
    )


def _draw(slug: str) -> None:
    kind, _, digest = state.opened().picture.partition(".")
    sent = _on_board(slug)
    opened = state.recalled(_DRAWINGS, digest) if kind == "drawing" else None
    start = sent if opened is None else opened
    restored = "" if np.array_equal(sent, start) else digest
    board(
        start,
        key=f"{slug}_picture_board",
        restored=restored,
        changed=lambda: _open_drawing(_on_board(slug)),
    )


def _on_board(slug: str) -> UInt8Array:
    sent = read_pixels(getattr(state.widget_value(f"{slug}_picture_board"), "pixels", None))
    return np.zeros((SIZE, SIZE), np.uint8) if sent is None else sent


def _open_drawing(pixels: UInt8Array) -> None:
    digest = _digest(pixels.tobytes())
    state.remembered(_DRAWINGS, digest, lambda: pixels, most=64)
    state.open_picture(f"drawing.{digest}")


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]


def _of_drawing(pixels: UInt8Array, digest: str, size: int) -> Picture:
    return Picture(
        image=prepare_image(pixels, size),
        title="Your drawing",
        origin=f"Drawn by hand on {SIZE} by {SIZE} pixels, fitted into {size}.",
        key=cache.own(digest, size),
    )


def _set_at_hand(prepared: str) -> PreparedSet | None:
    """The set of the picture that is open, else the page's, else the Dataset page's."""
    named = set_of(state.opened().picture)
    found = find_record(*named, at=prepared) if named else None
    if found is not None:
        return found[0]
    return open_set(prepared) or open_set(state.PREPARED.get())


def _choose_of_set(slug: str, prepared: str) -> None:
    found = _set_at_hand(prepared)
    if found is None:
        st.caption("No set of X-rays is open yet. Open one on the Dataset page first.")
        st.page_link(catalogue.page("dataset").path, label="To the dataset page")
        return
    labels, number = f"{slug}_picture_label", f"{slug}_picture_place"
    label = str(st.selectbox("Label", (_ANY, *found.classes), key=labels))
    index = shuffled(found, None if label == _ANY else label)
    if not len(index):
        st.caption("The set holds no such image.")
        return
    named = set_of(state.opened().picture)
    at = cache.positions(str(found.folder), found.fingerprint).get(named[1]) if named else None
    choose_place(found, index, at, key=number)


def _of_record(found: PreparedSet, index: int, size: int) -> Picture:
    record = record_at(found, index)
    path = record["path"]
    # The file has more pixels than the prepared array; a synthetic image has no file.
    if path is None or found.size == size:
        gray = np.asarray(found.images[index])
    else:
        gray = decode_file(Path(path)).gray
    label = found.classes[int(found.labels[index])]
    about = record_title(record)
    return Picture(
        image=prepare_image(gray, size),
        title=f"{about} ({label})",
        origin=f"{about}, labeled {label}, of {found.title}.",
        key=(found.fingerprint, index, size),
    )
