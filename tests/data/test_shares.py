"""A share of the training part: whole groups, nested, beside untouched validation and test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.shares import with_share
from tests.dashboard.pretend_run import small_set


def test_only_the_training_part_shrinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    whole = small_set(tmp_path / "set", count=400)
    few, more = (with_share(whole, share, seed=1) for share in (0.1, 0.5))
    for part in ("validation", "test"):
        held = whole.images[whole.indices(part)]
        for one in (few, more):
            np.testing.assert_array_equal(one.images[one.indices(part)], held)
    learned = [
        {image.tobytes() for image in one.images[one.indices("train")]} for one in (few, more)
    ]
    assert learned[0] < learned[1]
    assert len(learned[0]) == pytest.approx(24, abs=3)
    assert np.bincount(few.labels[few.indices("train")]).min() >= 5
