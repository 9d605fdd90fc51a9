"""What a person collects: small JPEGs alone are read, bursts and limits hold, a ZIP comes out."""

from __future__ import annotations

import base64
import io
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.arrays import UInt8Array
from core.errors import LessonError
from core.prepared import SPLITS, open_prepared
from dashboard.workbench.minute.collection import (
    MOST_CLASSES,
    MOST_PICTURES,
    SIDE,
    Collection,
    archive,
    plain_name,
    read_picture,
)
from data.pictures.preprocess import prepare_image
from data.sets.preparation import prepare


def drawn(kind: str, seed: int) -> UInt8Array:
    """A disc or a cross on noise, each somewhere else."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 60, (SIDE, SIDE), dtype=np.uint8))
    x, y, size = (int(value) for value in rng.integers(20, 70, 3))
    pen = ImageDraw.Draw(image)
    if kind == "disc":
        pen.ellipse((x, y, x + size, y + size), fill=230)
    else:
        pen.line((x, y, x + size, y + size), fill=230, width=8)
        pen.line((x + size, y, x, y + size), fill=230, width=8)
    return np.asarray(image)


def sent(image: Image.Image, kind: str = "JPEG") -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=95)
    return base64.b64encode(buffer.getvalue()).decode()


def collected(count: int, *, source: str = "file") -> Collection:
    """So many discs and crosses."""
    collection = Collection(names=("disc", "cross"))
    for label, kind in enumerate(("disc", "cross")):
        pictures = [drawn(kind, seed) for seed in range(count)]
        collection = collection.added(label, pictures, source)  # type: ignore[arg-type]
    return collection


def test_a_sent_picture_becomes_gray_and_square_as_every_other_one() -> None:
    color = Image.new("RGB", (224, 168), (200, 0, 0))
    found = read_picture(sent(color))
    gray = np.full((168, 224), round(0.299 * 200), np.uint8)
    assert found.shape == (SIDE, SIDE)
    assert np.abs(found.astype(int) - prepare_image(gray, SIDE)).max() <= 2


@pytest.mark.parametrize(
    "told",
    [
        "",
        "no base64!",
        base64.b64encode(b"GIF89a" + bytes(40)).decode(),
        sent(Image.new("L", (64, 64), 9), "PNG"),
        sent(Image.new("L", (1000, 1000), 9)),
        base64.b64encode(b"\xff\xd8\xff" + bytes(300_000)).decode(),
        sent(Image.new("L", (200, 200), 9))[:200],
    ],
    ids=["nothing", "text", "gif", "png", "too many pixels", "too many bytes", "cut short"],
)
def test_nothing_but_a_small_jpeg_is_read(told: str) -> None:
    with pytest.raises(LessonError):
        read_picture(told)


def test_a_recording_is_one_burst_and_each_file_its_own() -> None:
    pictures = [drawn("disc", seed) for seed in range(5)]
    collection = Collection().added(0, pictures, "camera").added(1, pictures[:0], "file")
    assert len(set(collection.bursts())) == 1
    apart = collection.added(1, [drawn("cross", seed) for seed in range(4)], "file")
    assert len(set(apart.bursts())) == 5


def test_files_that_nearly_equal_each_other_are_one_burst() -> None:
    one = drawn("disc", 1)
    copies = [one, np.clip(one.astype(int) + 3, 0, 255).astype(np.uint8), drawn("disc", 2)]
    bursts = Collection().added(0, copies, "file").bursts()
    assert bursts[0] == bursts[1] != bursts[2]


def test_the_same_picture_comes_once_and_a_class_has_its_limit() -> None:
    one = drawn("disc", 1)
    collection = Collection().added(0, [one, one], "file").added(1, [one], "file")
    assert [picture.label for picture in collection.pictures] == [0]
    many = Collection().added(0, [drawn("disc", n) for n in range(MOST_PICTURES + 5)], "file")
    assert len(many.pictures) == MOST_PICTURES


def test_classes_come_and_go_with_their_pictures() -> None:
    collection = collected(2).with_class()
    assert collection.names == ("disc", "cross", "Class 1")
    fewer = collection.without_class(0)
    assert fewer.names == ("cross", "Class 1")
    assert [one.label for one in fewer.pictures] == [0, 0]
    assert fewer.without_class(0) is fewer  # two are the fewest
    for _ in range(5):
        collection = collection.with_class()
    assert len(collection.names) == MOST_CLASSES
    assert len(set(collection.names)) == MOST_CLASSES


@pytest.mark.parametrize(("name", "code"), [("  /.. ", "nameless"), ("DISC", "named-twice")])
def test_a_class_has_a_name_and_no_two_the_same(name: str, code: str) -> None:
    with pytest.raises(LessonError) as refused:
        collected(1).renamed(1, name)
    assert refused.value.code == f"class.{code}"


def test_no_name_leaves_its_folder() -> None:
    for name in ("../../etc", "a/b", "C:\\x", "x\0y", "." * 9):
        assert not set(plain_name(name)) & set("/\\.\0:")


def test_the_zip_is_the_same_for_the_same_pictures_and_holds_bursts() -> None:
    collection = collected(3)
    raw = archive(collection)
    assert raw == archive(collection)
    with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
        folders = {name.rsplit("/", 1)[0] for name in zipped.namelist()}
        assert len(zipped.namelist()) == len(folders) == 6
        assert {folder.split("/")[0] for folder in folders} == {"disc", "cross"}


def test_a_name_that_means_something_else_in_a_set_is_refused_before_anything_is_kept() -> None:
    collection = collected(5).renamed(0, "train").renamed(1, "test")
    with pytest.raises(LessonError) as refused:
        archive(collection)
    assert refused.value.code == "class.misleading"


def test_a_set_of_it_keeps_recordings_on_one_side(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prepared set, read again by the way of every uploaded ZIP file: no burst is parted."""
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path))
    collection = Collection(names=("disc", "cross"))
    for burst in range(4):
        for label, kind in enumerate(("disc", "cross")):
            pictures = [drawn(kind, 10 * burst + at) for at in range(3)]
            collection = collection.added(label, pictures, "camera")
    prepared = open_prepared(prepare("folder", root=archive(collection), size=64).folder)
    assert sorted(prepared.classes) == ["cross", "disc"]
    assert len(prepared.labels) == 24
    groups = [record["group"] for record in prepared.records()]
    assert len(set(groups)) == 8
    parts = {group: set() for group in groups}
    for group, part in zip(groups, prepared.split, strict=True):
        parts[group].add(int(part))
    assert all(len(found) == 1 for found in parts.values())
    assert set(prepared.split.tolist()) == set(range(len(SPLITS)))
