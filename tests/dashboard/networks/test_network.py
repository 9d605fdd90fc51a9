"""One value says what a network is, whether it is listed, opened or asked."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.jobs.folder import RunFolder
from core.models.cost import total_parameters
from core.models.graph import nodes
from core.models.weights import initial_weights
from core.npz import read_npz
from core.prepared import SPLITS
from core.reference.backbone_spec import OPENED
from core.reference.description import SIZE
from core.training import results
from core.training.events import Finished
from dashboard.background.set_request import SetRequest
from dashboard.networks.classifiers import convolution_names, find_classifier, networks
from dashboard.networks.network import (
    BACKBONE_TITLE,
    Network,
    every_network,
    find_network,
)
from dashboard.networks.open_network import read_network
from dashboard.shared.network_choice import gone
from dashboard.shared.network_set import set_of
from data.models.shipped import shipped_models
from data.sets.splits import grouped_split
from data.synthetic.radiograph import label_of
from tests.dashboard.pretend_run import pretend_events, pretend_run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A finished run with snapshots and a model."""
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    run = pretend_run(tmp_path, [*pretend_events(4), Finished(2, 4.0)])
    spec = run.spec()
    for epoch in (0, 2, 4):
        results.write_snapshot(
            run.path, epoch, initial_weights(spec.model, epoch), np.zeros(8, np.float32), spec
        )
    run.model_path.write_bytes(b"never opened here")
    return run


def values(network: Network) -> dict[str, object]:
    """What it says of itself as a network, without weights or a test."""
    return {field.name: getattr(network, field.name) for field in fields(Network)}


def test_a_run_is_the_same_network_listed_found_opened_and_asked(run: RunFolder) -> None:
    (listed,) = [network for network in every_network() if network.key == run.id]
    assert (listed.kind, listed.folder, listed.epochs) == ("run", run.path, (0, 2, 4))
    assert listed.prepared == run.spec().prepared
    assert listed.title.endswith(f"({run.id[-4:]})")
    (asked,) = [network for network in networks() if network.key == run.id]
    assert find_network(run.id) == listed
    assert values(asked) == values(listed)
    opened = read_network(run.id, 2)
    assert opened.title == f"{listed.title}, epoch 2"
    assert {**values(opened), "title": listed.title} == values(listed)


def test_where_a_network_comes_from_is_known_of_each(run: RunFolder) -> None:
    kinds = {network.key: network.kind for network in every_network()}
    assert {key for key, kind in kinds.items() if kind == "shipped"} == set(shipped_models())
    assert {key for key, kind in kinds.items() if kind == "run"} == {run.id}
    assert all(key.startswith("zoo:") == (kind == "zoo") for key, kind in kinds.items())
    assert find_classifier(run.id[:-1]).kind == "run"
    shipped = next(iter(shipped_models()))
    assert find_classifier(shipped).kind == "shipped"
    assert (find_network(shipped).epochs, find_network(shipped).best) == ((), None)


def test_the_reference_network_is_asked_as_a_whole_and_opened_as_its_backbone(
    run: RunFolder,
) -> None:
    keys = [network.key for network in networks()]
    assert keys == [*shipped_models(), "reference", run.id]
    assert "reference" not in {network.key for network in every_network()}
    asked = find_classifier("reference")
    assert (asked.kind, asked.tells_strangers) == ("shipped", True)
    assert all(find_classifier(key).tells_strangers for key in shipped_models())
    assert not find_classifier(run.id).tells_strangers  # nobody looked at its pictures
    assert convolution_names(asked.spec) == ("head", "locate_around")
    backbone = find_network("reference")
    assert (backbone.kind, backbone.title) == ("backbone", BACKBONE_TITLE)
    opened = read_network("reference")
    assert sum(array.size for array in opened.weights.values()) == total_parameters(opened.spec)
    assert "logits" not in [node.name for node in nodes(opened.spec)]
    assert f"{SIZE} and at {OPENED} pixels" in opened.origin


def test_a_page_without_use_for_the_backbone_says_who_has() -> None:
    told = gone("reference", every_network())
    assert told.code == "model.not-taken-apart"
    assert "Feature maps" in told.remedy
    # A page that has a reason of its own says that.
    own = gone("reference", every_network(), "it was not trained here")
    assert own.problem == f"{BACKBONE_TITLE} is open, and it was not trained here."


def test_without_its_files_the_reference_network_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.networks.network.eye_path", lambda: None)
    with pytest.raises(LessonError) as raised:
        find_network("reference")
    assert raised.value.code == "run.unknown"


def test_the_best_epoch_is_read_of_the_history_and_unknown_without_one(run: RunFolder) -> None:
    network = find_network(run.id)
    assert network.best == run.history().best_epoch is not None
    (run.path / "events.jsonl").unlink()
    (run.path / "events.jsonl").mkdir()
    assert network.best is None
    assert run.id in [one.key for one in every_network()]  # its snapshots can be looked into


def test_another_training_under_the_same_name_is_another_stamp(run: RunFolder) -> None:
    network = find_network(run.id)
    before = network.stamp(2)
    assert network.stamp(2) == before != network.stamp(4)
    spec = run.spec()
    results.write_snapshot(
        run.path, 5, initial_weights(spec.model, 9), np.zeros(8, np.float32), spec
    )
    assert network.stamp(2) != before


def test_the_images_of_a_shipped_network_are_those_that_it_was_judged_by() -> None:
    network = find_network("paper-synthetic")
    assert network.count is not None
    assert network.folder is not None
    labels = np.array([label_of(index) for index in range(network.count)])
    split = grouped_split(labels, np.arange(network.count), seed=0)
    judged = read_npz(network.folder / results.PREDICTIONS)
    for part in ("validation", "test"):
        indices = np.flatnonzero(split == SPLITS.index(part))
        np.testing.assert_array_equal(indices, judged[f"{part}_indices"])
        np.testing.assert_array_equal(labels[indices], judged[f"{part}_labels"])


def test_a_network_asks_for_as_many_drawings_as_it_learned_from() -> None:
    network = find_network("paper-synthetic")
    assert set_of(network, 64) == SetRequest(dataset="synthetic", size=64, count=network.count)
