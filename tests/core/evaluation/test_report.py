"""The report of a run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.report import EvaluationReport, summary_lines
from core.evaluation.scoring import evaluate
from core.prepared import PreparedSet


def prepared(classes: tuple[str, ...] = ("normal", "fracture")) -> PreparedSet:
    count = 120
    rng = np.random.default_rng(0)
    return PreparedSet(
        folder=Path(),
        name="drawn",
        title="Drawn",
        fingerprint="abc",
        classes=classes,
        size=8,
        images=np.zeros((count, 8, 8), np.uint8),
        labels=rng.integers(0, len(classes), count),
        split=np.repeat([0, 1, 2], 40).astype(np.int8),
        groups=np.arange(count) // 2,
        metadata=rng.normal(size=(count, 1)).astype(np.float32),
        metadata_names=("log width",),
        details={},
    )


def report_of(given: PreparedSet) -> EvaluationReport:
    # A network that is right on validation from 0.3 on, and wrong on every fourth test image.
    truth = given.labels[given.indices("test")]
    flipped = np.where(np.arange(40) % 4 == 0, 1 - truth, truth)
    return evaluate(
        given,
        part="test",
        model="paper",
        best_epoch=7,
        validation_scores=np.where(given.labels[given.indices("validation")] == 1, 0.4, 0.2),
        scores=np.where(flipped == 1, 0.35, 0.1),
    )


def test_the_threshold_is_chosen_on_validation_and_used_on_test() -> None:
    report = report_of(prepared())
    assert report.threshold == pytest.approx(0.3)
    # At one half nothing would be positive; at 0.3 exactly three of four are right.
    assert report.accuracy.value == 0.75
    assert report.n == 40
    assert report.groups == 20
    assert "40 validation images" in report.threshold_rule
    assert sum(map(sum, report.confusion)) == 40
    assert report.sensitivity == report.recalls[1]
    assert report.specificity == report.recalls[0]


def test_a_report_survives_json() -> None:
    report = report_of(prepared())
    assert EvaluationReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_several_classes_survive_json_without_a_threshold() -> None:
    given = prepared(("a", "b", "c"))
    shares = np.eye(3)[given.labels] * 0.5 + 0.1
    report = evaluate(
        given,
        part="test",
        model="paper",
        best_epoch=1,
        validation_scores=shares[given.indices("validation")],
        scores=shares[given.indices("test")],
    )
    assert report.threshold is None
    assert report.accuracy.value == 1.0
    assert EvaluationReport.from_json(json.loads(json.dumps(report.to_json()))) == report
    assert any("b" in line and "recognized" in line for line in summary_lines(report))


def test_a_summary_names_n_interval_and_baselines() -> None:
    report = report_of(prepared())
    lines = "\n".join(summary_lines(report))
    assert report.accuracy.percent() in lines
    assert "n = 40" in lines
    assert "95 % intervals" in lines
    assert "always the most frequent class" in lines
    assert "Without a network, image size, no pixel" in lines
    metadata = report.baseline("metadata")
    assert metadata is not None
    assert metadata.lead is not None
    assert f"the network less this: AUC {metadata.lead.auc.plain()}" in lines
    assert "the test stays unseen" in summary_lines(replace(report, part="validation"))[0]


def test_a_damaged_report_says_what_to_do() -> None:
    with pytest.raises(LessonError) as caught:
        EvaluationReport.from_json({"part": "test"})
    assert caught.value.code == "evaluation.damaged"


def test_reading_reports_needs_no_scikit_learn() -> None:
    import subprocess
    import sys

    code = "import sys, core.evaluation.report; sys.exit('sklearn' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
