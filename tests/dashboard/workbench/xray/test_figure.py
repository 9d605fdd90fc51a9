"""Words, tables and pictures of "Test an X-ray", against numbers worked out by hand."""

from __future__ import annotations

import base64
import dataclasses
import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from core.evaluation.estimate import Estimate
from core.evaluation.similar_outputs import Outlook
from core.explain.overlap import Overlap
from core.explain.result import ClassMap, enlarge, probabilities
from core.models.spec import Convolution, Flatten, ModelSpec, Parallel, Pooling, Residual
from core.models.zoo.entries import MODELS
from dashboard.networks import classifiers
from dashboard.workbench import maps
from dashboard.workbench.xray import figure as figures
from dashboard.workbench.xray import words
from data.pictures.preprocess import decode_bytes, steps
from tests.dashboard.pretend_run import report
from tests.data import hostile


def cam(cells: list[list[float]], *, sign: int = 1) -> ClassMap:
    """A map whose cells are shares of the logit 0.4; of the wrong sign with ``sign`` -1."""
    values = np.array(cells, np.float32)
    return ClassMap(
        logits=np.array([0.4], np.float32),
        probabilities=probabilities(np.array([0.4])),
        method="hirescam",
        map=enlarge(values, 8),
        weights=np.zeros(2, np.float32),
        without_positive=np.array([0.4 - sign * np.maximum(values, 0).sum()]),
        without_negative=np.array([0.4 - sign * np.minimum(values, 0).sum()]),
        layer="convolution_3",
        layers=("convolution_3",),
        class_index=1,
        cells=values,
    )


def test_the_twin_names_the_cells_that_are_largest_and_smallest():
    said = words.overlay_sentence(cam([[0.0, 2.0, 0.5], [-0.75, 1.0, 0.0]]), "fracture")
    assert "convolution 3, 2 by 3 cells, for fracture" in said
    assert "Largest positive evidence: row 1, column 2." in said
    assert "Strongest against it: row 2, column 1." in said
    assert "from \N{MINUS SIGN}0.75 to +2." in said


def test_the_twin_speaks_of_an_empty_map_as_what_it_is():
    none = words.overlay_sentence(cam([[-2.0, -1.0]]), "fracture")
    assert "No cell speaks for fracture" in none
    assert "Largest" not in none
    flat = words.overlay_sentence(cam([[0.0, 0.0]]), "fracture")
    assert "points nowhere" in flat


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.000234, "+0.000234"),
        (-0.8, "\N{MINUS SIGN}0.8"),
        (1234.0, "+1234"),
        (2e-7, "+2·10\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT SEVEN}"),
    ],
)
def test_numbers_keep_their_sign_and_three_digits(value, text):
    assert words.number(value) == text


@pytest.mark.parametrize("output", [0.0, 0.37, 1.0])
def test_output_and_threshold_stand_where_their_numbers_say(output):
    drawn = figures.output_scale(output, 0.42, name="fracture")
    assert f'class="mark" style="left:{100 * output:.1f}%"' in drawn
    assert 'class="cut" style="left:42.0%"' in drawn
    assert f"width:{100 * output:.1f}%" in drawn
    assert f"Output for fracture: {output:.2f}" in drawn


def test_words_of_a_threshold_at_the_end_do_not_cover_the_end():
    assert ">0<" not in figures.output_scale(0.5, 0.1, name="fracture")
    assert ">0<" in figures.output_scale(0.5, 0.6, name="fracture")


def test_the_answer_follows_the_threshold_and_promises_nothing():
    above = figures.output_sentence(0.41, 0.41, name="fracture", rule="chosen on validation data")
    assert "at or above its threshold 0.41 (chosen on validation data)" in above
    assert "answers “fracture”" in above
    below = figures.output_sentence(0.4, 0.41, name="fracture")
    assert "answers “no fracture”" in below
    for said in (above, below):
        assert not re.search(r"confiden|probab|diagnos|certain", said)


def test_what_an_output_was_worth_comes_with_n_interval_and_base():
    found = Outlook(Estimate(0.28, 0.201, 0.376, 100), 21, 0.31, 0.48, 0.176)
    said = figures.outlook_sentence(found, name="fracture", plural="fractures")
    assert "100 X-rays" in said
    assert "(0.31 to 0.48)" in said
    assert (
        "About 28 of 100 such X-rays were fractures (95 % interval 20 to 38, from 21 groups" in said
    )
    assert "18 of 100" in said


def test_overlap_stands_beside_what_chance_would_give():
    said = figures.overlap_sentence(Overlap(0.4, 0.033, True), target="fracture", holds=True)
    assert "40 % of the evidence for fracture lies in the marked places" in said
    assert "3.3 % of the picture" in said
    assert "inside them" in said
    none = figures.overlap_sentence(Overlap(math.nan, 0.033, False), target="fracture", holds=True)
    assert "Nothing speaks for fracture" in none


def test_a_map_whose_signs_do_not_hold_is_never_called_evidence():
    for found in (Overlap(0.4, 0.033, True), Overlap(math.nan, 0.033, False)):
        said = figures.overlap_sentence(found, target="fracture", holds=False)
        assert "evidence" not in said
        assert "fracture" not in said
    wrong = cam([[0.0, 2.0, 0.5], [-0.75, 1.0, 0.0]], sign=-1)
    twin = words.overlay_sentence(wrong, "fracture")
    assert "Largest value: row 1, column 2. Smallest value: row 2, column 1." in twin
    assert not re.search("evidence|against", twin)
    tried = words.trial_sentence(wrong, "fracture")
    assert "rises from 0.4 to 3.9" in tried
    assert "do not read orange as evidence" in tried


