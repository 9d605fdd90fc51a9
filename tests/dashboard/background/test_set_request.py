"""What is kept of an upload: its images while they are wanted, its bytes no longer than needed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import LessonError
from dashboard.background import set_request
from dashboard.background.set_request import SetRequest, Upload, make
from data.sets.tidying import remove


def silent(_: str, __: float) -> None:
    """No progress."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def zip_of_images() -> bytes:
    """Two classes of noise."""
    rng, file = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("normal", "fracture"):
            for number in range(8):
                picture = io.BytesIO()
                Image.fromarray(rng.integers(0, 256, (40, 40), dtype=np.uint8)).save(picture, "PNG")
                archive.writestr(f"set/{name}/{number}.png", picture.getvalue())
    return file.getvalue()


def test_a_refused_file_is_let_go_and_refused_again() -> None:
    upload = Upload(name="a.zip", raw=b"no archive at all")
    request = SetRequest(dataset="folder", size=32, upload=upload)
    codes = set()
    for _ in range(2):
        with pytest.raises(LessonError) as caught:
            make(request, silent)
        codes.add(caught.value.code)
        assert upload.raw == b""
    assert len(codes) == 1


def test_an_unpacked_file_is_let_go_and_other_sizes_come_from_the_cache() -> None:
    upload = Upload(name="a.zip", raw=zip_of_images())
    first = make(SetRequest(dataset="folder", size=32, upload=upload), silent)
    assert upload.raw == b""
    again = make(SetRequest(dataset="folder", size=32, upload=upload), silent)
    assert again.fingerprint == first.fingerprint  # to be used changes nothing
    assert again.folder == first.folder
    assert make(SetRequest(dataset="folder", size=28, upload=upload), silent).size == 28


def test_images_that_were_removed_are_asked_for_again() -> None:
    upload = Upload(name="a.zip", raw=zip_of_images())
    make(SetRequest(dataset="folder", size=32, upload=upload), silent)
    assert upload.folder is not None
    remove(upload.folder)
    with pytest.raises(LessonError) as caught:
        make(SetRequest(dataset="folder", size=48, upload=upload), silent)
    assert caught.value.code == "upload.gone"


def test_a_folder_that_cannot_be_read_is_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", "/proc/nowhere")  # no cache can be made there
    with pytest.raises(LessonError) as caught:
        make(SetRequest(dataset="synthetic", size=32), silent)
    assert "/proc" not in caught.value.problem


def test_the_finding_and_the_parts_are_handed_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: dict[str, object] = {}

    def prepare(_: object, **options: object) -> object:
        asked.update(options)
        raise LessonError("asked", problem="-", remedy="-")

    monkeypatch.setattr(set_request, "call_apart", prepare)
    with pytest.raises(LessonError):
        set_request.make(
            SetRequest(dataset="folder", root=tmp_path, size=32, split="given", positive="COVID"),
            silent,
        )
    assert (asked["split"], asked["positive"]) == ("given", "COVID")
