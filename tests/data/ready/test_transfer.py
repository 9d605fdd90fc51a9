"""The transfer lesson's figures: read as written, and made of the outputs that are shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.reference.backbone import STEM
from core.transfer.account import Exam, points
from core.transfer.plan import SHARES, WAYS, seeds, trials
from data.models.pretrained import read_backbone
from data.models.shipped import shipped_models
from data.ready import files
from data.ready import transfer_runs as transfer
from data.ready.transfer_runs import read_kernels, read_outputs, read_transfer, write_transfer

PROJECT = Path(__file__).resolve().parents[3]


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = read_transfer()
    write_transfer(found, {}, {}, tmp_path)
    assert read_transfer(tmp_path) == found
    (tmp_path / files.FIGURES).write_text("{}")
    with pytest.raises(LessonError) as refused:
        read_transfer(tmp_path)
    assert refused.value.code == "ready.damaged"


def test_a_shipped_figure_follows_from_the_shipped_outputs() -> None:
    found, outputs = read_transfer(), read_outputs()
    exam = Exam(labels=outputs["labels"], groups=outputs["groups"], strata=outputs["strata"])
    wanted = found.at("tuned", 0.1)
    assert wanted is not None
    own = [one for one in trials() if (one.way, one.share) == ("tuned", 0.1)]
    own = [one for one in own if one.name in outputs]
    given = {
        one.name: {
            "logits": outputs[one.name].astype(np.float64),
            "count": np.array(wanted.count),
            "fractured": np.array(wanted.fractured),
            "seconds": np.array(wanted.seconds),
        }
        for one in own
    }
    (made,) = points(exam, own, given)
    assert made.figures == wanted.figures
    assert made.each == wanted.each


def test_every_way_has_its_curve() -> None:
    found = read_transfer()
    for way in WAYS:
        shares = {one.share for one in found.points if one.way == way}
        wanted = {share for share in SHARES if seeds(way, share)}
        assert shares == wanted
    counts = [one.count for one in found.points if one.way == "frozen"]
    assert counts == sorted(counts)


def test_the_small_network_is_the_shipped_one() -> None:
    report = shipped_models()["paper-fracatlas"].report
    assert report is not None
    assert read_transfer().small["auc"].value == pytest.approx(report.auc.value, abs=1e-9)


def test_the_first_layers_are_what_they_are_called() -> None:
    kernels = read_kernels()
    np.testing.assert_array_equal(
        kernels["photographs"], np.asarray(read_backbone()["stem/kernel"], np.float32)
    )
    assert {name: array.shape[-1] for name, array in kernels.items()} == {
        "photographs": STEM, "xrays": 16, "start": STEM, "end": STEM
    }  # fmt: skip
    assert np.abs(kernels["start"] - kernels["end"]).max() > 0.01
    assert sum(path.stat().st_size for path in transfer.FOLDER.iterdir()) < 2**20


def test_the_document_tells_every_comparison_and_not_the_best_one() -> None:
    measured = (PROJECT / "docs" / "measurements.md").read_text("utf-8")
    found = read_transfer()
    leads = {(one.way, one.share): one.lead["auc"] for one in found.points if one.lead is not None}
    assert len(leads) == 15
    for lead in leads.values():
        assert lead.plain() in measured
    apart = [share for (way, share), lead in leads.items() if way == "marked" and lead.told_apart]
    assert len(apart) == 1
    assert "one of their five intervals leaves out 0" in measured
