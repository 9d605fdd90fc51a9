"""Images of a prepared set: which are offered, and what they are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.prepared import PreparedSet
from dashboard.shared.set_image import record_title, shuffled
from tests.dashboard.pretend_run import small_set


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    return small_set(Path(tmp_path_factory.mktemp("cache")) / "set")


def test_all_are_offered_and_never_in_the_order_of_the_files(prepared: PreparedSet) -> None:
    found = shuffled(prepared)
    assert sorted(found) == list(range(len(prepared.labels)))
    assert list(found) != sorted(found)
    np.testing.assert_array_equal(found, shuffled(prepared))


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_label_of_a_part_is_offered_whole_and_alone(prepared: PreparedSet, part: str) -> None:
    index = prepared.indices(part)
    assert set(shuffled(prepared, part=part)) == set(index)
    for number, label in enumerate(prepared.classes):
        wanted = {int(at) for at in index if prepared.labels[at] == number}
        assert set(shuffled(prepared, label, part=part)) == wanted != set()


def test_a_label_that_the_set_has_not_is_of_no_image(prepared: PreparedSet) -> None:
    assert len(shuffled(prepared, "all")) == 0


def test_an_image_is_called_by_what_is_known_of_it() -> None:
    record = {"id": "a.png", "region": "", "view": "lateral"}
    assert record_title(record) == "a.png, lateral"
