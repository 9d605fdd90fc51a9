"""The locator learns where marks are, and the whole network says what its parts say."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import FloatArray
from core.marks import Box, Marks
from core.reference import locator
from core.reference.backbone import HEAD, blocks, rounded
from core.reference.build import LOCATED, build_features, build_reference
from core.reference.course import highest_mean
from core.reference.description import CELLS, SIZE
from core.reference.locator import Lesson

COUNT, FRACTURED = 96, 48
FINE, DEEP = rounded(112), blocks()[-1].outputs


def lesson() -> tuple[Lesson, FloatArray]:
    """Noise in all maps; in half of the pictures some maps are high where the mark is."""
    rng = np.random.default_rng(0)
    fine = rng.normal(5.0, 2.0, (COUNT, CELLS, CELLS, FINE)).astype(np.float16)
    deep = rng.normal(-1.0, 0.1, (COUNT, CELLS // 2, CELLS // 2, DEEP)).astype(np.float16)
    marks = []
    for number in range(COUNT):
        boxes = ()
        if number < FRACTURED:
            row, column = (int(value) for value in rng.integers(2, CELLS - 4, 2))
            fine[number, row : row + 2, column : column + 2, 7:12] += 10.0
            side = SIZE / CELLS
            boxes = (Box(column * side, row * side, 2 * side, 2 * side),)
        marks.append(Marks(size=(SIZE, SIZE), boxes=boxes))
    marked, counted = locator.cells_of(marks)
    labels = (np.arange(COUNT) < FRACTURED).astype(np.int64)
    return Lesson(fine=fine, deep=deep, marked=marked, counted=counted, labels=labels), marked


def test_cells_are_marked_and_their_neighbors_are_neither() -> None:
    side = SIZE / CELLS
    one = Marks(size=(SIZE, SIZE), boxes=(Box(3 * side, 5 * side, 2 * side, side),))
    tiny = Marks(size=(SIZE, SIZE), boxes=(Box(10 * side + 1, 31 * side + 1, 2, 2),))
    marked, counted = locator.cells_of([one, Marks(size=(SIZE, SIZE)), tiny])
    assert np.argwhere(marked[0]).tolist() == [[5, 3], [5, 4]]
    assert np.argwhere(counted[0] == 0).tolist() == [
        [row, column]
        for row in (4, 5, 6)
        for column in (2, 3, 4, 5)
        if (row, column) not in {(5, 3), (5, 4)}
    ]
    assert marked[1].sum() == 0
    assert counted[1].all()
    assert np.argwhere(marked[2]).tolist() == [[31, 10]]


@pytest.mark.slow
def test_it_learns_where_the_marks_are(monkeypatch: pytest.MonkeyPatch) -> None:
    # Few pictures: larger steps, and more of them for each.
    monkeypatch.setattr(locator, "EPOCHS", 40)
    monkeypatch.setattr(locator, "RATE", 1e-2)
    known, marked = lesson()
    learned = np.r_[0:36, FRACTURED : FRACTURED + 36]
    held = np.setdiff1d(np.arange(COUNT), learned)
    said: list[str] = []

    model = locator.fit_locator(known, learned, seed=1, told=said.append)
    cells = locator.locate(model, known, held)

    assert len(said) == 40
    fractured = np.flatnonzero(held < FRACTURED)
    places = cells.reshape(len(held), -1).argmax(axis=1)
    hit = marked[held].reshape(len(held), -1)[np.arange(len(held)), places] > 0
    assert hit[fractured].all()
    outputs = highest_mean(cells)
    assert outputs[fractured].min() > np.delete(outputs, fractured).max()


def test_the_mean_of_the_highest_cells_is_the_same_in_numpy_and_in_training() -> None:
    cells = np.random.default_rng(0).normal(size=(5, CELLS, CELLS)).astype(np.float32)
    np.testing.assert_allclose(highest_mean(cells), np.asarray(locator.highest_mean(cells)), 1e-6)


@pytest.mark.slow
def test_the_whole_network_says_what_its_parts_say(published_arrays: dict[str, FloatArray]) -> None:
    """Features, locator and head as they are trained, against the one network that is asked."""
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 256, (2, SIZE, SIZE, 1)).astype(np.float32)
    features, fine, deep = (np.asarray(part) for part in build_features(published_arrays)(pictures))
    assert features.shape == (2, 4 * rounded(112) + 4 * HEAD)
    known = Lesson(
        fine=fine.astype(np.float16),
        deep=deep.astype(np.float16),
        marked=np.zeros((2, CELLS, CELLS), np.float32),
        counted=np.ones((2, CELLS, CELLS), np.float32),
        labels=np.array([0, 1]),
    )
    model = locator._build(known, np.arange(2), 0)
    cells = locator.locate(model, known, np.arange(2))
    kernel = rng.normal(0, 0.01, (features.shape[1] + 1, 1)).astype(np.float32)
    logits = np.append(features, highest_mean(cells)[:, None], axis=1) @ kernel + 0.5

    whole = build_reference(
        {
            **published_arrays,
            **locator.locator_arrays(model),
            "logits/kernel": kernel,
            "logits/bias": np.array([0.5], np.float32),
        }
    )

    np.testing.assert_allclose(np.asarray(whole(pictures)), logits, atol=2e-2)
    assert whole.get_layer(LOCATED).output.shape == (None, CELLS, CELLS, 1)
