"""The lesson's tensors: honest, of the ranks that the paper names, and they move."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer

from core.training.history import PAPER_LOG
from data.points import tumor_table
from data.tensors import film, specimens


def test_each_kind_has_its_rank_and_names() -> None:
    found = {one.name: one for one in specimens()}
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
