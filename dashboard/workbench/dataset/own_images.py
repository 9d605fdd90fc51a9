"""Dataset: the images that a person brings: from where, how they are read, and whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from core.configuration import in_force
from core.errors import LessonError
from dashboard import cache, state
from dashboard.access.folders import open_folder
from dashboard.access.own_images import (
    SharedImages,
    brought,
    is_shared,
    note_owner,
    remove_images,
    share,
    shared_images,
    stop_sharing,
)
from dashboard.access.people import Standing, asking
from dashboard.background.set_request import SetRequest, Upload
from dashboard.background.unused_uploads import trained_sets
from dashboard.shared.segments import segments
from dashboard.workbench.dataset.view import DatasetView
from data.sets.origins import source_of
from data.sets.registry import DatasetInfo

WAYS: Final = {"upload": "Upload a ZIP", "shared": "From the class", "folder": "Folder here"}
PARTS: Final = {"grouped": "Made by group", "given": "As in its folders"}
_UPLOADS: Final = "dataset_uploads"
"""What this session brought, or took from the class; Train takes the newest."""


def choose_images() -> tuple[Path | None, Upload | None]:
    """Where a person's own images are: a folder here, a file that was brought, or neither yet."""
    text = cache.page_text("dataset")
    shown = shared_images() if Standing.policy.shared else ()
    way = segments(
        "Where they are",
        [name for name in WAYS if name != "shared" or shown],
        format_func=WAYS.__getitem__,
        default="upload",
        key="dataset_way",
    )
    if way == "folder":
        root = _path_field(text["own-folder"])
        if root is not None:
            note_owner(source_of(root), asking())
        return root, None
    if way == "shared":
        return None, _shared(shown)
    file = st.file_uploader("ZIP file", type="zip", key="dataset_zip", help=text["own-upload"])
    if file is None:
        return None, None
    key = (file.file_id, file.name)
    upload = state.remembered(
        _UPLOADS, key, lambda: Upload(name=file.name, raw=file.getvalue()), most=2
    )
    note_owner(upload.source, asking())
    if not upload.raw:  # unpacked or refused: Streamlit's copy is of no more use
        state.let_go(file)
    return None, upload


def _shared(shown: Sequence[SharedImages]) -> Upload:
    """The images that somebody else shows to the class, as if they had been brought here."""
    by_source = {images.source: images for images in shown}
    chosen = st.selectbox(
        "Shown to the class",
        tuple(by_source),
        format_func=lambda source: by_source[source].title,
        key="dataset_shared",
    )
    images = by_source[chosen]
    key = ("shared", images.source)
    found = Upload(name=images.title, raw=b"", digest=images.source, folder=images.folder)
    return state.remembered(_UPLOADS, key, lambda: found, most=2)


def folder_field(info: DatasetInfo) -> Path | None:
    """The folder of a set that is not where it is looked for."""
    return _path_field(f"Where {info.title} lies unpacked on the computer that runs Lightbox.")


def _path_field(words: str) -> Path | None:
    typed = st.text_input(
        "Folder on this computer", key="dataset_path", help=words, persist_state="session"
    )
    if not typed or not typed.strip():
        return None
    return open_folder(typed, Standing.policy, lecturer=asking().is_lecturer)


def folder_choices(request: SetRequest, view: DatasetView) -> None:
    """Which class is the finding, and whether ready-made parts are kept: what names cannot tell."""
    text = cache.page_text("dataset")
    prepared = view.prepared
    choices = state.FOLDER_CHOICES.get().of(request.root, request.upload)
    widget = hashlib.sha256(choices.source.encode()).hexdigest()[:8]
    if len(prepared.classes) == 2:
        names = sorted(prepared.classes)
        finding = segments(
            text["own-finding"],
            names,
            default=prepared.classes[1],
            key=f"dataset_finding_{widget}",
            help=text["own-finding-help"],
        )
        if finding != prepared.classes[1]:
            choices = replace(choices, positive=finding)
    if prepared.details.get("given_parts"):
        parts = segments(
            text["own-parts"],
            tuple(PARTS),
            format_func=PARTS.__getitem__,
            default="given" if request.split == "given" else "grouped",
            key=f"dataset_parts_{widget}",
            help=text["own-parts-help"],
        )
        choices = replace(choices, keeps_parts=parts == "given")
    if choices != state.FOLDER_CHOICES.get().of(request.root, request.upload):
        state.FOLDER_CHOICES.set(choices)
        st.rerun()


def whose_panel(request: SetRequest) -> None:
    """Show what was brought to the class, take it back, or remove it before its time is over."""
    if request.upload is None:
        return
    text, person, source = cache.page_text("dataset"), asking(), request.upload.source
    if not (person.is_lecturer or brought(source, person)):
        st.caption(text["own-shared-by-other"])
        return
    if Standing.policy.shared:
        shown = st.toggle(
            "Show them to the class",
            value=is_shared(source),
            key=f"dataset_show_{source}",
            help=text["own-share-help"],
        )
        _follow(shown, source, request.upload.name)
    with st.popover("Remove these images", icon=":material/delete:", key="dataset_remove"):
        st.markdown(text["own-remove"].format(hours=f"{in_force().keep_uploads_h:g}"))
        st.button(
            "Remove for good",
            type="primary",
            key="dataset_remove_sure",
            on_click=_remove,
            args=(source,),
        )
    told = state.REMOVED_IMAGES.get()
    if told:
        st.info(told, icon=":material/delete:")
        state.REMOVED_IMAGES.set("")


def _follow(shown: bool, source: str, name: str) -> None:
    """Have the class see the images, or see them no more, as the switch says."""
    if shown and not is_shared(source):
        share(source, asking(), title=name.removesuffix(".zip"))
    elif not shown and is_shared(source):
        stop_sharing(source, asking())


def _remove(source: str) -> None:
    try:
        done = remove_images(source, asking(), trained_on=trained_sets())
    except LessonError as error:
        state.REMOVED_IMAGES.set(error.problem)
        return
    text = cache.page_text("dataset")
    if done.others:
        state.REMOVED_IMAGES.set(text["own-removed-others"])
    elif done.trained_on:
        state.REMOVED_IMAGES.set(text["own-removed-trained"].format(sets=done.trained_on))
