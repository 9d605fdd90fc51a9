"""Pictures that are always there: made once, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest

from data.samples import pictures
from data.samples.pictures import RADIOGRAPHS, samples
from data.synthetic.radiograph import Radiograph, draw


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Index of each X-ray that is drawn from now on."""
    found: list[int] = []

    def drawing(index: int, *, size: int, fractured: bool) -> Radiograph:
        found.append(index)
        return draw(index, size=size, fractured=fractured)

    pictures._titled.cache_clear()
    pictures._drawn.cache_clear()
    monkeypatch.setattr(pictures, "draw", drawing)
    return found


def test_an_x_ray_is_drawn_once_for_all_who_ask(drawn: list[int]) -> None:
    first = [sample.title for sample in samples()]
    assert len(drawn) == len(RADIOGRAPHS), "each is drawn once to know its title"
    assert [sample.title for sample in samples()] == first
    assert samples()[0].make(48) is samples()[0].make(48)
    assert len(drawn) == len(RADIOGRAPHS) + 1, "and once for each size"
    samples()[0].make(64)
    assert len(drawn) == len(RADIOGRAPHS) + 2


def test_what_all_share_cannot_be_written_into() -> None:
    image = samples()[0].make(64)
    with pytest.raises(ValueError, match="read-only"):
        image[0, 0] = 1


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.key)
def test_every_sample_can_be_made_at_any_size(sample: pictures.Sample) -> None:
    for size in (28, 64, 96):
        image = sample.make(size)
        assert image.shape == (size, size)
        assert image.dtype == np.uint8
        assert image.max() > image.min()
