"""Which runs are compared, and what each shows of itself. No Streamlit here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import LessonError
from core.jobs.folder import RunSummary, Status, short_key
from core.training.contrast import SEED, differing, family, words
from core.training.history import Epoch, History
from core.training.spec import TrainingSpec
from dashboard.networks.compared import Compared, compared

MOST: Final = 6
"""Runs in one frame: as many as lines are told apart."""
LETTERS: Final = "ABCDEF"
_FIRST: Final = 4


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Entry:
    """One run of a comparison.

    Attributes:
        summary: What a list says of it.
        spec: What it trains.
        history: Its curves.
        compared: What it answered on validation; None before its end.
    """

    summary: RunSummary
    spec: TrainingSpec
    history: History
    compared: Compared | None

    @property
    def before(self) -> int:
        """Epochs of its parent that it went on from."""
        return 0 if self.spec.start is None else self.spec.start.epoch

    @property
    def best(self) -> Epoch | None:
        """Its best epoch, None before one."""
        at = self.history.best_epoch
        return next((row for row in self.history.epochs if row.epoch == at), None)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Family:
    """Runs under one letter: one alone, or several that differ in nothing but the seed.

    Attributes:
        letter: Beside its line, in the table and in sentences.
        entries: Its runs, in the order chosen.
        told: What sets it apart from the others.
    """

    letter: str
    entries: tuple[Entry, ...]
    told: str

    @property
    def first(self) -> Entry:
        """The run that stands for it where answers are compared image by image."""
        return next((one for one in self.entries if one.compared), self.entries[0])

    @property
    def epochs(self) -> int:
        """Asked for."""
        return max(one.before + one.spec.epochs for one in self.entries)


def selected(code: str, runs: Sequence[RunSummary], opened: str) -> tuple[list[RunSummary], int]:
    """The runs that an address names, and how many of them are not here.

    Args:
        code: Short keys with dots between them; "" for those that a comparison begins with: the
            open run, or the newest that has ended, with the newest others on the same images.
        runs: All of this server, newest first.
        opened: Id of the open network.
    """
    usable = [one for one in runs if one.status is not Status.DAMAGED]
    keys = [key for key in code.split(".") if key][:MOST]
    if keys:
        known = {short_key(one.id): one for one in usable}
        found = [known[key] for key in keys if key in known]
        return found, len(keys) - len(found)
    begun = [one for one in usable if one.epochs_done]
    begun.sort(key=lambda one: one.status.is_active)  # an ended one has answers to compare with
    first = next((one for one in begun if one.id == opened), begun[0] if begun else None)
    if first is None:
        return [], 0
    images = first.run.spec().prepared
    others = [one for one in begun if one.id != first.id and _learns_from(one, images)]
    return [first, *others[: _FIRST - 1]], 0


def _learns_from(summary: RunSummary, images: str) -> bool:
    try:
        return summary.run.spec().prepared == images
    except LessonError:
        return False


def entries_of(summaries: Sequence[RunSummary]) -> list[Entry]:
    """What each run shows; one that is damaged or deleted meanwhile is left out."""
    found = []
    for summary in summaries:
        try:
            found.append(
                Entry(
                    summary=summary,
                    spec=summary.run.spec(),
                    history=summary.run.history(),
                    compared=compared(summary.run.path),
                )
            )
        except LessonError:
            continue
    return found


def families_of(entries: Sequence[Entry], *, spread: bool) -> list[Family]:
    """The runs under their letters.

    Args:
        entries: In the order chosen.
        spread: Whether runs that differ in nothing but the seed share a letter.
    """
    held: dict[str, list[Entry]] = {}
    for one in entries:
        held.setdefault(family(one.spec) if spread else one.summary.id, []).append(one)
    told = differing([members[0].spec for members in held.values()])
    return [
        Family(letter=letter, entries=tuple(members), told=_told(members, settings))
        for letter, members, settings in zip(LETTERS, held.values(), told, strict=False)
    ]


def _told(members: Sequence[Entry], settings: dict[str, str]) -> str:
    if len(members) > 1:
        settings = {name: value for name, value in settings.items() if name != SEED}
        seeds = f"{len(members)} seeds"
        return f"{words(settings)}, {seeds}" if settings else seeds
    name = members[0].summary.name
    said = words(settings)
    if name:
        return f"{name}: {said}" if said else name
    return said or members[0].summary.id[-4:]
