"""Which images a network is shown, and what is said of them."""

from __future__ import annotations

import dataclasses

import pytest

from core.inspect.silence import measure_activity
from dashboard.networks import silence_report
from dashboard.networks.open_network import OpenNetwork, read_network
from dashboard.networks.silence_report import report_activity
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


def test_the_same_images_are_drawn_once_for_all_networks(
    network: OpenNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = dataclasses.replace(network, prepared="")
    known = report_activity(stranger)
    monkeypatch.setattr(silence_report, "draw", None)
    again = report_activity(dataclasses.replace(stranger, title="another"))
    assert again.layers == known.layers
