"""The only module that touches `st.session_state`: typed, named slots of one session."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.bounded import Bounded
from dashboard.access.people import Standing
from dashboard.background.set_request import FolderChoices
from dashboard.opened import NAMES, Opened, read_opened
from data.synthetic.difficulty import Difficulty

T = TypeVar("T")
_FRESH: Final = "fresh_{}"
_FORGOTTEN: Final = "forgotten_{}"
QUESTIONS: Final = "questions"
"""Name in the address; its value "off" leaves the questions out."""
_MOST_OWN: Final = 8


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


LAUNCH: Final = Key[str]("train_launch", str)
"""The training that begins once its images are prepared; empty for none."""

RACE_LAUNCH: Final = Key[str]("zoo_launch", str)
"""The trainings of the zoo that begin once their images are prepared; empty for none."""

SWEEP_LAUNCH: Final = Key[str]("train_sweep_launch", str)
"""The trainings of a sweep that begin once their images are prepared; empty for none."""

LEAKS_LAUNCH: Final = Key[str]("leaks_launch", str)
"""The two trainings of the leak laboratory that begin once their images are prepared."""

TRANSFER_LAUNCH: Final = Key[str]("transfer_launch", str)
"""The same of the lesson on transfer: one training a share of the images."""

MINUTE_LAUNCH: Final = Key[str]("minute_launch", str)
"""The small network on collected pictures that begins once they are prepared."""

REMOVED_IMAGES: Final = Key[str]("dataset_removed", str)
"""What came of removing images, to be said once; empty for nothing."""

ADVICE: Final = Key[tuple[str, str, str]]("train_advice", lambda: ("", "", ""))
"""Code, problem and remedy of what a button of the Train page could not do."""

ASKS: Final = Key[bool]("asks_questions", lambda: True)
"""Whether pages ask their question first."""

_OPENED: Final = Key[Opened]("opened", Opened)
_CHOICES: Final = Key[int]("opened_choices", int)
_PAGE: Final = Key[str]("opened_page", str)
_VISIT: Final = Key[int]("opened_visit", int)
_RUNS: Final = Key[int]("opened_runs", int)
_READ: Final = Key[Opened]("opened_read", Opened)
_OWN: Final = Key[tuple[Opened, ...]]("opened_own", tuple)
_SEEN: Final = Key[dict[str, str]]("opened_seen", dict)
"""What the address said when the run began, by name."""

PREPARED: Final = Key[str]("dataset_prepared", str)
"""Folder of the prepared set that the Dataset page shows."""

DIFFICULTY: Final = Key[Difficulty]("dataset_difficulty_used", Difficulty)
"""Of the synthetic radiographs that the Dataset page shows."""

FOLDER_CHOICES: Final = Key[FolderChoices]("dataset_folder_choices", FolderChoices)
"""Finding and parts, as chosen for the images of one's own."""

WALL_OF: Final = Key[tuple[str, Hashable]]("dataset_wall_of", lambda: ("", None))
"""Fingerprint and filter of the images that the wall's page number counts."""

GOING: Final = Key[str]("lb_going", str)
"""Page that is left and page that is not yet reached, as ``neuron>pooling``; empty for none."""

CODE_OF: Final = Key[str]("lb_code_of", str)
"""Address whose QR code is to be shown; empty for none."""

OPENED: Final = Key[str]("dataset_opened", str)
"""Image to show large in this run; empty for none."""


def widget_value(key: str) -> Any:
    """The value of a widget or component by its key, None before it exists."""
    return st.session_state.get(key)


def given_files(key: str) -> tuple[UploadedFile, ...]:
    """Files of an uploader that the server has.

    A browser names its files anew when the server has forgotten them, after a new start for one;
    Streamlit then gives something in their place that has neither name nor bytes.
    """
    value = widget_value(key)
    given = value if isinstance(value, list) else [value]
    return tuple(file for file in given if isinstance(file, UploadedFile))


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
    store: Bounded[Hashable, Any] = st.session_state.setdefault(slot, Bounded(most))
    return cast("T", store.find_or_put(key, make))


def reset_page(slug: str) -> None:
    """Forget all that a page's widgets hold: their keys start with the page's slug."""
    for name in [name for name in st.session_state if str(name).startswith(f"{slug}_")]:
        del st.session_state[name]
    st.session_state[_FORGOTTEN.format(slug)] = st.query_params.to_dict()
    st.query_params.clear()
    open_(Opened())
    # Components hold what was set in the browser: another number tells them to forget it.
    st.session_state[_FRESH.format(slug)] = time.time_ns()


def asks() -> bool:
    """Whether pages ask their question first; a link with ``?questions=off`` leaves them out."""
    return ASKS.get()


def toggle_questions() -> None:
    """Leave the questions out, or ask them again."""
    ASKS.set(not asks())


def opened() -> Opened:
    """What is open, on every page of this session."""
    return _OPENED.get()


