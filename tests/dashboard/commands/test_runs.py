"""python -m dashboard runs: what lies in the folder, told and acted upon."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.evaluation.epoch_metrics import EpochMetrics
from core.jobs.folder import RunFolder, Status, create_run
from core.jobs.ownership import claim
from core.models.spec import Flatten, ModelSpec
from core.training import events
from core.training.events import EpochEnded, Failed, Finished
from core.training.spec import Augmentation, TrainingSpec
from dashboard.commands import command_line

FIGURES = EpochMetrics(0.5, 0.75, 0.7, 0.8)
Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the command on this test's own runs: exit code, output, error output."""
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = command_line.run(["runs", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def make(ask: Ask) -> Callable[[], RunFolder]:
    """A run that nobody is at, after one epoch."""

    def run() -> RunFolder:
        spec = TrainingSpec(
            dataset="toy",
            fingerprint="0123",
            prepared="/nowhere",
            model=ModelSpec("tiny", 16, ("normal", "fracture"), (Flatten(),)),
            epochs=5,
            batch_size=4,
            learning_rate=0.001,
            augmentation=Augmentation(rotation=12.5),
        )
        folder = create_run(spec)
        claim(folder.path)
        events.append(folder.events_path, EpochEnded(1, 5, 148.2, FIGURES, FIGURES, True))
        return folder

    return run


def test_an_empty_list_says_how_to_begin(ask: Ask) -> None:
    code, out, _ = ask()
    assert code == 0
    assert "python3 -m dashboard train" in out


def test_the_list_has_a_line_a_run(ask: Ask, make: Callable[[], RunFolder]) -> None:
    first, second = make(), make()
    events.append(second.events_path, Finished(1, 2.0))
    for arguments in ((), ("list",)):
        code, out, _ = ask(*arguments)
        assert code == 0
        assert [line.split() for line in out.splitlines()] == [
            ["run", "status", "epochs", "val_loss", "data"],
            [second.id, "finished", "1/5", "0.5000", "toy", "16"],
            [first.id, "interrupted", "1/5", "0.5000", "toy", "16"],
        ]


def test_one_run_is_shown_with_settings_epochs_and_failure(
    ask: Ask, make: Callable[[], RunFolder]
) -> None:
    run = make()
    events.append(run.events_path, Failed("data.bad", "Nothing to see.", "Bring a lamp."))
    code, out, _ = ask("show", run.id[:-1])
    assert code == 0
    assert f"Run {run.id}\n  failed, 1 of 5 epochs" in out
    assert "Epoch 1/5\n- 148s - loss: 0.5000 - acc: 0.7500 - val_loss: 0.5000" in out
    assert "rotation=12.5" in out
    assert out.endswith("Nothing to see. Bring a lamp.\n")


def test_an_unknown_run_is_advice(ask: Ask) -> None:
    for action in ("show", "resume", "stop", "delete"):
        code, _, error = ask(action, "nobody")
        assert code == 2
        assert "There is no run 'nobody'" in error


def test_a_waiting_run_is_stopped_and_then_deleted(
    ask: Ask, make: Callable[[], RunFolder], tmp_path: Path
) -> None:
    run = make()
    run.enqueue()
    code, _, error = ask("delete", run.id)
    assert (code, run.path.exists()) == (2, True)
    assert "Stop it first" in error
    assert ask("stop", run.id)[0] == 0
    assert run.status() is Status.STOPPED
    assert "nothing to stop" in ask("stop", run.id)[1]
    assert ask("delete", run.id)[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_not_resumed(ask: Ask, make: Callable[[], RunFolder]) -> None:
    run = make()
    events.append(run.events_path, Finished(1, 2.0))
    code, _, error = ask("resume", run.id)
    assert code == 2
    assert "has trained all its epochs" in error


def test_a_packed_run_is_added_elsewhere(
    ask: Ask, make: Callable[[], RunFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make()
    events.append(run.events_path, Finished(1, 9.0))
    code, out, _ = ask("pack", run.id, str(tmp_path / "one.zip"))
    assert code == 0
    assert run.id in out
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "another"))
    code, out, _ = ask("add", str(tmp_path / "one.zip"))
    assert code == 0
    code, shown, _ = ask("list")
    assert "toy 16" in shown
    assert "1/5" in shown
    assert [path.name for path in (tmp_path / "another").iterdir()] == [out.split()[1]]


def test_a_file_that_holds_no_run_is_refused_and_leaves_nothing(ask: Ask, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a/1.txt", "1")
        archive.writestr("b/2.txt", "2")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("run/readme.txt", "no spec")
    (tmp_path / "text.zip").write_text("not a zip")
    for name in ("photos.zip", "empty.zip", "text.zip", "missing.zip"):
        code, _, error = ask("add", str(tmp_path / name))
        assert code == 2
        assert error.strip()
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
