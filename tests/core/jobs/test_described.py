"""What the frozen backbone says of pictures: the features that the reference network reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.jobs import tasks
from core.npz import read_npz
from core.reference.backbone import HEAD, seen_as_a_whole
from data.models.shipped import eye_path

pytestmark = pytest.mark.slow


def test_it_is_what_the_reference_network_reads_of_the_whole_picture() -> None:
    from core.reference.build import build_features, in_single_precision

    eye = eye_path()
    assert eye is not None
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (1, 512, 512), dtype=np.uint8)
    found = tasks.describe(picture, str(eye))
    read = build_features(in_single_precision(read_npz(eye))).predict_on_batch(
        picture.astype(np.float32)[..., None]
    )
    assert found.shape == (1, HEAD)
    np.testing.assert_allclose(found, read[0][:, seen_as_a_whole()], atol=1e-4)


def test_a_picture_is_described_alike_alone_and_among_others() -> None:
    eye = str(eye_path())
    pictures = np.random.default_rng(1).integers(0, 256, (19, 96, 96), dtype=np.uint8)
    together = tasks.describe(pictures, eye)
    np.testing.assert_allclose(together[17], tasks.describe(pictures[17:18], eye)[0], atol=1e-4)


def test_a_damaged_backbone_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "backbone.npz"
    broken.write_bytes(b"no archive")
    with pytest.raises(LessonError) as refused:
        tasks.describe(np.zeros((1, 96, 96), np.uint8), str(broken))
    assert refused.value.code == "model.damaged"
