"""Networks that persons bring: whose they are, how many one may keep, and who sees them.

A network is listed for who brought it and for the lecturer. Its address is not to be guessed: who
is given the link can look into it, as with a run.
"""

from __future__ import annotations

import threading
from typing import Final

from core.errors import LessonError
from core.jobs.reading_network import read_apart
from core.models.keras_file.reader import Answers, ReadNetwork
from dashboard.access.people import Person
from dashboard.background.address_shares import PART, SHARES
from data.models.brought import Brought, brought_networks, keep_network, remove_network

MOST_OWN: Final = 6
MOST_OF_ALL: Final = 120
_KEEPING: Final = threading.Lock()


def own_networks(person: Person) -> list[Brought]:
    """What a person brought, the newest first; the lecturer sees all."""
    return [one for one in brought_networks() if may_remove(one, person)]


def may_remove(found: Brought, person: Person) -> bool:
    """Whether a network is that person's to list and to remove."""
    return person.is_lecturer or (bool(person.id) and found.owner == person.id)


def bring(raw: bytes, answers: Answers, person: Person) -> Brought:
    """Read a file and keep its network for a person.

    Raises:
        LessonError: As `read_apart`; ``quota.networks``, ``cache.unwritable``.
    """
    require_room(person)
    read: ReadNetwork = read_apart(raw, answers)
    with _KEEPING:  # two clicks at once must not share the same room
        require_room(person)
        kept = keep_network(read, title=answers.title, owner=person.id)
        SHARES.note(kept.id, person.address)
        return kept


def require_room(person: Person) -> None:
    """See that a person may bring one more.

    Raises:
        LessonError: ``quota.networks``.
    """
    every = brought_networks()
    own = sum(one.owner == person.id for one in every)
    if not person.is_lecturer and own >= MOST_OWN:
        raise LessonError(
            "quota.networks",
            problem=f"You have brought {own} networks; {MOST_OWN} are kept for each person.",
            remedy="Remove one of them first.",
        )
    near = SHARES.count([one.id for one in every], person.address)
    if not person.is_lecturer and near >= PART * MOST_OF_ALL:
        raise LessonError(
            "quota.networks",
            problem=f"{near} networks were brought from your address; the rest is for others.",
            remedy="Remove one, or tell the lecturer.",
        )
    if len(every) >= MOST_OF_ALL:
        raise LessonError(
            "quota.networks",
            problem=f"{len(every)} networks were brought here; no more are kept.",
            remedy="Remove one, or tell the lecturer.",
        )


def remove(found: Brought, person: Person) -> None:
    """Remove a network on behalf of a person.

    Raises:
        LessonError: ``network.not-yours``.
    """
    if not may_remove(found, person):
        raise LessonError(
            "network.not-yours",
            problem="Somebody else brought this network.",
            remedy="Only that person, or the lecturer, can remove it.",
        )
    remove_network(found)
