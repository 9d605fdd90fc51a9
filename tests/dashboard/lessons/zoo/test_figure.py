"""Charts and tables of a comparison."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.estimate import Estimate
from core.jobs.comparison import Comparison, create_comparison, list_comparisons
from core.jobs.ownership import claim
from core.models.zoo.entries import MODELS
from core.training import events
from core.training.events import Failed, Finished
from core.training.verdict import Verdict
from dashboard.lessons.zoo.figure import (
    LINE_HEIGHT,
    chart_alt,
    comparison_chart,
    progress_table,
    result_table,
)
from dashboard.lessons.zoo.lanes import behind, lanes, learned_by_heart, not_told_apart, ranked
from dashboard.theme import DARK
from tests.dashboard.pretend_run import (
    pretend_events,
    pretend_spec,
    report,
    write_answers,
    write_report,
)

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
        # The test would rank them the other way round; it has no say.
        value = 0.9 - 0.03 * number
        estimate = Estimate(value, value - 0.05, value + 0.05, 100)
        result = dataclasses.replace(report(), part="validation", balanced_accuracy=estimate)
        write_report(run, result)
        write_answers(run, 0.6 + 0.04 * number)
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


def test_validation_ranks_and_the_test_has_no_say(comparison: Comparison) -> None:
    order = ranked(lanes(comparison), "balanced_accuracy")
    assert [lane.title for lane, _ in order] == ["ResNet", "VGG", "LeNet-5"]
    assert [figure.value for _, figure in order] == pytest.approx([0.68, 0.64, 0.60])
    assert all(lane.test is None for lane, _ in order)


def test_networks_are_compared_image_by_image(comparison: Comparison) -> None:
    shown = lanes(comparison)
    order = ranked(shown, "balanced_accuracy")
    near, far = behind(order, "balanced_accuracy")
    # 0.68 against 0.64 and 0.60, each wrong where the better one is: 2 and 4 of 50 in a class.
    # Their intervals overlap all the same.
    assert order[0][1].low < order[2][1].high
    assert (near[1].value, far[1].value) == (pytest.approx(0.04), pytest.approx(0.08))
    assert far[1].told_apart
    assert not_told_apart(order, "balanced_accuracy") == 0
    # Another set of validation images says nothing about the first.
    alone = dataclasses.replace(order[1][0].compared, groups=np.arange(100) // 2)
    others = [order[0], (dataclasses.replace(order[1][0], compared=alone), order[1][1])]
    assert behind(others, "balanced_accuracy")[0][1] is None
    assert not_told_apart(others, "balanced_accuracy") == 1
    assert not_told_apart([], "balanced_accuracy") == 0


def test_a_run_without_groups_is_not_ranked(comparison: Comparison) -> None:
    run = lanes(comparison)[0].run
    np.savez(run.path / "predictions.npz", validation_scores=np.ones(4))
    found = lanes(comparison)
    assert found[0].compared is None
    assert len(ranked(found, "auc")) == 2


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
    assert list(dots.x) == pytest.approx([68, 64, 60])
    best = ranked(shown, "balanced_accuracy")[0][1]
    assert dots.error_x.array[0] == pytest.approx(100 * (best.high - best.value))
    assert dots.error_x.arrayminus[0] == pytest.approx(100 * (best.value - best.low))
    # By images that stand alone the interval is about Wilson's of 68 in 100.
    assert 100 * best.low == pytest.approx(58.3, abs=1.5)
    assert sorted(shape.x0 for shape in figure.layout.shapes) == pytest.approx([50, 52])
    left, right = figure.layout.xaxis.range
    assert left < 50
    assert right > 100 * best.high
    said = chart_alt(shown, measure="balanced_accuracy", against="parameters")
    assert f"ResNet: parameters 175,681, {best.percent()}" in said
    assert "on validation" in figure.layout.xaxis.title.text


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
    assert ranked(shown, "auc")[0][1].plain() in results
    assert results.count("closed") == 3
    opened = dataclasses.replace(shown[2], report=report())
    table = result_table([*shown[:2], opened], "auc")
    assert "0.800 (0.750 to 0.850, n = 100)" in table
    assert table.count("closed") == 2


def test_a_network_that_the_judge_calls_over_trained_is_named(comparison: Comparison) -> None:
    shown = lanes(comparison)
    # The pretended training loss goes from 0.7 to 0.175 while validation ends where it began.
    assert [lane.verdict.kind for lane in shown[:3]] == ["overtrained"] * 3
    assert learned_by_heart(shown) == shown[:3]
    calm = dataclasses.replace(shown[0], verdict=Verdict(kind="settled"))
    assert learned_by_heart([calm, *shown[1:]]) == shown[1:3]
    over = dataclasses.replace(shown[0], training=0.86)
    assert "86.0 %" in result_table([over], "auc")
