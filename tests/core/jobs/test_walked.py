"""What a worker says of the backbone: the same as NumPy, and small enough to travel."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.inspect.condensed import COARSER_SIDE, percentiles
from core.inspect.forward import forward
from core.inspect.statistics import layer_statistics
from core.jobs import walked
from core.models.graph import nodes
from core.models.weights import weight_shapes
from core.reference.backbone_spec import OPENED, backbone_spec, read_backbone
from data.models.shipped import eye_path

SHARES = (99.0, 100.0)


@pytest.fixture(scope="module")
def path() -> Path:
    found = eye_path()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def picture() -> UInt8Array:
    return np.random.default_rng(1).integers(0, 256, (OPENED, OPENED)).astype(np.uint8)


@pytest.fixture(scope="module")
def known(path: Path, picture: UInt8Array) -> dict[str, FloatArray]:
    found = forward(backbone_spec(), read_backbone(path), picture[None])
    return {name: values[0] for name, values in found.items()}


def test_a_worker_answers_as_numpy_does(
    path: Path, picture: UInt8Array, known: dict[str, FloatArray]
) -> None:
    names = [node.name for node in nodes(backbone_spec())]
    answers = walked.maps(str(path), picture, names)
    assert list(answers) == names
    for name in names:
        np.testing.assert_allclose(answers[name], known[name], atol=1e-3, err_msg=name)


def test_what_is_condensed_tells_of_all_values_and_is_small(
    path: Path, picture: UInt8Array, known: dict[str, FloatArray]
) -> None:
    found = walked.walk(str(path), picture, ["global_pooling_1"], SHARES)
    assert list(found.whole) == ["global_pooling_1"]
    assert list(found.condensed) == list(known)
    for name, one in found.condensed.items():
        exact = layer_statistics(known[name])
        assert one.statistics.zeros == pytest.approx(exact.zeros, abs=1e-3), name
        assert one.statistics.mean == pytest.approx(exact.mean, abs=1e-3), name
        assert one.percentiles == pytest.approx(percentiles(known[name], SHARES), abs=1e-2), name
        assert one.steps.shape[0] <= COARSER_SIDE
        assert one.steps.shape[-1] == known[name].shape[-1]
    sent = sum(one.steps.nbytes for one in found.condensed.values())
    assert sent < 8 * 2**20 < sum(values.nbytes for values in known.values()) / 5


def test_a_broken_file_is_told(tmp_path: Path, picture: UInt8Array) -> None:
    (tmp_path / "backbone.npz").write_bytes(b"none")
    with pytest.raises(LessonError) as raised:
        walked.maps(str(tmp_path / "backbone.npz"), picture, [])
    assert raised.value.code == "model.damaged"


def test_a_picture_is_drawn_that_pleases_a_unit_of_its_beginning(path: Path) -> None:
    whole = backbone_spec()
    spec = dataclasses.replace(whole, layers=whole.layers[:3])
    weights = {name: read_backbone(path)[name] for name in weight_shapes(spec)}
    found = walked.please(3, weights, layer="convolution_2", unit=4, steps=12, smoothness=0.2)
    assert found.responses[-1] > found.responses[0]
