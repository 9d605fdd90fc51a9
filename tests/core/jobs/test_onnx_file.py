"""A network as ONNX answers as Keras does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from core.errors import LessonError
from core.jobs import loaded, tasks
from core.models.zoo.entries import MODELS

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("name", MODELS)
def test_it_gives_the_logits_of_the_network(name: str, tmp_path: Path) -> None:
    from core.models.build import build

    entry = MODELS[name]
    classes = ("none", "simple", "complex") if name == "lenet" else ("normal", "fracture")
    spec = entry.build(entry.smallest, classes)
    path = tmp_path / "model.keras"
    build(spec, seed=3).save(path)
    side = entry.smallest
    images = np.random.default_rng(0).integers(0, 256, (3, side, side), np.uint8)
    session = onnxruntime.InferenceSession(tasks.as_onnx(str(path)))
    (taken,) = session.get_inputs()
    assert taken.shape[1:] == [side, side, 1]
    (logits,) = session.run(None, {taken.name: images[..., None].astype(np.float32)})
    expected = loaded.predict(str(path), images)
    assert logits.shape == expected.shape == (3, spec.outputs)
    np.testing.assert_allclose(logits, expected, atol=1e-5)
    assert np.ptp(expected) > 0, "images that differ are told apart"


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(LessonError) as caught:
        tasks.as_onnx(str(tmp_path / "run" / "model.keras"))
    assert caught.value.code == "model.missing"
