"""What may be said of patients, and the neighbors that stand on two sides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.prepared import PreparedSet
from data.sets.patients import border_sentences, borders, known_of_patients, sentences


def made(
    groups: list[str], *, name: str = "folder", split: str = "grouped"
) -> tuple[PreparedSet, list[dict[str, Any]]]:
    count = len(groups)
    prepared = PreparedSet(
        folder=Path(),
        name=name,
        title="",
        fingerprint="",
        classes=("normal", "fracture"),
        size=8,
        images=np.zeros((count, 8, 8), np.uint8),
        labels=np.array([0, 1] * count)[:count],
        split=np.array([0, 2, 1] * count, np.int8)[:count],
        groups=np.arange(count),
        metadata=np.zeros((count, 0), np.float32),
        metadata_names=(),
        details={"options": {"split": split}},
    )
    records = [{"id": f"IMG{n:07d}", "group": group} for n, group in enumerate(groups)]
    return prepared, records


def test_neighbors_are_counted_by_hand() -> None:
    numbers = np.array([10, 11, 12, 20, 21, 30, 31, 40])
    split = np.array([0, 2, 2, 0, 1, 2, 2, 0])
    positive = np.array([1, 1, 0, 1, 0, 1, 1, 0], bool)
    found = borders(numbers, split, positive)
    # Test: 11 and 12 lie within two numbers of 10; 30 and 31 of nothing in training.
    assert (found.near.value, found.near.n) == (0.5, 4)
    # Positive test images: 11, 30, 31.
    assert (found.near_positive.value, found.near_positive.n) == (pytest.approx(1 / 3), 3)
    # After 10 comes 11 (positive, other part), after 20 comes 21 (normal, other part); 12 and 31
    # follow a positive one in their own part.
    assert (found.following.value, found.following.n) == (0.5, 2)


def test_what_is_promised_follows_from_what_is_known() -> None:
    for groups, name, expected in (
        (["patient1", "patient2", "patient1"], "mura", "names its patients"),
        (["block0000", "block0001", "twin"], "fracatlas", "has no patient numbers"),
        (["image:a", "image:b", "image:c"], "folder", "Nothing is known of patients"),
        (["000001", "000002", "000003"], "synthetic", "drawn by itself"),
    ):
        said = " ".join(sentences(*made(groups, name=name)))
        assert expected in said
        if name != "mura":
            assert "stand on one side" not in said
    blind = sentences(*made(["patient1", "patient2", "patient1"], split="random"))
    assert "may stand on two sides" in blind[0]


@pytest.mark.slow
def test_on_fracatlas_neighbors_stand_on_two_sides_and_the_page_says_how_many(
    fracatlas_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data.sets.preparation import prepare

    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path))
    prepared = prepare("fracatlas", root=fracatlas_root, size=16)
    records = prepared.records()
    assert known_of_patients("fracatlas", records) == "blocks"
    numbers = np.array([int(str(record["id"]).removeprefix("IMG")) for record in records])
    found = borders(numbers, prepared.split, prepared.labels == 1)
    # Known beforehand: 11.0 % of the test images, 16.3 % of the fractured, 0.85 across a border.
    assert round(100 * found.near.value, 1) == 11.0
    assert round(100 * found.near_positive.value, 1) == 16.3
    assert round(found.following.value, 2) == 0.85
    said = " ".join(sentences(prepared, records))
    assert "11.0 % of the 519 test images" in said
    assert "16.3 % of the 92" in said
    assert "11 are labeled so too (0.85;" in said


def test_nothing_is_said_of_borders_that_are_not_there() -> None:
    none = np.zeros(0, int)
    assert (
        border_sentences(borders(none, none.astype(np.int8), none.astype(bool)), positive="x") == ()
    )
