"""The shipped reference network: its card, its outputs, and what it does not know."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from core.evaluation import resampling
from core.evaluation.calibration import gap
from core.evaluation.thresholds import answers, choose_threshold
from core.jobs import tasks
from core.reference.description import EXPLAINED, SIZE
from data.models import pretrained
from data.models.shipped import ShippedModel, find_model, reference_model, shipped_models
from data.pictures.preprocess import decode_file, prepare_image
from data.sets.registry import find_root
from tests.strangers import KINDS, strangers

MOST_BYTES = 20 * 2**20
SHARED = Path(__file__).resolve().parents[4] / "shared" / "fracatlas"


@pytest.fixture(scope="module")
def model() -> ShippedModel:
    found = reference_model()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def kept() -> dict[str, np.ndarray]:
    return pretrained.read_predictions()


def test_it_is_found_by_name_and_is_none_of_those_that_are_taken_apart(
    model: ShippedModel,
) -> None:
    assert find_model("reference") == model
    assert "reference" not in shipped_models()


def test_its_card_tells_the_figures_of_its_stored_outputs(
    model: ShippedModel, kept: dict[str, np.ndarray]
) -> None:
    report = model.report
    assert report is not None
    assert model.threshold == choose_threshold(kept["validation_labels"], kept["validation_scores"])
    draws = resampling.draw(kept["test_groups"])
    predicted = answers(kept["test_scores"], threshold=model.threshold)
    found = resampling.figures(kept["test_labels"], predicted, kept["test_scores"], draws)
    matched = resampling.matched_auc(
        kept["test_labels"], kept["test_scores"], kept["test_strata"], draws
    ).estimate()
    readme = model.path.with_name("README.md").read_text(encoding="utf-8")
    for told, ours in (
        (report.auc, found.auc.estimate()),
        (report.accuracy, found.accuracy.estimate()),
        (report.balanced_accuracy, found.balanced_accuracy.estimate()),
    ):
        assert told.value == pytest.approx(ours.value)
        assert told.low == pytest.approx(ours.low)
    documents = Path(__file__).resolve().parents[3] / "docs" / "measurements.md"
    for document in (readme, documents.read_text(encoding="utf-8")):
        assert report.auc.plain().partition(", n")[0] in document
        assert f"AUC {matched.plain()}" in document
    assert not set(kept["test_groups"]) & set(kept["validation_groups"])


def test_it_beats_what_needs_no_pixel_also_among_x_rays_that_are_alike(
    model: ShippedModel, kept: dict[str, np.ndarray]
) -> None:
    assert model.report is not None
    blind = model.report.baseline("metadata")
    assert blind is not None
    assert blind.lead is not None
    assert blind.lead.auc.low > 0
    draws = resampling.draw(kept["test_groups"])
    matched = resampling.matched_auc(
        kept["test_labels"], kept["test_scores"], kept["test_strata"], draws
    ).estimate()
    assert matched.low > 0.75


def test_the_place_that_it_finds_likeliest_is_mostly_a_mark(kept: dict[str, np.ndarray]) -> None:
    fractured = kept["test_marks"] > 0
    # Marks cover some hundredths of a picture: a cell taken by chance would hardly ever hit one.
    assert kept["test_pointed"][fractured].mean() > 0.4


def test_its_outputs_are_shares(kept: dict[str, np.ndarray]) -> None:
    outputs, labels = kept["test_scores"].astype(np.float64), kept["test_labels"]
    assert outputs.mean() == pytest.approx(labels.mean(), abs=0.03)
    assert gap(outputs, labels) < 0.06


def test_it_is_small_and_names_the_license_of_what_it_began_from(model: ShippedModel) -> None:
    folder = model.path.parent
    assert sum(file.stat().st_size for file in folder.iterdir()) < MOST_BYTES
    assert "Apache License" in (folder / "LICENSE-backbone").read_text(encoding="utf-8")
    assert "LICENSE-backbone" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_it_says_that_it_does_not_know_what_is_no_limb(model: ShippedModel, kind: str) -> None:
    pictures = np.stack([prepare_image(one, SIZE) for one in islice(strangers(kind), 3)])
    _, strangeness = tasks.judge(str(model.path), pictures)
    assert strangeness is not None
    assert strangeness.min() > 1.5


def test_it_knows_x_rays_of_its_set(kept: dict[str, np.ndarray]) -> None:
    assert (kept["test_strangeness"] > 1).mean() < 0.02


@pytest.mark.slow
def test_files_get_the_outputs_that_the_card_was_made_of(
    model: ShippedModel, kept: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the file on: decoding, preparing, rounding of the weights and all."""
    if "LIGHTBOX_FRACATLAS" not in os.environ:
        monkeypatch.setenv("LIGHTBOX_FRACATLAS", str(SHARED))
        if not SHARED.is_dir():
            pytest.skip("FracAtlas is not here: set LIGHTBOX_FRACATLAS")
    files = {path.stem: path for path in (find_root("fracatlas") / "images").rglob("*.jpg")}
    chosen = np.random.default_rng(0).choice(len(kept["test_ids"]), 10, replace=False)
    pictures = [
        prepare_image(decode_file(files[str(kept["test_ids"][place])]).gray, SIZE)
        for place in chosen
    ]
    logits, strangeness = tasks.judge(str(model.path), np.stack(pictures))
    outputs = 1 / (1 + np.exp(-logits[:, 0].astype(np.float64)))
    np.testing.assert_allclose(outputs, kept["test_scores"][chosen], atol=1e-3)
    assert strangeness is not None
    np.testing.assert_allclose(strangeness, kept["test_strangeness"][chosen], rtol=1e-2)


@pytest.mark.slow
def test_the_layers_that_people_choose_can_be_explained(model: ShippedModel) -> None:
    picture = prepare_image(next(strangers("chest")), SIZE)
    logits, _ = tasks.judge(str(model.path), picture[None])
    for layer, side in zip(EXPLAINED, (16, 32), strict=True):
        cam = tasks.explain(str(model.path), picture, 1, layer)
        assert cam.layer == layer
        assert cam.cells.shape == (side, side)
        np.testing.assert_allclose(cam.logits, logits[0], atol=1e-3)
