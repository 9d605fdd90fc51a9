"""The tree of parts that the hierarchy's stage is sent."""

from __future__ import annotations

import numpy as np

from core.inspect.composition import Cell, Composition
from core.inspect.forward import forward
from core.models.spec import Convolution, Flatten, ModelSpec, Pooling
from core.models.weights import initial_weights
from dashboard.lessons.hierarchy.stage import PARTS, STRONGEST, grow

SPEC = ModelSpec(
    "small",
    16,
    ("a", "b"),
    (Convolution(5), Pooling(), Convolution(6), Pooling(), Convolution(7), Flatten()),
)


def tree_of(seed: int = 0):  # type: ignore[no-untyped-def]
    weights = initial_weights(SPEC, seed)
    image = np.random.default_rng(seed).integers(0, 256, (1, 16, 16))
    composition = Composition(SPEC, weights, forward(SPEC, weights, image))
    return composition, grow(composition)


def test_every_row_of_the_tree_is_a_cell_with_its_own_parts() -> None:
    composition, tree = tree_of()
    assert tree.levels == ("convolution_1", "convolution_2", "convolution_3")
    cells = [Cell(tree.levels[row[0]], *(int(v) for v in row[1:4])) for row in tree.cells.tolist()]
    assert len(set(cells)) == len(cells)
    for index, cell in enumerate(cells):
        assert tree.answers[index] == np.float32(composition.answer(cell))
        assert tuple(tree.cells[index][4:]) == composition.window(cell)
        parts = composition.parts(cell, PARTS)
        known = [k for k in tree.parts[index].tolist() if k >= 0]
        assert [cells[k] for k in known] == [part.cell for part in parts]
        np.testing.assert_allclose(
            tree.shares[index][: len(parts)], [part.share for part in parts], rtol=1e-6
        )


def test_each_level_begins_with_its_strongest_units_in_order() -> None:
    _, tree = tree_of(1)
    for level, starts in enumerate(tree.starts):
        assert 0 < len(starts) <= STRONGEST
        answers = tree.answers[list(starts)]
        assert (np.diff(answers) <= 0).all()
        assert (tree.cells[list(starts), 0] == level).all()


def test_a_network_that_answers_nothing_gives_an_empty_tree() -> None:
    weights = initial_weights(SPEC, 0)
    weights["convolution_1/bias"] = np.full(5, -1e6, np.float32)
    weights["convolution_2/bias"] = np.full(6, -1.0, np.float32)
    weights["convolution_3/bias"] = np.full(7, -1.0, np.float32)
    known = forward(SPEC, weights, np.zeros((1, 16, 16)))
    tree = grow(Composition(SPEC, weights, known))
    assert tree.starts == ((), (), ())
    assert tree.cells.shape == (0, 8)
