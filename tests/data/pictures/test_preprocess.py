"""What the network sees: one function for training and upload, and the way back to the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import LessonError
from core.marks import Box, Marks
from data.pictures.preprocess import (
    decode_bytes,
    decode_file,
    letterbox,
    marks_to_original,
    marks_to_prepared,
    place,
    prepare_image,
    steps,
    to_original,
)
from tests.data.hostile import drawn_xray, encoded, oriented, samples

sides = st.integers(1, 300)
sizes = st.integers(8, 128)


def test_shrinking_by_a_whole_number_averages_blocks() -> None:
    gray = np.arange(64, dtype=np.uint8).reshape(8, 8) * 3
    blocks = gray.reshape(4, 2, 4, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(prepare_image(gray, 4), blocks, atol=0.51)


def test_a_thin_line_fades_but_does_not_vanish() -> None:
    # One bright column of 160: at 16 px it takes a tenth of one column, 255 / 10 = 25.5.
    gray = np.zeros((160, 160), np.uint8)
    gray[:, 83] = 255
    column = prepare_image(gray, 16)[:, 8]
    np.testing.assert_allclose(column, 25.5, atol=0.51)


@given(width=sides, height=sides, size=sizes)
def test_the_picture_keeps_its_shape_and_the_rest_is_black(
    width: int, height: int, size: int
) -> None:
    prepared = prepare_image(np.full((height, width), 200, np.uint8), size)
    box = place(width, height, size)
    assert prepared.shape == (size, size)
    assert prepared.dtype == np.uint8
    inside = prepared[box.top : box.top + box.height, box.left : box.left + box.width]
    assert np.all(inside == 200)
    assert np.count_nonzero(prepared) == inside.size
    assert max(box.width, box.height) == size
    # Shape kept to the rounding of one pixel.
    assert abs(box.width - width * box.scale) <= 0.5 or box.width == 1
    assert abs(box.height - height * box.scale) <= 0.5 or box.height == 1
    # Centered, the spare pixel after.
    assert (size - box.height) - 2 * box.top in (0, 1)
    assert (size - box.width) - 2 * box.left in (0, 1)


@given(width=sides, height=sides, size=sizes)
def test_turning_the_picture_turns_the_prepared_one(width: int, height: int, size: int) -> None:
    box, turned = place(width, height, size), place(height, width, size)
    assert (box.left, box.top, box.width, box.height) == (
        turned.top,
        turned.left,
        turned.height,
        turned.width,
    )


def test_a_picture_of_the_right_size_is_not_touched_and_not_shared() -> None:
    gray = drawn_xray(64, 64)
    prepared = prepare_image(gray, 64)
    np.testing.assert_array_equal(prepared, gray)
    prepared[0, 0] = 7
    assert gray[0, 0] == 255
    assert letterbox is prepare_image


def test_no_size_is_advice() -> None:
    with pytest.raises(LessonError) as caught:
        place(10, 10, 0)
    assert caught.value.code == "picture.no-size"


boxes = st.tuples(*[st.floats(0, 300)] * 4)


@given(box=boxes, width=sides, height=sides, size=sizes)
def test_a_box_comes_back_from_the_square(
    box: tuple[float, float, float, float], width: int, height: int, size: int
) -> None:
    placement = place(width, height, size)
    marks = Marks(size=(height, width), boxes=(Box(*box),))
    there = marks_to_prepared(marks, placement)
    back = marks_to_original(there, placement)
    assert (there.size, back.size) == ((size, size), (height, width))
    np.testing.assert_allclose(back.boxes[0].plain(), box, atol=1e-9)


def test_a_box_lands_where_its_pixels_land() -> None:
    gray = np.zeros((300, 200), np.uint8)
    gray[90:150, 40:120] = 240
    placement = place(200, 300, 60)
    marks = Marks(size=(300, 200), boxes=(Box(40, 90, 80, 60),))
    x, y, width, height = marks_to_prepared(marks, placement).boxes[0].plain()
    rows, columns = np.nonzero(prepare_image(gray, 60))
    assert (columns.min(), rows.min()) == (x, y) == (18, 18)
    assert (columns.max() + 1, rows.max() + 1) == (x + width, y + height) == (34, 30)


@pytest.mark.parametrize("cells", [60, 12])
def test_a_map_lies_over_the_pixels_it_came_from(cells: int) -> None:
    # The map tells each cell's own place: over the original it must tell the place there.
    placement = place(200, 300, 60)
    x = np.tile(np.arange(cells, dtype=np.float32), (cells, 1))
    step = 60 / cells
    in_square = (x + 0.5) * step - placement.left  # centers, in square pixels from the picture
    back = to_original(in_square, placement)
    assert back.shape == (300, 200)
    expected = np.tile((np.arange(200) + 0.5) * placement.scale_x, (300, 1))
    # Away from the border, where a coarse map has no cell beyond the last.
    margin = 20
    np.testing.assert_allclose(back[:, margin:-margin], expected[:, margin:-margin], atol=1e-3)


def test_a_map_keeps_its_signs_and_ignores_the_bars() -> None:
    placement = place(100, 50, 20)
    values = np.full((20, 20), 9.0, np.float32)
    values[placement.top : placement.top + placement.height] = -1.0
    back = to_original(values, placement, (50, 100))
    assert np.all(back[5:-5] == -1.0)
    assert back.dtype == np.float32
    assert to_original(values, placement, (25, 50)).shape == (25, 50)


def test_each_step_is_a_picture_with_its_sentence() -> None:
    raw = oriented(np.rot90(255 - drawn_xray()), "JPEG", 6, quality=95)
    done = steps(decode_bytes(raw, invert=True), size=64)
    names = [stage.name for stage in done.stages]
    assert names == [
        "received",
        "oriented",
        "gray",
        "inverted",
        "resized",
        "letterboxed",
        "scaled",
    ]
    stages = {stage.name: stage for stage in done.stages}
    assert all(stage.sentence.endswith(".") and stage.title for stage in done.stages)
    assert stages["received"].image.shape == (96, 128)
    assert "128 x 96" in stages["received"].sentence
    assert stages["oriented"].image.shape == (128, 96)
    np.testing.assert_array_equal(255 - stages["gray"].image, stages["inverted"].image)
    assert stages["resized"].image.shape == (64, 48)
    assert "96 x 128 pixels became 48 x 64, 50 %" in stages["resized"].sentence
    assert "16 black columns" in stages["letterboxed"].sentence
    np.testing.assert_array_equal(stages["letterboxed"].image, done.image)
    scaled = stages["scaled"].image
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled * 255, done.image, atol=1e-4)
    assert done.box == place(96, 128, 64)


def test_steps_that_do_nothing_are_left_out() -> None:
    done = steps(decode_bytes(encoded(Image.fromarray(drawn_xray(64, 64)), "PNG")), size=64)
    names = [stage.name for stage in done.stages]
    assert names == ["received", "gray", "resized", "letterboxed", "scaled"]
    assert "no black bars" in done.stages[-2].sentence
    assert "nothing was changed" in done.stages[1].sentence


@pytest.mark.parametrize("name", ["gray12_in_16.png", "frames.dcm", "monochrome1.dcm", "alpha.png"])
def test_every_change_is_said_by_a_step(name: str) -> None:
    decoded = decode_bytes(samples()[name][0], name=name)
    said = " ".join(stage.sentence for stage in steps(decoded, size=32).stages)
    for change in decoded.changes:
        assert change.sentence in said


def test_large_pictures_are_shown_small() -> None:
    raw = encoded(Image.fromarray(np.tile(drawn_xray(), (20, 20))), "JPEG")
    done = steps(decode_bytes(raw), size=64)
    for stage in done.stages:
        assert max(stage.image.shape) <= 1024


@pytest.mark.parametrize("size", [64, 96])
def test_an_uploaded_dataset_file_gives_the_identical_array(
    fracatlas_root: Path, fracatlas_originals: Path, size: int
) -> None:
    paths = sorted((fracatlas_root / "images").rglob("*.jpg"))[::400]
    for path in (*paths, *sorted(fracatlas_originals.glob("*.jpg"))[-4:]):
        training = prepare_image(decode_file(path).gray, size)
        upload = steps(decode_bytes(path.read_bytes(), name="photo.jpg"), size=size)
        np.testing.assert_array_equal(upload.image, training)
