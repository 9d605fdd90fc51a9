"""The images that excite a unit most, against a plain search image by image."""

from __future__ import annotations

import numpy as np
import pytest

from core.inspect import excitation
from core.inspect.excitation import exciting_images
from core.inspect.forward import forward
from core.models.weights import initial_weights
from core.models.zoo.entries import MODELS


@pytest.mark.parametrize("name", ["convolution_2", "dense_1"])
def test_it_finds_what_a_plain_search_finds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excitation, "CHUNK_VALUES", 5 * 32 * 32**2)  # chunks of five
    spec = MODELS["paper"].build(32, ("normal", "fracture"))
    weights = initial_weights(spec, 1)
    images = np.random.default_rng(0).integers(0, 256, (12, 32, 32)).astype(np.uint8)
    found = exciting_images(spec, weights, images, name, top=4)
    assert found.searched == 12
    alone = [forward(spec, weights, image[None])[name][0] for image in images]
    for unit in (0, 7, 60):
        peaks = [float(values[..., unit].max()) for values in alone]
        expected = sorted(range(12), key=lambda at: (-peaks[at], at))[:4]
        assert found.images[unit].tolist() == expected
        for image, value, row, column in zip(
            found.images[unit],
            found.values[unit],
            found.rows[unit],
            found.columns[unit],
            strict=True,
        ):
            values = alone[image]
            cell = values[row, column, unit] if values.ndim == 3 else values[unit]
            assert cell == pytest.approx(value, abs=1e-5)


def test_fewer_images_than_wanted_are_all_kept() -> None:
    spec = MODELS["paper"].build(16, ("normal", "fracture"))
    images = np.zeros((2, 16, 16), np.uint8)
    found = exciting_images(spec, initial_weights(spec, 0), images, "convolution_1")
    assert found.images.shape == (32, 2)
    assert found.images[0].tolist() == [0, 1]  # equal answers: the earlier image first
