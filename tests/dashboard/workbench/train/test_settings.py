"""From choices to a training, and from images that are not there yet to a run."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.jobs.folder import RunFolder, Status
from core.models.spec import BatchNormalization, Convolution, Dropout
from core.prepared import PreparedSet
from dashboard.background import prepared_sets
from dashboard.background.prepared_sets import Preparations, Request
from dashboard.workbench.train import settings, stage
from dashboard.workbench.train.runs import run_line
from dashboard.workbench.train.settings import AUGMENTATION, TrainChoices
from tests import patience
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, small_set

REQUEST = Request(dataset="synthetic", size=28)


def test_every_choice_reaches_the_training(tmp_path: Path) -> None:
    prepared = small_set(tmp_path / "set")
    choices = TrainChoices(
        size=28,
        epochs=7,
        learning_rate=0.03,
        batch_size=8,
        optimizer="sgd",
        schedule="cosine",
        seed=5,
        class_weights=False,
        augment=True,
        patience=3,
        kernel_size=5,
        dropout=0.2,
        split="random",
        focal=2.0,
        decay=0.01,
        normalize=True,
    )
    spec = choices.training_spec(prepared)
    assert (spec.epochs, spec.learning_rate, spec.batch_size) == (7, 0.03, 8)
    assert (spec.optimizer, spec.seed, spec.class_weights, spec.patience) == ("sgd", 5, False, 3)
    assert spec.schedule == "cosine"
    assert (spec.focal_gamma, spec.weight_decay) == (2.0, 0.01)
    assert any(isinstance(part, BatchNormalization) for part in spec.model.layers)
    assert spec.augmentation == AUGMENTATION
    assert spec.fingerprint == prepared.fingerprint
    assert spec.prepared == str(prepared.folder)
    assert spec.model.input_size == 28
    kernels = {part.kernel_size for part in spec.model.layers if isinstance(part, Convolution)}
    rates = {part.rate for part in spec.model.layers if isinstance(part, Dropout)}
    assert (kernels, rates) == ({5}, {0.2})
    assert choices.request() == Request(dataset="synthetic", size=28, split="random")


def test_off_means_off(tmp_path: Path) -> None:
    spec = TrainChoices(size=28).training_spec(small_set(tmp_path / "set"))
    assert spec.patience is None
    assert not spec.augmentation.active
    assert not any(
        isinstance(p, Dropout) for p in TrainChoices(dropout=0.0).model_spec(("a", "b")).layers
    )


def test_controls_give_what_was_chosen() -> None:
    def app() -> None:
        import streamlit as st

        from dashboard.workbench.train.settings import train_controls

        st.text(repr(train_controls()))

    page = AppTest.from_function(app).run()
    assert not page.exception
    assert page.text[0].value == repr(TrainChoices())
    page.selectbox(key="train_rate").set_value(0.01)
    page.number_input(key="train_epochs").set_value(3)
    page.selectbox(key="train_kernel").set_value(5)
    page.toggle(key="train_augment").set_value(True)
    page.toggle(key="train_normalize").set_value(True)
    page.selectbox(key="train_loss").set_value(2.0)
    page.selectbox(key="train_decay").set_value(0.01)
    page.run()
    expected = TrainChoices(
        learning_rate=0.01,
        epochs=3,
        kernel_size=5,
        augment=True,
        normalize=True,
        focal=2.0,
        decay=0.01,
    )
    assert page.text[0].value == repr(expected)
    page.selectbox(key="train_model").set_value("paper-5x5").run()
    assert page.selectbox(key="train_kernel").disabled  # it would do nothing there
    assert page.number_input(key="train_dropout").disabled
    assert all(widget.help for widget in (*page.selectbox, *page.number_input, *page.toggle))


class Gate:
    """A preparation that waits until it is let through."""

    def __init__(self, folder: Path) -> None:
        self.open = threading.Event()
        self.folder = folder
        self.calls: list[Request] = []

    def prepare(self, request: Request, progress: Callable[[str, float], None]) -> PreparedSet:
        self.calls.append(request)
        progress("drawing", 0.4)
        assert self.open.wait(patience.SECONDS)
        return small_set(self.folder / f"{request.size}")


def test_a_preparation_is_begun_once_and_shared(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    shared = Preparations(gate.prepare)
    first, second = shared.get(REQUEST), shared.get(REQUEST)
    assert first is second
    assert not first.ended  # the page goes on meanwhile
    deadline = time.monotonic() + patience.SECONDS
    while first.fraction == 0.0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (first.phase, first.fraction) == ("drawing", 0.4)
    gate.open.set()
    assert first.wait(patience.SECONDS)
    assert first.result is not None
    assert len(gate.calls) == 1


def test_a_launch_starts_its_run_when_the_images_are_there(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    shared = Preparations(gate.prepare)
    started: list[str] = []

    def start(prepared: PreparedSet) -> str:
        started.append(prepared.fingerprint)
        return "run-1"

    launch = shared.launch(REQUEST, start)
    assert not launch.run.ended
    assert started == []
    told = stage._facts(None, launch)
    assert told["caption"] == "Synthetic radiographs, 28 px: only the first time"
    gate.open.set()
    assert launch.run.wait(patience.SECONDS)
    assert (launch.run.result, launch.run.error) == ("run-1", None)
    assert shared.find_launch(launch.id) is launch
    at_once = shared.launch(REQUEST, start)  # prepared already: the click itself starts it
    assert at_once.run.ended
    assert len(started) == 2


def test_a_set_that_cannot_be_had_fails_the_launch_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def prepare(request: Request, progress: Callable[[str, float], None]) -> PreparedSet:
        attempts.append(request)
        if len(attempts) == 1:
            raise LessonError("dataset.missing", problem="Not here.", remedy="Fetch it.")
        return small_set(tmp_path / "set")

    shared = Preparations(prepare)
    launch = shared.launch(REQUEST, lambda prepared: "never")
    assert launch.run.wait(patience.SECONDS)
    assert isinstance(launch.run.error, LessonError)
    assert launch.run.result is None
    assert shared.get(REQUEST).error is launch.run.error  # not asked again at every tick
    monkeypatch.setattr(prepared_sets, "_RETRY_AFTER_S", 0.0)
    again = shared.get(REQUEST)
    assert again.wait(patience.SECONDS)
    assert again.result is not None


def test_a_set_deleted_from_disk_is_prepared_again(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.open.set()
    shared = Preparations(gate.prepare)
    first = shared.get(REQUEST)
    assert first.wait(patience.SECONDS)
    assert first.result is not None
    (first.result.folder / "manifest.json").unlink()
    again = shared.get(REQUEST)
    assert again is not first


def test_the_line_of_a_run_says_all_that_the_list_promises(tmp_path: Path) -> None:
    run = pretend_run(tmp_path, pretend_events(3), spec=pretend_spec(epochs=4))
    summary = run.summary()
    line = run_line(summary, (2, 0.75), now=summary.created + 150)
    assert summary.status is Status.INTERRUPTED
    for part in (
        "**Interrupted**",
        "The paper's network",
        "Synthetic radiographs",
        "28 px",
        "best epoch 2 of 4",
        "validation AUC 0.750",
        "2 min ago",
    ):
        assert part in line
    assert "epochs asked for: 4" in run_line(summary, None, now=0.0)


def test_a_run_is_shown_by_its_folder_alone(tmp_path: Path) -> None:
    from dashboard.workbench.train.cache import view_run
    from dashboard.workbench.train.stage import describe_spec

    run = pretend_run(tmp_path, pretend_events(3)[:-2], spec=pretend_spec(epochs=4))
    view = view_run(RunFolder(run.path))
    assert view.progress.epochs_done == 2
    assert len(view.history.batches) == 14
    assert describe_spec(view.spec) == "Synthetic radiographs, 28 px, Adam 0.001"


def test_wrong_labels_are_asked_for_in_percent(tmp_path: Path) -> None:
    spec = TrainChoices(noise=15).training_spec(small_set(tmp_path / "set"))
    assert spec.label_noise == 0.15


def test_a_falling_rate_is_drawn_falling() -> None:
    points = re.findall(r"([\d.]+),([\d.]+)", settings.sparkline([0.1, 0.05, 0.0], "#000000"))
    assert [float(x) for x, _ in points] == [0, 50, 100]
    heights = [float(y) for _, y in points]
    assert heights == sorted(heights)
