"""Pictures and small dataset trees in the official layouts, drawn by the tests."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

Paint = Callable[..., np.ndarray]
COLUMNS = ("image_id", "hand", "leg", "hip", "shoulder", "mixed", "hardware", "multiscan")
COLUMNS += ("fractured", "fracture_count", "frontal", "lateral", "oblique")


def paint(seed: int, *, width: int = 60, height: int = 80) -> np.ndarray:
    """A random picture (H, W) uint8 of coarse and finer shapes; another seed, another picture."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width), np.float32)
    for rows, weight in ((9, 0.6), (20, 0.4)):
        shapes = rng.uniform(0, 255, (rows, rows * 3 // 4)).astype(np.float32)
        picture += weight * cv2.resize(shapes, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session", name="paint")
def paint_fixture() -> Paint:
    return paint


class FracAtlasTree:
    """A release being laid out: pictures first, then ``write`` for the table and the boxes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("Fractured", "Non_fractured"):
            (root / "images" / folder).mkdir(parents=True)
        self.rows: dict[str, dict[str, Any]] = {}
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []

    def add(
        self,
        number: int,
        *,
        fractured: bool = False,
        picture: np.ndarray | None = None,
        folder: str | None = None,
        orientation: int | None = None,
        boxes: tuple[tuple[float, float, float, float], ...] = (),
        box_frame: tuple[int, int] | None = None,
        **row: Any,
    ) -> Path:
        """Store a picture as it is given; boxes are for ``box_frame`` (width, height)."""
        picture = paint(number) if picture is None else picture
        name = f"IMG{number:07d}.jpg"
        place = self.root / "images" / (folder or ("Fractured" if fractured else "Non_fractured"))
        exif = Image.Exif()
        if orientation:
            exif[274] = orientation
        Image.fromarray(picture).save(place / name, quality=95, exif=exif)
        given = {"fractured": int(fractured), "leg": 1, "frontal": 1} | row
        self.rows[name] = dict.fromkeys(COLUMNS, 0) | {"image_id": name} | given
        if boxes:
            width, height = box_frame or picture.shape[::-1]
            image = {"id": number, "file_name": name, "width": width, "height": height}
            self.images.append(image)
            for box in boxes:
                self.annotations.append({"image_id": number, "bbox": list(box), "category_id": 0})
        return place / name

    def write(self) -> Path:
        with (self.root / "dataset.csv").open("w", newline="") as file:
            table = csv.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(self.rows.values())
        folder = self.root / "Annotations" / "COCO JSON"
        folder.mkdir(parents=True, exist_ok=True)
        coco = {"images": self.images, "annotations": self.annotations}
        (folder / "COCO_fracture_masks.json").write_text(json.dumps(coco))
        return self.root


@pytest.fixture
def fracatlas_tree(tmp_path: Path) -> FracAtlasTree:
    root = tmp_path / "FracAtlas"
    root.mkdir()
    return FracAtlasTree(root)


@pytest.fixture
def small_fracatlas(fracatlas_tree: FracAtlasTree) -> Path:
    """24 blocks of two images each, every third block fractured, one box each."""
    for block in range(24):
        for step in range(2):
            fractured = block % 3 == 0
            boxes = ((10.0, 20.0, 6.0, 8.0),) if fractured else ()
            hardware = int(fractured and step == 0)
            fracatlas_tree.add(
                block * 20 + step, fractured=fractured, boxes=boxes, hardware=hardware
            )
    return fracatlas_tree.write()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here touches the cache or the datasets of the person who runs it."""
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
