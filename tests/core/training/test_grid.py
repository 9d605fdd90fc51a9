"""A grid out of trainings: its axes, its best cell, and what is luck."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from core.models.zoo.entries import paper_network
from core.training.grid import Trained, grid_of
from core.training.spec import TrainingSpec

PLAIN = TrainingSpec(
    dataset="synthetic",
    fingerprint="a" * 16,
    prepared="/here",
    model=paper_network(28, ("normal", "fracture")),
    epochs=10,
    batch_size=32,
    learning_rate=0.001,
)


def sweep(values: dict[tuple[float, float, int], float | None]) -> list[Trained]:
    """Trainings by learning rate, weight decay and seed; None for one that still runs."""
    return [
        Trained(
            run=f"{rate}-{decay}-{seed}",
            spec=replace(PLAIN, learning_rate=rate, weight_decay=decay, seed=seed),
            value=value,
            ended=value is not None,
        )
        for (rate, decay, seed), value in values.items()
    ]


FULL = dict.fromkeys(product((0.01, 0.001), (0.0, 0.1), (0, 1)), 0.5)


def test_its_axes_are_what_differs_and_the_seed_is_none_of_them() -> None:
    grid = grid_of(sweep(FULL))
    assert (grid.row_name, grid.column_name) == ("rate", "weight decay")
    assert (grid.rows, grid.columns) == (("0.001", "0.01"), ("0", "0.1"))  # by size
    assert {len(cell.members) for cell in grid.cells.values()} == {2}
    one = grid_of(sweep(dict.fromkeys(product((0.01, 0.001), (0.0,), (0, 1, 2)), 0.5)))
    assert (one.row_name, one.column_name, one.columns) == ("rate", "", ("",))
    assert grid_of([]).best is None


def test_the_best_is_the_highest_mean_and_not_the_luckiest_run() -> None:
    lucky = FULL | {(0.01, 0.0, 0): 0.95, (0.01, 0.0, 1): 0.55}  # mean 0.75
    lucky |= {(0.001, 0.1, 0): 0.80, (0.001, 0.1, 1): 0.82}  # mean 0.81
    grid = grid_of(sweep(lucky))
    best = grid.best
    assert best is not None
    assert grid.named(best) == "rate 0.001, weight decay 0.1"
    assert best.best is not None
    assert best.best.run == "0.001-0.1-1"
    # The lucky run of the other cell is above both of its seeds: it may be a matter of luck.
    assert [grid.named(cell) for cell in grid.rivals(best)] == ["rate 0.01, weight decay 0"]
    assert grid.rivals(grid.cells["0.01", "0"]) == (best,)


def test_a_cell_counts_once_all_of_its_seeds_have_ended() -> None:
    going = FULL | {(0.01, 0.0, 0): 0.99, (0.01, 0.0, 1): None}
    grid = grid_of(sweep(going))
    cell = grid.cells["0.01", "0"]
    assert (cell.complete, cell.values, cell.ended) == (False, (0.99,), 1)
    assert grid.best is not cell
    failed = [replace(one, ended=True) for one in sweep(going)]
    assert not grid_of(failed).cells["0.01", "0"].complete  # broke off before an epoch


def test_a_training_that_is_deleted_leaves_a_hole() -> None:
    left = {key: value for key, value in FULL.items() if key[:2] != (0.01, 0.1)}
    grid = grid_of(sweep(left))
    assert (len(grid.rows), len(grid.columns), len(grid.cells)) == (2, 2, 3)