def open_(wanted: Opened) -> None:
    """Open something else: each such choice is one step of the browser's Back."""
    if wanted != opened():
        _OPENED.set(wanted)
        _CHOICES.set(_CHOICES.get() + 1)


def settle(wanted: Opened) -> None:
    """Say what is open more exactly, as its newest run: no choice, and so no step of Back."""
    _OPENED.set(wanted)


def open_dataset(name: str) -> None:
    """Open a dataset."""
    open_(replace(opened(), dataset=name))


def open_network(key: str, epoch: int | None = None, *, dataset: str = "") -> None:
    """Open a network.

    Args:
        key: As in `Opened`.
        epoch: Of its training, None for the best.
        dataset: That it learned from where it was trained here: the dataset follows its run.
    """
    found = replace(opened(), network=key, epoch=epoch)
    open_(replace(found, dataset=dataset) if dataset else found)


def open_epoch(epoch: int | None) -> None:
    """Open another epoch of the same network."""
    open_(replace(opened(), epoch=epoch))


def open_picture(key: str) -> None:
    """Open a picture."""
    open_(replace(opened(), picture=key))


def open_default(what: str) -> None:
    """Open what pages begin with, in place of one of `NAMES`."""
    open_(opened().without(what))


def arrive(slug: str) -> None:
    """Adopt what the address says where a link, a reload, Back or Forward has changed it.

    Called once at the beginning of each run of a page. The address is ours otherwise: the
    browser writes there what `address` tells, and the next run may bring an older text of ours,
    which is no wish of anybody.

    Args:
        slug: Of the page.
    """
    _RUNS.set(_RUNS.get() + 1)
    new_page, by_history = _PAGE.get() != slug, _walked_history()
    _PAGE.set(slug)
    _VISIT.set(_VISIT.get() + new_page)
    found = read_opened(cast("Mapping[str, str]", st.query_params))
    changed = found != _READ.get() and found not in _OWN.get()
    _READ.set(found)
    _SEEN.set({name: in_address(name) for name in NAMES})
    if new_page and not by_history:
        # The menu leads to a bare address: what is open goes along.
        changed = found != Opened()
    if by_history or changed:
        _OPENED.set(found)
    if (new_page or by_history) and in_address(QUESTIONS) == "off":
        ASKS.set(False)


def address() -> dict[str, Any]:
    """What the browser is to write into the page's address; told at the end of each run.

    Returns:
        ``parameters`` by name, "" for none; ``choices`` counts what a person has chosen: a new
        one becomes a step of Back; ``run`` differs each time; ``seen`` is what the address said
        when the run began: Back may have changed it since.
    """
    said = opened().parameters()
    own = _OWN.get()
    if opened() not in own:
        _OWN.set((*own, opened())[-_MOST_OWN:])
    parameters = {name: said.get(name, "") for name in NAMES}
    parameters[QUESTIONS] = "" if asks() else "off"
    told: dict[str, Any] = {"parameters": parameters, "seen": _SEEN.get()}
    return told | {"choices": _CHOICES.get(), "run": _RUNS.get()}


def _walked_history() -> bool:
    """Whether Back or Forward of the browser caused this run."""
    context = get_script_run_ctx()
    return bool(context and context.is_history_navigation)


def follow_setting(slug: str, linked: str) -> str:
    """What is set in a page's stage: what a link or Back brings, else what was set last.

    Args:
        slug: Of the page.
        linked: What the address says.
    """
    slot = Key[str](f"{slug}_followed_page", str)
    arrived = slot.get() != str(_VISIT.get())
    slot.set(str(_VISIT.get()))
    if (arrived and linked) or (_walked_history() and not arrived):
        keep_setting(slug, linked)
    return kept_setting(slug)


def kept_setting(slug: str) -> str:
    """What was set in that page's stage at its last visit, as the address has it."""
    return str(st.session_state.get(f"{slug}_kept_setting", ""))


def keep_setting(slug: str, code: str) -> None:
    """Note what is set in a page's stage."""
    st.session_state[f"{slug}_kept_setting"] = code


def is_forgotten(slug: str, name: str, value: str) -> bool:
    """Whether the address said so when that page was reset.

    A message that the browser sent before it heard of the reset brings the old address along.
    """
    return st.session_state.get(_FORGOTTEN.format(slug), {}).get(name) == value


def freshness(slug: str) -> str:
    """Changes with each reset of that page in this session; empty before one."""
    return str(st.session_state.get(_FRESH.format(slug), ""))


def recalled(slot: str, key: Hashable) -> Any:
    """What `remembered` keeps under that key, None where it was never made or went since."""
    store: Bounded[Hashable, Any] = st.session_state.get(slot, Bounded(1))
    return store.find(key)


def forget(slot: str, key: Hashable) -> None:
    """Let go of what `remembered` keeps under that key."""
    if slot in st.session_state:
        st.session_state[slot].pop(key)


def newest(slot: str) -> Any:
    """What `remembered` was asked for last in that store, None where it is empty."""
    store: Bounded[Hashable, Any] = st.session_state.get(slot, Bounded(1))
    return store.newest()
