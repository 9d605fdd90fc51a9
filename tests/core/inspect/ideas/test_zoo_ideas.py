"""The figures of the zoo's ideas: numbers of the publications, laws, and words that match."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from core.inspect.ideas.idea import Idea
from core.inspect.ideas.measured import BAR_LEFT, SHIFTS
from core.inspect.ideas.zoo_ideas import shortcut_ideas, zoo_ideas
from core.models.cost import layer_table
from core.models.zoo.entries import MODELS, TIMELINE
from core.ops.stack import INITIALIZATIONS
from data.synthetic.radiograph import draw


@pytest.fixture(scope="module")
def ideas() -> dict[str, Idea]:
    return zoo_ideas(draw(192, size=80, fractured=True).image)


def at(idea: Idea, position: float | str) -> int:
    return idea.positions.index(position)


def test_every_network_of_the_timeline_has_its_idea(ideas: dict[str, Idea]) -> None:
    assert set(ideas) == set(TIMELINE)
    assert len({idea.title for idea in ideas.values()}) == len(TIMELINE)


@pytest.mark.parametrize("name", TIMELINE)
def test_a_figure_is_whole_and_its_words_hold_its_numbers(
    ideas: dict[str, Idea], name: str
) -> None:
    idea = ideas[name]
    assert len(idea.views) == len(idea.positions) == len(set(idea.positions))
    assert 0 <= idea.start < len(idea.views)
    for line in idea.lines:
        assert len(line.values) == len(idea.positions)
    for view in idea.views:
        assert view.bars or view.pictures
        assert view.sentence.endswith(".")
        assert view.formula
        for bar in view.bars:
            assert 0 <= bar.value <= idea.highest
        for picture in view.pictures:
            assert np.isfinite(picture.values).all()
            if picture.scale != "gray":
                assert np.abs(picture.values).max() <= picture.limit * (1 + 1e-6)
    # The figures that the two ways are told by stand in the sentence too.
    told = idea.views[idea.start]
    for bar in (bar for bar in told.bars if bar.role == "new"):
        if name in {"vgg", "googlenet", "mobilenet", "lenet", "resnet"}:
            assert bar.shown in told.sentence


def test_a_picture_that_is_not_moved_changes_nothing_and_c_cells_change_least(
    ideas: dict[str, Idea],
) -> None:
    views = ideas["neocognitron"].views
    assert all(bar.value == 0 for bar in views[0].bars)
    for shift in SHIFTS[1:]:
        values = {bar.label: bar.value for bar in views[shift].bars}
        for stage in (1, 2, 3, 4):
            assert values[f"C-cells {stage}"] < values[f"S-cells {stage}"]
    first = [view.bars[0].value for view in views]
    assert first == sorted(first)


def test_lenet_s_first_layer_holds_156_weights_at_any_size(ideas: dict[str, Idea]) -> None:
    for view in ideas["lenet"].views:
        assert view.bars[-1].value == 156
    told = ideas["lenet"].views[at(ideas["lenet"], 32)].bars
    # LeCun et al. (1998), II B: 122,304 connections of the layer C1.
    assert told[1].value == 122_304
    assert told[0].value == 28 * 28 * 6 * (32 * 32 + 1)


def test_five_tanh_layers_at_2_leave_two_millionths_of_a_gradient(ideas: dict[str, Idea]) -> None:
    idea = ideas["alexnet"]
    bars = {bar.label.split(",")[0]: bar.value for bar in idea.views[at(idea, 2.0)].bars}
    assert bars["ReLU"] == 1
    assert bars["tanh"] == pytest.approx((1 - np.tanh(2) ** 2) ** 5)
    assert {line.name for line in idea.lines if line.jumps} == {"ReLU"}


def test_small_filters_by_hand(ideas: dict[str, Idea]) -> None:
    for depth, view in zip((1, 2, 3, 4), ideas["vgg"].views, strict=True):
        large, small = view.bars
        assert small.value == depth * 9 * 64 * 64
        assert large.value == (2 * depth + 1) ** 2 * 64 * 64
        (ways,) = (picture.values for picture in view.pictures)
        assert ways.shape == (2 * depth + 1, 2 * depth + 1)
        assert ways.sum() == 9**depth  # every layer multiplies the ways by its nine cells


def test_the_first_inception_module_of_2014_by_hand(ideas: dict[str, Idea]) -> None:
    # Szegedy et al. (2015), table 1, row 3a: 192 maps in, 96 then 128 of 3x3, 16 then 32 of 5x5.
    idea = ideas["googlenet"]
    direct, total, squeeze, rest = (bar.value for bar in idea.views[at(idea, 96)].bars)
    assert squeeze == 784 * 192 * (96 + 16)
    assert rest == 784 * (9 * 96 * 128 + 25 * 16 * 32)
    assert total == squeeze + rest
    assert direct == 784 * 192 * (9 * 128 + 25 * 32)


def test_the_separable_way_costs_what_howard_says(ideas: dict[str, Idea]) -> None:
    idea = ideas["mobilenet"]
    for filters, view in zip(idea.positions, idea.views, strict=True):
        whole, parts = view.bars[0].value, view.bars[1].value
        assert parts / whole == pytest.approx(1 / float(filters) + 1 / 9)
        shown = float(re.findall(r"= ([\d.]+)$", view.formula)[0])
        assert shown == pytest.approx(parts / whole, abs=5e-4)


def test_a_gradient_gets_through_a_stack_only_with_a_way_around(ideas: dict[str, Idea]) -> None:
    lines = {line.name: line.values for line in ideas["resnet"].lines}
    assert lines["replace"][19] < 1e-10
    assert 0.5 < lines["add"][19] < 10
    assert all(later < earlier for earlier, later in pairwise(lines["replace"]))


def test_what_a_shortcut_does_depends_on_the_first_weights_and_the_figure_says_so() -> None:
    found = shortcut_ideas()
    assert set(found) == set(INITIALIZATIONS)
    for name, idea in found.items():
        assert INITIALIZATIONS[name].rule in idea.title
        assert all(INITIALIZATIONS[name].rule in view.sentence for view in idea.views)
    he = {line.name: line.values for line in found["he"].lines}
    # From weights of He's size the plain stack keeps its gradient, and the shortcuts explode.
    assert he["replace"][19] == pytest.approx(0.67, abs=0.005)
    assert he["add"][19] > 5000
    assert "0.67 arrives through 20 layers" in found["he"].views[19].sentence
    assert "5,700 where each adds" in found["he"].views[19].sentence


def test_one_kernel_answers_alike_to_bars_of_3_6_and_12_pixels(ideas: dict[str, Idea]) -> None:
    idea = ideas["shared"]
    lines = {line.name: line.values for line in idea.lines}
    for width, scale in ((3, "as it is"), (6, "at 1/2"), (12, "at 1/4")):
        index = at(idea, width)
        assert lines[scale][index] == pytest.approx(0.8)
        assert lines["strongest"][index] == pytest.approx(0.8)
        picture = idea.views[index].pictures[0].values
        np.testing.assert_array_equal(
            np.flatnonzero(picture[0]), np.arange(BAR_LEFT, BAR_LEFT + width)
        )
    # Alone, the kernel as it is sees nothing in the middle of a wide bar: it sums to zero.
    assert lines["as it is"][at(idea, 12)] == pytest.approx(0, abs=1e-6)


def test_silencing_a_depth_changes_the_head_and_blanks_its_map(ideas: dict[str, Idea]) -> None:
    idea = ideas["fused"]
    for position, view in zip(idea.positions, idea.views, strict=True):
        values = [bar.value for bar in view.bars]
        assert min(values) > 0.1
        blank = [p.title.split(",")[0] for p in view.pictures if not p.values.any()]
        assert blank == ([] if position == "Nothing" else [position])
    assert [picture.values.shape[0] for picture in idea.views[0].pictures] == [32, 16, 8]


def test_the_paper_s_maps_halve_while_their_number_doubles(ideas: dict[str, Idea]) -> None:
    idea = ideas["paper"]
    bars = {bar.label: bar.value for bar in idea.views[at(idea, 64)].bars}
    assert bars["Image 64 x 64"] == 4096
    maps = [value for label, value in bars.items() if label.startswith("Maps")]
    assert maps == [131_072, 65_536, 32_768]


def test_what_reaches_the_dense_layer_is_what_its_weights_are_counted_by(
    ideas: dict[str, Idea],
) -> None:
    idea = ideas["paper"]
    for side, view in zip(idea.positions, idea.views, strict=True):
        spec = MODELS["paper"].build(int(side), ("normal", "fracture"))
        (dense,) = (row for row in layer_table(spec) if row.name == "dense_1")
        inputs = dense.parameters // dense.output_shape[0] - 1
        assert f"{inputs:,} numbers reach the dense layer" in view.sentence
        assert view.bars[-3].value == inputs
        maps = [bar.value for bar in view.bars if bar.label.startswith("Maps")]
        ratios = {earlier / later for earlier, later in pairwise(maps)}
        assert ratios == (
            {2, 4} if side > 64 else {2}
        )  # a fourth block has as many maps as the third
        assert ("= ¼" in view.formula) == (4 in ratios)
    assert "8,192 numbers" in idea.views[at(idea, 64)].sentence
    assert idea.views[0].formula.endswith("½ of the numbers from block to block")


def test_no_network_is_said_to_answer_almost_the_same() -> None:
    assert not [name for name, entry in MODELS.items() if "almost" in entry.idea]
