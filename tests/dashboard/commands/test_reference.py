"""``python3 -m dashboard reference``: a card from stored outputs, and a wrong file refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.metrics import auc_value
from core.prepared import PreparedSet
from dashboard.commands import command_line, reference
from data.models import pretrained
from tests.dashboard.pretend_run import small_set


def stored(prepared: PreparedSet) -> dict[str, np.ndarray]:
    """Outputs of chance for the parts of a small set."""
    rng = np.random.default_rng(1)
    kept: dict[str, np.ndarray] = {
        "trials": np.array([[1e-3, 0.8, 0.7]]),
        "locator": np.array([0.82, 0.72]),
        "both": np.array([0.85, 0.75]),
    }
    for part in ("validation", "test"):
        index = prepared.indices(part)
        count, labels = len(index), prepared.labels[index]
        kept |= {
            f"{part}_ids": index.astype(str),
            f"{part}_scores": rng.random(count).astype(np.float32),
            f"{part}_labels": labels,
            f"{part}_groups": prepared.groups[index],
            f"{part}_strata": np.zeros(count, np.int64),
            f"{part}_regions": np.full(count, "hand"),
            f"{part}_hardware": np.zeros(count, np.bool_),
            f"{part}_marks": 0.1 * labels.astype(np.float32),
            f"{part}_pointed": labels == 1,
            f"{part}_strangeness": np.full(count, 0.5, np.float32),
        }
    return kept


def test_the_card_is_made_of_the_stored_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = small_set(tmp_path / "set", count=200)
    monkeypatch.setattr(reference, "prepare", lambda *args, **options: prepared)
    monkeypatch.setattr(pretrained, "reference_folder", lambda folder=None: tmp_path / "reference")
    kept = stored(prepared)
    pretrained.write_predictions(kept)

    assert command_line.run(["reference", "card"]) == 0

    card = json.loads((tmp_path / "reference" / "card.json").read_text(encoding="utf-8"))
    area = auc_value(kept["test_labels"], kept["test_scores"])
    assert card["report"]["auc"][0] == pytest.approx(area)
    readme = (tmp_path / "reference" / "README.md").read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    for document in (readme, printed):
        assert f"AUC                {area:.3f}" in document
        assert "Both joined: cross-validated AUC 0.850, 0.750 on pairs alike." in document
    assert ", epoch " not in readme  # nothing was trained in epochs that one could choose from


def test_a_file_that_is_no_checkpoint_is_refused_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pretrained, "reference_folder", lambda folder=None: tmp_path / "reference")
    (tmp_path / "other.pth").write_bytes(b"something else")
    arguments = ["reference", "port", "--checkpoint", str(tmp_path / "other.pth")]
    assert command_line.run(arguments) == command_line.EXPECTED_FAILURE
    assert "efficientnet-lite2-9656183e.pth" in capsys.readouterr().err
    assert not (tmp_path / "reference").exists()
