"""Features are read once, part by part, and what was read is taken from the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.reference import features


class Reader:
    """Stands in for the backbone: tells each picture's mean, and breaks off where it is told to."""

    def __init__(self, *, breaks_after: int = 100) -> None:
        self.left, self.read = breaks_after, 0

    def predict_on_batch(self, pictures: np.ndarray) -> list[np.ndarray]:
        assert pictures.dtype == np.float32
        assert pictures.shape[1:] == (4, 4, 1)
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        self.read += len(pictures)
        return [pictures.mean(axis=(1, 2)), pictures[:, :2, :2], pictures[:, :1, :1]]


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    monkeypatch.setattr(features, "PART", 6)
    monkeypatch.setattr(features, "BATCH", 4)
    return np.random.default_rng(0).integers(0, 256, (15, 4, 4)).astype(np.uint8)


def test_who_is_interrupted_goes_on_behind_the_last_whole_part(
    images: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {"stem/bias": np.ones(2, np.float32)}
    first, second, told = Reader(breaks_after=3), Reader(), []
    monkeypatch.setattr(features, "build_features", lambda arrays: first)
    with pytest.raises(KeyboardInterrupt):
        features.collect(images, "abc", arrays, tmp_path)
    monkeypatch.setattr(features, "build_features", lambda arrays: second)

    found = features.collect(images, "abc", arrays, tmp_path, told=told.append)

    np.testing.assert_allclose(found.features[:, 0], images.mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_array_equal(found.fine[..., 0], images[:, :2, :2])
    np.testing.assert_array_equal(found.deep[..., 0], images[:, :1, :1])
    assert second.read == 15 - 6
    assert told == [12, 15]


def test_other_pictures_and_other_weights_are_read_anew(
    images: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    monkeypatch.setattr(features, "build_features", lambda arrays: reader)
    for fingerprint, weight in (("abc", 1.0), ("abc", 1.0), ("abd", 1.0), ("abc", 2.0)):
        arrays = {"stem/bias": np.full(2, weight, np.float32)}
        features.collect(images, fingerprint, arrays, tmp_path)
    assert reader.read == 3 * len(images)
