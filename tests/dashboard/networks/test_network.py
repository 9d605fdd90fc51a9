"""One value says what a network is, whether it is listed, opened or asked."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.jobs.folder import RunFolder
from core.models.weights import initial_weights
from core.training import results
from core.training.events import Finished
from dashboard.networks.classifiers import convolution_names, find_classifier, networks
from dashboard.networks.network import Network, every_network, find_network
from dashboard.networks.open_network import read_network
from data.models.shipped import shipped_models
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


def test_the_reference_network_is_asked_and_never_taken_apart(run: RunFolder) -> None:
    keys = [network.key for network in networks()]
    assert keys == [*shipped_models(), "reference", run.id]
    assert "reference" not in {network.key for network in every_network()}
    asked = find_classifier("reference")
    assert (asked.kind, asked.tells_strangers) == ("shipped", True)
    assert convolution_names(asked.spec) == ("head", "locate_around")
    with pytest.raises(LessonError) as raised:
        find_network("reference")
    assert raised.value.code == "model.not-taken-apart"


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
