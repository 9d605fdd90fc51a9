"""Looking into folders: one order, links followed, no way round in circles."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.sets.walking import files_below


def made(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def names_below(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in files_below(root)]


def test_own_files_come_first_and_all_by_name(tmp_path: Path) -> None:
    made(tmp_path, "b/2", "b/1", "z", "a/deep/3", "c")
    assert names_below(tmp_path) == ["c", "z", "a/deep/3", "b/1", "b/2"]


def test_what_systems_leave_behind_is_passed_over(tmp_path: Path) -> None:
    made(
        tmp_path, ".hidden/x", "a/.DS_Store", "__MACOSX/a/x", "@eaDir/x", "a/Thumbs.db", "a/Icon\r"
    )
    made(tmp_path, "$RECYCLE.BIN/x", "a/kept")
    assert names_below(tmp_path) == ["a/kept"]


def test_linked_folders_and_files_are_entered_but_none_inside_itself(tmp_path: Path) -> None:
    made(tmp_path / "real", "x")
    root = made(tmp_path / "set", "a/1")
    (root / "b").symlink_to(tmp_path / "real", target_is_directory=True)
    (root / "c").symlink_to(tmp_path / "real", target_is_directory=True)
    (root / "one").symlink_to(tmp_path / "real" / "x")
    (root / "a" / "up").symlink_to(root, target_is_directory=True)
    assert names_below(root) == ["one", "a/1", "b/x", "c/x"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_closed_folder_is_told(tmp_path: Path) -> None:
    made(tmp_path, "a/x", "b/x")
    (tmp_path / "a").chmod(0)
    told: list[OSError] = []
    assert [p.name for p in files_below(tmp_path, unreadable=told.append)] == ["x"]
    assert [Path(error.filename).name for error in told] == ["a"]
    with pytest.raises(PermissionError):
        list(files_below(tmp_path))
    (tmp_path / "a").chmod(0o700)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    told: list[OSError] = []
    assert list(files_below(tmp_path / "gone", unreadable=told.append)) == []
    assert len(told) == 1
    with pytest.raises(FileNotFoundError):
        list(files_below(tmp_path / "gone"))
