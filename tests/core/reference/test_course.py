"""A training that was interrupted goes on, and says again what was said before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.reference import course


def test_a_locator_that_was_trained_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[int] = []

    def fit(lesson: Any, known: Any, *, seed: int, told: Any) -> str:
        trained.append(seed)
        told("epoch 1 of 1, loss 0.500")
        return "model"

    monkeypatch.setattr(course.locator, "fit_locator", fit)
    monkeypatch.setattr(course.locator, "locate", lambda model, lesson, asked: asked * 2.0)
    monkeypatch.setattr(course.locator, "locator_arrays", lambda model: {"bias": np.ones(1)})
    known, asked = np.arange(1200), np.arange(1200, 1210)
    said: list[str] = []

    def located(seed: int, learned: Any = known) -> dict[str, Any]:
        return course._located(None, learned, asked, tmp_path, seed=seed, say=said.append)  # type: ignore[arg-type]

    first, again = located(1), located(1)

    assert trained == [1]
    assert first.keys() == again.keys() == {"cells", "bias"}
    np.testing.assert_array_equal(again["cells"], asked * 2.0)
    assert said == ["Locator 1, 1,200 X-rays: epoch 1 of 1, loss 0.500."] * 2
    located(2)
    located(1, known[1:])
    assert trained == [1, 2, 1]
    assert not list(tmp_path.glob("*.partial"))
