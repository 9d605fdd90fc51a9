"""A person's own folder or ZIP file, as people really pack them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.errors import LessonError
from data.sets.readers import image_folder


@pytest.fixture
def own(tmp_path: Path, paint: Any) -> Path:
    """Two classes of six loose images."""
    root = tmp_path / "my set"
    for position, label in enumerate(("normal", "fracture")):
        (root / label).mkdir(parents=True)
        for number in range(6):
            Image.fromarray(paint(10 * position + number)).save(root / label / f"{number}.png")
    return root


def zipped(root: Path, *, inside: str = "") -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, inside + path.relative_to(root).as_posix())
    return raw.getvalue()


def labels_of(root: Any) -> dict[str, str]:
    return {record.id: record.label for record in image_folder.read(root).records}


def test_the_folder_is_the_label_and_each_image_its_own_group(own: Path) -> None:
    result = image_folder.read(own)
    assert {r.id: r.label for r in result.records} == {
        f"{label}/{number}.png": label for label in ("normal", "fracture") for number in range(6)
    }
    assert len({record.group for record in result.records}) == 12
    assert "Images by class: normal 6, fracture 6." in result.report.notes


def test_a_zip_gives_the_same_by_path_and_by_bytes_and_with_a_folder_around(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = labels_of(own)
    packed = tmp_path / "set.zip"
    packed.write_bytes(zipped(own))
    assert labels_of(packed) == expected
    assert labels_of(zipped(own, inside="my set/")) == expected

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("unpacked a second time")

    monkeypatch.setattr("data.sets.archive.unpack", refuse)
    assert labels_of(packed) == expected
    assert labels_of(packed.read_bytes()) == expected


def test_a_lone_folder_around_the_classes_is_unwrapped(own: Path, tmp_path: Path) -> None:
    around = tmp_path / "unpacked" / "again"
    around.mkdir(parents=True)
    expected = labels_of(own)
    own.rename(around / "set")
    assert labels_of(tmp_path / "unpacked") == expected


def test_hidden_files_and_macos_leavings_are_passed_over(own: Path) -> None:
    for name in ("__MACOSX/normal/._0.png", ".thumbnails/a.png", "normal/.hidden.png"):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes(b"nothing")
    (own / "normal" / "notes.txt").write_text("text is no image")
    assert len(labels_of(own)) == 12
    assert image_folder.read(own).report.omissions == ()


def test_deeper_folders_are_searched_but_one_folder_for_all_is_no_patient(own: Path) -> None:
    for label in ("normal", "fracture"):
        inner = own / label / "images"
        inner.mkdir()
        for path in list((own / label).glob("*.png")):
            path.rename(inner / path.name)
    result = image_folder.read(own)
    assert len(result.records) == len({record.group for record in result.records}) == 12


def test_a_folder_for_each_patient_keeps_them_together(own: Path) -> None:
    for label in ("normal", "fracture"):
        for path in list((own / label).glob("*.png")):
            patient = own / label / f"patient{int(path.stem) // 2}"
            patient.mkdir(exist_ok=True)
            path.rename(patient / path.name)
    groups = {record.id: record.group for record in image_folder.read(own).records}
    assert len(set(groups.values())) == 3
    assert groups["normal/patient1/2.png"] == groups["normal/patient1/3.png"]
    # The same name in the other class is the same person.
    assert groups["normal/patient1/2.png"] == groups["fracture/patient1/2.png"]


def test_copies_stay_together_and_conflicts_go(own: Path) -> None:
    (own / "normal" / "copy.png").write_bytes((own / "normal" / "0.png").read_bytes())
    with Image.open(own / "fracture" / "1.png") as image:
        image.resize((30, 40)).save(own / "fracture" / "small.jpg")
    (own / "fracture" / "wrong.png").write_bytes((own / "normal" / "5.png").read_bytes())
    result = image_folder.read(own)
    groups = {record.id: record.group for record in result.records}
    assert groups["normal/copy.png"] == groups["normal/0.png"]
    assert groups["fracture/small.jpg"] == groups["fracture/1.png"]
    assert "normal/5.png" not in groups
    assert result.report.counts() == {"conflicting-label": 2}


def test_images_outside_the_classes_are_said(own: Path) -> None:
    (own / "stray.png").write_bytes((own / "normal" / "0.png").read_bytes())
    (omission,) = image_folder.read(own).report.omissions
    assert (omission.id, omission.reason) == ("stray.png", "unlabeled")


def test_three_classes(own: Path, paint: Any) -> None:
    (own / "cast").mkdir()
    for number in range(5):
        Image.fromarray(paint(90 + number)).save(own / "cast" / f"{number}.png")
    assert set(labels_of(own).values()) == {"normal", "fracture", "cast"}


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        ("fracture normal", "normal fracture"),
        ("Fractured Non_fractured", "Non_fractured Fractured"),
        ("fractured not_fractured", "not_fractured fractured"),
        ("abnormal normal", "normal abnormal"),
        ("negative positive", "negative positive"),
        ("cat dog", "cat dog"),
        ("c a b", "a b c"),
    ],
)
def test_of_two_classes_the_finding_is_the_second(names: str, ordered: str) -> None:
    assert image_folder.order_classes(names.split()) == tuple(ordered.split())


def test_what_cannot_be_learned_from_is_refused_with_the_reason(
    own: Path, tmp_path: Path, paint: Any
) -> None:
    def refused(root: Any) -> LessonError:
        with pytest.raises(LessonError) as caught:
            image_folder.read(root)
        return caught.value

    empty = tmp_path / "empty"
    (empty / "normal").mkdir(parents=True)
    assert refused(empty).code == "folder.no-images"

    loose = tmp_path / "loose"
    loose.mkdir()
    for number in range(3):
        Image.fromarray(paint(number)).save(loose / f"{number}.png")
    error = refused(loose)
    assert (error.code, "3 images" in error.problem) == ("folder.no-classes", True)

    assert refused(tmp_path / "nowhere").code == "dataset.missing"
    assert refused(None).code == "dataset.missing"

    for path in sorted((own / "fracture").iterdir())[4:]:
        path.unlink()
    error = refused(own)
    assert (error.code, "'fracture' has 4" in error.problem) == ("folder.too-few-images", True)
    for path in (own / "fracture").iterdir():
        path.unlink()
    error = refused(own)
    assert (error.code, "'normal'" in error.problem) == ("folder.one-class", True)


def test_a_class_of_copies_of_one_picture_is_refused(own: Path) -> None:
    first = (own / "fracture" / "0.png").read_bytes()
    for path in (own / "fracture").iterdir():
        path.write_bytes(first)
    with pytest.raises(LessonError) as caught:
        image_folder.read(own)
    assert caught.value.code == "folder.too-few-images"
    assert "copies" in caught.value.problem


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    for root in (b"this is no archive", tmp_path / "set.zip"):
        if isinstance(root, Path):
            root.write_bytes(b"neither is this")
        with pytest.raises(LessonError):
            image_folder.read(root)
    assert not list((tmp_path / "cache" / "unpacked").glob("*.zip"))
