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


def laid_out(root: Path, paint: Any, *folders: str, count: int = 6) -> Path:
    """The same number of different pictures in each of these folders."""
    for number, name in enumerate(folders):
        (root / name).mkdir(parents=True, exist_ok=True)
        for picture in range(count):
            seed = 1000 * number + picture
            Image.fromarray(paint(seed)).save(root / name / f"{picture}.png")
    return root


def test_ready_made_parts_are_no_classes_and_are_handed_over(tmp_path: Path, paint: Any) -> None:
    parts = {"Train": "train", "valid": "validation", "test_set": "test"}
    names = [f"{part}/{label}" for part in parts for label in ("normal", "greenstick", "spiral")]
    result = image_folder.read(laid_out(tmp_path / "set", paint, *names))
    assert {record.label for record in result.records} == {"normal", "greenstick", "spiral"}
    for record in result.records:
        assert record.part == parts[record.id.split("/")[0]]
    assert len({record.group for record in result.records}) == 54
    (note,) = [note for note in result.report.notes if "Ready-made" in note]
    assert "Train 18, valid 18, test_set 18" in note


def test_parts_may_stand_inside_the_classes(tmp_path: Path, paint: Any) -> None:
    names = [f"{label}/{part}" for part in ("train", "test") for label in ("normal", "fracture")]
    records = image_folder.read(laid_out(tmp_path / "set", paint, *names)).records
    assert {(r.label, r.part) for r in records} == {
        (label, part) for label in ("normal", "fracture") for part in ("train", "test")
    }


def test_parts_without_classes_are_refused_by_what_they_are(tmp_path: Path, paint: Any) -> None:
    names = [f"{part}/images" for part in ("train", "valid", "test")]
    with pytest.raises(LessonError) as caught:
        image_folder.read(laid_out(tmp_path / "set", paint, *names))
    assert caught.value.code == "folder.no-classes"
    assert "inside the parts train, valid, test" in caught.value.problem


def test_masks_in_a_folder_or_beside_their_picture_are_left_out(tmp_path: Path, paint: Any) -> None:
    names = [f"{label}/{kind}" for label in ("COVID", "Normal") for kind in ("images", "masks")]
    root = laid_out(tmp_path / "one", paint, *names)
    result = image_folder.read(root)
    assert {record.id.split("/")[1] for record in result.records} == {"images"}
    assert result.report.counts() == {"mask": 12}
    assert "Left out: 12 images are masks of others." in result.report.sentences()

    result = image_folder.read(
        laid_out(
            tmp_path / "two", paint, *(f"{kind}/{c}" for kind in ("images", "masks") for c in "ab")
        )
    )
    assert (len(result.records), result.report.counts()) == (12, {"mask": 12})

    root = laid_out(tmp_path / "three", paint, "benign", "malignant")
    for name in ("benign/0_mask.png", "benign/1_mask_1.png", "malignant/2-mask.png"):
        Image.fromarray(paint(9_000)).save(root / name)
    # A picture that is only called so, beside no other, is a picture.
    Image.fromarray(paint(9_100)).save(root / "malignant" / "gas_mask.png")
    result = image_folder.read(root)
    assert {o.id for o in result.report.omissions} == {
        "benign/0_mask.png",
        "benign/1_mask_1.png",
        "malignant/2-mask.png",
    }
    assert "malignant/gas_mask.png" in {record.id for record in result.records}


@pytest.mark.parametrize(
    "name",
    ["Lung masks", "lesion_masks", "Masken", "Lungenmasken", "ground truth", "Annotations",
     "heatmaps", "boneMask", "masks (1)", "Segmentierungen"],
)  # fmt: skip
def test_a_folder_of_masks_is_none_of_the_classes_whatever_it_is_called(
    tmp_path: Path, paint: Any, name: str
) -> None:
    for number, places in enumerate((
        ("COVID/images", f"COVID/{name}", "Normal/images", f"Normal/{name}"),
        ("COVID", "Normal", name),
        ("COVID", f"COVID/{name}", "Normal", f"Normal/{name}"),
        ("COVID", "Normal", f"{name}/COVID", f"{name}/Normal"),
        ("train/COVID", "train/Normal", "test/COVID", "test/Normal", f"{name}/COVID"),
    )):  # fmt: skip
        root = laid_out(tmp_path / str(number), paint, *places)
        result = image_folder.read(root)
        assert {record.label for record in result.records} == {"COVID", "Normal"}, places
        count = 6 * sum(name in place for place in places)
        assert result.report.counts() == {"mask": count}, places


@pytest.mark.parametrize(
    "classes", [("with_mask", "without_mask"), ("mask", "no mask", "mask_worn_wrong"),
                ("label_0", "label_1"), ("masked", "bare")],
)  # fmt: skip
def test_classes_that_are_about_masks_stay_classes(
    tmp_path: Path, paint: Any, classes: tuple[str, ...]
) -> None:
    result = image_folder.read(laid_out(tmp_path, paint, *classes))
    assert {record.label for record in result.records} == set(classes)


