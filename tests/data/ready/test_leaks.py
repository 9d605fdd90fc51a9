"""The laboratory's figures: what they are made of, and what the shipped ones say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from data.arrangement import stamped
from data.flaws import FLAWS
from data.ready import files
from data.ready import leak_runs as leaks
from data.ready.leak_runs import Outcome, experiment, read_leaks, read_pictures, write_leaks


def outcome(seen: float, test: float, *, evidence: float = float("nan")) -> Outcome:
    """A run whose score ranks that share of the pairs of each part rightly."""
    labels = np.repeat([0, 1], 10)

    def scores(share: float) -> np.ndarray:
        values = np.r_[np.arange(10.0), np.full(10, 20.0)]
        values[10 : 10 + round(10 * (1 - share))] = -1.0
        return values

    stamp = np.isfinite(evidence)
    return Outcome(
        validation_labels=labels,
        validation_groups=np.arange(20),
        validation_scores=scores(seen),
        labels=labels,
        groups=np.arange(20) // 2,
        scores=scores(test),
        learned=100,
        epoch=3,
        evidence=evidence,
        area=1 / 64 if stamp else float("nan"),
        alarms=(0.1, 0.9) if stamp else (float("nan"), float("nan")),
    )


def test_figures_are_means_over_seeds_and_changes_are_paired() -> None:
    honest = [outcome(0.8, 0.8), outcome(0.6, 0.8)]
    found = experiment("synthetic", "copies", honest, [outcome(1.0, 0.8), outcome(1.0, 0.8)])
    assert found.honest.seen.value == pytest.approx(0.7)
    assert found.honest.seen_by_seed == pytest.approx((0.8, 0.6))
    assert found.leap == pytest.approx(0.3)
    assert found.lie == pytest.approx(0.2)
    # The same answers on the test: no doubt about the difference, however wide each interval is.
    assert (found.change.value, found.change.low, found.change.high) == (0, 0, 0)
    assert found.honest.test.high - found.honest.test.low > 0.1
    assert found.area is None
    assert found.spoiled.evidence is None


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = experiment(
        "synthetic", "stamp", [outcome(0.8, 0.8, evidence=0.02)], [outcome(1, 0.5, evidence=0.9)]
    )
    write_leaks([found], {"images": np.zeros((1, 8, 8), np.uint8)}, tmp_path)
    assert read_leaks(tmp_path) == (found,)
    assert found.spoiled.alarms == (0.1, 0.9)
    (tmp_path / files.FIGURES).write_text("{}")
    with pytest.raises(LessonError) as refused:
        read_leaks(tmp_path)
    assert refused.value.code == "ready.damaged"


def test_every_flaw_was_measured_on_both_sets() -> None:
    found = {(one.dataset, one.flaw): one for one in read_leaks()}
    assert set(found) == {(name, flaw) for name in leaks.SEEDS for flaw in FLAWS}
    for one in found.values():
        assert len(one.spoiled.test_by_seed) == leaks.SEEDS[one.dataset]
        assert one.honest.test.n == one.spoiled.test.n


def test_the_stamp_is_read_instead_of_the_bones() -> None:
    for one in read_leaks():
        if one.flaw != "stamp":
            continue
        assert one.spoiled.seen.value > 0.99
        assert one.change.told_apart
        assert one.change.value < 0
        assert one.spoiled.evidence is not None
        assert one.area is not None
        assert one.spoiled.evidence > 5 * one.area


def test_the_pictures_are_stamped_and_small() -> None:
    pictures = read_pictures()
    images = pictures["images"]
    np.testing.assert_array_equal(images, stamped(images))
    assert pictures["spoiled"].shape == pictures["honest"].shape == images.shape
    assert sum(path.stat().st_size for path in leaks.FOLDER.iterdir()) < 2**20


def test_the_document_says_how_far_seeds_lie_apart() -> None:
    """One training of three lies outside the interval that knows its images alone."""
    measured = (Path(__file__).resolve().parents[3] / "docs" / "measurements.md").read_text("utf-8")
    (dealt,) = [one for one in read_leaks() if (one.dataset, one.flaw) == ("synthetic", "random")]
    low, *others = sorted(dealt.spoiled.test_by_seed)
    assert low < dealt.spoiled.test.low
    told = " and ".join(f"{one:.3f}" for one in reversed(others))
    assert f"two reach {told} on the test, and one {low:.3f}" in " ".join(measured.split())
