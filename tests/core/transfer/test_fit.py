"""The four ways on a few pictures: what may move moves, and what is frozen gives what it gave."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from core.arrays import FloatArray
from core.reference.backbone import layer_names
from core.reference.build import build_backbone, in_single_precision
from core.transfer import fit as fitting
from core.transfer import networks
from core.transfer.fit import Material, fit, read_maps, weight_of_fractured
from core.transfer.plan import BATCH, SIZE, Trial
from tests.core.reference.conftest import published, published_arrays

__all__ = ["published", "published_arrays"]  # fixtures of the reference network's tests

pytestmark = pytest.mark.slow

COUNT = 2 * BATCH


@pytest.fixture(scope="module")
def material(
    published_arrays: dict[str, FloatArray], tmp_path_factory: pytest.TempPathFactory
) -> Material:
    """Pictures whose fractures are a bright square, and weights made by chance."""
    rng = np.random.default_rng(0)
    labels = np.arange(COUNT) % 2
    images = rng.integers(0, 100, (COUNT, SIZE, SIZE)).astype(np.uint8)
    images[labels == 1, 40:80, 40:80] = 255
    cells = np.zeros((COUNT, networks.CELLS, networks.CELLS), np.float32)
    cells[labels == 1, 3:5, 3:5] = 1
    file = tmp_path_factory.mktemp("maps") / "fine.npy"
    return Material(
        images=images,
        fine=read_maps(images, published_arrays, file),
        labels=labels.astype(np.int64),
        marked=cells,
        counted=np.ones_like(cells),
        backbone=published_arrays,
    )


def test_maps_are_those_of_the_backbone_for_a_picture_and_its_mirror_image(
    material: Material,
) -> None:
    model = build_backbone(in_single_precision(material.backbone))
    for mirrored in (0, 1):
        picture = material.images[:1, :, :: -1 if mirrored else 1].astype(np.float32)[..., None]
        fine, _ = model.predict_on_batch(picture)
        scale = np.abs(fine).max()
        np.testing.assert_allclose(material.fine[mirrored, :1] / scale, fine / scale, atol=2e-3)


@pytest.mark.parametrize("way", ["frozen", "marked"])
def test_a_way_that_begins_with_photographs_learns_what_is_plain_to_see(
    material: Material, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "PASSES", 2)
    index, said = np.arange(COUNT), []
    found = fit(Trial(way=way, share=1.0, seed=0), material, index, index, told=said.append)
    assert len(said) == (0 if way == "frozen" else 2)
    assert found.stem is None
    fractured = found.logits[material.labels == 1]
    assert fractured.min() > found.logits[material.labels == 0].max()


def test_from_nothing_the_layers_are_those_of_the_backbone(
    published_arrays: dict[str, FloatArray],
) -> None:
    model = networks.build_from_nothing(0)
    shapes = [
        tuple(layer.kernel.shape)
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    wanted = [
        published_arrays[f"{name}/kernel"].shape
        for name in layer_names()
        if not name.endswith("_around")  # depthwise ones are layers of another kind
    ]
    assert sorted(shapes) == sorted(wanted)
    again, other = (networks.build_from_nothing(seed) for seed in (0, 1))
    stems = [one.get_layer(networks.STEM_NAME).get_weights()[0] for one in (model, again, other)]
    np.testing.assert_array_equal(stems[0], stems[1])
    assert np.abs(stems[0] - stems[2]).max() > 0.01


def test_a_fracture_weighs_as_much_as_all_that_are_none() -> None:
    assert weight_of_fractured(np.array([0, 0, 0, 1])) == 3
