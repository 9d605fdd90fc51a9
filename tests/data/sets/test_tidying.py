"""Images of persons go when their time is over, and not before."""

from __future__ import annotations

import os
import time
from pathlib import Path

from data.sets.tidying import tidy, touch


def folder_of(cache: Path, name: str, *, hours: float) -> Path:
    """A folder that was used last so many hours ago."""
    folder = cache / name
    folder.mkdir(parents=True)
    (folder / "image.png").write_bytes(b"x")
    then = time.time() - hours * 3600
    os.utime(folder, (then, then))
    return folder


def test_only_what_is_a_persons_and_unused_goes(tmp_path: Path) -> None:
    old = [
        folder_of(tmp_path, "unpacked/0123456789abcdef", hours=30),
        folder_of(tmp_path, "folder-64-aaaa", hours=30),
    ]
    stays = [
        folder_of(tmp_path, "unpacked/fedcba9876543210", hours=20),
        folder_of(tmp_path, "folder-64-bbbb", hours=20),
        folder_of(tmp_path, "folder-64-trained", hours=30),
        folder_of(tmp_path, "fracatlas-64-cccc", hours=30),
        folder_of(tmp_path, "synthetic-64-dddd", hours=30),
    ]
    (tmp_path / "folder-note.txt").write_text("a file of that name")
    gone = tidy(tmp_path, unused_for_s=24 * 3600, kept=[tmp_path / "folder-64-trained"])
    assert sorted(gone) == sorted(old)
    assert all(folder.is_dir() for folder in stays)
    assert not any(folder.exists() for folder in old)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_using_them_keeps_them(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "folder-64-aaaa", hours=30)
    touch(folder)
    assert tidy(tmp_path, unused_for_s=24 * 3600) == []
    touch(tmp_path / "gone")


def test_a_cache_that_is_not_there_is_tidy(tmp_path: Path) -> None:
    assert tidy(tmp_path / "nowhere", unused_for_s=1) == []
