"""How often a test part was opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.evaluation import openings
from core.prepared import PreparedSet


def prepared(*, size: int = 8, seed: int = 0) -> PreparedSet:
    rng = np.random.default_rng(seed)
    return PreparedSet(
        folder=Path(),
        name="drawn",
        title="",
        fingerprint=f"{size}",
        classes=("normal", "fracture"),
        size=size,
        images=np.zeros((40, size, size), np.uint8),
        labels=np.arange(40) % 2,
        split=rng.permutation(np.repeat([0, 1, 2], (20, 10, 10))).astype(np.int8),
        groups=np.arange(40),
        metadata=np.zeros((40, 0), np.float32),
        metadata_names=(),
        details={},
    )


def test_the_same_images_at_another_size_are_the_same_part() -> None:
    assert openings.part_key(prepared(size=8)) == openings.part_key(prepared(size=16))
    assert openings.part_key(prepared()) != openings.part_key(prepared(seed=1))
    assert openings.part_key(prepared()) != openings.part_key(replace(prepared(), name="other"))


def test_every_run_that_looks_counts_once_and_half_a_line_for_none(tmp_path: Path) -> None:
    key = openings.part_key(prepared())
    assert openings.opened(tmp_path, key) == 0
    for run in ("a", "b", "a"):
        openings.note(tmp_path, key, run=run)
    openings.note(tmp_path, "another part", run="c")
    with (tmp_path / openings.FILE).open("a") as file:
        file.write('{"part": "' + key)
    assert openings.opened(tmp_path, key) == 2
