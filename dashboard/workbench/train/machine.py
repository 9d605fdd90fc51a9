"""The time machine of Train: the pinned X-ray, and the film that a worker makes of a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st

from core.arrays import IntArray, UInt8Array
from core.explain.result import Reaction
from core.jobs.folder import RunFolder
from core.jobs.remote import Tasks, request
from core.npz import read_npz
from core.prepared import PreparedSet
from core.training.moment import Moment, film
from core.training.results import (
    PREDICTIONS,
    list_moments,
    read_validation_scores,
    snapshot_path,
)
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.background.errands import Errand
from dashboard.browser.publication import component
from dashboard.opened import Gone
from dashboard.shared.picture_choice import Picture, choose_picture
from dashboard.shared.set_image import key_at, open_set, shuffled
from dashboard.workbench.train import cache as kept
from dashboard.workbench.train.film import Film, Kept, State, next_of, piece, spread

SLUG: Final = "train"
SAMPLE: Final = 12
"""Validation images on which silent units are counted; the training has the processor too."""
WAIT_S: Final = 600.0
"""A worker may have to start, or serve others, first."""
_OWN: Final = "train_own_reactions"
_OWN_KEPT: Final = 2

_send = component("train_film", "workbench/train/frames.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pinned:
    """The X-ray at which the network is watched.

    Attributes:
        picture: As it is open on every page; None where that is not here.
        gone: Why it is not.
    """

    picture: Picture | None
    gone: str = ""

    @property
    def own(self) -> bool:
        """Whether a person brought it: what is made of it stays in the session."""
        key = None if self.picture is None else self.picture.key
        return isinstance(key, tuple) and key == cache.own(*key[1:])


def pin(run: RunFolder) -> Pinned:
    """Choose the X-ray in the stage's corner; a validation image of the second class at first.

    Raises:
        LessonError: ``run.damaged``.
    """
    spec = run.spec()
    found = open_set(spec.prepared)
    if not state.opened().picture and found is not None:
        index = shuffled(found, found.classes[1], part="validation")
        if len(index):
            state.settle(replace(state.opened(), picture=key_at(found, int(index[0]))))
    try:
        return Pinned(
            picture=choose_picture(SLUG, size=spec.model.input_size, prepared=spec.prepared)
        )
    except Gone as error:  # the curves are here all the same
        return Pinned(picture=None, gone=f"{error.problem} {error.remedy}")


def film_key(run: RunFolder, pinned: Pinned) -> str:
    """Names a run's film with a picture; another training of the run is another film."""
    what = None if pinned.picture is None else pinned.picture.key
    return hashlib.sha256(repr((run.id, _stamp(run), what)).encode()).hexdigest()[:16]


def shown_moments(run: RunFolder) -> tuple[Moment, ...]:
    """The moments of a run that its film shows."""
    return film(list_moments(run.path), ended=not run.status().is_active)


def film_of(run: RunFolder, pinned: Pinned) -> Film:
    """The film as far as it is made; what is missing is asked of a worker.

    Raises:
        LessonError: ``run.damaged``, ``model.damaged``; what the worker raises.
    """
    spec, stamp = run.spec(), _stamp(run)
    moments = shown_moments(run)
    found = open_set(spec.prepared)
    known = kept.films().find_or_put((str(run.path), stamp), Kept)
    errands = [_ask_states(run, spec, stamp, moments, known, found)]
    reactions: dict[Moment, Reaction] = {}
    picture = pinned.picture
    if picture is not None:
        name = (str(run.path), stamp, picture.key)
        store = (
            state.remembered(_OWN, name, dict, most=_OWN_KEPT)
            if pinned.own
            else kept.reactions().find_or_put(name, dict)
        )
        own = id(store) if pinned.own else 0
        errands.append(_ask_reactions(run, (*name, own), moments, store, picture.image))
        reactions = store
    for errand in errands:
        if errand is not None:
            errand.value()
    return Film(
        key=film_key(run, pinned),
        moments=moments,
        states=known.states,
        reactions=reactions,
        classes=spec.model.classes,
        labels=_labels(run, found),
        image=None if picture is None else picture.image,
        label=-1 if picture is None else _label(picture, found),
        sample=known.sample,
    )


def send(made: Film) -> None:
    """Send the film to the browser; what it has already is not sent again."""
    with st.container(key="train_film_box"):
        for number in range(made.pieces):
            _send(data=piece(made, number), key=f"train_film_{number}", height=1)


def _ask_states(
    run: RunFolder,
    spec: TrainingSpec,
    stamp: str,
    moments: tuple[Moment, ...],
    known: Kept,
    found: PreparedSet | None,
) -> Errand[int] | None:
    wanted = next_of(moments, known.states)
    if not wanted:
        return None
    path, cluster = run.path, cache.cluster()

    def look(_: Errand[int]) -> int:
        images = _sample(spec, found)
        asked = request(Tasks.conditions, run_folder=str(path), moments=wanted, images=images)
        conditions = cluster.analyse(asked, timeout_s=WAIT_S)
        count = len(read_validation_scores(path, 0))
        for moment, one in zip(wanted, conditions, strict=True):
            scores = spread(path, moment, count)
            known.states[moment] = State(condition=one, scores=scores)
        known.sample = len(images)
        return len(wanted)

    return cache.errands().ask(("states", str(path), stamp, wanted), look)


def _ask_reactions(
    run: RunFolder,
    name: tuple[object, ...],
    moments: tuple[Moment, ...],
    store: dict[Moment, Reaction],
    image: UInt8Array,
) -> Errand[int] | None:
    wanted = next_of(moments, store)
    if not wanted:
        return None
    path, cluster = run.path, cache.cluster()

    def look(_: Errand[int]) -> int:
        asked = request(Tasks.reactions, run_folder=str(path), moments=wanted, image=image)
        store.update(zip(wanted, cluster.analyse(asked, timeout_s=WAIT_S), strict=True))
        return len(wanted)

    return cache.errands().ask(("reactions", *name, wanted), look)


def _sample(spec: TrainingSpec, found: PreparedSet | None) -> UInt8Array:
    """Validation images on which silent units are counted; none where the set is not here."""
    size = spec.model.input_size
    if found is None or found.size != size:
        return np.zeros((0, size, size), np.uint8)
    return np.asarray(found.images[np.sort(shuffled(found, part="validation")[:SAMPLE])])


def _labels(run: RunFolder, found: PreparedSet | None) -> IntArray:
    """Of the validation images: of the set, or as the run wrote them down at its end."""
    if found is not None:
        return found.labels[found.indices("validation")]
    try:
        return read_npz(run.path / PREDICTIONS, only=("validation_labels",))["validation_labels"]
    except (OSError, ValueError, KeyError):
        return np.zeros(0, np.int64)


def _label(picture: Picture, found: PreparedSet | None) -> int:
    """True class of a picture of the run's own set, -1 of another."""
    key = picture.key
    if found is None or not isinstance(key, tuple) or key[0] != found.fingerprint:
        return -1
    return int(found.labels[key[1]])


def _stamp(run: RunFolder) -> str:
    """Names the training: one that begins anew under the same name is another."""
    path: Path = snapshot_path(run.path, 0)
    try:
        return str(path.stat().st_mtime_ns)
    except OSError:
        return ""
