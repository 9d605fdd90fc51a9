"""Figures of the Dataset page against numbers counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.marks import Box, Marks
from core.prepared import PreparedSet, write_prepared
from dashboard.theme import DARK
from dashboard.workbench.dataset import figure as figures
from dashboard.workbench.dataset.figure import Count, Filter
from dashboard.workbench.dataset.lesson import split_of
from data.sets.leakage import Leakage, LeakageComparison

LABELS = np.array([0, 0, 0, 0, 1, 1, 0, 1])
PARTS = np.array([0, 0, 0, 0, 0, 1, 2, 2], dtype=np.int8)
REGIONS = ["hand", "hand", "leg", "leg", "hand", "hand", None, "leg"]


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSet:
    images = np.zeros((8, 8, 8), np.uint8)
    images[LABELS == 0] = 40
    images[LABELS == 1] = 60
    images[LABELS == 1, 2, 5] = 160
    records = [
        {
            "id": f"i{number}",
            "path": None,
            "label": ("normal", "fracture")[LABELS[number]],
            "group": f"g{number // 2}",
            "region": REGIONS[number],
            "view": "frontal",
            "hardware": (None if number == 6 else number == 4),
            "marks": Marks(size=(8, 8), boxes=(Box(1, 1, 3, 3),) if number in (4, 5) else ()),
            "width": 80,
            "height": 80,
        }
        for number in range(8)
    ]
    return write_prepared(
        tmp_path / "set",
        name="synthetic",
        title="Eight",
        classes=("normal", "fracture"),
        images=images,
        labels=LABELS,
        split=PARTS,
        groups=np.arange(8) // 2,
        metadata=np.zeros((8, 0), np.float32),
        metadata_names=(),
        records=records,
    )


def test_counts_are_those_of_the_set(prepared: PreparedSet) -> None:
    rows = figures.tally(prepared, prepared.records())
    counted = {(row.kind, row.name): row.by_class for row in rows}
    assert counted == {
        ("all", figures.ALL): (5, 3),
        ("part", "train"): (4, 1),
        ("part", "validation"): (0, 1),
        ("part", "test"): (1, 1),
        ("region", "hand"): (2, 2),
        ("region", "leg"): (2, 1),
        ("region", figures.UNKNOWN): (1, 0),
    }
    assert [row.name for row in rows if row.kind == "region"] == ["hand", "leg", figures.UNKNOWN]


def test_the_bars_are_the_counts_and_say_so_at_their_ends(prepared: PreparedSet) -> None:
    rows = figures.tally(prepared, prepared.records())
    figure = figures.counts_figure(rows, prepared.classes, theme=DARK)
    assert [list(bar.x) for bar in figure.data] == [
        [row.by_class[0] for row in rows],
        [row.by_class[1] for row in rows],
    ]
    first = figure.layout.annotations[0].text.replace("\N{NO-BREAK SPACE}", " ")
    assert "5 normal" in first
    assert "3 fracture (37.5 %)" in first
    assert list(figure.layout.yaxis.ticktext) == [row.name for row in rows]
    places = figure.layout.yaxis.tickvals
    assert np.all(np.diff(places) >= 1)  # rows never overlap
    json.loads(figure.to_json())


def test_many_regions_fold_into_one_row(prepared: PreparedSet) -> None:
    records: list[dict[str, Any]] = [dict(record) for record in prepared.records() * 2]
    for number, record in enumerate(records):
        record["region"] = f"r{number:02d}"
    doubled = replace(
        prepared, labels=np.tile(prepared.labels, 2), split=np.tile(prepared.split, 2)
    )
    rows = figures.tally(doubled, records)
    regions = [row for row in rows if row.kind == "region"]
    assert len(regions) == figures.MOST_REGIONS + 1
    assert regions[-1].total == 16 - figures.MOST_REGIONS


def test_balance_and_baseline_stand_in_one_sentence() -> None:
    row = Count(kind="all", name="", by_class=(822, 178))
    words = figures.balance_sentence(("normal", "fracture"), row)
    words = words.replace("\N{NO-BREAK SPACE}", " ")
    assert words.count(".") == 4  # three decimal points and the end
    assert "822 normal (82.2 %) and 178 fracture (17.8 %)" in words
    assert words.endswith('always answering "normal" is right for 82.2 %.')


def test_the_baseline_names_the_larger_class() -> None:
    row = Count(kind="all", name="", by_class=(1, 3))
    assert '"fracture" is right for 75.0' in figures.balance_sentence(("normal", "fracture"), row)


def test_mean_images_and_their_signed_difference(prepared: PreparedSet) -> None:
    means = figures.mean_images(prepared)
    assert means.counts == (5, 3)
    assert means.images[0].tolist() == np.full((8, 8), 40.0).tolist()
    assert means.difference is not None
    assert means.difference[0, 0] == 20
    assert means.difference[2, 5] == 120
    assert means.limit == 120
    words = figures.mean_sentence(means)
    assert "row 3, column 6" in words
    assert "fracture is brighter by 120.0" in words


def test_zero_difference_has_the_middle_color_and_the_limits_are_printed(
    prepared: PreparedSet,
) -> None:
    figure = figures.mean_figure(figures.mean_images(prepared), theme=DARK)
    first, second, difference = figure.data
    assert (first.zmin, first.zmax) == (second.zmin, second.zmax) == (0, 160)
    assert (difference.zmin, difference.zmid, difference.zmax) == (-120, 0, 120)
    assert list(difference.colorbar.ticktext) == ["\N{MINUS SIGN}120.0", "0", "+120.0"]
    assert np.asarray(difference.z)[2, 5] == 120


def test_equal_classes_make_no_contrast(prepared: PreparedSet) -> None:
    means = figures.mean_images(prepared)
    same = figures.Means(
        classes=means.classes,
        images=np.stack([means.images[0], means.images[0]]),
        counts=(1, 1),
        difference=np.zeros((8, 8)),
        limit=0.0,
    )
    assert figures.mean_figure(same, theme=DARK).data[2].zmax > 0


def test_leakage_bars_are_the_shares() -> None:
    ours = Leakage(held_out=100, twin_share=0.0, group_share=0.0, copied=0.58, chance=0.5)
    random = Leakage(held_out=100, twin_share=0.038, group_share=1.0, copied=0.65, chance=0.5)
    comparison = LeakageComparison(actual=ours, random=random)
    figure = figures.leakage_figure(comparison, theme=DARK, ours="grouped")
    assert list(figure.data[0].x) == pytest.approx([0, 0, 58])
    assert list(figure.data[1].x) == pytest.approx([3.8, 100, 65])
    texts = [text.replace("\N{NO-BREAK SPACE}", " ") for text in figure.data[1].text]
    assert texts == ["3.8 % random split", "100.0 % random split", "65.0 % random split"]
    assert figure.layout.shapes[0].x0 == 50


@pytest.mark.parametrize("split", ["grouped", "given"])
def test_leakage_bars_are_named_by_the_split_that_was_made(split: str) -> None:
    """Parts kept as the folders had them are no grouped split."""
    ours = Leakage(held_out=100, twin_share=0.0, group_share=0.0, copied=0.58, chance=0.5)
    named = split_of({"options": {"split": split}, "leakage": {}})
    shown = figures.leakage_figure(
        LeakageComparison(actual=ours, random=ours), theme=DARK, ours=named
    )
    assert all(text.endswith(f"{split} split") for text in shown.data[0].text)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), set(range(8))),
        (Filter(label="fracture"), {4, 5, 7}),
        (Filter(part="test"), {6, 7}),
        (Filter(region="leg"), {2, 3, 7}),
        (Filter(region=figures.UNKNOWN), {6}),
        (Filter(hardware="with"), {4}),
        (Filter(hardware="without"), {0, 1, 2, 3, 5, 7}),
        (Filter(box="with"), {4, 5}),
        (Filter(label="fracture", box="without"), {7}),
        (Filter(label="normal", part="validation"), set()),
    ],
)
def test_filters_let_through_what_they_say(
    prepared: PreparedSet, wanted: Filter, expected: set[int]
) -> None:
    assert set(figures.matching(prepared, prepared.records(), wanted).tolist()) == expected


def test_the_wall_is_shuffled_the_same_way_each_time(prepared: PreparedSet) -> None:
    records = prepared.records()
    order = figures.matching(prepared, records, Filter()).tolist()
    assert order != sorted(order)
    assert figures.matching(prepared, records, Filter()).tolist() == order


def test_frames_are_drawn_around_the_box_and_not_over_it() -> None:
    image = np.full((64, 64), 90, np.uint8)
    picture = figures.framed(image, Marks(size=(64, 64), boxes=(Box(20, 20, 12, 12),)))
    assert picture.shape == (64, 64, 3)
    assert tuple(picture[20, 26]) == figures.BOX_RGB  # the upper edge
    assert tuple(picture[26, 26]) == (90, 90, 90)
    assert tuple(picture[5, 5]) == (90, 90, 90)


def test_words_of_a_record() -> None:
    record = {
        "region": "hand",
        "view": None,
        "hardware": True,
        "marks": Marks(size=(8, 8), boxes=(Box(1, 1, 2, 2),)),
    }
    assert figures.record_words(record) == "hand, hardware, 1 box"
