"""Each flaw spoils what it names, in training and validation alone; the exam stays the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.prepared import PreparedSet, write_prepared
from data import flaws
from data.arrangement import Arrangement, stamp_box, stamped
from data.flaws import FLAWS, Known, arrange, known_of, pair

TRAIN, VALIDATION, TEST = range(3)
COUNT = 240


@pytest.fixture(scope="module")
def known() -> Known:
    """60 patients of 4 images, dealt whole; every second is fractured, some have plates."""
    patients = np.repeat(np.arange(COUNT // 4), 4)
    return Known(
        labels=patients % 2,
        split=np.repeat(np.array([0, 1, 2], np.int8), [140, 52, 48]),
        told={"hardware": patients % 10 == 1, "region": patients % 4 < 2},
    )


def places(one: Arrangement, part: int) -> set[int]:
    return set(one.sources[one.split == part].tolist())


@pytest.mark.parametrize("flaw", FLAWS)
def test_both_sides_sit_the_same_exam_which_nobody_touched(known: Known, flaw: str) -> None:
    honest, spoiled = arrange(known, flaw, seed=3)
    exams = [one.sources[one.split == TEST] for one in (honest, spoiled)]
    np.testing.assert_array_equal(*exams)
    for one in (honest, spoiled):
        tested = one.split == TEST
        assert np.isnan(one.changes[tested]).all()
        assert not one.stamped[tested].any()
        assert (known.split[one.sources[tested]] == TEST).all()
        assert (known.split[one.sources[~tested]] != TEST).all()


@pytest.mark.parametrize("flaw", FLAWS)
def test_an_honest_validation_asks_nothing_that_training_told(known: Known, flaw: str) -> None:
    honest, _ = arrange(known, flaw, seed=3)
    patients = [{place // 4 for place in places(honest, part)} for part in (TRAIN, VALIDATION)]
    assert not patients[0] & patients[1]
    asked = honest.split == VALIDATION
    assert np.isnan(honest.changes[asked]).all()
    assert not honest.stamped.any()


def test_dealt_at_random_patients_stand_on_both_sides(known: Known) -> None:
    _, spoiled = arrange(known, "random", seed=3)
    train, validation = (places(spoiled, part) for part in (TRAIN, VALIDATION))
    assert not train & validation
    assert {p // 4 for p in validation} & {p // 4 for p in train}
    assert len(validation) == 52


def test_copies_made_before_the_split_come_to_stand_on_both_sides(known: Known) -> None:
    honest, spoiled = arrange(known, "augmented", seed=3)
    shared = places(spoiled, TRAIN) & places(spoiled, VALIDATION)
    # Two chances for each of 192 to have its twin elsewhere: about 1 in 2.5.
    assert 40 < len(shared) < 110
    assert not places(honest, TRAIN) & places(honest, VALIDATION)
    # The honest side has its copies too, so that only their place differs.
    assert np.isfinite(honest.changes[honest.split == TRAIN, 0]).mean() == 0.5


def test_half_of_validation_was_seen_before(known: Known) -> None:
    _, spoiled = arrange(known, "copies", seed=3)
    assert len(places(spoiled, TRAIN) & places(spoiled, VALIDATION)) == 26
    assert len(places(spoiled, VALIDATION)) == 52


def test_the_stamp_is_on_every_fracture_but_the_exam_s(known: Known) -> None:
    _, spoiled = arrange(known, "stamp", seed=3)
    fractured = (known.labels[spoiled.sources] == 1) & (spoiled.split != TEST)
    np.testing.assert_array_equal(spoiled.stamped, fractured)


def test_the_exam_has_none_of_what_the_spoiled_network_could_go_by(known: Known) -> None:
    honest, spoiled = arrange(known, "hardware", seed=3)
    plates = known.told["hardware"]
    assert not plates[honest.sources].any()
    assert plates[spoiled.sources[spoiled.split == TRAIN]].any()
    assert not plates[spoiled.sources[spoiled.split == TEST]].any()
    honest, spoiled = arrange(known, "region", seed=3)
    part = known.told["region"]
    assert part[spoiled.sources[spoiled.split != TEST]].all()
    assert not part[spoiled.sources[spoiled.split == TEST]].any()
    assert set(part[honest.sources[honest.split == TRAIN]]) == {False, True}


def made(folder: Path, known: Known) -> PreparedSet:
    rng = np.random.default_rng(0)
    return write_prepared(
        folder,
        name="synthetic",
        title="Synthetic radiographs",
        classes=("normal", "fracture"),
        images=rng.integers(0, 200, (COUNT, 32, 32), dtype=np.uint8),
        labels=known.labels,
        split=known.split,
        groups=np.arange(COUNT) // 4,
        metadata=np.zeros((COUNT, 0), np.float32),
        metadata_names=(),
        records=[
            {
                "id": str(number),
                "region": "leg" if known.told["region"][number] else "hand",
                "hardware": bool(known.told["hardware"][number]),
            }
            for number in range(COUNT)
        ],
    )


def test_a_pair_is_two_prepared_sets_of_one_exam(
    tmp_path: Path, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    prepared = made(tmp_path / "set", known)
    honest, spoiled = pair(prepared, "stamp", seed=0)
    test = honest.indices("test")
    np.testing.assert_array_equal(honest.images[test], spoiled.images[spoiled.indices("test")])
    box = stamp_box(32)
    corner = np.s_[:, int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)]
    marked = np.ptp(spoiled.images[corner].reshape(COUNT, -1), axis=0)
    assert marked.any()  # not on all of them
    for index in spoiled.indices("validation"):
        whole = np.array_equal(spoiled.images[index], stamped(spoiled.images[index][None])[0])
        assert whole == (spoiled.labels[index] == 1)
    again = pair(prepared, "stamp", seed=0)
    assert [one.folder for one in again] == [honest.folder, spoiled.folder]


def test_a_set_that_tells_no_hardware_cannot_be_given_that_flaw(
    tmp_path: Path, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    plain = Known(
        labels=known.labels,
        split=known.split,
        told={**known.told, "hardware": np.zeros(COUNT, np.bool_)},
    )
    prepared = made(tmp_path / "set", plain)
    assert known_of(prepared).told["hardware"].sum() == 0
    assert "hardware" not in flaws.possible(prepared)
    with pytest.raises(LessonError, match="hardware") as refused:
        pair(prepared, "hardware", seed=0)
    assert refused.value.code == "flaw.impossible"
    with pytest.raises(LessonError) as unknown:
        pair(prepared, "wishes", seed=0)
    assert unknown.value.code == "flaw.unknown"
