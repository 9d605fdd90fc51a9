"""Maps against marks over many X-rays: figures that can be counted, kept and read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.explain.against_marks import (
    Located,
    placing,
    read_located,
    unmeasured,
    write_located,
)
from core.explain.overlap import Overlap, overlap
from core.marks import Box, Marks


def located() -> Located:
    found = unmeasured(["a", "b", "c", "d", "e"], np.array([0, 0, 1, 1, 2]))
    overlaps = [(0.9, True, 1.0), (0.1, False, 0.0), (0.5, True, 0.5), (np.nan, False, 0.0)]
    for at, (output, one) in enumerate(zip((0.9, 0.8, 0.2, 0.1), overlaps, strict=True)):
        evidence, inside, shared = one
        found = found.with_one(at, output, {"hirescam": Overlap(evidence, 0.02, inside, shared)})
    return found


def test_each_figure_stands_on_what_was_measured() -> None:
    found = placing(located(), "hirescam")
    assert (found.pointed.value, found.pointed.n) == (0.5, 4)
    assert found.evidence.value == pytest.approx(0.5)
    assert found.evidence.n == 3, "without positive evidence there is no share of it"
    assert found.shared.value == pytest.approx(0.375)
    assert found.area == pytest.approx(0.02)
    own = located().with_one(4, 0.9, {"hirescam": Overlap(0.5, 0.02, True, 0.5)})
    assert placing(own, "hirescam").pointed.low < 0.6 < placing(own, "hirescam").pointed.high


def test_answer_and_place_make_four_verdicts() -> None:
    told = located().verdicts("hirescam", 0.5)
    assert told == ("right", "elsewhere", "seen", "missed", None)
    assert located().verdicts("hirescam", 0.95)[0] == "seen"


def test_figures_are_kept_and_a_method_more_does_not_lose_the_others(tmp_path: Path) -> None:
    path = tmp_path / "marks.npz"
    assert read_located(path) is None
    write_located(path, located())
    again = read_located(path)
    assert again is not None
    assert again.methods == ("hirescam",)
    more = again.with_one(4, 0.7, {"occlusion": Overlap(0.2, 0.03, True, 0.1)})
    assert more.methods == ("hirescam", "occlusion")
    assert more.verdicts("hirescam", 0.5) == located().verdicts("hirescam", 0.5)
    assert placing(more, "occlusion").pointed.n == 1
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(LessonError) as caught:
        read_located(path)
    assert caught.value.code == "marks.damaged"


def test_the_highest_places_are_as_many_as_are_marked() -> None:
    marks = Marks(size=(8, 8), boxes=(Box(0, 0, 2, 2),))
    values = np.zeros((8, 8))
    values[0, :4] = 4.0, 3.0, 2.0, 1.0
    whole = Box(0, 0, 8, 8)
    # Two of the four highest are marked, of six places that are either.
    assert overlap(values, marks, picture=whole).shared == pytest.approx(2 / 6)
    assert overlap(marks.mask().astype(float), marks, picture=whole).shared == 1