def test_a_level_that_tells_findings_apart_names_the_classes_wherever_it_stands(
    tmp_path: Path, paint: Any
) -> None:
    names = [
        f"{region}/{label}" for region in ("wrist", "XR_HAND") for label in ("normal", "broken")
    ]
    records = image_folder.read(laid_out(tmp_path / "set", paint, *names)).records
    assert {(r.label, r.region) for r in records} == {
        (label, region) for label in ("normal", "broken") for region in ("wrist", "hand")
    }
    assert not any(record.group.startswith("patient:") for record in records)


def test_studies_are_read_by_part_region_patient_and_finding(tmp_path: Path, paint: Any) -> None:
    names = [
        f"{part}/{region}/patient{7 * number:05d}/study1_{finding}"
        for part, numbers in (("train", range(8)), ("valid", range(8, 14)))
        for number in numbers
        for region, finding in (
            ("XR_WRIST", "positive" if number % 2 else "negative"),
            ("XR_HAND", "negative"),
        )
    ]
    records = image_folder.read(laid_out(tmp_path / "set", paint, *names, count=2)).records
    assert {record.label for record in records} == {"positive", "negative"}
    assert {record.region for record in records} == {"wrist", "hand"}
    # A patient's hand and wrist stay together.
    assert len({record.group for record in records}) == 14
    assert all(record.group.startswith("patient:patient") for record in records)


def test_body_parts_inside_the_classes_are_no_patients(tmp_path: Path, paint: Any) -> None:
    names = [
        f"{label}/{part}" for label in ("normal", "fracture") for part in ("hand", "leg", "hip")
    ]
    result = image_folder.read(laid_out(tmp_path / "set", paint, *names, count=3))
    assert {record.region for record in result.records} == {"hand", "leg", "hip"}
    assert "18 independent images are the groups." in result.report.notes


def test_files_and_empty_folders_beside_the_classes_hide_nothing_and_are_named(
    own: Path, tmp_path: Path
) -> None:
    expected = labels_of(own)
    around = tmp_path / "unpacked"
    around.mkdir()
    own.rename(around / "bones")
    (around / "README.txt").write_text("x")
    (around / "labels.csv").write_text("file,label")
    (around / "bones" / "unknown").mkdir()
    result = image_folder.read(around)
    assert {record.id: record.label for record in result.records} == expected
    assert "Folders without images: unknown." in result.report.notes
    assert "2 files are no images and passed over: README.txt, labels.csv." in result.report.notes


def test_pictures_are_chosen_by_content_and_those_not_read_are_named(own: Path) -> None:
    for path in list((own / "fracture").iterdir()):
        with Image.open(path) as image:
            image.save(path.with_suffix(".jfif"), "JPEG")
        path.unlink()
    (own / "normal" / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    result = image_folder.read(own)
    assert len(result.records) == 12
    (omission,) = result.report.omissions
    assert (omission.id, omission.reason) == ("normal/phone.heic", "unreadable")
    assert "HEIC" in omission.detail


def test_linked_class_folders_are_class_folders(own: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    for label in ("normal", "fracture"):
        (linked / label).symlink_to(own / label, target_is_directory=True)
    assert labels_of(linked) == labels_of(own)


def test_a_message_names_the_file_that_was_given(own: Path, tmp_path: Path) -> None:
    inner = zipped(own)
    for name, files in (("empty.zip", {}), ("zipinzip.zip", {"plain.zip": inner})):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for inside, raw in files.items():
                archive.writestr(inside, raw)
        for root in (tmp_path / name, (tmp_path / name).read_bytes()):
            with pytest.raises(LessonError) as caught:
                image_folder.read(root)
            assert caught.value.code == "folder.no-images"
            called = name if isinstance(root, Path) else "the ZIP file"
            assert f"in {called}" in caught.value.problem
            assert ("plain.zip" in caught.value.problem) == bool(files)
        # What was unpacked before has a name of our own, which says nothing to a person.
        with pytest.raises(LessonError, match="in the ZIP file"):
            image_folder.read(image_folder.locate(tmp_path / name))


def test_names_changed_in_unpacking_are_told(own: Path, tmp_path: Path) -> None:
    packed = tmp_path / "set.zip"
    packed.write_bytes(zipped(own, inside="my: set\\"))
    for _ in range(2):  # now, and from the cache
        result = image_folder.read(packed)
        assert len(result.records) == 12
        (note,) = [note for note in result.report.notes if "made plain" in note]
        assert note.startswith("12 names were made plain")
        assert "my_ set/fracture/0.png" in note
