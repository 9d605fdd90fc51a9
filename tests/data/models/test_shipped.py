"""Shipped models and the names a person types."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.estimate import Estimate
from core.evaluation.report import EvaluationReport
from core.jobs.folder import RunFolder, create_run
from core.models.weights import read_weights
from core.models.zoo.entries import paper_network
from core.reference.description import NAME as REFERENCE
from core.training import results
from core.training.spec import TrainingSpec
from data.models.shipped import FOLDER, find_model, shipped_models, write_shipped

CLASSES = ("normal", "fracture")
KERNEL = np.arange(18, dtype=np.float16).reshape(3, 3, 1, 2)
SPEC = TrainingSpec(
    dataset="synthetic",
    fingerprint="abc",
    prepared="/somewhere/private",
    model=paper_network(28, CLASSES),
    epochs=2,
    batch_size=8,
    learning_rate=1e-3,
)


def report(part: str = "test") -> EvaluationReport:
    figure = Estimate(0.75, 0.5, 0.9, 20)
    return EvaluationReport(
        part=part,  # type: ignore[arg-type]
        dataset="synthetic",
        fingerprint="abc",
        model="paper",
        classes=CLASSES,
        best_epoch=2,
        groups=10,
        threshold=0.375,
        threshold_rule="0.375, chosen on validation",
        accuracy=figure,
        balanced_accuracy=figure,
        auc=Estimate(0.8, math.nan, math.nan, 20),
        sensitivity=figure,
        specificity=figure,
        recalls=(figure, figure),
        confusion=((8, 2), (3, 7)),
        baselines=(),
    )


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    made = create_run(SPEC, root=tmp_path / "runs")
    made.model_path.write_bytes(b"weights")
    return made


def evaluated(run: RunFolder, part: str = "test") -> RunFolder:
    (run.path / "evaluation.json").write_text(json.dumps(report(part).to_json()))
    np.savez(run.path / "predictions.npz", test_scores=np.array([0.25, 0.75]))
    results.write_weights(
        run.path, {"logits/kernel": np.ones((4, 1)), "convolution_1/kernel": KERNEL}
    )
    return run


def shipped(run: RunFolder, folder: Path) -> None:
    write_shipped(
        evaluated(run),
        "paper-test",
        title="A test model",
        command="python3 -m dashboard train --dataset synthetic",
        notes="Made by a test.",
        folder=folder,
    )


def test_a_finished_run_becomes_a_shipped_model(run: RunFolder, tmp_path: Path) -> None:
    shipped(run, tmp_path / "models")
    (model,) = shipped_models(tmp_path / "models").values()
    assert model.name == "paper-test"
    assert model.path.read_bytes() == b"weights"
    assert model.spec == SPEC.model
    assert model.threshold == 0.375
    assert model.dataset == "synthetic"
    assert model.report is not None
    assert model.report.accuracy == report().accuracy
    kept = read_weights(model.path.with_name("weights.npz"))
    np.testing.assert_array_equal(kept["convolution_1/kernel"], KERNEL)
    with np.load(model.path.with_name("predictions.npz")) as arrays:
        assert arrays["test_scores"].tolist() == [0.25, 0.75]
    readme = model.path.with_name("README.md").read_text()
    assert "python3 -m dashboard train --dataset synthetic" in readme
    assert "75.0 % (50.0 to 90.0, n = 20)" in readme
    for file in model.path.parent.iterdir():
        assert b"/somewhere/private" not in file.read_bytes(), file.name


def test_a_run_whose_test_images_are_unseen_is_not_shipped(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(LessonError) as caught:
        write_shipped(evaluated(run, "validation"), "a", title="", command="", notes="",
                      folder=tmp_path)  # fmt: skip
    assert caught.value.code == "model.unfinished"


def test_a_name_finds_a_shipped_model_or_a_run(run: RunFolder, tmp_path: Path) -> None:
    folder, runs = tmp_path / "models", tmp_path / "runs"
    plain = find_model(run.id, folder=folder, runs=runs)
    assert (plain.name, plain.path, plain.threshold) == (run.id, run.model_path, 0.5)
    shipped(run, folder)
    assert find_model("paper-test", folder=folder, runs=runs).path.parent == folder / "paper-test"
    by_prefix = find_model(run.id[:-2], folder=folder, runs=runs)
    assert by_prefix.path == run.model_path
    assert by_prefix.threshold == 0.375


@pytest.mark.parametrize("name", ["nothing", "", "..", "../models/paper-test"])
def test_an_unknown_name_lists_what_there_is(run: RunFolder, tmp_path: Path, name: str) -> None:
    shipped(run, tmp_path / "models")
    with pytest.raises(LessonError) as caught:
        find_model(name, folder=tmp_path / "models", runs=tmp_path / "runs")
    assert caught.value.code == "model.unknown"
    assert "paper-test" in caught.value.remedy


def test_a_run_without_an_epoch_has_no_model(run: RunFolder, tmp_path: Path) -> None:
    run.model_path.unlink()
    with pytest.raises(LessonError) as caught:
        find_model(run.id, folder=tmp_path / "models", runs=tmp_path / "runs")
    assert caught.value.code == "model.missing"


@pytest.mark.parametrize("harm", ["card", "weights"])
def test_a_damaged_model_is_named(run: RunFolder, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "models"
    shipped(run, folder)
    if harm == "card":
        (folder / "paper-test" / "card.json").write_text("{")
    else:
        (folder / "paper-test" / "model.keras").unlink()
    with pytest.raises(LessonError) as caught:
        shipped_models(folder)
    assert caught.value.code == "model.damaged"
    assert "paper-test" in caught.value.problem


@pytest.mark.reference
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_card_is_read_once_and_anew_when_it_changes(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ship(title: str) -> None:
        write_shipped(run, "mine", title=title, command="c", notes="n", folder=tmp_path)

    evaluated(run)
    ship("First")
    read: list[object] = []
    known = EvaluationReport.from_json
    monkeypatch.setattr(
        EvaluationReport, "from_json", lambda plain: (read.append(plain), known(plain))[1]
    )
    assert [shipped_models(tmp_path)["mine"].title for _ in range(3)] == ["First"] * 3
    assert len(read) <= 1
    ship("The second")
    assert shipped_models(tmp_path)["mine"].title == "The second"


def test_every_model_in_the_project_is_what_its_card_says() -> None:
    models = shipped_models()
    if not models:
        pytest.skip("No model is shipped yet.")
    import keras

    for model in models.values():
        network = keras.saving.load_model(model.path, compile=False)
        size = model.spec.input_size
        assert network.input_shape == (None, size, size, 1)
        assert network.output_shape == (None, model.spec.outputs)
        assert model.report is not None
        assert model.report.part == "test"
        assert model.path.with_name("README.md").is_file()
    # The reference network has a limit of its own, in its own test.
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.parent.name != REFERENCE]
    total = sum(file.stat().st_size for file in files)
    assert total < 12 * 2**20
