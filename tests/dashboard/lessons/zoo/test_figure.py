"""Charts and tables of a comparison."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from pathlib import Path

import pytest

from core.evaluation.estimate import Estimate
from core.jobs.comparison import Comparison, create_comparison, list_comparisons
from core.jobs.ownership import claim
from core.models.zoo.entries import MODELS
from core.training import events
from core.training.events import Failed, Finished
from dashboard.lessons.zoo.figure import (
    LINE_HEIGHT,
    chart_alt,
    comparison_chart,
    progress_table,
    result_table,
    spread,
)
from dashboard.lessons.zoo.lanes import Lane, lanes, learned_by_heart, not_told_apart, ranked
from dashboard.theme import DARK
from tests.dashboard.pretend_run import pretend_events, pretend_spec, report, write_report

CLASSES = ("normal", "fracture")
NAMES = ("lenet", "vgg", "resnet", "mobilenet", "googlenet")


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    specs = [
        dataclasses.replace(pretend_spec(), model=MODELS[name].build(28, CLASSES)) for name in NAMES
    ]
    made = create_comparison(specs, group="g", root=tmp_path)
    for number, run in enumerate(made[:3]):
        claim(run.path)
        for event in [*pretend_events(4), Finished(2, 9.0)]:
            events.append(run.events_path, event)
        result = report()
        value = 0.6 + 0.03 * number
        estimate = Estimate(value, value - 0.05, value + 0.05, 100)
        write_report(run, dataclasses.replace(result, balanced_accuracy=estimate))
    claim(made[3].path)
    for event in [*pretend_events(2, of=4), Failed("x.y", "It broke.", "Mend it.")]:
        events.append(made[3].events_path, event)
    return list_comparisons(tmp_path)[0]


def test_lanes_say_how_far_each_network_is(comparison: Comparison) -> None:
    found = {lane.spec.model.name: lane for lane in lanes(comparison)}
    assert list(found) == list(NAMES)
    assert found["lenet"].share == 1
    assert found["lenet"].seconds == pytest.approx(4.0)  # four epochs of one second
    assert found["mobilenet"].share == 0.5
    assert found["mobilenet"].problem == "It broke. Mend it."
    assert (found["googlenet"].share, found["googlenet"].seconds) == (0, 0)
    assert math.isnan(found["googlenet"].validation)
    assert found["vgg"].parameters == 145_777


def test_the_best_is_first_and_overlaps_are_counted(comparison: Comparison) -> None:
    order = ranked(lanes(comparison), "balanced_accuracy")
    assert [lane.title for lane, _ in order] == ["ResNet", "VGG", "LeNet-5"]
    # 0.61 to 0.71, 0.58 to 0.68 and 0.55 to 0.65: both reach above 0.61.
    assert not_told_apart(order) == 2
    best, far = order[0], order[-1]
    low = dataclasses.replace(far[1], high=0.6)
    assert not_told_apart([best, (far[0], low)]) == 0
    assert not_told_apart([]) == 0


@pytest.mark.parametrize("against", ["parameters", "seconds"])
def test_names_in_a_chart_stand_apart_and_in_the_order_of_the_points(
    comparison: Comparison, against: str
) -> None:
    shown = lanes(comparison)
    many = [
        dataclasses.replace(lane, parameters=100_000 + 10 * number, title=f"Network {number}")
        for number, lane in enumerate([*shown[:3]] * 4)
    ]
    figure = comparison_chart(many, measure="auc", against=against, theme=DARK)
    low, high = figure.layout.yaxis.range
    plot_px = figure.layout.height - 5.2 * DARK.text_px
    names = [note for note in figure.layout.annotations if note.text.startswith("Network")]
    places = sorted(note.y for note in names)
    steps = [b - a for a, b in pairwise(places)]
    assert len(names) == 12
    assert min(steps) * plot_px / (high - low) >= 0.8 * LINE_HEIGHT * DARK.text_px
    assert all(low <= place <= high for place in places)
    dots = next(trace for trace in figure.data if trace.name == "networks")
    height = {row[0]: y for row, y in zip(dots.customdata, dots.y, strict=True)}
    ordered = sorted(names, key=lambda note: note.y)
    costs = [height[note.text] for note in ordered]
    assert costs == sorted(costs)


def test_a_chart_shows_the_intervals_the_baselines_and_says_all_of_it(
    comparison: Comparison,
) -> None:
    shown = lanes(comparison)
    figure = comparison_chart(shown, measure="balanced_accuracy", against="parameters", theme=DARK)
    dots = next(trace for trace in figure.data if trace.name == "networks")
    assert list(dots.x) == pytest.approx([66, 63, 60])
    assert list(dots.error_x.array) == pytest.approx([5, 5, 5])
    assert list(dots.error_x.arrayminus) == pytest.approx([5, 5, 5])
    assert sorted(shape.x0 for shape in figure.layout.shapes) == pytest.approx([50, 52])
    left, right = figure.layout.xaxis.range
    assert left < 50
    assert right > 71
    said = chart_alt(shown, measure="balanced_accuracy", against="parameters")
    assert "ResNet: parameters 175,681, 66.0 % (61.0 to 71.0, n = 100)" in said


def test_tables_hold_every_number_and_escape_what_they_are_given(comparison: Comparison) -> None:
    shown = lanes(comparison)
    odd = [dataclasses.replace(shown[0], title="<b>x</b>"), *shown[1:]]
    table = progress_table(odd)
    assert "<b>x</b>" not in table
    assert table.count("<progress") == len(NAMES)
    assert "4 of 4" in table
    assert "failed" in table
    results = result_table(shown, "auc")
    assert results.count('scope="row"') == 3
    assert "0.800 (0.750 to 0.850, n = 100)" in results


def test_a_network_that_knows_only_its_training_images_is_named(comparison: Comparison) -> None:
    shown = lanes(comparison)
    # The pretended epochs end at 0.7 on training; the tests were 0.60, 0.63 and 0.66.
    assert shown[0].training == pytest.approx(0.7)
    assert learned_by_heart(shown) == []
    over = dataclasses.replace(shown[0], training=0.86)
    assert learned_by_heart([over, *shown[1:]]) == [over]
    assert "86.0 %" in result_table([over], "auc")


def test_labels_keep_their_order_where_there_is_no_room() -> None:
    assert spread([0.0, 0.1, 0.2], 5.0, 0.0, 1.0) == pytest.approx([0.0, 0.5, 1.0])
    assert spread([], 1.0, 0.0, 1.0) == []


def test_a_comparison_without_results_has_no_order(tmp_path: Path) -> None:
    create_comparison([pretend_spec()], group="g", root=tmp_path)
    shown: list[Lane] = lanes(list_comparisons(tmp_path)[0])
    assert ranked(shown, "auc") == []
    assert "waiting" in progress_table(shown)