def test_the_trial_is_told_with_its_numbers():
    right = cam([[0.0, 2.0, 0.5], [-0.75, 1.0, 0.0]])
    said = words.trial_sentence(right, "fracture")
    assert "the score for fracture (the logit) falls from 0.4 to \N{MINUS SIGN}3.1" in said
    assert said.endswith("they pushed the output toward fracture.")
    assert words.trial_sentence(cam([[-2.0, -1.0]]), "fracture") == ""


def test_the_strip_shows_each_stage_with_its_own_pixels():
    raw = hostile.encoded(Image.fromarray(hostile.drawn_xray()), "PNG")
    prepared = steps(decode_bytes(raw), size=32)
    drawn = figures.film_strip(prepared.stages)
    pictures = re.findall(r"data:image/png;base64,([^\"]+)\"", drawn)
    assert len(pictures) == len(prepared.stages)
    last = np.asarray(Image.open(io.BytesIO(base64.b64decode(pictures[-1]))))
    np.testing.assert_array_equal(last, prepared.image)
    for stage in prepared.stages:
        assert stage.title in drawn
        assert f'alt="{stage.title}' in drawn


def test_text_from_files_cannot_become_markup():
    drawn = figures.answer(0.1, 0.5, name="<script>", said="<script>", doubted=False)
    assert "<script" not in drawn
    assert "<script" not in figures.said_list(["<script>"])
    assert "<script" not in figures.note("<script>")
    assert "<script" not in figures.output_scale(0.1, None, name="<script>")


def test_a_large_picture_is_made_small_before_it_travels():
    shown = figures.shown_picture(np.zeros((2880, 2304), np.uint8))
    assert shown.shape == (800, 640)
    small = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(figures.shown_picture(small), small)


def test_evidence_has_colors_of_its_own_and_the_hot_one_is_hot():
    red, green, blue = maps.FOR_RGB
    assert red > green > blue
    assert maps.AGAINST_RGB[2] > maps.AGAINST_RGB[0]


@pytest.mark.reference
@pytest.mark.parametrize("name", sorted(MODELS))
def test_layer_names_are_those_of_the_built_network(name):
    from core.explain.gradcam import convolutional_layers
    from core.models.build import build

    spec = MODELS[name].build(32, ("normal", "fracture"))
    ours, theirs = classifiers.convolution_names(spec), convolutional_layers(build(spec, seed=0))
    # Keras lists branches by depth, and the shortcut's 1x1 filters, which find nothing themselves.
    assert set(ours) == {layer for layer in theirs if not layer.endswith("_shortcut")}
    assert ours[-1] == theirs[-1]


@pytest.mark.reference
def test_layer_names_inside_blocks_are_those_of_the_built_network():
    from core.explain.gradcam import convolutional_layers
    from core.models.build import build

    body = (Convolution(4), Convolution(4, activation="linear"))
    branches = ((Convolution(2, 1),), (Convolution(2), Convolution(2, 5)))
    layers = (Convolution(4), Residual(body), Parallel(branches), Pooling(), Flatten())
    spec = ModelSpec("blocks", 16, ("a", "b", "c"), layers)
    assert set(classifiers.convolution_names(spec)) == set(
        convolutional_layers(build(spec, seed=0))
    )


def test_a_card_gives_every_figure_its_n_and_interval():
    from pathlib import Path

    network = classifiers.Classifier(
        kind="shipped",
        key="x",
        title="X",
        path=Path("x"),
        spec=MODELS["paper"].build(32, ("normal", "fracture")),
        threshold=0.4,
        dataset="fracatlas",
        report=report(),
    )
    text = " ".join([*classifiers.card_sentences(network), *classifiers.sentences_of_test(network)])
    assert "FracAtlas, at 32 by 32 pixels" in text
    assert "AUC 0.800 (0.750 to 0.850, n = 100)" in text
    assert "Without looking at a pixel, from body part and image size: AUC 0.550" in text
    assert "the network is ahead of that by +0.250 (+0.200 to +0.300)" in text
    assert "62.0 % (57.0 to 67.0, n = 100)" in text
    assert network.answer(np.array([0.6, 0.4])) == "fracture"
    assert network.answer(np.array([0.61, 0.39])) == "normal"


def test_an_output_is_brought_to_the_frequency_of_the_set() -> None:
    from pathlib import Path

    network = classifiers.Classifier(
        kind="shipped",
        key="x",
        title="X",
        path=Path("x"),
        spec=MODELS["paper"].build(32, ("normal", "fracture")),
        threshold=0.4,
        dataset="fracatlas",
        report=report(),
    )
    # Weights 2/3 and 2: an even chance among as many of each is one in four of the set.
    said = classifiers.meaning_of(network, 0.5)
    assert "both classes counted the same" in said
    assert "corresponds to 0.25." in said
    for weights in (None, (1.0, 1.0)):
        alike = dataclasses.replace(
            network, report=dataclasses.replace(report(), class_weights=weights)
        )
        assert classifiers.meaning_of(alike, 0.5) == ""
