"""The lesson's tensors: honest, of the ranks that the paper names, and they move."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from core.prepared import write_prepared
from core.training.paper_log import PAPER_LOG
from data.samples.points import tumor_table
from data.samples.tensors import FILMS, VIDEO_SHAPE, color_images, film, images_of, specimens, video
from data.synthetic.difficulty import Difficulty
from data.synthetic.radiograph import draw


def test_each_kind_has_its_rank_and_names() -> None:
    found = {one.name: one for one in (*specimens(), video())}
    assert found["video"].values.shape == VIDEO_SHAPE
    ranks = {name: one.values.ndim for name, one in found.items()}
    assert ranks == {"table": 2, "series": 3, "images": 4, "color": 4, "video": 5}
    for one in found.values():
        assert len(one.axes) == one.values.ndim
        assert one.axes[0] == "samples"
        assert one.values.flags.c_contiguous
        assert len(one.labels) == one.values.shape[-1]


def test_the_table_and_the_series_are_the_published_numbers() -> None:
    published = load_breast_cancer()
    table = tumor_table()
    np.testing.assert_allclose(table.values, published.data)
    named = [name.replace(" error", "") for name in published.feature_names[10:20]]
    assert [name.removeprefix("error of ") for name in table.features[10:20]] == named
    assert list(table.features[:10]) == list(published.feature_names[:10])
    assert list(table.features[20:]) == list(published.feature_names[20:])
    series = next(one for one in specimens() if one.name == "series")
    assert series.values[3, 2, 0] == np.float32(PAPER_LOG[5].loss)
    np.testing.assert_array_equal(series.values[1:, :-1], series.values[:-1, 1:])


def test_a_film_is_decided_by_its_seed_and_swings_back() -> None:
    first = film(8, frames=8, size=32)
    np.testing.assert_array_equal(first, film(8, frames=8, size=32))
    assert (first != film(8, frames=8, size=32, seed=1)).any()
    still = np.abs(first[0].astype(int) - first[4]).mean()
    moved = np.abs(first[0].astype(int) - first[2]).mean()
    assert moved > 5 * still


@pytest.mark.parametrize("index", FILMS)
def test_a_film_begins_with_the_radiograph_and_only_turns_it(index: int) -> None:
    frames = film(index).astype(np.float32)
    known = draw(index, size=64, fractured=False, difficulty=Difficulty(noise=0.0, clutter=0.0))
    assert _alike(frames[0], known.image.astype(np.float32)) > 0.97
    for number in (3, 15):
        angle = np.degrees(0.34 * np.sin(2 * np.pi * number / 20))
        back = cv2.getRotationMatrix2D((31.5, 31.5), -angle, 1.0)
        assert _alike(cv2.warpAffine(frames[number], back, (64, 64)), frames[0]) > 0.97
        assert _alike(frames[number], frames[0]) < 0.9


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of the middle disk, which no turn takes out of the picture."""
    row, column = np.mgrid[:64, :64] - 31.5
    disk = np.hypot(row, column) < 24
    return float(np.corrcoef(one[disk], other[disk])[0, 1])


def test_images_of_a_set_are_its_own_and_of_different_patients(tmp_path: Path) -> None:
    gray = np.arange(40, dtype=np.uint8)
    groups = np.repeat(np.arange(30), 2)[:40]
    found = write_prepared(
        tmp_path / "set",
        name="tiny",
        title="Tiny",
        classes=("normal", "fracture"),
        images=np.tile(gray[:, None, None], (1, 64, 64)),
        labels=gray % 2,
        split=np.zeros(40, np.int8),
        groups=groups,
        metadata=np.zeros((40, 1)),
        metadata_names=("none",),
        records=[{"id": str(n)} for n in gray],
    )
    shown = images_of(found)
    chosen = shown.values[:, 0, 0, 0]  # an image is as bright as its number
    assert len({int(groups[c]) for c in chosen}) == len(chosen) == 20
    assert (shown.values == chosen[:, None, None, None]).all()
    fractures = int((chosen % 2).sum())
    wanted = f"({20 - fractures} normal, {fractures} fracture)."
    assert shown.origin == f"20 of the 40 images of Tiny {wanted}"
    assert shown.stamp == found.fingerprint != next(iter(specimens()[2:])).stamp
    assert color_images(shown).values.shape == (20, 64, 64, 3)
