"""``python -m dashboard predict``: the table it prints, and what it does with bad files."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.training.events import Finished
from dashboard.commands import command_line, predict
from tests.dashboard.pretend_run import (
    pretend_events,
    pretend_run,
    pretend_spec,
    report,
    write_report,
)
from tests.data import hostile
from tests.strangers import strangers

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / "a").mkdir()
    Image.fromarray(hostile.drawn_xray()).save(folder / "z.png")
    Image.fromarray(hostile.drawn_xray(width=70)).save(folder / "a" / "one.jpg")
    Image.fromarray(hostile.drawn_xray(height=90)).save(folder / "b" / "deep" / "two.bmp")
    (folder / "a" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


@pytest.fixture
def run_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    run = pretend_run(tmp_path / "runs", [*pretend_events(4), Finished(2, 4.0)])
    run.model_path.write_bytes(b"stands for a network")
    write_report(run, report())  # threshold 0.4
    return run.id


@pytest.fixture
def logits(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Put a network in place of Keras whose logit is the picture's mean minus 60, over 10."""
    from core.jobs import tasks

    batches: list[np.ndarray] = []

    def answer(path: str, images: np.ndarray) -> np.ndarray:
        assert path.endswith("model.keras")
        batches.append(images)
        return (images.mean(axis=(1, 2))[:, None] - 60.0) / 10.0

    monkeypatch.setattr(tasks, "judge", lambda path, images, eye: (answer(path, images), None))
    return batches


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_folder_is_read_with_all_below_it_in_sorted_order(pictures, run_id, logits, capsys):
    assert command_line.run(["predict", "--model", run_id, str(pictures)]) == 0
    rows = table(capsys.readouterr().out)
    # Each folder's own files first, then its subfolders, both by name; hidden files are left out.
    assert [Path(row["path"]).relative_to(pictures).as_posix() for row in rows] == [
        "z.png",
        "a/broken.png",
        "a/one.jpg",
        "b/deep/two.bmp",
    ]
    assert list(rows[0]) == ["path", "score", "label", "problem", "doubt"]


def test_the_score_is_the_output_for_fracture_of_the_array_training_sees(
    pictures, run_id, logits, capsys
):
    from data.pictures.preprocess import decode_file, prepare_image

    command_line.run(["predict", "--model", run_id, str(pictures / "z.png")])
    (row,) = table(capsys.readouterr().out)
    image = prepare_image(decode_file(pictures / "z.png").gray, 28)
    np.testing.assert_array_equal(logits[0][0], image)
    expected = 1 / (1 + np.exp(-(image.mean() - 60.0) / 10.0))
    assert float(row["score"]) == pytest.approx(expected, abs=1e-6)
    assert row["label"] == ("fracture" if expected >= 0.4 else "normal")
    assert row["problem"] == ""


def test_bad_files_are_lines_and_the_rest_goes_on(pictures, run_id, logits, capsys, tmp_path):
    names = [pictures / "a" / "broken.png", tmp_path / "nowhere.png", pictures / "z.png"]
    assert command_line.run(["predict", "--model", run_id, *map(str, names)]) == 0
    broken, missing, fine = table(capsys.readouterr().out)
    assert broken["score"] == broken["label"] == missing["score"] == ""
    assert "breaks off" in broken["problem"] or "damaged" in broken["problem"]
    assert "nowhere.png" in missing["problem"]
    assert 0 <= float(fine["score"]) <= 1


def test_every_hostile_file_is_a_line(tmp_path, run_id, logits, capsys):
    wanted = hostile.write_samples(tmp_path / "samples")
    command_line.run(["predict", "--model", run_id, str(tmp_path / "samples")])
    rows = {Path(row["path"]).name: row for row in table(capsys.readouterr().out)}
    for name, expected in wanted.items():
        if name.startswith("."):
            continue
        assert bool(rows[name]["score"]) == (expected.outcome == hostile.OK), name
        assert bool(rows[name]["problem"]) == (expected.outcome != hostile.OK), name


def test_goes_in_batches_and_keeps_the_order(pictures, run_id, logits, capsys, monkeypatch):
    monkeypatch.setattr(predict, "BATCH", 2)
    files = [pictures / "z.png", pictures / "a" / "broken.png", pictures / "a" / "one.jpg"] * 2
    command_line.run(["predict", "--model", run_id, *map(str, files)])
    rows = table(capsys.readouterr().out)
    assert [row["path"] for row in rows] == [str(file) for file in files]
    assert sum(len(batch) for batch in logits) == 4
    assert max(len(batch) for batch in logits) <= 2
    assert rows[0]["score"] == rows[3]["score"]
    assert rows[2]["score"] == rows[5]["score"]


def test_a_line_comes_before_the_next_file_is_read(pictures, run_id, logits, monkeypatch):
    """However slow the rest of a batch is, what is known is said."""
    from dashboard.networks.classifiers import find_classifier

    original, goes_on = predict._read, threading.Event()

    def slow(path: Path, size: int):
        if path.name == "slow.png":
            assert goes_on.wait(60)
        return original(path, size)

    monkeypatch.setattr(predict, "_read", slow)
    (pictures / "slow.png").write_bytes((pictures / "z.png").read_bytes())
    rows = predict.predict(
        find_classifier(run_id),
        [pictures / "a" / "broken.png", pictures / "z.png", *[pictures / "slow.png"] * 3],
    )
    assert next(rows).problem
    assert next(rows).score is not None
    goes_on.set()
    assert [row.path.name for row in rows] == ["slow.png"] * 3


