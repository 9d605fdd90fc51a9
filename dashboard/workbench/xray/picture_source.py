"""Where a picture comes from: files, the camera, or an image of the set the network knows."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from core.arrays import IntArray, UInt8Array
from core.marks import Marks
from core.prepared import SPLITS, PreparedSet
from dashboard import cache, state
from dashboard.networks.classifiers import Classifier
from dashboard.plain import plain
from dashboard.shared.network_set import network_set
from dashboard.shared.picture_choice import (
    LIMITS,
    MOST_MEGABYTES,
    Upload,
    keep_upload,
    open_picture,
    recalled_upload,
    take_back_upload,
)
from dashboard.shared.segments import segments
from dashboard.shared.set_image import (
    choose_place,
    find_record,
    key_at,
    record_at,
    record_title,
    set_of,
    shuffled,
)
from dashboard.workbench.sources import SOURCES
from dashboard.workbench.xray import figure as figures
from data.pictures.preprocess import Decoded, decode_bytes, decode_file, marks_on_file

MOST_FILES: Final = 50
MOST_CHIPS: Final = 3
_PARTS: Final = {"test": "Test", "validation": "Validation", "train": "Training"}
_ANY: Final = "all"
_SAMPLE_PX: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """One picture that can be shown to a network.

    Attributes:
        key: Names the picture inside the session.
        name: File name, or what is known of an image of the set.
        decode: Gives the picture; called with ``invert``.
        marks: Places in the picture that ``decode`` gives; None where none are.
        label: What the set says it shows; "" for a picture of one's own.
        part: "train", "validation", "test"; "unknown" where its set may be another one than the
            network's; "" for a picture of one's own.
    """

    key: Hashable
    name: str
    decode: Callable[[bool], Decoded]
    marks: Marks | None = None
    label: str = ""
    part: str = ""


def choose_source() -> str:
    """Which of the three ways a picture comes; part of the address.

    It follows the picture that is open, until a person turns to another way.
    """
    key, opened, preset = "xray_source", state.opened().picture, False
    if state.widget_value("xray_followed") != opened:
        state.set_widget_value("xray_followed", opened)
        if opened and key not in st.query_params:
            state.set_widget_value(key, "upload" if set_of(opened) is None else "set")
            preset = True
    return segments(
        "Picture",
        tuple(SOURCES),
        format_func=SOURCES.__getitem__,
        default="upload",
        key=key,
        preset=preset,
        bind="query-params",
        width="stretch",
        wrap=True,
        help="A file of yours, a picture taken now, or an image of the set the network knows.",
    )


def choose_subjects(source: str, network: Classifier, busy: DeltaGenerator) -> list[Subject]:
    """The pictures at hand; empty before there is one.

    Args:
        source: What `choose_source` gave.
        network: Whose set is offered.
        busy: Where the preparation of that set tells how far it is.
    """
    if source == "camera":
        return _camera()
    if source == "set":
        return _image_of_set(network, busy)
    return _uploads()


def _uploads() -> list[Subject]:
    # Any name is taken: DICOM files often have no ending, and what a file is its content says.
    files = st.file_uploader(
        "X-ray files",
        accept_multiple_files=True,
        max_upload_size=MOST_MEGABYTES,
        key="xray_files",
        on_change=_take_upload,
        label_visibility="collapsed",
        help="PNG, JPEG, TIFF, BMP, WebP or DICOM.",
    )
    st.html(figures.note(cache.page_text("xray")["upload-limits"].format(**LIMITS)))
    if len(files) > MOST_FILES:
        st.html(figures.note(f"The first {MOST_FILES} of {len(files)} files are shown."))
    if not files:
        return _of_opened()
    return [_of_bytes(file.name, file.getvalue()) for file in files[:MOST_FILES]]


def _take_upload() -> None:
    """Open a single file, so that the other pages show it too."""
    files = state.given_files("xray_files")
    if not files:
        take_back_upload()
    if len(files) == 1:
        upload = Upload(name=files[0].name, raw=files[0].getvalue())
        key = keep_upload(upload)
        state.set_widget_value("xray_followed", key)
        state.open_picture(key)


def _of_opened() -> list[Subject]:
    """What another page has opened: a file, a sample or a drawing."""
    key = state.opened().picture
    if not key or set_of(key) is not None:
        return []
    upload = recalled_upload(key)
    if upload is not None:
        return [_of_bytes(upload.name, upload.raw)]
    picture = open_picture(_SAMPLE_PX)
    return [Subject(key=key, name=picture.title, decode=_array_decoder(picture.image))]


def _camera() -> list[Subject]:
    shot = st.camera_input(
        "Take a picture", key="xray_camera", resolution="1080p", label_visibility="collapsed"
    )
    st.html(figures.note(cache.page_text("xray")["camera-note"]))
    return [] if shot is None else [_of_bytes("camera picture", shot.getvalue())]


def _of_bytes(name: str, raw: bytes) -> Subject:
    return Subject(
        key=hashlib.sha256(raw).hexdigest(),
        name=name,
        decode=lambda invert: decode_bytes(raw, name=name, invert=invert),
    )


def _image_of_set(network: Classifier, busy: DeltaGenerator) -> list[Subject]:
    """The image of a set that is open, and the choice of others from the same set."""
    named = set_of(state.opened().picture)
    found = find_record(*named, at=network.prepared) if named else None
    if named and found is None:
        open_picture(network.spec.input_size)  # says that it is gone
    prepared = network_set(network, network.set_size, busy) if found is None else found[0]
    if prepared is None:
        return []
    if found is not None and network.prepared not in ("", str(prepared.folder)):
        st.button(
            "Images the network knows",
            icon=":material/photo_library:",
            key="xray_others",
            on_click=state.open_picture,
            args=("",),
            width="stretch",
        )
    index = _choose_part(prepared, None if found is None else found[1])
    if not len(index):
        st.html(figures.note("This part holds no such image."))
        return []
    if found is None:
        state.settle(replace(state.opened(), picture=key_at(prepared, int(index[0]))))
        state.set_widget_value("xray_part_followed", state.opened().picture)
    shown = int(index[0]) if found is None else found[1]
    choose_place(prepared, index, shown, key="xray_image")
    return [_of_record(prepared, shown, network)]


def _choose_part(prepared: PreparedSet, shown: int | None) -> IntArray:
    """Positions of the images of a part and label, never in the order of the files: neighboring
    numbers are often one patient. The choice follows the image that is open.
    """
    key, opened = "xray_part", state.opened().picture
    if shown is not None and state.widget_value("xray_part_followed") != opened:
        state.set_widget_value("xray_part_followed", opened)
        part = SPLITS[int(prepared.split[shown])]
        chosen = state.widget_value(key)
        if chosen is None or not np.isin(shown, _positions(prepared, *chosen)):
            state.set_widget_value(key, (part, _ANY))

    def choose() -> None:
        index = _positions(prepared, *state.widget_value(key))
        if len(index):
            state.open_picture(key_at(prepared, int(index[0])))
            state.set_widget_value("xray_part_followed", state.opened().picture)

    chosen = st.selectbox(
        "Images of the set",
        [(part, label) for part in _PARTS for label in (_ANY, *prepared.classes)],
        format_func=lambda choice: f"{_PARTS[choice[0]]}: {choice[1]}",
        key=key,
        on_change=choose,
        help="Parts of the set as it is prepared here. Below the answer stands whether the network"
        " learned from the image.",
    )
    return _positions(prepared, *chosen)


def _positions(prepared: PreparedSet, part: str, label: str) -> IntArray:
    return shuffled(prepared, None if label == _ANY else label, part=part)


def _of_record(prepared: PreparedSet, index: int, network: Classifier) -> Subject:
    record = record_at(prepared, index)
    label = prepared.classes[int(prepared.labels[index])]
    path = record["path"]
    if path is not None:
        decode, marks = _file_decoder(Path(path)), marks_on_file(record)
    else:
        decode, marks = _array_decoder(prepared.images[index]), record["marks"] or None
    return Subject(
        key=(prepared.fingerprint, index),
        name=record_title(record),
        decode=decode,
        marks=marks,
        label=label,
        part=_part_of(prepared, index, network),
    )


def _part_of(prepared: PreparedSet, index: int, network: Classifier) -> str:
    """What an image was to the network: a part, "both" where it first validated and then taught.

    "unknown" where the network's set was prepared in another way.
    """
    if not network.knows_parts(prepared):
        return "unknown"
    part = SPLITS[int(prepared.split[index])]
    return "both" if part == "validation" and network.learned_from_validation else part


def _file_decoder(path: Path) -> Callable[[bool], Decoded]:
    return lambda invert: decode_file(path, invert=invert)


def _array_decoder(image: UInt8Array) -> Callable[[bool], Decoded]:
    """A drawn picture takes the way of every other one: as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(image)).save(buffer, "PNG")
    raw = buffer.getvalue()
    return lambda invert: decode_bytes(raw, invert=invert)


def choose_subject(subjects: list[Subject]) -> Subject:
    """One of several pictures, by its name; nothing is asked where there is one."""
    if len(subjects) == 1:
        return subjects[0]
    names = _distinct([subject.name for subject in subjects])
    by_name = dict(zip(names, subjects, strict=True))
    if len(names) <= MOST_CHIPS:
        chosen = st.pills("Pictures", names, default=names[0], required=True, key="xray_subject")
    else:
        page = st.pagination(len(names), key="xray_page")
        chosen = names[page - 1]
        st.markdown(f"**{page} of {len(names)}**: {plain(chosen)}")
    return by_name.get(str(chosen), subjects[0])


def _distinct(names: list[str]) -> list[str]:
    """The same names, later ones of equal files' names numbered; none too long for a chip."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        short = name if len(name) <= 18 else f"{name[:10]}…{name[-7:]}"
        seen[short] = seen.get(short, 0) + 1
        result.append(short if seen[short] == 1 else f"{short} ({seen[short]})")
    return result


def decoded_of(subject: Subject, *, invert: bool) -> Decoded:
    """The picture; decoded once a session, kept in memory only."""
    return state.remembered(
        "xray_decoded", (subject.key, invert), lambda: subject.decode(invert), most=4
    )
