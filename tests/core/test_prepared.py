"""A prepared set is whole or it is refused; the same content has the same fingerprint."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LessonError
from core.marks import Box, Marks
from core.prepared import PARTIAL_SUFFIX, PreparedSet, open_prepared, write_prepared

IMAGES = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4)


def write(folder: Path, **changes: Any) -> PreparedSet:
    content: dict[str, Any] = {
        "name": "tiny",
        "title": "Tiny",
        "classes": ("normal", "fracture"),
        "images": IMAGES,
        "labels": np.array([0, 1, 0, 1, 0, 0]),
        "split": np.array([0, 0, 0, 1, 2, 2]),
        "groups": np.array([0, 0, 1, 2, 3, 3]),
        "metadata": np.eye(6, 2),
        "metadata_names": ("hand", "leg"),
        "records": [
            {"id": f"image{n}", "marks": Marks(size=(4, 4), boxes=(Box(n, 0, 1, 1),))}
            for n in range(6)
        ],
    }
    return write_prepared(folder, **(content | changes))


def test_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "set", details={"seed": 3})
    found = open_prepared(tmp_path / "set")

    np.testing.assert_array_equal(found.images, IMAGES)
    assert isinstance(found.images, np.memmap)
    assert not found.images.flags.writeable
    assert found.labels.tolist() == [0, 1, 0, 1, 0, 0]
    assert (found.labels.dtype, found.split.dtype, found.groups.dtype) == ("int64", "int8", "int64")
    assert found.metadata.dtype == np.float32
    assert (found.size, len(found), found.classes) == (4, 6, ("normal", "fracture"))
    mark = Marks(size=(4, 4), boxes=(Box(5, 0, 1, 1),))
    assert found.records()[5] == {"id": "image5", "marks": mark}
    assert found.details == {"seed": 3}


def test_parts_are_told_by_the_split_codes(tmp_path: Path) -> None:
    found = write(tmp_path / "set")
    assert found.indices("train").tolist() == [0, 1, 2]
    assert found.indices("validation").tolist() == [3]
    assert found.indices("test").tolist() == [4, 5]
    assert found.counts()["train"] == {"normal": 2, "fracture": 1}
    with pytest.raises(LessonError) as caught:
        found.indices("valid")
    assert caught.value.code == "prepared.unknown-split"


def test_fingerprint_follows_the_content_and_not_the_place(tmp_path: Path) -> None:
    here, there = write(tmp_path / "a"), write(tmp_path / "b")
    assert here.fingerprint == there.fingerprint
    other = IMAGES.copy()
    other[5, 3, 3] ^= 1
    for number, change in enumerate(
        [
            {"images": other},
            {"labels": np.array([0, 1, 0, 1, 0, 1])},
            {"split": np.array([0, 0, 1, 1, 2, 2])},
            {"classes": ("normal", "abnormal")},
        ]
    ):
        assert write(tmp_path / f"c{number}", **change).fingerprint != here.fingerprint


def test_a_folder_without_a_manifest_is_no_set(tmp_path: Path) -> None:
    for folder in (tmp_path / "nothing", tmp_path):
        with pytest.raises(LessonError) as caught:
            open_prepared(folder)
        assert caught.value.code == "prepared.missing"


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "labels.npy").unlink(),
        lambda folder: (folder / "images.npy").write_bytes(
            (folder / "images.npy").read_bytes()[:-1]
        ),
        lambda folder: _flip_last_byte(folder / "images.npy"),
        lambda folder: _flip_last_byte(folder / "records.jsonl"),
        lambda folder: (folder / "manifest.json").write_text('{"format": 1'),
        lambda folder: _edit_manifest(folder, format=99),
        lambda folder: _edit_manifest(folder, classes=["only one"]),
        lambda folder: _edit_manifest(folder, metadata_names=["hand"]),
    ],
    ids=[
        "file-gone",
        "file-short",
        "pixel-changed",
        "record-changed",
        "manifest-cut",
        "other-version",
        "label-without-class",
        "metadata-misfit",
    ],
)
def test_damage_is_found_on_opening_and_mended_by_writing_again(tmp_path: Path, harm: Any) -> None:
    folder = tmp_path / "set"
    write(folder)
    harm(folder)
    with pytest.raises(LessonError) as caught:
        open_prepared(folder)
    assert caught.value.code == "prepared.damaged"
    np.testing.assert_array_equal(write(folder).images, IMAGES)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_file_too_large_to_hash_is_still_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "set").folder
    monkeypatch.setattr("core.prepared._HASH_AT_MOST", 10)
    assert len(open_prepared(folder)) == 6
    with (folder / "images.npy").open("ab") as file:
        file.write(b"more")
    with pytest.raises(LessonError) as caught:
        open_prepared(folder)
    assert caught.value.code == "prepared.damaged"
    assert "bytes" in caught.value.problem


def test_who_comes_second_keeps_the_finished_work(tmp_path: Path) -> None:
    first = write(tmp_path / "set")
    born = (first.folder / "images.npy").stat().st_ino
    second = write(tmp_path / "set")
    assert second.fingerprint == first.fingerprint
    assert (second.folder / "images.npy").stat().st_ino == born
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.prepared.np.save", full)
    with pytest.raises(LessonError) as caught:
        write(tmp_path / "set")
    assert caught.value.code == "prepared.unwritable"
    assert "No space left" in caught.value.problem
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.array([0, 1, 0, 2, 0, 0])},
        {"split": np.array([0, 0, 0, 1, 2])},
        {"images": IMAGES.astype(np.float32)},
        {"images": IMAGES.reshape(6, 2, 8)},
        {"records": [{}]},
        {"metadata_names": ("hand",)},
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(tmp_path: Path, change: Any) -> None:
    with pytest.raises(LessonError) as caught:
        write(tmp_path / "set", **change)
    assert caught.value.code == "prepared.unfit"
    assert not (tmp_path / "set").exists()


def test_can_be_moved_to_another_folder(tmp_path: Path) -> None:
    write(tmp_path / "set")
    shutil.move(tmp_path / "set", tmp_path / "elsewhere")
    assert len(open_prepared(tmp_path / "elsewhere")) == 6


def test_the_manifest_is_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that dies just before the manifest leaves only a folder that reads as missing."""

    class PowerCut(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise PowerCut

    monkeypatch.setattr("core.prepared.json.dump", die)
    monkeypatch.setattr("core.prepared.shutil.rmtree", lambda *_, **__: None)
    with pytest.raises(PowerCut):
        write(tmp_path / "set")
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".set~")
    assert left.name.endswith(PARTIAL_SUFFIX)
    with pytest.raises(LessonError) as caught:
        open_prepared(left)
    assert caught.value.code in {"prepared.missing", "prepared.damaged"}


def _flip_last_byte(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


def _edit_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
