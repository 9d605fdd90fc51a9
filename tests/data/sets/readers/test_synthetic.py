"""The built-in set as a dataset: records and pictures of the same indices."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import LessonError
from data.sets.readers.synthetic import CHUNK, images, read
from data.synthetic.difficulty import Difficulty
from data.synthetic.radiograph import draw, label_of


def test_records_say_what_was_drawn() -> None:
    result = read(count=20, size=96, seed=5)
    assert result.report.found == result.report.kept == len(result.records) == 20
    assert "10 with a fracture" in result.report.sentences()[-1]
    for index, record in enumerate(result.records):
        shot = draw(index, size=96, seed=5)
        assert (
            record.label
            == ("normal", "fracture")[shot.label]
            == ("fracture" if label_of(index, seed=5) else "normal")
        )
        assert record.source is None
        assert (record.region, record.view, record.hardware) == (
            shot.region,
            shot.view,
            shot.hardware,
        )
        assert record.marks == shot.marks
        assert record.marks.size == (96, 96)
        assert record.width == record.height == 96


def test_each_picture_is_its_own_group() -> None:
    records = read(count=30, size=32).records
    assert len({record.group for record in records}) == 30
    assert len({record.id for record in records}) == 30


def test_pictures_come_in_the_same_order() -> None:
    hard = Difficulty(noise=0.9)
    chunks = list(images(CHUNK + 3, size=32, seed=2, difficulty=hard))
    assert [len(chunk) for chunk in chunks] == [CHUNK, 3]
    together = np.concatenate(chunks)
    assert together.dtype == np.uint8
    for index in (0, CHUNK - 1, CHUNK, CHUNK + 2):
        shot = draw(index, size=32, seed=2, difficulty=hard)
        np.testing.assert_array_equal(together[index], shot.image)


def test_one_picture_is_no_set() -> None:
    with pytest.raises(LessonError) as caught:
        read(count=1)
    assert caught.value.code == "synthetic.count"
    with pytest.raises(LessonError):
        next(images(0))


def test_progress_reaches_the_end() -> None:
    told: list[float] = []
    read(count=60, size=32, progress=lambda _, share: told.append(share))
    assert told[-1] == 1.0
