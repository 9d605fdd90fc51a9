"""Pictures in color: channels keep their place, and what cannot be opened is advice."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import LessonError
from data.pictures.color import color_picture
from data.pictures.decode import decode_bytes
from data.pictures.preprocess import prepare_image
from data.samples.color_disks import color_disks


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def test_a_square_color_picture_stays_as_it_is() -> None:
    disks = color_disks(64)
    np.testing.assert_array_equal(
        color_picture(saved(Image.fromarray(disks)), name="a.png", size=64), disks
    )


def test_a_wide_picture_is_fitted_channel_by_channel() -> None:
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[:, :40, 0], wide[:, 40:, 2] = 250, 120
    found = color_picture(saved(Image.fromarray(wide)), name="a.png", size=32)
    for c in range(3):
        np.testing.assert_array_equal(found[..., c], prepare_image(wide[..., c], 32))
    assert found[16, 4].tolist() == [250, 0, 0]
    assert found[16, 28].tolist() == [0, 0, 120]


def test_gray_deep_and_transparent_pictures_have_three_channels_too() -> None:
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))
    gray = saved(Image.fromarray(ramp))
    found = color_picture(gray, name="a.png", size=64)
    np.testing.assert_array_equal(found, np.repeat(ramp[..., None], 3, axis=-1))
    deep = saved(Image.fromarray(ramp.astype(np.uint16) * 257))
    decoded = prepare_image(decode_bytes(deep).gray, 64)
    np.testing.assert_array_equal(color_picture(deep, name="a.png", size=64)[..., 1], decoded)
    clear = np.zeros((64, 64, 4), np.uint8)
    clear[..., :3] = 200
    assert color_picture(saved(Image.fromarray(clear)), name="a.png", size=64).max() == 0


def test_a_turned_photograph_stands_upright() -> None:
    image = Image.fromarray(color_disks(64))
    exif = Image.Exif()
    exif[274] = 6
    turned = saved(image.rotate(90), "PNG", exif=exif)
    np.testing.assert_array_equal(color_picture(turned, name="a.png", size=64), color_disks(64))


def test_what_is_too_large_or_no_picture_is_advice() -> None:
    with pytest.raises(LessonError) as caught:
        color_picture(b"<svg></svg>", name="a.svg", size=64)
    assert caught.value.code.startswith("upload.")
    huge = saved(Image.new("L", (8000, 8000)))
    with pytest.raises(LessonError) as caught:
        color_picture(huge, name="a.png", size=64)
    assert caught.value.code == "upload.too-many-pixels"
