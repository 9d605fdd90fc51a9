"""FracAtlas: both releases, its traps, and the copy on this machine where there is one."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from core.errors import LessonError
from core.marks import Box, Marks
from data.sets.readers import fracatlas
from data.sets.records import ReadResult
from data.sets.splits import grouped_split


def by_id(result: ReadResult) -> dict[str, Any]:
    return {record.id: record for record in result.records}


def test_labels_and_metadata_come_from_the_table(fracatlas_tree: Any) -> None:
    fracatlas_tree.add(1, fractured=True, hand=1, leg=1, mixed=1, lateral=1, hardware=1)
    fracatlas_tree.add(2, hip=1, leg=0, frontal=0, oblique=1)
    fracatlas_tree.add(3, leg=0, frontal=0)
    found = by_id(fracatlas.read(fracatlas_tree.write()))

    first, second, third = (found[f"IMG000000{n}"] for n in (1, 2, 3))
    assert (first.label, first.region, first.view) == ("fracture", "hand+leg", "frontal+lateral")
    assert (second.label, second.region, second.view) == ("normal", "hip", "oblique")
    assert (third.region, third.view) == (None, None)
    assert (first.hardware, second.hardware) == (True, False)
    assert (first.width, first.height) == (60, 80)


def test_the_folder_around_the_release_will_do(fracatlas_tree: Any) -> None:
    fracatlas_tree.add(1)
    root = fracatlas_tree.write()
    assert fracatlas.read(root.parent).report.kept == fracatlas.read(root).report.kept == 1


def test_an_image_in_both_class_folders_is_left_out(fracatlas_tree: Any) -> None:
    """IMG0003375 and IMG0003376 of version 7."""
    fracatlas_tree.add(3375, folder="Non_fractured")
    fracatlas_tree.add(3375, folder="Fractured", fractured=True)
    fracatlas_tree.add(3377)
    result = fracatlas.read(fracatlas_tree.write())
    assert [record.id for record in result.records] == ["IMG0003377"]
    assert result.report.counts() == {"conflicting-label": 2}
    assert (result.report.found, result.report.kept) == (3, 1)
    assert {omission.id for omission in result.report.omissions} == {"IMG0003375"}


def test_folder_and_table_must_agree(fracatlas_tree: Any) -> None:
    fracatlas_tree.add(1, folder="Fractured", fractured=False)
    fracatlas_tree.add(2)
    result = fracatlas.read(fracatlas_tree.write())
    assert [record.id for record in result.records] == ["IMG0000002"]
    (omission,) = result.report.omissions
    assert omission.reason == "conflicting-label"
    assert "Fractured" in omission.detail
    assert "fractured=0" in omission.detail


def test_a_truncated_file_is_found_by_decoding_it(fracatlas_tree: Any, paint: Any) -> None:
    whole = fracatlas_tree.add(4028, picture=paint(0, width=200, height=300))
    fracatlas_tree.add(4029)
    raw = whole.read_bytes()
    whole.write_bytes(raw[: len(raw) * 2 // 3])
    with Image.open(whole) as image:
        assert image.size == (200, 300)  # the header is whole: only the pixels tell
    result = fracatlas.read(fracatlas_tree.write())
    assert result.report.counts() == {"truncated": 1}
    assert result.report.omissions[0].id == "IMG0004028"
    assert "Left out: 1 file is cut short." in result.report.sentences()


def test_rows_without_file_and_files_without_row_are_said(fracatlas_tree: Any) -> None:
    fracatlas_tree.add(1).unlink()
    fracatlas_tree.add(2)
    del fracatlas_tree.rows[fracatlas_tree.add(3).name]
    result = fracatlas.read(fracatlas_tree.write())
    assert [record.id for record in result.records] == ["IMG0000002"]
    assert {(o.id, o.reason) for o in result.report.omissions} == {
        ("IMG0000001", "missing"),
        ("IMG0000003", "unlabeled"),
    }


def test_identical_pixels_with_opposite_labels_are_all_left_out(
    fracatlas_tree: Any, paint: Any
) -> None:
    fracatlas_tree.add(1, picture=paint(5), fractured=True)
    fracatlas_tree.add(1500, picture=paint(5))
    fracatlas_tree.add(2900, picture=paint(5))
    fracatlas_tree.add(3000)
    result = fracatlas.read(fracatlas_tree.write())
    assert [record.id for record in result.records] == ["IMG0003000"]
    assert result.report.counts() == {"conflicting-label": 3}
    assert (result.report.duplicate_groups, result.report.conflicting_groups) == (1, 1)


def test_repeats_join_the_blocks_that_they_lie_in(fracatlas_tree: Any, paint: Any) -> None:
    fracatlas_tree.add(0)
    fracatlas_tree.add(19, picture=paint(5))
    fracatlas_tree.add(20)
    fracatlas_tree.add(1500, picture=paint(5))
    fracatlas_tree.add(1501)
    found = by_id(fracatlas.read(fracatlas_tree.write()))
    groups = {int(name[3:]): record.group for name, record in found.items()}
    assert groups[0] == groups[19] == groups[1500] == groups[1501]
    assert groups[20] != groups[0]


def test_boxes_stay_on_what_they_enclose_when_exif_turns_the_picture(fracatlas_tree: Any) -> None:
    """A bright spot, stored turned by EXIF 8, boxed in the upright frame as FracAtlas does."""
    upright = np.full((80, 120), 30, np.uint8)
    upright[10:20, 90:110] = 250
    stored = np.rot90(upright, -1)  # EXIF 8: the viewer turns it back, a quarter to the left
    box = (90.0, 10.0, 20.0, 10.0)
    path = fracatlas_tree.add(
        1, fractured=True, picture=stored, orientation=8, boxes=(box,), box_frame=(120, 80)
    )
    (record,) = fracatlas.read(fracatlas_tree.write()).records

    assert record.marks == Marks(size=(80, 120), boxes=(Box(*box),))
    assert (record.width, record.height) == (120, 80)
    with Image.open(path) as image:
        assert image.size == (80, 120)
    from data.pictures.preprocess import decode_file

    inside = decode_file(path).gray[10:20, 90:110]
    assert inside.mean() > 200


def test_boxes_of_another_picture_size_are_not_used(fracatlas_tree: Any) -> None:
    fracatlas_tree.add(1, fractured=True, boxes=((1.0, 1.0, 2.0, 2.0),), box_frame=(80, 60))
    result = fracatlas.read(fracatlas_tree.write())
    assert result.records[0].marks is None
    assert any("fit no picture" in note for note in result.report.notes)


def test_a_release_without_its_table_is_refused(fracatlas_tree: Any, tmp_path: Path) -> None:
    fracatlas_tree.add(1)
    root = fracatlas_tree.write()
    (root / "dataset.csv").write_text("image_id,fractured\nIMG0000001.jpg,0\n")
    with pytest.raises(LessonError) as caught:
        fracatlas.read(root)
    assert caught.value.code == "dataset.damaged"
    assert "hand" in caught.value.problem
    (root / "dataset.csv").unlink()
    with pytest.raises(LessonError) as caught:
        fracatlas.read(root)
    assert caught.value.code == "dataset.damaged"
    with pytest.raises(LessonError) as caught:
        fracatlas.read(tmp_path / "nowhere")
    assert caught.value.code == "dataset.missing"
    assert "data fetch fracatlas" in caught.value.remedy


@pytest.fixture(scope="module")
def real(fracatlas_root: Path) -> ReadResult:
    return fracatlas.read(fracatlas_root)


@pytest.mark.slow
def test_real_duplicates_end_in_one_part(real: ReadResult, fracatlas_root: Path) -> None:
    """The groups are found here a second time, with Pillow alone."""
    copies: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(fracatlas_root.glob("images/*/*.jpg")):
        try:
            with Image.open(path) as image:
                upright = np.asarray(ImageOps.exif_transpose(image).convert("L"))
        except OSError:
            continue  # the official release has truncated files
        copies[hashlib.sha256(repr(upright.shape).encode() + upright.tobytes()).hexdigest()].append(
            path
        )
    groups = [paths for paths in copies.values() if len(paths) > 1]
    conflicting = [paths for paths in groups if len({path.parent.name for path in paths}) > 1]
    assert real.report.duplicate_groups == len(groups) >= 70
    assert real.report.conflicting_groups == len(conflicting) >= 2

    found = by_id(real)
    assert not {path.stem for paths in conflicting for path in paths} & set(found)
    labels = np.array([record.label == "fracture" for record in real.records])
    numbers = np.unique([record.group for record in real.records], return_inverse=True)[1]
    for seed in range(3):
        split = grouped_split(labels, numbers, seed=seed)
        part = dict(zip(found, split.tolist(), strict=True))
        for paths in groups:
            if paths not in conflicting:
                assert len({part[path.stem] for path in paths}) == 1
        for code, share in enumerate((0.70, 0.15, 0.15)):
            assert np.mean(split == code) == pytest.approx(share, abs=0.02)
            assert labels[split == code].mean() == pytest.approx(labels.mean(), abs=0.02)


@pytest.mark.slow
def test_real_report_adds_up(real: ReadResult) -> None:
    report = real.report
    assert report.found == report.kept + len(report.omissions)
    assert report.kept == len(real.records) == len(by_id(real))
    boxed = [record for record in real.records if record.marks]
    assert all(record.label == "fracture" for record in boxed)
    assert len(boxed) == Counter(record.label for record in real.records)["fracture"]
    for record in boxed:
        assert record.marks.size == (record.height, record.width)
        for box in record.marks.boxes:
            assert -1 <= box.x < box.x + box.width <= record.width + 1
            assert -1 <= box.y < box.y + box.height <= record.height + 1


def test_a_table_saved_by_a_spreadsheet_is_the_same_table(small_fracatlas: Path) -> None:
    expected = fracatlas.read(small_fracatlas).records
    table = small_fracatlas / "dataset.csv"
    text = table.read_text().replace(",1", ",1.0").replace(",0", ",0.0").replace(",", ";")
    table.write_bytes(text.encode("utf-16"))
    assert fracatlas.read(small_fracatlas).records == expected


def test_a_file_managers_copy_stays_beside_its_original(fracatlas_tree: Any) -> None:
    for number in (40, 41):
        fracatlas_tree.add(number, fractured=True)
    root = fracatlas_tree.write()
    first = root / "images" / "Fractured" / "IMG0000040.jpg"
    for name in ("IMG0000040 (1).jpg", "IMG0000040 (2).jpg", "IMG.jpg"):
        (first.parent / name).write_bytes(first.read_bytes())
    with (root / "dataset.csv").open("a") as table:
        row = ",1,0,0,0,0,0,0,1,1,1,0,0\n"
        table.write("IMG0000040 (1).jpg" + row + "IMG.jpg" + row)
    result = fracatlas.read(root)
    groups = {record.id: record.group for record in result.records}
    assert groups["IMG0000040 (1)"] == groups["IMG0000040"]
    assert {(o.id, o.reason) for o in result.report.omissions} == {("IMG0000040 (2)", "unlabeled")}


@pytest.mark.parametrize("raw", [b"\xff\xfe{}", b"[]", b"{}", b'{"images": 3, "annotations": []}'])
def test_a_broken_annotation_file_is_advice(small_fracatlas: Path, raw: bytes) -> None:
    path = small_fracatlas / "Annotations" / "COCO JSON" / "COCO_fracture_masks.json"
    path.write_bytes(raw)
    with pytest.raises(LessonError) as caught:
        fracatlas.read(small_fracatlas)
    assert caught.value.code == "dataset.damaged"
