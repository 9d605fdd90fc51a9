"""What the documents say of FracAtlas and of limits, counted again."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np

from core.prepared import SPLITS
from data.pictures import limits
from data.sets.readers import fracatlas
from data.sets.registry import DATASETS

ROOT = Path(__file__).resolve().parents[2]
DATA = " ".join((ROOT / "docs" / "data.md").read_text("utf-8").split())


def rows_of(root: Path) -> list[dict[str, str]]:
    with (root / "dataset.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_hardware_nearly_always_means_a_fracture(fracatlas_root: Path) -> None:
    rows = rows_of(fracatlas_root)
    hardware = [row["fractured"] == "1" for row in rows if row["hardware"] == "1"]
    said = f"On FracAtlas {sum(hardware)} of {len(hardware)} images that show hardware"
    assert said in DATA
    assert f"of the {len(rows):,} with which Lightbox was made" in DATA
    normal = np.mean([row["fractured"] == "0" for row in rows])
    assert 'Always answering "normal" is right for four of five images' in DATA
    assert 0.75 < normal < 0.85


def test_marks_are_small(fracatlas_root: Path) -> None:
    (file,) = fracatlas_root.rglob("COCO_fracture_masks.json")
    coco = json.loads(file.read_text("utf-8"))
    longer = {image["id"]: max(image["width"], image["height"]) for image in coco["images"]}
    shares = [max(mark["bbox"][2:]) / longer[mark["image_id"]] for mark in coco["annotations"]]
    median = float(np.median(shares))
    assert f"is {100 * median:.1f} % as long as the image's longer side" in DATA
    assert f"at 64 pixels that is {64 * median:.1f} pixels" in DATA


def test_why_blocks_of_twenty(fracatlas_root: Path) -> None:
    """The odds by distance in the reader's docstring; its shares of neighbors are the page's."""
    labels = {
        int(row["image_id"][3:10]): row["fractured"] == "1" for row in rows_of(fracatlas_root)
    }

    def odds(distance: int, *, after: bool) -> float:
        found = [
            labels[number + distance]
            for number, fractured in labels.items()
            if fractured is after and number + distance in labels
        ]
        return float(np.mean(found))

    told = " ".join((fracatlas.__doc__ or "").split())
    assert f"{odds(1, after=True):.2f} at d = 1, {odds(2, after=True):.2f} at 2" in told
    level = [odds(distance, after=True) for distance in range(3, 61)]
    assert f"level at {min(level):.2f} to {max(level):.2f} up to d = 60" in told
    normal = [odds(distance, after=False) for distance in range(1, 61)]
    assert f"({min(normal):.2f} to {max(normal):.2f} after a normal one)" in told
    assert f"blocks of {fracatlas.BLOCK} neighboring image numbers" in DATA


def test_limits_are_those_of_the_code() -> None:
    megabytes, megapixels = limits.MAX_BYTES // 10**6, limits.MAX_PIXELS // 10**6
    assert f"up to {megabytes} MB and {megapixels} megapixels" in DATA
    counted = re.search(r"`data fetch fracatlas` \((\d+) MB\)", DATA)
    archive = DATASETS["fracatlas"].archive
    assert counted is not None
    assert archive is not None
    assert int(counted[1]) == round(archive.bytes / 1e6)
    assert f"{len(SPLITS)} or more in each" in DATA.replace("three or more", "3 or more")
