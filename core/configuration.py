"""Every setting of Lightbox: its type, default and meaning, read from one file and the environment.

A setting has one name with two spellings: ``class_code`` in ``lightbox.toml`` is
``LIGHTBOX_CLASS_CODE`` in the environment. The environment wins. What cannot be meant is refused
when a process starts, all of it at once, with what to do.
"""

# ruff: noqa: RUF009 - a setting is declared by a call that makes a dataclass field.
from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from core.errors import LessonError
from core.setting_kinds import (
    Folder,
    Folders,
    Kind,
    Names,
    Network,
    Networks,
    Real,
    Text,
    Whole,
)

ROOT: Final = Path(__file__).resolve().parents[1]
FILE_NAME: Final = "lightbox.toml"
PREFIX: Final = "LIGHTBOX_"
FILE: Final = "LIGHTBOX_SETTINGS"
"""Where the file lies; without it beside the runs, else in the project's root."""

OTHERS: Final = {
    FILE: "The settings file; without it lightbox.toml beside the runs, else in the project.",
    "LIGHTBOX_VENV": "Another place for Python's environment; read before anything is installed.",
    "LIGHTBOX_CHROMIUM": "The browser of the tests.",
    "LIGHTBOX_SERVER": "Of the server to its own workers.",
    "LIGHTBOX_COLD": "Of the server to its own workers.",
    "LIGHTBOX_CLUSTER": "Of the server to its own workers.",
}
"""Names that only the environment may have: no settings of the file."""


