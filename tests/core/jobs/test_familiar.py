"""Which pictures are told to be unlike all that the shipped small networks learned from."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from core.jobs import familiar, tasks
from core.reference.description import FAMILIAR
from data.models.pretrained import read_predictions
from data.models.shipped import eye_path, find_model
from data.pictures.preprocess import decode_file, prepare_image
from data.sets.registry import find_root
from data.synthetic.radiograph import draw
from tests.strangers import KINDS, in_plaster, strangers

SHARED = Path(__file__).resolve().parents[4] / "shared" / "fracatlas"
MODELS = ("paper-fracatlas", "paper-synthetic")
pytestmark = pytest.mark.slow


@pytest.fixture
def fracatlas(monkeypatch: pytest.MonkeyPatch) -> None:
    """FracAtlas, where it is; a test that asks for it is skipped elsewhere."""
    if "LIGHTBOX_FRACATLAS" not in os.environ:
        if not SHARED.is_dir():
            pytest.skip("FracAtlas is not here: set LIGHTBOX_FRACATLAS")
        monkeypatch.setenv("LIGHTBOX_FRACATLAS", str(SHARED))


def strangeness(name: str, pictures: list[np.ndarray]) -> np.ndarray:
    model, eye = find_model(name), eye_path()
    batch = np.stack([prepare_image(one, model.spec.input_size) for one in pictures])
    _, found = tasks.judge(str(model.path), batch, str(eye))
    assert found is not None
    return found


@pytest.mark.parametrize("name", MODELS)
def test_pictures_of_another_kind_are_told(name: str) -> None:
    kinds = [kind for kind in KINDS for _ in range(3)]
    pictures = [one for kind in KINDS for one in islice(strangers(kind), 3)]
    found = strangeness(name, pictures)
    assert [kind for kind, value in zip(kinds, found, strict=True) if value < 1.2] == []


def test_real_x_rays_are_known_to_the_network_that_learned_from_such(fracatlas: None) -> None:
    x_rays = real_x_rays(every=5)
    assert (strangeness("paper-fracatlas", x_rays) > 1).mean() < 0.03
    # The drawn radiographs teach how a network learns; most real ones look unlike all of them.
    assert (strangeness("paper-synthetic", x_rays[:40]) > 1).mean() > 0.7


@pytest.mark.parametrize("name", ["paper-fracatlas", "reference"])
def test_a_cast_and_darkness_are_mostly_not_told_as_the_page_admits(
    name: str, fracatlas: None
) -> None:
    x_rays = real_x_rays(every=30)
    in_casts = [in_plaster(one, seed) for seed, one in enumerate(x_rays)]
    found = strangeness(name, in_casts + [one // 8 for one in x_rays])
    assert (found > 1).mean() < 0.25
    usual = strangeness(name, x_rays)
    assert np.median(found[: len(x_rays)] / usual) > 1.1  # it is seen, though not enough


def real_x_rays(*, every: int) -> list[np.ndarray]:
    """Some X-rays of FracAtlas's test part, as they lie on the disk."""
    files = {path.stem: path for path in (find_root("fracatlas") / "images").rglob("*.jpg")}
    tested = [str(name) for name in read_predictions()["test_ids"]]
    return [decode_file(files[name]).gray for name in tested[::every]]


def test_drawn_x_rays_are_known_to_the_network_that_learned_from_such() -> None:
    drawn = [draw(index, size=128).image for index in range(100_000, 100_040)]
    assert (strangeness("paper-synthetic", drawn) > 1).mean() <= 0.05


def test_nothing_is_said_where_nobody_looked_or_the_file_is_damaged(tmp_path: Path) -> None:
    black, eye = np.zeros((1, 32, 32), np.uint8), eye_path()
    assert eye is not None
    assert familiar.strangeness(tmp_path / "model.keras", black, eye) is None
    (tmp_path / FAMILIAR).write_bytes(b"half")
    assert familiar.strangeness(tmp_path / "model.keras", black, eye) is None
