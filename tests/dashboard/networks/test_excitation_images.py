"""Which images are searched, and what a cell sees of one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.inspect.receptive_field import receptive_fields
from core.models.zoo.entries import MODELS
from dashboard.networks.excitation_images import (
    LEAST_IMAGES,
    MOST_IMAGES,
    drawn_sample,
    images_to_search,
    sample_of_set,
    window_of,
)
from data.sets.preparation import prepare


def test_a_large_network_searches_fewer_images() -> None:
    small, large = (MODELS["vgg"].build(size, ("a", "b")) for size in (32, 256))
    assert images_to_search(small) > images_to_search(large) >= LEAST_IMAGES
    assert images_to_search(small) <= MOST_IMAGES


def test_only_training_images_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path))
    prepared = prepare("synthetic", size=32, count=40)
    spec = MODELS["paper"].build(32, prepared.classes)
    sample = sample_of_set(spec, prepared, own=True)
    train = prepared.indices("train")
    assert (len(sample.images), sample.total, sample.kind) == (len(train), len(train), "set")
    np.testing.assert_array_equal(sample.images, prepared.images[train])
    assert list(sample.labels) == [prepared.classes[int(at)] for at in prepared.labels[train]]
    other = sample_of_set(MODELS["paper"].build(48, prepared.classes), prepared, own=False)
    assert other.images.shape[1:] == (48, 48)
    assert other.kind == "other"


def test_drawn_images_stand_in_with_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.networks.excitation_images.images_to_search", lambda spec: 4)
    sample = drawn_sample(MODELS["paper"].build(16, ("a", "b")))
    assert sample.images.shape == (4, 16, 16)
    assert set(sample.labels) <= {"normal", "fracture"}


def test_a_flattened_unit_sees_its_cells_window() -> None:
    spec = MODELS["paper"].build(32, ("a", "b"))
    fields = receptive_fields(spec)
    flat, maps = fields["flatten_1"], fields["pooling_3"]
    unit = 3 * maps.side * 128 + 2 * 128 + 7
    assert window_of(flat, (0, 0), unit, vector=True) == maps.window(3, 2)
    assert window_of(maps, (1, 2), 5, vector=False) == maps.window(1, 2)
