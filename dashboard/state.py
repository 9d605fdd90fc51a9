"""The only module that touches `st.session_state`: typed, named slots of one session."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.access.people import Standing
from data.synthetic.difficulty import Difficulty

T = TypeVar("T")
_FRESH: Final = "fresh_{}"


@dataclass(frozen=True)  # no slots: they break subscripted generic dataclasses on Python 3.11
class Key(Generic[T]):
    """One named, typed slot of the session.

    Values are immutable, so that a change is always a `set`.
    """

    name: str
    default: Callable[[], T]

    def get(self) -> T:
        """The value, or a fresh default."""
        if self.name not in st.session_state:
            st.session_state[self.name] = self.default()
        return cast("T", st.session_state[self.name])

    def set(self, value: T) -> None:
        """Replace the value."""
        st.session_state[self.name] = value


DATASET: Final = Key[str]("dataset_name", lambda: "synthetic")
"""The dataset that Dataset, Train and Test an X-ray speak of."""

RUN: Final = Key[str]("run_id", str)
"""The run that the pages show; empty for none."""


LAUNCH: Final = Key[str]("train_launch", str)
"""The training that begins once its images are prepared; empty for none."""

RACE_LAUNCH: Final = Key[str]("zoo_launch", str)
"""The trainings of the zoo that begin once their images are prepared; empty for none."""

ADVICE: Final = Key[tuple[str, str, str]]("train_advice", lambda: ("", "", ""))
"""Code, problem and remedy of what a button of the Train page could not do."""

ASKS: Final = Key[bool]("asks_questions", lambda: True)
"""Whether pages ask their question first."""

PREPARED: Final = Key[str]("dataset_prepared", str)
"""Folder of the prepared set that the Dataset page shows."""

SAMPLE: Final = Key[tuple[str, str]]("sample", lambda: ("", ""))
"""Folder of a prepared set and id of the image in it that was chosen to be tested."""

DIFFICULTY: Final = Key[Difficulty]("dataset_difficulty_used", Difficulty)
"""Of the synthetic radiographs that the Dataset page shows."""

WALL_PAGE: Final = Key[int]("dataset_wall_page", int)
"""Page of the image wall, from 0."""

WALL_OF: Final = Key[tuple[str, Hashable]]("dataset_wall_of", lambda: ("", None))
"""Fingerprint and filter of the images that the wall's page number counts."""

TURNED_AT: Final = Key[int]("dataset_turned_at", int)
"""When the wall's page was turned last, by the browser's clock."""

OPENED: Final = Key[str]("dataset_opened", str)
"""Image to show large in this run; empty for none."""

OPENED_AT: Final = Key[int]("dataset_opened_at", int)
"""When the last image was opened, by the browser's clock."""


def widget_value(key: str) -> Any:
    """The value of a widget or component by its key, None before it exists."""
    return st.session_state.get(key)


def set_widget_value(key: str, value: Any) -> None:
    """Preset a widget; only inside a callback or before the widget is made."""
    st.session_state[key] = value


def in_address(name: str) -> str:
    """What the page's address holds under that name, empty where nothing."""
    return str(st.query_params.get(name, ""))


def let_go(file: UploadedFile) -> None:
    """Forget the bytes of an uploaded file that this session needs no more."""
    context = get_script_run_ctx()
    if context is not None:
        Standing.uploads.let_go(context.session_id, file.file_id)


def put_in_address(name: str, value: str) -> None:
    """Write into the page's address, so that a reload and a link keep it."""
    st.query_params[name] = value


def remembered(slot: str, key: Hashable, make: Callable[[], T], *, most: int = 8) -> T:
    """What this session made before under that key, or what ``make`` gives now.

    For what must not outlive the session, such as an uploaded picture.

    Args:
        slot: Name of the store; with a page's slug in front it is forgotten with the page.
        key: Names the value inside the store.
        make: Called where the key is new; its errors are not kept.
        most: Values kept; the one that was not asked for longest goes first.
    """
    store: OrderedDict[Hashable, Any] = st.session_state.setdefault(slot, OrderedDict())
    if key not in store:
        store[key] = make()
    store.move_to_end(key)
    while len(store) > most:
        store.popitem(last=False)
    return cast("T", store[key])


def reset_page(slug: str) -> None:
    """Forget all that a page's widgets hold: their keys start with the page's slug."""
    for name in [name for name in st.session_state if str(name).startswith(f"{slug}_")]:
        del st.session_state[name]
    st.query_params.clear()
    # Components hold what was set in the browser: another number tells them to forget it.
    st.session_state[_FRESH.format(slug)] = time.time_ns()


def asks() -> bool:
    """Whether pages ask their question first; a link with ``?questions=off`` leaves them out."""
    if in_address("questions") == "off":
        ASKS.set(False)
    return ASKS.get()


def toggle_questions() -> None:
    """Leave the questions out, or ask them again."""
    ASKS.set(not asks())
    if "questions" in st.query_params:
        del st.query_params["questions"]


def kept_setting(slug: str) -> str:
    """What was set in that page's stage at its last visit, as the address has it."""
    return str(st.session_state.get(f"{slug}_kept_setting", ""))


def keep_setting(slug: str, code: str) -> None:
    """Note what is set in a page's stage."""
    st.session_state[f"{slug}_kept_setting"] = code


def freshness(slug: str) -> str:
    """Changes with each reset of that page in this session; empty before one."""
    return str(st.session_state.get(_FRESH.format(slug), ""))


def newest(slot: str) -> Any:
    """What `remembered` was asked for last in that store, None where it is empty."""
    store: OrderedDict[Hashable, Any] = st.session_state.get(slot, OrderedDict())
    return next(reversed(store.values()), None)


def projector() -> bool:
    """Whether type and lines are enlarged for a projector."""
    # Asked before the switch is drawn, a linked page knows it only from its address.
    linked = st.query_params.get("projector", "").lower() == "true"
    return bool(st.session_state.get("projector", linked))
