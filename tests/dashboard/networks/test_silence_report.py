"""Which images a network is shown, and what is said of them and drawn."""

from __future__ import annotations

import dataclasses

import pytest

from core.inspect.silence import measure_activity
from dashboard.lessons.activations.figure import activity_figure, activity_rows, activity_sentence
from dashboard.networks.open_network import OpenNetwork, read_network
from dashboard.networks.silence_report import report_activity
from dashboard.theme import DARK
from data.sets.preparation import prepare


@pytest.fixture(scope="module")
def network() -> OpenNetwork:
    return read_network("zoo:paper")


def test_its_own_validation_images_are_shown_where_they_are(
    network: OpenNetwork, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path))
    prepared = prepare("synthetic", size=64, count=60)
    count = len(prepared.indices("validation"))
    known = dataclasses.replace(network, prepared=str(prepared.folder), dataset="synthetic")
    found = report_activity(known)
    assert found.images.startswith(f"{count} validation images of")
    images = prepared.images[prepared.indices("validation")]
    assert found.layers == measure_activity(network.spec, network.weights, images)


def test_drawn_images_stand_in_and_are_said(network: OpenNetwork, tmp_path) -> None:
    gone = dataclasses.replace(network, prepared=str(tmp_path / "gone"), dataset="fracatlas")
    found = report_activity(gone)
    assert found.images == "64 drawn radiographs (the images it learned from are not here)"
    assert all(layer.images == 64 for layer in found.layers)


def test_the_picture_the_sentence_and_the_table_hold_the_same_numbers(network: OpenNetwork) -> None:
    found = report_activity(network)
    figure = activity_figure(found.layers, DARK)
    momentary, always = figure.data
    assert list(momentary.x) == [layer.share for layer in found.layers]
    assert list(always.x) == [layer.idle / layer.units for layer in found.layers]
    sentence = activity_sentence(found.layers, found.images)
    for layer, row in zip(found.layers, activity_rows(found.layers), strict=True):
        assert f"{layer.share:.0%} of the answers" in sentence
        assert row["Always there"] == layer.idle