def test_a_mistake_of_this_program_is_a_line_and_loud_and_ends_nothing(
    pictures, run_id, logits, capsys, monkeypatch
):
    from data.pictures import preprocess

    original = preprocess.decode_file

    def mistaken(path: Path):
        return 1 // 0 if path.name == "one.jpg" else original(path)

    monkeypatch.setattr(preprocess, "decode_file", mistaken)
    assert command_line.run(["predict", "--model", run_id, str(pictures)]) == predict.FAULT
    printed = capsys.readouterr()
    rows = {Path(row["path"]).name: row for row in table(printed.out)}
    assert len(rows) == 4
    assert "ZeroDivisionError" in rows["one.jpg"]["problem"]
    assert rows["z.png"]["score"]
    assert rows["two.bmp"]["score"]
    assert "1 // 0" in printed.err


def test_every_doubt_of_the_page_stands_beside_the_score(tmp_path, run_id, logits, capsys):
    from data.pictures.preprocess import decode_file

    gray = hostile.drawn_xray()
    pictures = {
        "black": gray * 0,
        "mask": (gray > 90) * np.uint8(1),
        "fine": gray,
        "negative": 255 - gray,
        "photo": hostile.colored_photo(),
    }
    for name, picture in pictures.items():
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    (tmp_path / "slice.dcm").write_bytes(hostile.dicom(gray, modality="CT"))
    command_line.run(["predict", "--model", run_id, *map(str, sorted(tmp_path.glob("*.*")))])
    rows = {Path(row["path"]).name: row for row in table(capsys.readouterr().out)}
    assert len(rows) == 6
    for name, row in rows.items():
        assert row["doubt"] == " ".join(decode_file(tmp_path / name).warnings)
        assert bool(row["doubt"]) == (name != "fine.png"), name
        assert row["score"]


@pytest.mark.parametrize(
    ("name", "encoding"), [(b"r\xf6ntgen.png", "utf-8"), ("перелом.png".encode(), "cp1252")]
)
def test_a_name_that_the_output_has_no_letters_for_is_escaped(
    name, encoding, tmp_path, run_id, logits, monkeypatch
):
    odd = tmp_path / "set" / os.fsdecode(name)
    odd.parent.mkdir()
    Image.fromarray(hostile.drawn_xray()).save(tmp_path / "plain.png")
    odd.write_bytes((tmp_path / "plain.png").read_bytes())
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    assert command_line.run(["predict", "--model", run_id, str(odd.parent)]) == 0
    (row,) = table(raw.getvalue().decode(encoding))
    assert row["score"]
    expected = str(odd).encode(encoding, "backslashreplace").decode(encoding)
    assert row["path"] == expected


def test_linked_folders_are_searched_and_a_link_to_itself_ends(pictures, run_id, logits, capsys):
    (pictures / "a" / "up").symlink_to(pictures, target_is_directory=True)
    other = pictures.parent / "other"
    other.mkdir()
    Image.fromarray(hostile.drawn_xray()).save(other / "x.png")
    (pictures / "linked").symlink_to(other, target_is_directory=True)
    command_line.run(["predict", "--model", run_id, str(pictures)])
    names = [Path(row["path"]).name for row in table(capsys.readouterr().out)]
    assert names == ["z.png", "broken.png", "one.jpg", "two.bmp", "x.png"]


def test_names_with_commas_and_quotes_stay_one_cell(tmp_path, run_id, logits, capsys):
    odd = tmp_path / 'left, "lateral".png'
    Image.fromarray(hostile.drawn_xray()).save(odd)
    command_line.run(["predict", "--model", run_id, str(odd)])
    (row,) = table(capsys.readouterr().out)
    assert row["path"] == str(odd)


def test_an_unknown_network_is_advice_on_the_error_output(run_id, capsys):
    assert command_line.run(["predict", "--model", "no-such", "x.png"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no-such" in printed.err


def test_more_than_two_classes_are_answered_by_the_largest_output(tmp_path, monkeypatch, capsys):
    import dataclasses

    from core.jobs import tasks
    from core.models.zoo.entries import paper_network

    classes = ("hand", "fracture", "hip")
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    spec = dataclasses.replace(pretend_spec(), model=paper_network(28, classes))
    run = pretend_run(tmp_path / "runs", [*pretend_events(4), Finished(2, 4.0)], spec=spec)
    run.model_path.write_bytes(b"stands for a network")
    three = np.array([[0.0, 1.0, 2.0]])
    monkeypatch.setattr(tasks, "judge", lambda path, images, eye: (three, None))
    Image.fromarray(hostile.drawn_xray()).save(tmp_path / "x.png")
    command_line.run(["predict", "--model", run.id, str(tmp_path / "x.png")])
    (row,) = table(capsys.readouterr().out)
    powers = np.exp([0.0, 1.0, 2.0])
    assert float(row["score"]) == pytest.approx(powers[1] / powers.sum(), abs=1e-6)
    assert row["label"] == "hip"


def test_help_costs_no_keras():
    code = (
        "import sys\n"
        "from dashboard.commands import command_line\n"
        "try:\n    command_line.run(['predict', '--help'])\n"
        "except SystemExit:\n    pass\n"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'streamlit')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("model", ["reference", "paper-fracatlas", "paper-synthetic"])
def test_a_network_answers_and_doubts_what_it_learned_nothing_like(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    Image.fromarray(next(strangers("slice of a CT"))).save(tmp_path / "slice.png")
    Image.fromarray(next(strangers("photograph"))).save(tmp_path / "photograph.png")
    assert command_line.run(["predict", "--model", model, str(tmp_path)]) == 0
    rows = table(capsys.readouterr().out)
    assert [Path(row["path"]).name for row in rows] == ["photograph.png", "slice.png"]
    for row in rows:
        assert 0.0 <= float(row["score"]) <= 1.0
        assert row["label"] in {"normal", "fracture"}
        assert row["problem"] == ""
        assert "learned from no picture like this" in row["doubt"]
