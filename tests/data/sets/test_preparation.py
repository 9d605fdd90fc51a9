"""Prepared arrays: what is in them, when they are made again, and that no half of one is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import LessonError
from core.prepared import PreparedSet, open_prepared
from data.pictures import preprocess
from data.sets import preparation
from data.sets.leakage import LeakageComparison
from tests import patience

ROOT = Path(__file__).resolve().parents[3]


def prepare(root: Path, **options: Any) -> PreparedSet:
    return preparation.prepare("fracatlas", root=root, **({"size": 32} | options))


def test_arrays_hold_what_an_upload_of_the_file_would_give(small_fracatlas: Path) -> None:
    images = small_fracatlas / "images"
    cut = images / "Non_fractured" / "IMG0000021.jpg"
    cut.write_bytes(cut.read_bytes()[:-400])
    # Decoded, then left out with its twin: what comes after must not move up.
    first = images / "Fractured" / "IMG0000000.jpg"
    (images / "Non_fractured" / "IMG0000040.jpg").write_bytes(first.read_bytes())
    prepared = prepare(small_fracatlas)
    assert prepared.images.shape == (45, 32, 32)
    assert prepared.classes == ("normal", "fracture")
    for number, record in enumerate(prepared.records()):
        raw = Path(record["path"]).read_bytes()
        uploaded = preprocess.steps(preprocess.decode_bytes(raw), size=32).image
        np.testing.assert_array_equal(prepared.images[number], uploaded)
        assert prepared.labels[number] == (record["label"] == "fracture")
        assert ("Fractured" in Path(record["path"]).parts) == (record["label"] == "fracture")


def test_boxes_are_in_prepared_pixels(small_fracatlas: Path) -> None:
    """60 x 80 into 32 x 32: scale 0.4, 24 columns wide, 4 columns free on each side."""
    marks = [record["marks"] for record in prepare(small_fracatlas).records() if record["marks"]]
    assert len(marks) == 16
    for found in marks:
        assert found.size == (32, 32)
        (box,) = found.boxes
        assert box.plain() == pytest.approx([4 + 10 * 0.4, 20 * 0.4, 6 * 0.4, 8 * 0.4])


def test_metadata_is_what_is_known_without_pixels(fracatlas_tree: Any, paint: Any) -> None:
    for number in range(0, 400, 20):
        fracatlas_tree.add(
            number,
            fractured=number % 40 == 0,
            picture=paint(number, width=60 if number < 200 else 30, height=80),
            hand=int(number < 100),
            hardware=int(number == 60),
            lateral=int(number == 20),
        )
    prepared = prepare(fracatlas_tree.write())
    # Every image shows a leg from the front and is 80 high: that tells nothing and is left out.
    assert prepared.metadata_names == ("region: hand", "view: lateral", "hardware", "log width")
    columns = dict(zip(prepared.metadata_names, prepared.metadata.T, strict=True))
    assert columns["region: hand"].tolist() == [1.0] * 5 + [0.0] * 15
    assert np.flatnonzero(columns["hardware"]).tolist() == [3]
    assert np.flatnonzero(columns["view: lateral"]).tolist() == [1]
    np.testing.assert_allclose(columns["log width"], np.log([60.0] * 10 + [30.0] * 10), rtol=1e-6)


def test_the_split_is_by_group_and_the_leak_is_told(small_fracatlas: Path) -> None:
    grouped = prepare(small_fracatlas)
    for group in np.unique(grouped.groups):
        assert len(np.unique(grouped.split[grouped.groups == group])) == 1
    leak = LeakageComparison.from_json(grouped.details["leakage"])
    assert leak.actual.group_share == 0 < leak.random.group_share

    dealt = prepare(small_fracatlas, split="random")
    assert dealt.folder != grouped.folder
    assert LeakageComparison.from_json(dealt.details["leakage"]).actual.group_share > 0
    assert grouped.details["report"]["found"] == 48
    assert grouped.details["report"]["sentences"][0] == "Found 48 images and kept 48."


def test_a_second_call_reads_no_image(
    small_fracatlas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare(small_fracatlas)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an image was read again")

    monkeypatch.setattr(preparation, "load_reader", refuse)
    second = prepare(small_fracatlas)
    assert second.folder == first.folder
    assert second.fingerprint == first.fingerprint
    assert isinstance(second.images, np.memmap)


def test_changes_of_files_and_options_are_seen(small_fracatlas: Path) -> None:
    first = prepare(small_fracatlas)
    assert prepare(small_fracatlas, seed=1).folder != first.folder
    assert prepare(small_fracatlas, size=48).folder != first.folder
    # The same pixels under a new time: made again, with the same fingerprint.
    image = next(small_fracatlas.glob("images/Fractured/*.jpg"))
    os.utime(image, (1, 1))
    touched = prepare(small_fracatlas)
    assert touched.folder != first.folder
    assert touched.fingerprint == first.fingerprint
    image.unlink()
    (small_fracatlas / "dataset.csv").touch()
    assert len(prepare(small_fracatlas)) == 47


def test_a_change_of_the_code_that_reads_is_seen(
    small_fracatlas: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = prepare(small_fracatlas)
    project = tmp_path / "project"
    shutil.copytree(ROOT / "data", project / "data", ignore=shutil.ignore_patterns("cache", "d*s"))
    monkeypatch.setattr(preparation, "PROJECT", project)
    assert prepare(small_fracatlas).folder == first.folder
    reader = project / "data" / "sets" / "readers" / "fracatlas.py"
    reader.write_text(reader.read_text() + "\n# another version\n")
    assert prepare(small_fracatlas).folder != first.folder


def test_a_damaged_set_is_made_again(small_fracatlas: Path) -> None:
    first = prepare(small_fracatlas)
    pixels = np.array(first.images)
    raw = bytearray((first.folder / "images.npy").read_bytes())
    raw[-1] ^= 255
    del first
    folder = prepare(small_fracatlas, seed=0).folder
    (folder / "images.npy").write_bytes(raw)
    with pytest.raises(LessonError):
        open_prepared(folder)
    np.testing.assert_array_equal(prepare(small_fracatlas).images, pixels)


def test_progress_rises_to_one_and_names_phases(small_fracatlas: Path) -> None:
    told: list[tuple[str, float]] = []
    prepare(small_fracatlas, progress=lambda phase, share: told.append((phase, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {"Reading images", "Splitting and looking for leaks", "Writing"} <= {p for p, _ in told}


def test_a_large_set_waits_on_disk_and_comes_out_the_same(
    small_fracatlas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = np.array(prepare(small_fracatlas).images)
    shutil.rmtree(preparation.cache_root())
    rooms: list[type] = []
    make_room = preparation._room

    def room(*given: int) -> Any:
        made = make_room(*given)
        rooms.append(type(made))
        return made

    monkeypatch.setattr(preparation, "_room", room)
    monkeypatch.setattr(preparation, "_IN_MEMORY", 100)
    large = prepare(small_fracatlas)
    assert rooms == [np.memmap]
    np.testing.assert_array_equal(large.images, small)
    assert list(preparation.cache_root().iterdir()) == [large.folder]


def test_own_images_name_their_classes(tmp_path: Path, paint: Any) -> None:
    root = tmp_path / "own"
    for position, label in enumerate(("fractured", "healthy")):
        (root / label).mkdir(parents=True)
        for number in range(8):
            Image.fromarray(paint(10 * position + number)).save(root / label / f"{number}.png")
    prepared = preparation.prepare("folder", root=root, size=16)
    assert prepared.classes == ("healthy", "fractured")
    assert prepared.metadata.shape == (16, 0)
    assert [record["label"] for record in prepared.records()][:1] == ["fractured"]
    assert prepared.labels[0] == 1


def folders_of(root: Path, paint: Any, *names: str) -> Path:
    for position, name in enumerate(names):
        (root / name).mkdir(parents=True)
        for number in range(8):
            Image.fromarray(paint(100 * position + number)).save(root / name / f"{number}.png")
    return root


def test_the_finding_is_judged_by_both_names_told_and_may_be_chosen(
    tmp_path: Path, paint: Any
) -> None:
    root = folders_of(tmp_path / "own", paint, "COVID", "Normal")
    judged = preparation.prepare("folder", root=root, size=16)
    assert judged.classes == ("Normal", "COVID")
    chosen = preparation.prepare("folder", root=root, size=16, positive="normal")
    assert chosen.classes == ("COVID", "Normal")
    np.testing.assert_array_equal(chosen.labels, 1 - judged.labels)
    for prepared, name in ((judged, "'COVID'"), (chosen, "'Normal'")):
        said = prepared.details["finding"]
        assert f"{name} is the finding" in said
        assert said in prepared.details["report"]["sentences"]
    with pytest.raises(LessonError) as caught:
        preparation.prepare("folder", root=root, size=16, positive="pneumonia")
    assert caught.value.code == "prepared.unknown-option"


def test_a_set_that_knows_its_finding_takes_no_choice(small_fracatlas: Path) -> None:
    with pytest.raises(LessonError) as caught:
        prepare(small_fracatlas, positive="normal")
    assert caught.value.code == "prepared.unknown-option"
    assert "fracture" in caught.value.problem
    assert "finding" not in prepare(small_fracatlas).details


def test_ready_made_parts_are_kept_on_request_only(tmp_path: Path, paint: Any) -> None:
    names = [f"{part}/{label}" for part in ("train", "val", "test") for label in ("no", "yes")]
    root = folders_of(tmp_path / "own", paint, *names)
    kept = preparation.prepare("folder", root=root, size=16, split="given")
    parts = {"train": 0, "val": 1, "test": 2}
    for record, code in zip(kept.records(), kept.split, strict=True):
        assert parts[record["id"].split("/")[0]] == code
    anew = preparation.prepare("folder", root=root, size=16)
    assert not np.array_equal(anew.split, kept.split)
    # Two thirds of a set in which each part is a third would be a poor training part.
    assert np.mean(anew.split == 0) > 0.6


def test_odd_names_and_links_to_nowhere_end_no_preparation(own_names: Path) -> None:
    prepared = preparation.prepare("folder", root=own_names, size=16)
    assert len(prepared) == 17
    assert preparation.prepare("folder", root=own_names, size=16).folder == prepared.folder
    (omission,) = prepared.details["report"]["omissions"]
    assert omission["id"] == "normal/gone.png"


@pytest.fixture
def own_names(tmp_path: Path, paint: Any) -> Path:
    """Two classes with a name that is no UTF-8, a link to nothing and a link round in circles."""
    root = folders_of(tmp_path / "own", paint, "normal", "fracture")
    odd = root / "normal" / os.fsdecode(b"r\xf6ntgen.png")
    odd.write_bytes((root / "normal" / "0.png").read_bytes())
    (root / "normal" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (root / "normal" / "round").symlink_to(root / "normal", target_is_directory=True)
    return root


def test_synthetic_radiographs_are_drawn_once_and_are_the_same_again() -> None:
    made = preparation.prepare("synthetic", count=24, size=32, seed=5)
    assert (made.classes, made.images.shape) == (("normal", "fracture"), (24, 32, 32))
    assert len(np.unique(made.groups)) == 24
    from data.synthetic.radiograph import draw

    for number, record in enumerate(made.records()):
        shot = draw(number, size=128, seed=5)
        assert made.labels[number] == shot.label == (record["label"] == "fracture")
        np.testing.assert_array_equal(made.images[number], preprocess.prepare_image(shot.image, 32))
        assert record["path"] is None
        assert record["marks"].size == (32, 32)
        assert [box.plain() for box in record["marks"].boxes] == [
            [edge / 4 for edge in box.plain()] for box in shot.marks.boxes
        ]
    other = preparation.prepare("synthetic", count=24, size=32, seed=6)
    assert other.fingerprint != made.fingerprint
    folder = made.folder
    shutil.rmtree(folder)
    assert (
        preparation.prepare("synthetic", count=24, size=32, seed=5).fingerprint == made.fingerprint
    )


def test_options_that_make_no_sense_are_refused(small_fracatlas: Path) -> None:
    for options in ({"size": 8}, {"size": 4096}, {"split": "sorted"}, {"count": 3}):
        with pytest.raises(LessonError) as caught:
            prepare(small_fracatlas, **options)
        assert caught.value.code == "prepared.unknown-option"
    with pytest.raises(LessonError) as caught:
        preparation.prepare("fracatlas", root=b"PK")
    assert caught.value.code == "prepared.unknown-option"
    with pytest.raises(LessonError) as caught:
        preparation.prepare("nothing")
    assert caught.value.code == "dataset.unknown"


def test_threads_that_ask_at_once_share_one_preparation(
    small_fracatlas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, times = preparation.load_reader, []

    def counted(name: str) -> Any:
        times.append(name)
        return load(name)

    monkeypatch.setattr(preparation, "load_reader", counted)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: prepare(small_fracatlas), range(4)))
    assert len({prepared.folder for prepared in made}) == 1
    assert times == ["fracatlas"]


CHILD = """
import sys, time
from pathlib import Path
from data.sets import preparation

