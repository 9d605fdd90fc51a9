"""GRAZPEDWRI-DX on a tree drawn in its official layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import LessonError
from data.sets.readers import grazpedwri

HEADER = (
    "filestem,patient_id,study_number,timehash,gender,age,laterality,projection,initial_exam,"
    "ao_classification,cast,diagnosis_uncertain,osteopenia,fracture_visible,metal,pixel_spacing,"
    "device_manufacturer"
)
ROWS = (
    "0001_a_01_WRI-L1_M014,1,1,11,M,14.1,L,1,1,23r-M/2.1,,,,1,,0.144,Siemens",
    "0001_a_02_WRI-L2_M014,1,1,11,M,14.1,L,2,1,23r-M/2.1,,,,,,0.144,Siemens",
    "0002_b_01_WRI-R1_F009,2,1,12,F,9.3,R,1,1,,,,,,1,0.144,Agfa",
    "0003_c_01_WRI-R1_F002,3,1,13,F,2.5,R,3,1,23u-M/2.1,1,,,1.0,,0.144,Agfa",
)
BOXES = {
    "0001_a_01_WRI-L1_M014": "8 0.9 0.1 0.1 0.1\n3 0.5 0.25 0.2 0.1\n",
    "0003_c_01_WRI-R1_F002": "3 0.5 0.5 0.5 0.5\n3 0.25 0.75 0.1 0.2\n",
    "0002_b_01_WRI-R1_F009": "4 0.5 0.5 0.1 0.1\n",
}


@pytest.fixture
def tree(tmp_path: Path, paint: Any) -> Path:
    root = tmp_path / "graz"
    labels = root / "folder_structure" / "yolov5" / "labels"
    labels.mkdir(parents=True)
    (root / "dataset.csv").write_text("\n".join((HEADER, *ROWS)) + "\n")
    for number, row in enumerate(ROWS):
        folder = root / f"images_part{number + 1}"
        folder.mkdir()
        deep = paint(number, width=100, height=200).astype(np.uint16) * 200
        Image.fromarray(deep).save(folder / f"{row.split(',')[0]}.png")
    for stem, text in BOXES.items():
        (labels / f"{stem}.txt").write_text(text)
    return root


def test_rows_become_records(tree: Path) -> None:
    result = grazpedwri.read(tree)
    found = [(r.label, r.group, r.region, r.view, r.hardware) for r in result.records]
    assert found == [
        ("fracture", "patient1", "wrist", "frontal", False),
        ("normal", "patient1", "wrist", "lateral", False),
        ("normal", "patient2", "wrist", "frontal", True),
        ("fracture", "patient3", "wrist", "oblique", False),
    ]
    assert (result.report.found, result.report.kept) == (4, 4)
    text = " ".join(result.report.sentences())
    assert "2 images show a fracture, marked by 3 boxes; 3 patients are the groups." in text
    assert "1 image counts as normal although the study has a classified fracture" in text


def test_only_fracture_boxes_are_taken_in_pixels_of_the_original(tree: Path) -> None:
    """Center 0.5, 0.25 and size 0.2, 0.1 of 100 x 200 pixels: x 40..60, y 40..60."""
    first, second, third, fourth = grazpedwri.read(tree).records
    assert first.marks.size == (200, 100)
    (box,) = first.marks.boxes
    assert box.plain() == pytest.approx([40, 40, 20, 20])
    assert [len(record.marks or ()) for record in (second, third, fourth)] == [0, 0, 2]


def test_sixteen_bits_are_decoded_and_not_cut_off(tree: Path) -> None:
    shades = []
    grazpedwri.read(tree, seen=lambda _, gray: shades.append((gray.dtype, len(np.unique(gray)))))
    assert all(dtype == np.uint8 and count > 50 for dtype, count in shades)


def test_strangers_are_said(tree: Path) -> None:
    (tree / "images_part1" / "0001_a_01_WRI-L1_M014.png").rename(
        tree / "images_part1" / "9999_z_01_WRI-L1_M014.png"
    )
    result = grazpedwri.read(tree)
    assert {(o.id, o.reason) for o in result.report.omissions} == {
        ("0001_a_01_WRI-L1_M014", "missing"),
        ("9999_z_01_WRI-L1_M014", "unlabeled"),
    }


def test_a_damaged_table_or_label_file_is_refused(tree: Path) -> None:
    label = tree / "folder_structure/yolov5/labels/0003_c_01_WRI-R1_F002.txt"
    label.write_text("3 0.5 half\n")
    with pytest.raises(LessonError) as caught:
        grazpedwri.read(tree)
    assert caught.value.code == "dataset.damaged"
    (tree / "dataset.csv").write_text("filestem,patient_id\n")
    with pytest.raises(LessonError) as caught:
        grazpedwri.read(tree)
    assert "fracture_visible" in caught.value.problem


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_table_saved_by_a_spreadsheet_is_the_same_table(tree: Path, encoding: str) -> None:
    expected = grazpedwri.read(tree)
    text = (tree / "dataset.csv").read_text().replace("Siemens", "Siemens Medüller")
    (tree / "dataset.csv").write_bytes(text.replace(",", ";").encode(encoding))
    assert grazpedwri.read(tree).records == expected.records


def test_a_row_that_breaks_off_costs_its_own_picture_only(tree: Path) -> None:
    lines = (tree / "dataset.csv").read_text().splitlines()
    (tree / "dataset.csv").write_text("\n".join([*lines[:-1], "0003_c_01_WRI-R1_F002,3"]))
    result = grazpedwri.read(tree)
    assert len(result.records) == 3
    (omission,) = result.report.omissions
    assert (omission.id, omission.reason) == ("0003_c_01_WRI-R1_F002", "unlabeled")
    assert "breaks off (line 5)" in omission.detail


def test_pictures_saved_anew_are_found_by_content(tree: Path) -> None:
    (path,) = (tree / "images_part1").iterdir()
    with Image.open(path) as image:
        image.convert("L").save(path.with_suffix(".jfif"), "JPEG")
    path.unlink()
    assert len(grazpedwri.read(tree).records) == 4


def test_label_lines_that_hold_no_numbers_are_advice(tree: Path) -> None:
    labels = next(tree.rglob("labels"))
    for line in ("3 nan 0.5 0.5 0.5", "3 0.5", "\ufffd\ufffd"):
        (labels / "0003_c_01_WRI-R1_F002.txt").write_text(line, encoding="utf-8")
        with pytest.raises(LessonError) as caught:
            grazpedwri.read(tree)
        assert caught.value.code == "dataset.damaged"
    (labels / "0003_c_01_WRI-R1_F002.txt").write_bytes(b"3 0.5 0.5 0.5 0.5\r\n\r\n\xff")
    with pytest.raises(LessonError):
        grazpedwri.read(tree)


def test_a_second_file_of_one_name_is_told(tree: Path) -> None:
    (path,) = (tree / "images_part1").iterdir()
    (tree / "images_part2" / path.name).write_bytes(path.read_bytes())
    result = grazpedwri.read(tree)
    assert (result.report.found, result.report.kept) == (5, 4)
    assert result.report.counts() == {"duplicate": 1}
