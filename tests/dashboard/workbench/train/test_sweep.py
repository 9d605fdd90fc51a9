"""What a sweep trains, the grid it draws, and what is said of its best cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.evaluation import resampling
from core.evaluation.thresholds import answers
from core.training.grid import Trained, grid_of
from dashboard import cache
from dashboard.networks.compared import Compared
from dashboard.workbench.train.settings import TrainChoices
from dashboard.workbench.train.sweep import SWEPT, grid_table, swept, verdict
from tests.dashboard.pretend_run import pretend_spec, small_set

TEXT = cache.page_text("train")


def test_each_value_is_trained_with_each_other_and_each_seed(tmp_path: Path) -> None:
    base = TrainChoices(size=28, seed=5)
    made = swept(base, {"learning_rate": (0.01, 0.001), "dropout": (0.0, 0.2, 0.5)}, 3)
    assert len(made) == len(set(made)) == 18
    assert {one.seed for one in made} == {5, 6, 7}
    assert {(one.learning_rate, one.dropout) for one in made} == {
        (rate, share) for rate in (0.01, 0.001) for share in (0.0, 0.2, 0.5)
    }
    prepared = small_set(tmp_path / "set")
    specs = [one.training_spec(prepared) for one in made]
    ready = [Trained(run=str(n), spec=one, value=0.5, ended=True) for n, one in enumerate(specs)]
    grid = grid_of(ready)
    assert {grid.row_name, grid.column_name} == {"dropout", "rate"}
    assert {len(cell.members) for cell in grid.cells.values()} == {3}


def test_every_setting_that_is_offered_makes_a_grid(tmp_path: Path) -> None:
    prepared = small_set(tmp_path / "set")
    for field, one in SWEPT.items():
        made = swept(TrainChoices(size=28), {field: one.values[:2]}, 1)
        specs = [choices.training_spec(prepared) for choices in made]
        grid = grid_of([Trained(run="", spec=spec, value=0.5, ended=True) for spec in specs])
        assert (len(grid.rows), len(grid.columns)) == (2, 1), field
        assert all(one.name(value) for value in one.values)


def answered(skill: float, seed: int) -> Compared:
    """A network's answers on 300 images, better with more skill."""
    labels = np.arange(300) % 2
    same = np.random.default_rng(0).normal(skill * labels, 1.0)  # hard for all networks alike
    scores = same + np.random.default_rng(seed + 10).normal(0.0, 0.05, 300)
    scores = 1 / (1 + np.exp(-scores))
    figures = resampling.figures(
        labels, answers(scores, threshold=0.5), scores, resampling.draw(np.arange(300)),
        num_classes=2,
    )  # fmt: skip
    return Compared(
        labels=labels, groups=np.arange(300), indices=labels, scores=scores, threshold=0.5,
        figures=figures,
    )  # fmt: skip


def trained(values: Mapping[tuple[float, int], float | None]) -> list[Trained]:
    return [
        Trained(
            run=f"{rate}-{seed}",
            spec=replace(pretend_spec(), learning_rate=rate, seed=seed),
            value=value,
            ended=value is not None,
        )
        for (rate, seed), value in values.items()
    ]


def test_the_grid_fills_and_marks_its_best() -> None:
    half = grid_of(trained({(0.1, 0): 0.8, (0.1, 1): 0.7, (0.01, 0): 0.9, (0.01, 1): None}))
    drawn = grid_table(half)
    assert "<strong>0.750</strong>0.700 to 0.800, best" in drawn
    assert "<strong>0.900</strong>1 of 2 ended" in drawn
    assert "rate 0.01" in drawn
    broke = [replace(one, ended=True) for one in trained({(0.1, 0): None, (0.01, 0): 0.7})]
    assert "ended before an epoch" in grid_table(grid_of(broke))
    nothing = grid_of(trained({(0.1, 0): None, (0.01, 0): None}))
    assert verdict(nothing, lambda run: None, TEXT) == TEXT["sweep-open"]


def test_one_lucky_run_is_seen_as_such() -> None:
    known = {"0.1-0": answered(1.0, 0), "0.1-1": answered(1.0, 1), "0.01-0": answered(1.0, 2)}
    values = {
        (0.1, 0): 0.80, (0.1, 1): 0.78, (0.01, 0): 0.82, (0.01, 1): 0.70,
    }  # fmt: skip
    said = verdict(grid_of(trained(values)), known.get, TEXT)
    assert "Best by validation: rate 0.1" in said
    assert "0.790 (seeds: 2, from 0.780 to 0.800)" in said
    assert "asked the same 300 validation images: 1. Of these cannot be told from it: 1." in said
    assert "Other cells whose seeds reach into its own: 1." in said
    # The highest training is the other cell's: what stands first is the mean.
    assert "highest mean of 2 cells (4 trainings)" in said


def test_a_clear_lead_is_called_one() -> None:
    known = {"0.1-0": answered(3.0, 0), "0.01-0": answered(0.2, 2)}
    values = {(0.1, 0): 0.95, (0.1, 1): 0.94, (0.01, 0): 0.6, (0.01, 1): 0.55}
    said = verdict(grid_of(trained(values)), known.get, TEXT)
    assert "asked the same 300 validation images: 1. Of these cannot be told from it: 0." in said
    assert TEXT["sweep-clear"] in said
    alone = verdict(grid_of(trained({(0.1, 0): 0.95, (0.01, 0): 0.6})), known.get, TEXT)
    assert TEXT["sweep-one-seed"] in alone


def test_a_cell_without_answers_is_not_called_told_apart() -> None:
    values = {(0.1, 0): 0.95, (0.01, 0): 0.6}
    said = verdict(grid_of(trained(values)), {"0.1-0": answered(3.0, 0)}.get, TEXT)
    assert "told from it" not in said  # the other one broke off, so nothing was compared


def test_a_cell_that_is_alone_is_above_nobody() -> None:
    going = trained({(0.1, 0): 0.95, (0.1, 1): 0.94, (0.01, 0): 0.99, (0.01, 1): None})
    said = verdict(grid_of(going), lambda run: None, TEXT)
    assert TEXT["sweep-first"] in said
    assert TEXT["sweep-clear"] not in said
    assert "highest" not in said