phase = sys.argv[2]
def progress(name, share):
    if name == phase and share > 0:
        print(name, flush=True)
        time.sleep(float(sys.argv[3]))

if phase == "files":   # the moment between the last array and the manifest
    import core.prepared as prepared
    dump = prepared.json.dump
    def wait(*given, **named):
        print("files", flush=True)
        time.sleep(float(sys.argv[3]))
        dump(*given, **named)
    prepared.json.dump = wait

made = preparation.prepare("fracatlas", root=Path(sys.argv[1]), size=32, progress=progress)
print(made.fingerprint, flush=True)
"""


def start(root: Path, phase: str, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), phase, str(seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("phase", ["Reading images", "Writing", "files"])
def test_a_killed_preparation_leaves_nothing_half_made(
    small_fracatlas: Path, tmp_path: Path, phase: str
) -> None:
    child = start(small_fracatlas, phase, 60)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == phase
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()

    home = tmp_path / "cache"
    left = list(home.glob("*")) if home.exists() else []
    assert [path for path in left if not path.name.startswith(".")] == []
    assert (phase == "files") == bool(left)  # the moment was really that one
    prepared = prepare(small_fracatlas)
    assert len(prepared) == 48
    assert list(home.iterdir()) == [prepared.folder]


def test_two_processes_at_once_give_one_whole_set(small_fracatlas: Path, tmp_path: Path) -> None:
    children = [start(small_fracatlas, "files", 0.5) for _ in range(2)]
    said = [child.communicate(timeout=patience.SECONDS)[0].split() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert [words[0] for words in said] == ["files", "files"]  # both were writing at once
    assert said[0][1] == said[1][1] == prepare(small_fracatlas).fingerprint
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.slow
def test_the_real_set_has_no_leak_and_random_splits_of_it_do(fracatlas_root: Path) -> None:
    leak = LeakageComparison.from_json(
        preparation.prepare("fracatlas", root=fracatlas_root, size=32).details["leakage"]
    )
    assert leak.actual.twin_share == leak.actual.group_share == 0
    assert leak.random.twin_share > 0.02
    assert leak.random.copied > leak.actual.copied + 0.02
