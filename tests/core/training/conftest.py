"""Tiny prepared sets whose answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from core.prepared import PreparedSet, write_prepared

MakeSet = Callable[..., PreparedSet]


@pytest.fixture(scope="session")
def make_set(tmp_path_factory: pytest.TempPathFactory) -> MakeSet:
    """Draws noise with a bright square for class 1 (and a dark one for class 2)."""

    def make(
        *,
        count: int = 200,
        size: int = 32,
        classes: tuple[str, ...] = ("normal", "fracture"),
        positive_share: float = 0.5,
        seed: int = 0,
    ) -> PreparedSet:
        rng = np.random.default_rng(seed)
        images = rng.integers(90, 140, (count, size, size)).astype(np.uint8)
        labels = (rng.random(count) < positive_share).astype(np.int64)
        if len(classes) > 2:
            labels = np.arange(count) % len(classes)
        for image, label in zip(images, labels, strict=True):
            if label:
                row, column = rng.integers(4, size - 10, 2)
                image[row : row + 6, column : column + 6] = 255 if label == 1 else 0
        return write_prepared(
            tmp_path_factory.mktemp("prepared") / "set",
            name="squares",
            title="Squares",
            classes=classes,
            images=images,
            labels=labels,
            split=np.where(np.arange(count) % 10 < 6, 0, np.where(np.arange(count) % 10 < 8, 1, 2)),
            groups=np.arange(count) // 2,
            metadata=rng.normal(size=(count, 2)).astype(np.float32),
            metadata_names=("width", "height"),
            records=[{"id": str(index)} for index in range(count)],
        )

    return make
