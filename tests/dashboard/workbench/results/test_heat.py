"""Heat on a wall: orange where something speaks for the class, gray where nothing does."""

from __future__ import annotations

import cv2
import numpy as np

from core.explain.result import ClassMap
from dashboard.workbench.results.heat import ORANGE, heat_sheet, tile, tiles

SIDE = 8


def class_map(values: np.ndarray) -> ClassMap:
    one = np.zeros(1, np.float32)
    return ClassMap(
        logits=one, probabilities=one, method="hirescam", map=values, weights=one,
        without_positive=one, without_negative=one, layer="c", layers=("c",), class_index=1,
        cells=values,
    )  # fmt: skip


def test_only_what_speaks_for_the_class_is_colored_and_the_strongest_place_most() -> None:
    image = np.full((16, 16), 100, np.uint8)
    values = np.zeros((16, 16), np.float32)
    values[:2, :2], values[4:6, 4:6], values[8:, 8:] = 4.0, 2.0, -9.0
    made = tile(image, values, SIDE)
    away = np.abs(made.astype(int) - 100).sum(axis=2)
    assert away[0, 0] > away[2, 2] > 0
    assert away[4:, 4:].sum() == 0
    assert np.abs(made[0, 0].astype(int) - ORANGE).max() < np.abs(100 - np.array(ORANGE)).max()
    assert (tile(image, -np.abs(values), SIDE) == 100).all()


def test_a_known_map_is_not_asked_for_again_and_all_stand_in_order() -> None:
    asked: list[int] = []
    told: list[float] = []

    def explain(image: int) -> ClassMap:
        asked.append(image)
        return class_map(np.zeros((16, 16), np.float32))

    def picture(image: int) -> np.ndarray:
        return np.full((16, 16), 10 * image, np.uint8)

    known: dict[int, np.ndarray] = {}
    tiles([3], known, explain, picture, SIDE, told.append)
    made = tiles([5, 3, 9], known, explain, picture, SIDE, told.append)
    assert asked == [3, 5, 9]
    assert told[-3:] == [0.0, 1 / 3, 2 / 3]
    sheet = heat_sheet([5, 3, 9], made)
    assert (sheet.images, sheet.columns, sheet.side) == ((5, 3, 9), 2, SIDE)
    pixels = cv2.imdecode(np.frombuffer(sheet.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    found = [int(pixels[y : y + SIDE, x : x + SIDE].mean()) for y, x in ((0, 0), (0, 8), (8, 0))]
    np.testing.assert_allclose(found, [50, 30, 90], atol=2)
