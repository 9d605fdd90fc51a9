"""What the time machine says of a network at a moment, against the modules it is taken from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.explain.gradcam import class_map
from core.inspect.forward import forward
from core.inspect.silence import measure_activity
from core.jobs import tasks
from core.jobs.folder import create_run
from core.models.build import build
from core.models.spec import ModelSpec
from core.models.weights import initial_weights
from core.models.zoo.entries import MODELS
from core.training.moment import Moment
from core.training.results import read_moment, write_snapshot
from core.training.spec import TrainingSpec

MOMENTS = (Moment(0), Moment(0, 2, 8), Moment(1))


@pytest.mark.parametrize("name", ["paper", "lenet", "resnet", "googlenet", "shared", "mobilenet"])
def test_a_frame_is_what_the_snapshot_s_network_says(tmp_path: Path, name: str) -> None:
    spec = MODELS[name].build(28, ("normal", "fracture"))
    run = _run(tmp_path, spec)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 28, 28), dtype=np.uint8)
    conditions = tasks.conditions(str(run), MOMENTS, images)
    reactions = tasks.reactions(str(run), MOMENTS, images[0])
    for moment, state, answer in zip(MOMENTS, conditions, reactions, strict=True):
        weights = read_moment(run, moment).weights
        assert state.activity == measure_activity(spec, weights, images)
        kernel = next(key for key in weights if key.endswith("/kernel"))
        for number, one in enumerate(state.kernels):
            np.testing.assert_array_equal(one, weights[kernel][:, :, 0, number])
        model = build(spec, seed=7)
        for variable in model.weights:
            variable.assign(weights[variable.path])
        said = class_map(model, images[0].astype(np.float32), class_index=1)
        np.testing.assert_allclose(answer.cells, said.cells, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(answer.logits, said.logits, rtol=1e-4, atol=1e-6)
        node = kernel.removesuffix("/kernel").removesuffix("_kernels")
        maps = forward(spec, weights, images[:1], until=node)[node][0]
        np.testing.assert_array_equal(answer.maps, maps[..., :12].transpose(2, 0, 1))
    # Other weights, other answers: nothing of one moment is shown as another's.
    assert not np.allclose(reactions[0].cells, reactions[2].cells)


def _run(root: Path, model: ModelSpec) -> Path:
    spec = TrainingSpec(
        dataset="synthetic",
        fingerprint="0" * 16,
        prepared="nowhere",
        model=model,
        epochs=1,
        batch_size=32,
        learning_rate=0.001,
    )
    run = create_run(spec, root=root).path
    for seed, moment in enumerate(MOMENTS):
        write_snapshot(run, moment, initial_weights(model, seed), np.zeros(3), spec)
    return run
