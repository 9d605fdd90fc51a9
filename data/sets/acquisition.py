"""From a name in the registry to a folder of files: download, verify, unpack."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.errors import LessonError
from data.sets import registry
from data.sets.records import Progress

_MEGABYTE: Final = 1e6


def acquire(name: str, *, progress: Progress | None = None) -> Path:
    """Fetch a dataset below ``data/downloads`` and return its folder; nothing where it is here.

    Args:
        name: In the registry.
        progress: Told the phase and the share of it that is done, 0 to 1.

    Raises:
        LessonError: ``dataset.unknown``; ``dataset.no-download`` where there is no archive to
            fetch, with what to do instead; what downloading and unpacking refuse.
    """
    info = registry.find_dataset(name)
    if info.archive is None:
        raise LessonError(
            "dataset.no-download",
            problem=f"This program cannot fetch {info.title}.",
            remedy=info.obtain,
        )
    if registry.is_ready(name):
        return registry.find_root(name)
    from data.sets import archive, download  # not needed to know what there is

    tell = progress or _silent
    downloads = registry.downloads_root()
    downloads.mkdir(parents=True, exist_ok=True)

    def show(done: int, total: int) -> None:
        size = f"{done / _MEGABYTE:,.0f} of {total / _MEGABYTE:,.0f} MB"
        tell(f"Downloading {size}", done / max(1, total))

    packed = download.fetch(info, target=downloads, progress=show)

    def show_unpacked(done: int, total: int) -> None:
        tell("Unpacking", done / max(1, total))

    archive.unpack(packed, downloads / info.name, progress=show_unpacked)
    packed.unlink()  # 338 MB that the files beside it already hold
    tell("Unpacking", 1.0)
    return registry.find_root(name, downloads / info.name)


def _silent(phase: str, share: float) -> None:
    """Nobody asked to be told."""
