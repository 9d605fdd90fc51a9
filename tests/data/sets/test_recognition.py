"""Pictures are found by what they hold, as an upload is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from data.sets.recognition import is_picture, pictures_below
from tests.data.hostile import OK, dicom, drawn_xray, encoded, samples

GRAY = Image.fromarray(drawn_xray())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"])
@pytest.mark.parametrize("name", ["x.jfif", "x.JPE", "IM000001", "x.dat"])
def test_a_picture_is_one_whatever_it_is_called(kind: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(encoded(GRAY.convert("RGB"), kind))
    assert is_picture(tmp_path / name)


def test_whatever_an_upload_reads_a_dataset_finds(tmp_path: Path) -> None:
    missed = []
    for number, (name, (raw, expected)) in enumerate(samples().items()):
        (tmp_path / f"{number}").write_bytes(raw)
        if expected.outcome == OK and not is_picture(tmp_path / f"{number}"):
            missed.append(name)
    assert missed == []


def test_dicom_needs_no_ending(tmp_path: Path) -> None:
    (tmp_path / "IM1").write_bytes(dicom(drawn_xray()))
    (tmp_path / "IM2").write_bytes(dicom(drawn_xray())[132:])
    assert is_picture(tmp_path / "IM1")
    assert is_picture(tmp_path / "IM2")


def test_what_is_no_picture_is_passed_over_unless_its_ending_promises_one(tmp_path: Path) -> None:
    for name, raw in {
        "README.md": b"# A set",
        "labels.csv": b"a,b\n1,2",
        "empty": b"",
        "paper.pdf": b"%PDF-1.7",
        "set.zip": b"PK\x03\x04" + bytes(40),
        "promised.png": b"<html>",
        "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        "codestream": b"\xff\x4f\xff\x51" + bytes(40),
    }.items():
        (tmp_path / name).write_bytes(raw)
    found = [path.name for path in pictures_below(tmp_path)]
    # The last two are pictures that are not read here: told as left out, not passed over.
    assert found == ["codestream", "phone.heic", "promised.png"]
