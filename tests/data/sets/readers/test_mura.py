"""MURA v1.1 on a tree drawn in its official layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.errors import LessonError
from data.sets.readers import mura

STUDIES = (
    ("train", "XR_WRIST", "patient00001", "study1_positive", 2),
    ("train", "XR_WRIST", "patient00001", "study2_negative", 1),
    ("train", "XR_ELBOW", "patient00002", "study1_negative", 3),
    ("valid", "XR_SHOULDER", "patient11185", "study1_positive", 1),
)


@pytest.fixture
def tree(tmp_path: Path, paint: Any) -> Path:
    root = tmp_path / "MURA-v1.1"
    seed = 0
    tables: dict[str, list[str]] = {"train": [], "valid": []}
    for part, region, patient, study, count in STUDIES:
        folder = root / part / region / patient / study
        folder.mkdir(parents=True)
        for number in range(1, count + 1):
            Image.fromarray(paint(seed)).convert("RGB").save(folder / f"image{number}.png")
            seed += 1
        row = f"MURA-v1.1/{part}/{region}/{patient}/{study}/,{int(study.endswith('positive'))}"
        tables[part].append(row)
    for part, rows in tables.items():
        (root / f"{part}_labeled_studies.csv").write_text("\n".join(rows) + "\n")
    return root


def test_each_image_has_the_label_of_its_study(tree: Path) -> None:
    result = mura.read(tree)
    labels = {record.id: record.label for record in result.records}
    assert labels == {
        "train/XR_WRIST/patient00001/study1_positive/image1": "abnormal",
        "train/XR_WRIST/patient00001/study1_positive/image2": "abnormal",
        "train/XR_WRIST/patient00001/study2_negative/image1": "normal",
        "train/XR_ELBOW/patient00002/study1_negative/image1": "normal",
        "train/XR_ELBOW/patient00002/study1_negative/image2": "normal",
        "train/XR_ELBOW/patient00002/study1_negative/image3": "normal",
        "valid/XR_SHOULDER/patient11185/study1_positive/image1": "abnormal",
    }
    assert {record.region for record in result.records} == {"wrist", "elbow", "shoulder"}
    assert (result.report.found, result.report.kept, result.report.omissions) == (7, 7, ())
    assert "not the same as fractured" in " ".join(result.report.sentences())


def test_a_patient_is_one_group_over_studies(tree: Path) -> None:
    groups = {record.id.split("/")[2]: set() for record in mura.read(tree).records}
    for record in mura.read(tree).records:
        groups[record.id.split("/")[2]].add(record.group)
    assert all(len(names) == 1 for names in groups.values())
    assert len(set.union(*groups.values())) == 3


def test_two_patients_with_the_same_picture_become_one_group(tree: Path) -> None:
    copy = tree / "valid/XR_SHOULDER/patient11185/study1_positive/image1.png"
    copy.write_bytes((tree / "train/XR_WRIST/patient00001/study1_positive/image1.png").read_bytes())
    result = mura.read(tree)
    by_patient = {record.id.split("/")[2]: record.group for record in result.records}
    assert by_patient["patient00001"] == by_patient["patient11185"]
    assert result.report.duplicate_groups == 1


def test_what_is_listed_and_absent_or_disagrees_is_left_out(tree: Path) -> None:
    for image in (tree / "train/XR_ELBOW/patient00002/study1_negative").iterdir():
        image.unlink()
    table = tree / "valid_labeled_studies.csv"
    table.write_text("MURA-v1.1/valid/XR_SHOULDER/patient11185/study1_positive/,0\n")
    result = mura.read(tree)
    assert len(result.records) == 3
    assert result.report.counts() == {"missing": 1, "conflicting-label": 1}


def test_hidden_files_of_macos_are_no_images(tree: Path) -> None:
    (tree / "train/XR_WRIST/patient00001/study1_positive/._image1.png").write_bytes(b"Mac")
    assert mura.read(tree).report.found == 7


def test_an_incomplete_copy_is_refused(tree: Path) -> None:
    (tree / "train_labeled_studies.csv").write_text("what is this,1\n")
    with pytest.raises(LessonError) as caught:
        mura.read(tree)
    assert caught.value.code == "dataset.damaged"
    assert "what is this" in caught.value.problem
    (tree / "valid_labeled_studies.csv").unlink()
    (tree / "train_labeled_studies.csv").write_text("")
    with pytest.raises(LessonError) as caught:
        mura.read(tree)
    assert caught.value.code == "dataset.damaged"
    assert "valid_labeled_studies.csv" in caught.value.problem


def test_tables_saved_by_a_spreadsheet_are_the_same_tables(tree: Path) -> None:
    expected = mura.read(tree).records
    for table in tree.rglob("*.csv"):
        text = table.read_text().replace(",1", ",1.0").replace(",", ";").replace("/", "\\")
        table.write_bytes(text.encode("utf-16"))
    assert mura.read(tree).records == expected


def test_a_second_file_of_one_name_is_told(tree: Path) -> None:
    expected = mura.read(tree)
    first = next(iter(expected.records)).source
    assert isinstance(first, Path)
    with Image.open(first) as image:
        image.convert("L").save(first.with_suffix(".jpg"), quality=30)
    result = mura.read(tree)
    assert [record.id for record in result.records] == [record.id for record in expected.records]
    assert result.report.found == expected.report.found + 1
    assert result.report.counts()["duplicate"] == 1
