"""python -m dashboard train: the paper's two lines an epoch, honest figures, a clean stop."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import LessonError
from core.evaluation.epoch_metrics import EpochMetrics
from core.jobs.folder import RunFolder, Status, create_run, list_runs
from core.models.spec import Flatten, ModelSpec
from core.prepared import write_prepared
from core.training.events import BatchEnded, EpochEnded, Phase, Started, Warned
from core.training.history import fig7_lines
from core.training.spec import TrainingSpec
from dashboard.commands import command_line
from dashboard.commands.train import INTERRUPTED, TrainingDisplay, work
from tests import patience

ROOT = Path(__file__).resolve().parents[3]
PRETEND = "tests.core.jobs.pretend_fit:fit"
TWO_LINES = re.compile(
    r"Epoch (\d+)/(\d+)\n"
    r"- \d+s - loss: \d+\.\d{4} - acc: \d\.\d{4} - val_loss: \d+\.\d{4} - val_acc: \d\.\d{4}\n"
)


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of three epochs on 12 tiny images."""
    prepared = write_prepared(
        tmp_path / "toy",
        name="toy",
        title="Toy",
        classes=("normal", "fracture"),
        images=np.zeros((12, 16, 16), np.uint8),
        labels=np.arange(12) % 2,
        split=np.repeat([0, 1, 2], 4).astype(np.int8),
        groups=np.arange(12),
        metadata=np.zeros((12, 1), np.float32),
        metadata_names=("view",),
        records=[{"id": str(number)} for number in range(12)],
    )
    spec = TrainingSpec(
        dataset="toy",
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=ModelSpec("tiny", 16, ("normal", "fracture"), (Flatten(),)),
        epochs=3,
        batch_size=4,
        learning_rate=0.001,
    )
    return create_run(spec, root=tmp_path / "runs")


def test_each_epoch_is_the_papers_two_lines(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert work(run, fit=PRETEND) == 0
    assert signal.getsignal(signal.SIGINT) is before
    said = capsys.readouterr()
    lines = [line for epoch in run.history().epochs for line in fig7_lines(epoch)]
    assert len(lines) == 6
    assert said.out.splitlines() == [f"Run {run.id}", *lines, f"Run {run.id}"]
    assert said.err == ""


def test_a_bar_grows_on_a_terminal_and_leaves_nothing_behind() -> None:
    out, bar = io.StringIO(), Terminal()
    display = TrainingDisplay(out, bar)
    display(Started(1, 0, "CPU", 1))
    display(Phase("first look", "Validation"))
    shown = []
    for batch in (1, 2, 3, 4):
        display._drawn = 0.0  # as if time had passed
        display(BatchEnded(1, batch, 4, batch, 0.5, 0.75))
        shown.append(bar.getvalue().rsplit("\r", 1)[1])
    assert [text.count("#") for text in shown] == [7, 15, 22, 30]
    assert "4/4" in shown[-1]
    assert "loss: 0.5000 - acc: 0.7500" in shown[-1]
    figures = EpochMetrics(0.5, 0.75, 0.7, 0.8)
    display(EpochEnded(1, 2, 1.0, figures, figures, True))
    # What a terminal shows last on the bar's line is blanks as long as the bar was.
    *_, blank, end = bar.getvalue().split("\r")
    assert (blank.strip(), end) == ("", "")
    assert len(blank) >= len(shown[-1].rstrip())
    assert TWO_LINES.fullmatch(out.getvalue())


def test_without_a_terminal_there_is_no_bar() -> None:
    out, bar = io.StringIO(), io.StringIO()
    display = TrainingDisplay(out, bar)
    display(Phase("first look", "Validation"))
    display(BatchEnded(1, 1, 4, 1, 0.5, 0.75))
    assert (out.getvalue(), bar.getvalue()) == ("", "")
    display(Warned("training.unstable", "Too fast."))
    display(Started(2, 7, "CPU", 1))
    assert out.getvalue() == "Warning: Too fast.\nGoing on after epoch 7.\n"


def test_an_interrupt_stops_within_a_batch_and_says_how_to_go_on(
    run: RunFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = TrainingDisplay.__call__

    def interrupt(display: TrainingDisplay, event: object) -> None:
        original(display, event)  # type: ignore[arg-type]
        if isinstance(event, BatchEnded) and event.step == 6:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(TrainingDisplay, "__call__", interrupt)
    before = signal.getsignal(signal.SIGINT)
    assert work(run, fit=PRETEND) == INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is before
    assert run.status() is Status.STOPPED
    assert len(run.history().batches) == 6
    said = capsys.readouterr().out
    assert "Stopped after 1 epoch." in said
    assert f"python3 -m dashboard runs resume {run.id}" in said


def test_a_failed_training_is_advice(run: RunFolder) -> None:
    (Path(run.spec().prepared) / "labels.npy").unlink()
    with pytest.raises(LessonError) as caught:
        work(run, fit=PRETEND)
    assert caught.value.code == "prepared.damaged"


@pytest.mark.parametrize(
    "wrong",
    [["--model", "nobody"], ["--dataset", "nobody"], ["--rotation", "999"], ["--size", "3"]],
)
def test_a_wrong_wish_is_advice_and_leaves_no_run(
    wrong: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    assert command_line.run(["train", *wrong]) == 2
    assert capsys.readouterr().err.strip()
    assert list_runs() == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """40 pictures of two classes in the layout of a person's own set."""
    rng = np.random.default_rng(3)
    for name, shift in (("fracture", 60), ("normal", 0)):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(20):
            noise = rng.integers(0, 190, (40, 40)) + shift
            Image.fromarray(noise.astype(np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "pictures"


@pytest.mark.slow
def test_a_real_training_from_the_command_line(pictures: Path, tmp_path: Path) -> None:
    """Trained, interrupted from the keyboard, listed, resumed, evaluated."""
    environment = os.environ | {
        "LIGHTBOX_RUNS": str(tmp_path / "runs"),
        "LIGHTBOX_CACHE": str(tmp_path / "cache"),
    }
    code = "import sys; from dashboard.commands import command_line as c; "
    start = [sys.executable, "-c", code + "sys.exit(c.run(sys.argv[1:]))"]
    options = f"--dataset folder --root {pictures} --size 16 --epochs 30 --batch 8 --lr 0.001"
    training = subprocess.Popen(
        [*start, "train", *options.split(), "--seed", "2", "--model", "paper"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + 60
    while not any(row.epochs_done >= 2 for row in list_runs(tmp_path / "runs")):
        assert training.poll() is None, training.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    training.send_signal(signal.SIGINT)
    out, error = training.communicate(timeout=patience.SECONDS)
    assert training.returncode == INTERRUPTED, error
    (summary,) = list_runs(tmp_path / "runs")
    assert summary.status is Status.STOPPED
    assert 2 <= summary.epochs_done < 30
    assert len(TWO_LINES.findall(out)) == summary.epochs_done
    assert "absl" not in error
    assert "Stopping after this batch." in error
    assert "the test stays unseen" in out
    assert out.splitlines()[-1] == f"Run {summary.id}"

    resumed = subprocess.Popen(
        [*start, "runs", "resume", summary.id[:-1]],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    out, error = resumed.communicate(timeout=patience.SECONDS)
    assert resumed.returncode == 0, error
    assert f"Going on after epoch {summary.epochs_done}." in out
    assert [int(first) for first, _ in TWO_LINES.findall(out)] == list(
        range(summary.epochs_done + 1, 31)
    )
    assert "Test images:" in out
    assert "95 % intervals" in out
    assert "always the most frequent class" in out
