"""Which runs stand in the frame, under which letters, and what is said of a pair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.jobs.folder import RunFolder, list_runs, short_key
from core.training.events import Finished
from core.training.spec import TrainingSpec
from dashboard import cache
from dashboard.theme import DARK
from dashboard.workbench.compare.figure import Options, figures_table, overlay, seeds_told
from dashboard.workbench.compare.shown import (
    Family,
    entries_of,
    families_of,
    selected,
)
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, write_answers

TEXT = cache.page_text.__wrapped__("compare")  # type: ignore[attr-defined]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    return tmp_path


def trained(root: Path, balanced: float | None = None, **changes: object) -> RunFolder:
    spec: TrainingSpec = replace(pretend_spec(), **changes)  # type: ignore[arg-type]
    run = pretend_run(root, [*pretend_events(4), Finished(2, 4.0)], spec=spec)
    if balanced is not None:
        write_answers(run, balanced)
    return run


def families(*runs: RunFolder, spread: bool = True) -> list[Family]:
    return families_of(entries_of([run.summary() for run in runs]), spread=spread)


def test_an_address_names_runs_and_what_is_gone_is_counted(root: Path) -> None:
    first, second = trained(root), trained(root, seed=1)
    code = ".".join([short_key(second.id), "200001010000zzzz", short_key(first.id)])
    found, missing = selected(code, list_runs(), "")
    assert [one.id for one in found] == [second.id, first.id]
    assert missing == 1


def test_a_comparison_begins_with_the_open_run_and_others_on_its_images(root: Path) -> None:
    opened, same = trained(root), trained(root, seed=1)
    trained(root, prepared="elsewhere")
    found, missing = selected("", list_runs(), opened.id)
    assert [one.id for one in found] == [opened.id, same.id]
    assert missing == 0


def test_seeds_share_a_letter_and_a_band_holds_their_curves(root: Path) -> None:
    one, two, other = trained(root), trained(root, seed=1), trained(root, learning_rate=0.1)
    found = families(one, two, other)
    assert [(family.letter, len(family.entries)) for family in found] == [("A", 2), ("B", 1)]
    assert found[1].told == "rate 0.1"
    assert found[0].told == "rate 0.001, 2 seeds"
    lines = {
        line.name: line for line in overlay(found, Options(), DARK, sentence="").panels[0].lines
    }
    low, mean, high = (lines[f"A, {name}"].y for name in ("lowest", "mean", "highest"))
    assert lines["A, highest"].fill
    assert (low <= mean).all()
    assert (mean <= high).all()
    alone = families(one, two, other, spread=False)
    assert [family.letter for family in alone] == ["A", "B", "C"]


def test_each_run_is_measured_against_the_first_in_pairs(root: Path) -> None:
    found = families(trained(root, 0.8), trained(root, 0.6, learning_rate=0.1))
    markup = figures_table(found, TEXT)
    assert "80.0 % (" in markup
    assert "60.0 % (" in markup
    assert "\N{MINUS SIGN}20.0 points (" in markup
    stray = trained(root, seed=5)
    np.savez(
        stray.path / "predictions.npz",
        validation_scores=np.linspace(0, 1, 10),
        validation_labels=np.arange(10) % 2,
        validation_groups=np.arange(10),
    )
    assert "other images" in figures_table(
        families(found[0].first.summary.run, stray, spread=False), TEXT
    )


def test_how_far_seeds_alone_move_the_figure_is_said(root: Path) -> None:
    (said,) = seeds_told(families(trained(root, 0.8), trained(root, 0.7, seed=1)), TEXT)
    assert "70.0 to 80.0 %" in said
    assert "10.0 points" in said
    assert seeds_told(families(trained(root, 0.8, seed=3)), TEXT) == []
