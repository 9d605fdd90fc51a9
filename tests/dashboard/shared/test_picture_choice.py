"""Pictures to choose from: samples at any size, the board, and what a bad file is told."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from dashboard.shared.board import SIZE, read_pixels
from data.samples.pictures import samples


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.key)
@pytest.mark.parametrize("size", [28, 96])
def test_a_sample_fills_its_square_and_is_the_same_each_time(sample, size: int) -> None:  # type: ignore[no-untyped-def]
    image = sample.make(size)
    assert image.shape == (size, size)
    assert image.dtype == np.uint8
    assert int(image.max()) - int(image.min()) > 100
    np.testing.assert_array_equal(image, sample.make(size))


def test_the_patterns_are_what_they_are_called() -> None:
    made = {sample.key: sample.make(32).astype(int) for sample in samples()}
    assert (np.diff(made["edge"], axis=1) != 0).sum() == 32
    assert (np.diff(made["edge"], axis=0) == 0).all()
    assert made["spot"].sum() == 255
    np.testing.assert_array_equal(made["disk"], made["disk"].T)
    assert set(np.unique(made["checkerboard"])) == {30, 225}
    # Finer to the right: the last columns change sign more often than the first.
    changes = np.abs(np.diff(np.sign(made["stripes"] - 127.5), axis=1)) > 0
    assert changes[:, 20:].sum() > changes[:, :11].sum()


def test_a_broken_bone_differs_from_the_whole_one() -> None:
    titles = [sample.title for sample in samples()]
    assert "Drawn X-ray: leg, with a fracture" in titles
    assert "Drawn X-ray: hand, normal" in titles


def test_the_board_reads_what_was_drawn_and_nothing_else() -> None:
    drawn = np.arange(SIZE * SIZE, dtype=np.uint16).astype(np.uint8).reshape(SIZE, SIZE)
    np.testing.assert_array_equal(read_pixels(base64.b64encode(drawn).decode()), drawn)
    for bad in (None, "", "not base64!", base64.b64encode(b"short").decode()):
        assert read_pixels(bad) is None
