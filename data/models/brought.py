"""Networks that persons brought: what was read of their files, kept until somebody removes it.

``networks/ID/`` in the cache holds ``network.json`` (what it is, whose it is) and ``weights.npz``.
The file that was brought is not kept.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.errors import LessonError
from core.models.keras_file.reader import ReadNetwork
from core.models.spec import ModelSpec
from core.models.weights import WEIGHTS_FILE
from core.npz import write_npz
from data.sets.preparation import cache_root

NETWORK: Final = "network.json"
OWN: Final = "own:"
"""What the key of a brought network begins with."""
FORMAT: Final = 1
LONGEST_TITLE: Final = 60
_FOLDER: Final = "networks"
_LETTERS: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A network that somebody brought.

    Attributes:
        id: Names its folder; not to be guessed.
        title: For people.
        owner: Who brought it, "" where people are not told apart.
        created: Unix seconds.
        notes: What reading it changed, in sentences.
        spec: What it is built of.
        folder: Where it lies.
    """

    id: str
    title: str
    owner: str
    created: float
    notes: tuple[str, ...]
    spec: ModelSpec
    folder: Path = field(compare=False)

    @property
    def key(self) -> str:
        """What an address holds."""
        return f"{OWN}{self.id}"

    @property
    def path(self) -> Path:
        """What a worker loads."""
        return self.folder / NETWORK


def keep_network(read: ReadNetwork, *, title: str, owner: str) -> Brought:
    """Keep a network that was read.

    Raises:
        LessonError: ``cache.unwritable``.
    """
    name = secrets.token_hex(8)
    folder = brought_root() / name
    told = {
        "format": FORMAT,
        "title": " ".join(title.split())[:LONGEST_TITLE] or "A network",
        "owner": owner,
        "created": time.time(),
        "notes": list(read.notes),
        "spec": read.spec.to_json(),
    }
    partial = folder.with_name(f".{name}")
    try:
        partial.mkdir(parents=True)
        write_npz(partial / WEIGHTS_FILE, read.weights)
        (partial / NETWORK).write_text(json.dumps(told, indent=1), encoding="utf-8")
        partial.rename(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise LessonError(
            "cache.unwritable",
            problem=f"The network cannot be kept ({(error.strerror or '').lower()}).",
            remedy="See that the disk has room and that the cache can be written.",
        ) from error
    return _read(folder)


def brought_networks() -> list[Brought]:
    """All of them, the newest first; one that cannot be read is left out."""
    found = []
    for path in brought_root().glob(f"*/{NETWORK}"):
        try:
            found.append(_read(path.parent))
        except LessonError:
            continue
    return sorted(found, key=lambda one: -one.created)


def find_brought(key: str) -> Brought:
    """The network of that key.

    Raises:
        LessonError: ``model.unknown``, ``model.damaged``.
    """
    name = key.removeprefix(OWN)
    folder = brought_root() / name
    if not name or not set(name) <= _LETTERS or not (folder / NETWORK).is_file():
        raise LessonError(
            "model.unknown",
            problem="That network is not here: it was removed, or brought elsewhere.",
            remedy="Choose another one, or bring it again.",
        )
    return _read(folder)


def remove_network(found: Brought) -> None:
    """Remove it for good."""
    doomed = found.folder.with_name(f".{found.folder.name}.{time.time_ns()}")
    try:
        found.folder.rename(doomed)
    except FileNotFoundError:
        return  # somebody else was faster
    shutil.rmtree(doomed, ignore_errors=True)


def brought_root() -> Path:
    """Where they lie."""
    return cache_root() / _FOLDER


def _read(folder: Path) -> Brought:
    try:
        told: Mapping[str, Any] = json.loads((folder / NETWORK).read_text(encoding="utf-8"))
        return Brought(
            id=folder.name,
            title=str(told["title"]),
            owner=str(told["owner"]),
            created=float(told["created"]),
            notes=tuple(map(str, told["notes"])),
            spec=ModelSpec.from_json(told["spec"]),
            folder=folder,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LessonError(
            "model.damaged",
            problem=f"The network {folder.name} cannot be read ({type(error).__name__}).",
            remedy="Remove it and bring it again.",
        ) from error