def _setting(default: Any, kind: Kind, says: str, **more: Any) -> Any:
    told = not more.get("secret", False)
    return field(default=default, repr=told, metadata={"kind": kind, "says": says, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is in force; the attributes' own sentences stand beside them."""

    runs: Path | None = _setting(
        None, Folder(), "Where runs are kept; without it runs/ of the project."
    )
    cache: Path | None = _setting(
        None, Folder(), "Where prepared images are kept; without it data/cache/ of the project."
    )
    downloads: Path | None = _setting(
        None, Folder(), "Where fetched datasets lie; without it data/downloads/ of the project."
    )
    fracatlas: Path | None = _setting(None, Folder(), "FracAtlas, where you already have it.")
    mura: Path | None = _setting(None, Folder(), "MURA, where you already have it.")
    grazpedwri: Path | None = _setting(None, Folder(), "GRAZPEDWRI-DX, where you already have it.")
    scheduler_address: str = _setting(
        "",
        Text(),
        "Your own Dask cluster, as tls://host:port; without it workers are started here.",
        variable="DASK_SCHEDULER_ADDRESS",
    )
    class_code: str = _setting(
        "",
        Text(),
        'What a class types to come in; without it a new one at each start; "open" for none.',
        secret=True,
    )
    lecturer_key: str = _setting(
        "",
        Text(),
        "What makes a browser the lecturer's; without it a new one at each start.",
        secret=True,
    )
    sign_in: str = _setting(
        "",
        Text(),
        'How people sign in, without a code: "on" for [auth] of the secrets, or the name of a'
        " provider there.",
    )
    lecturers: tuple[str, ...] = _setting(
        (), Names(","), "E-mail addresses of the accounts that are lecturers'."
    )
    hosts: tuple[str, ...] = _setting(
        (), Names(","), "Names under which a proxy makes the server known."
    )
    proxies: tuple[Network, ...] = _setting(
        (),
        Networks(),
        "The proxies before it, whose X-Forwarded-For says from where a browser asks.",
    )
    folders: tuple[Path, ...] = _setting(
        (), Folders(), "Folders of the server that may be opened by a path."
    )
    keep_uploads_h: float = _setting(
        24.0, Real(0.01, 1e6), "Hours that images of an uploaded ZIP file are kept unused."
    )
    log_folder: Path | None = _setting(
        None, Folder(), "Where the log is written too; without it to the error output alone."
    )
    quota_runs: int = _setting(
        12, Whole(1, 10_000), "Trainings of one student that may wait or run."
    )
    quota_all_runs: int = _setting(
        120, Whole(1, 100_000), "Trainings of a whole class that may wait or run."
    )
    quota_people: int = _setting(
        40,
        Whole(1, 10_000),
        "Students at one address who may begin something within an hour.",
    )
    quota_epochs: int = _setting(100, Whole(1, 100_000), "Epochs of one student's training.")
    quota_images: int = _setting(
        30_000, Whole(1, 10_000_000), "Images that one student may train on."
    )
    quota_free_gb: float = _setting(
        2.0, Real(0.0, 1e5), "Gigabytes (2^30 bytes) that trainings must leave free on the disk."
    )
    patience: float = _setting(
        1.0,
        Real(1.0, 100.0),
        "How many times longer than elsewhere workers may take to answer: more on a busy machine.",
    )


@dataclass(frozen=True, slots=True)
class InForce:
    """Settings and where each comes from.

    Attributes:
        settings: The values.
        sources: "environment", or the file's path, by name; what is missing is a default.
    """

    settings: Settings
    sources: Mapping[str, str]


def variables() -> dict[str, str]:
    """The environment's name of each setting, by its name in the file.

    >>> variables()["class_code"], variables()["scheduler_address"]
    ('LIGHTBOX_CLASS_CODE', 'DASK_SCHEDULER_ADDRESS')
    """
    return {
        one.name: one.metadata.get("variable") or PREFIX + one.name.upper()
        for one in fields(Settings)
    }


def in_force() -> Settings:
    """The settings of this process: read once, and again only where its environment changed.

    Raises:
        LessonError: ``settings.invalid``, ``settings.unreadable``.
    """
    return explained().settings


def explained() -> InForce:
    """The settings of this process, and where each comes from.

    Raises:
        LessonError: ``settings.invalid``, ``settings.unreadable``.
    """
    return _read_once(tuple(sorted((k, v) for k, v in os.environ.items() if _is_ours(k))))


def folder_of(variable: str | None) -> Path | None:
    """The folder that a setting names, by the setting's name in the environment."""
    name = {value: key for key, value in variables().items()}.get(variable or "")
    return None if name is None else getattr(in_force(), name)


def read(environment: Mapping[str, str], file: Path | None = None) -> InForce:
    """Settings from a file and an environment, which wins.

    Args:
        environment: Names and values; what is no name of Lightbox is passed over.
        file: A TOML file; its relative paths start from where it lies.

    Raises:
        LessonError: ``settings.invalid`` with all that is wrong; ``settings.unreadable``.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    wrong: list[str] = []
    kinds = {one.name: one.metadata["kind"] for one in fields(Settings)}
    for name, given in (_table(file) if file else {}).items():
        if name not in kinds:
            wrong.append(f"{file} has no setting {name!r}{_nearest(name, kinds)}.")
            continue
        try:
            values[name] = kinds[name].take(given, base=file.parent if file else None)
            sources[name] = str(file)
        except ValueError as error:
            wrong.append(f"{name} in {file} is {given!r}, not {error}.")
    names = {variable: name for name, variable in variables().items()}
    for variable, given in environment.items():
        if not _is_ours(variable) or variable in OTHERS or not given.strip():
            continue  # an empty variable is none
        if variable not in names:
            near = _nearest(variable, [*names, *OTHERS])
            wrong.append(f"The environment's {variable} is no setting{near}.")
            continue
        name = names[variable]
        try:
            values[name] = kinds[name].take(kinds[name].parts(given.strip()), base=None)
            sources[name] = "environment"
        except ValueError as error:
            wrong.append(f"{variable} in the environment is {given!r}, not {error}.")
    if wrong:
        raise LessonError(
            "settings.invalid",
            problem=" ".join(wrong),
            remedy="Mend or leave out what is named; `python3 -m dashboard settings --help` lists"
            " every setting with its limits.",
        )
    return InForce(Settings(**values), sources)


def find_file(environment: Mapping[str, str]) -> Path | None:
    """The settings file, None where there is none.

    Raises:
        LessonError: ``settings.unreadable`` where one was named that is not there.
    """
    named = environment.get(FILE, "").strip()
    if named:
        path = Path(named).expanduser().resolve()
        if not path.is_file():
            raise LessonError(
                "settings.unreadable",
                problem=f"{FILE} names {path}, and there is no such file.",
                remedy=f"Correct it, or leave {FILE} out.",
            )
        return path
    runs = environment.get("LIGHTBOX_RUNS", "").strip()
    beside = [Path(runs).expanduser().resolve().parent] if runs else []
    found = (folder / FILE_NAME for folder in (*beside, ROOT))
    return next((path for path in found if path.is_file()), None)


@lru_cache(maxsize=4)
def _read_once(given: tuple[tuple[str, str], ...]) -> InForce:
    environment = dict(given)
    return read(environment, find_file(environment))


def _is_ours(variable: str) -> bool:
    return variable.startswith(PREFIX) or variable == "DASK_SCHEDULER_ADDRESS"


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LessonError(
            "settings.unreadable",
            problem=f"The settings in {file} cannot be read: {error}.",
            remedy="Write one `name = value` a line, texts and paths in quotation marks.",
        ) from error


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
