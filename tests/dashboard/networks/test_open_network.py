"""Looking into networks without Keras: which there are, and whose weights they have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.inspect.forward import forward
from core.jobs.folder import RunFolder, create_run
from core.models.weights import initial_weights
from core.models.zoo.entries import MODELS, paper_network
from core.training import results
from core.training.spec import Start, TrainingSpec
from dashboard.networks.network import every_network, find_network
from dashboard.networks.open_network import read_network
from data.models.shipped import shipped_models
from data.synthetic.radiograph import draw

SPEC = TrainingSpec(
    dataset="synthetic",
    fingerprint="abc",
    prepared="/nowhere",
    model=paper_network(32, ("normal", "fracture"), filters=(2,), dense=4),
    epochs=3,
    batch_size=8,
    learning_rate=0.001,
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    return create_run(SPEC, root=tmp_path / "runs")


def snapshot(run: RunFolder, epoch: int) -> None:
    weights = initial_weights(SPEC.model, seed=epoch)
    results.write_snapshot(run.path, epoch, weights, np.zeros(2), SPEC)


def test_shipped_networks_and_the_zoo_are_always_there(run: RunFolder) -> None:
    keys = [source.key for source in every_network()]
    assert keys == [*shipped_models(), *(f"zoo:{name}" for name in MODELS)]
    for key in keys[: len(shipped_models()) + 2]:
        network = read_network(key)
        assert network.fingerprint != ""
        assert network.epoch is None


def test_a_run_can_be_seen_at_every_epoch_that_was_kept(run: RunFolder) -> None:
    for epoch in (0, 2):
        snapshot(run, epoch)
    (source,) = [source for source in every_network() if source.key == run.id]
    assert source.epochs == (0, 2)
    for epoch in (0, 2):
        network = read_network(run.id, epoch)
        name = "convolution_1/kernel"
        expected = initial_weights(SPEC.model, seed=epoch)[name]
        np.testing.assert_allclose(network.weights[name], expected, rtol=1e-3)
        assert network.epoch == epoch
    assert "before training" in read_network(run.id, 0).origin
    assert read_network(run.id, 0).fingerprint != read_network(run.id, 2).fingerprint
    with pytest.raises(LessonError, match="no snapshot of epoch 1"):
        read_network(run.id, 1)


def test_a_run_that_goes_on_from_another_did_not_begin_untrained(
    run: RunFolder, tmp_path: Path
) -> None:
    spec = replace(SPEC, start=Start(run="20261130-1200-a-abcd", epoch=3))
    later = create_run(spec, root=tmp_path / "runs")
    snapshot(later, 0)
    origin = read_network(later.id, 0).origin
    assert "before training" not in origin
    assert "epoch 3 of another run" in origin


def test_a_run_without_snapshots_is_told_and_not_listed(run: RunFolder) -> None:
    assert run.id not in [source.key for source in every_network()]
    with pytest.raises(LessonError) as caught:
        find_network(run.id)
    assert caught.value.code == "model.no-snapshots"


def test_weights_of_another_network_are_refused(run: RunFolder) -> None:
    other = paper_network(32, ("normal", "fracture"), filters=(3,), dense=4)
    results.write_snapshot(run.path, 0, initial_weights(other, 0), np.zeros(2), SPEC)
    with pytest.raises(LessonError) as caught:
        read_network(run.id, 0)
    assert caught.value.code == "model.other-weights"


def test_a_damaged_snapshot_is_told(run: RunFolder) -> None:
    snapshot(run, 0)
    results.snapshot_path(run.path, 0).write_bytes(b"half a file")
    with pytest.raises(LessonError) as caught:
        read_network(run.id, 0)
    assert caught.value.code == "model.damaged"


@pytest.mark.reference
@pytest.mark.parametrize("key", shipped_models())
def test_a_shipped_network_answers_in_numpy_as_its_keras_file_does(key: str) -> None:
    import keras

    network, model = read_network(key), shipped_models()[key]
    size = network.spec.input_size
    images = np.stack([draw(index, size=size).image for index in range(4)])
    reference = keras.saving.load_model(model.path, compile=False)(
        images.astype(np.float32)[..., None], training=False
    )
    answer = forward(network.spec, network.weights, images)["logits"]
    np.testing.assert_allclose(answer, reference, atol=1e-4, rtol=1e-5)
