"""Bringing a network of one's own: a button beside the chooser, and a dialog behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from core.errors import LessonError
from core.jobs.reading_network import read_apart
from core.models.graph import nodes
from core.models.keras_file.folding import VALUES
from core.models.keras_file.reader import Answers, ReadNetwork
from core.models.keras_file.unpacking import MOST_BYTES
from core.models.spec import MAX_INPUT_SIZE, MIN_INPUT_SIZE
from dashboard import state
from dashboard.access.own_networks import MOST_OWN, bring, own_networks, remove
from dashboard.access.people import asking
from dashboard.advice import advise
from dashboard.plain import plain
from data.models.brought import LONGEST_TITLE, Brought

_READ: Final = "bring_read"
_ALONE: Final = "<style>[data-testid='stPopoverBody'] { visibility: hidden; }</style>"
"""The chooser that the button stands in stays open, and would lie over the dialog."""
_OPENS: Final = """It opens in every page that takes a network. It has no training and no test
here: curves, results and its way through the epochs stay closed for it."""


def bring_button(slug: str) -> None:
    """The button that opens the dialog.

    Args:
        slug: Of the page.
    """
    if st.button(
        "Bring a network", icon=":material/upload_file:", key=f"{slug}_bring", width="stretch"
    ):
        _dialog()


@st.dialog("Bring a network", width="medium")
def _dialog() -> None:
    st.html(_ALONE)
    file = st.file_uploader(
        f"A file of Keras 3 (.keras), at most {MOST_BYTES // 2**20} MB",
        max_upload_size=MOST_BYTES // 2**20,
        key="bring_file",
        help="Written by model.save('network.keras'). Its layers and numbers are read, nothing in "
        "it is run, and the file itself is not kept.",
    )
    if file is not None:
        raw = file.getvalue()
        try:
            with st.spinner("Reading it…"):
                found = _read(raw, Answers())
        except LessonError as error:
            advise(error)
        else:
            _ask(raw, found, file.name.rpartition(".")[0])
    _brought()


def _read(raw: bytes, answers: Answers) -> ReadNetwork:
    key = (hashlib.sha256(raw).hexdigest(), answers)
    return state.remembered(_READ, key, lambda: read_apart(raw, answers), most=2)


def _ask(raw: bytes, found: ReadNetwork, name: str) -> None:
    """What was read, what the file does not tell, and the button that keeps it."""
    spec = found.spec
    st.markdown(f"**{_summary(found)}**")
    if found.notes:
        st.markdown(" ".join(plain(note) for note in found.notes))
    left, right = st.columns(2)
    title = left.text_input(
        "Name", name[:LONGEST_TITLE], max_chars=LONGEST_TITLE, key="bring_title"
    )
    classes = right.text_input(
        "Classes, in the order of its outputs",
        ", ".join(spec.classes),
        key="bring_classes",
        help="Of two, the second is the one whose output is shown.",
    )
    left, right = st.columns(2)
    values = left.selectbox(
        "It was given pixels from",
        VALUES,
        index=VALUES.index(found.values),
        key="bring_values",
        help="A file without a Rescaling layer does not tell: with the wrong range its answers "
        "mean nothing.",
    )
    size = right.number_input(
        "Side of its pictures, px",
        MIN_INPUT_SIZE,
        MAX_INPUT_SIZE,
        spec.input_size,
        disabled=not found.open_size,
        key="bring_size",
        help=None if found.open_size else "Written in the file.",
    )
    answers = Answers(
        title=(title or name).strip(),
        classes=tuple(part.strip() for part in (classes or "").split(",") if part.strip()),
        size=int(size),
        values=values,
    )
    st.caption(_OPENS)
    if st.button("Open it", type="primary", icon=":material/hub:", key="bring_keep"):
        _try(lambda: _keep(raw, answers))


def _keep(raw: bytes, answers: Answers) -> None:
    with st.spinner("Keeping it…"):
        kept = bring(raw, answers, asking())
    state.open_network(kept.key, dataset="")
    st.rerun()


def _summary(found: ReadNetwork) -> str:
    spec = found.spec
    numbers = sum(array.size for array in found.weights.values())
    layers = sum(node.kind not in {"input", "rescaling"} for node in nodes(spec))
    return (
        f"{layers} layers, {numbers:,} numbers, pictures of {spec.input_size} x "
        f"{spec.input_size}, {len(spec.classes)} classes"
    )


def _brought() -> None:
    """What this person has brought, each with a button that removes it."""
    known = own_networks(asking())
    if not known:
        return
    person = asking()
    limit = "" if person.is_lecturer else f", at most {MOST_OWN}"
    st.markdown(f"#### {'Brought here' if person.is_lecturer else 'Yours'} ({len(known)}{limit})")
    for one in known:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(plain(one.title))
        if right.button(
            "Remove", key=f"bring_remove_{one.id}", help=f"Remove {plain(one.title)} for good"
        ):
            _try(lambda one=one: _remove(one))


def _remove(one: Brought) -> None:
    remove(one, asking())
    if state.opened().network == one.key:
        state.open_default("network")
    st.rerun()


def _try(action: Callable[[], Any]) -> None:
    try:
        action()
    except LessonError as error:
        advise(error)
