"""A training with the focal loss: its step against Keras's own, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.epoch_metrics import EpochMetrics
from core.evaluation.logits import guessing_loss
from core.evaluation.report import EvaluationReport
from core.jobs.reading import read_json
from core.models.spec import Dense, Flatten, ModelSpec
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from core.training import fit as fitting
from core.training.coach import Facts, examine
from core.training.events import EpochEnded, Event
from core.training.history import Epoch
from core.training.spec import TrainingSpec
from core.training.verdict import judge, largest_loss, too_large

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def spec_for(prepared: PreparedSet, gamma: float) -> TrainingSpec:
    layers = (Flatten(), Dense(4, activation="tanh"))
    return TrainingSpec(
        dataset=prepared.name,
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=ModelSpec("small", prepared.size, prepared.classes, layers),
        epochs=2,
        batch_size=20,
        learning_rate=0.5,
        optimizer="sgd",
        focal_gamma=gamma,
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("classes", [("no", "yes"), ("no", "light", "dark")])
def test_a_step_is_the_one_that_keras_takes(
    gamma: float, classes: tuple[str, ...], make_set: object
) -> None:
    prepared = make_set(count=60, size=16, classes=classes)  # type: ignore[operator]
    spec = spec_for(prepared, gamma)
    ours, theirs = (fitting._new_model(spec) for _ in range(2))
    step, _ = fitting._compiled(ours, spec)
    labels = prepared.labels[:20]
    images = np.asarray(prepared.images[:20])
    weights = np.linspace(0.5, 2.0, 20).astype(np.float32)
    step(images, labels.astype(np.float32), weights)

    if len(classes) == 2:
        loss = keras.losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=True)
        wanted = labels[:, None].astype(np.float32)
    else:
        loss = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=gamma, from_logits=True)
        wanted = np.eye(3, dtype=np.float32)[labels]
    theirs.compile(keras.optimizers.SGD(0.5), loss=loss)
    theirs.train_on_batch(images[..., None].astype(np.float32), wanted, sample_weight=weights)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


def test_a_sure_answer_does_not_break_a_root() -> None:
    # In float32 a cross-entropy can be exactly 0, where the slope of its root is infinite.
    from tests.dashboard.pretend_run import pretend_spec

    spec = replace(
        pretend_spec(),
        model=ModelSpec("small", 8, ("a", "b", "c"), (Flatten(),)),
        focal_gamma=0.5,
        optimizer="sgd",
    )
    model = fitting._new_model(spec)
    kernel, bias = model.get_weights()
    model.set_weights([0 * kernel, bias + np.array([200.0, 0.0, 0.0], np.float32)])
    step, _ = fitting._compiled(model, spec)
    step(np.full((2, 8, 8), 200, np.uint8), np.zeros(2, np.float32), np.ones(2, np.float32))
    assert all(np.isfinite(array).all() for array in model.get_weights())


def test_curve_record_and_search_tell_the_focal_loss(make_set: object, tmp_path: Path) -> None:
    prepared = make_set(count=60, size=16)  # type: ignore[operator]
    spec = replace(spec_for(prepared, 2.0), learning_rate=1e-8)
    told: list[Event] = []
    fitting.fit(spec, prepared, tmp_path, emit=told.append, asked_to_stop=lambda: False)
    rows = [event for event in told if isinstance(event, EpochEnded)]
    # A network that hardly moves knows nothing: it costs what guessing costs.
    for row in rows:
        assert row.train.loss == pytest.approx(guessing_loss(2, focal_gamma=2.0), rel=0.1)
        assert row.validation.loss == pytest.approx(guessing_loss(2, focal_gamma=2.0), rel=0.1)
    first = next(fitting.losses_at(spec, prepared, [1e-8]))
    assert first == pytest.approx(guessing_loss(2, focal_gamma=2.0), rel=0.1)
    report = EvaluationReport.from_json(read_json(tmp_path / "evaluation.json") or {})
    assert report.focal_gamma == 2.0
    assert report.class_weights is not None
    assert (report.removable_weights, report.mean_at_base_rate) == (None, None)
    assert TrainingSpec.from_json(spec.to_json()) == spec
    assert spec.loss_name == "focal loss, gamma 2"


def epochs(*rows: tuple[float, float]) -> list[Epoch]:
    return [
        Epoch(
            number,
            len(rows),
            1.0,
            EpochMetrics(train, 0.6, 0.6, 0.6),
            EpochMetrics(validation, 0.52, 0.52, 0.55),
        )
        for number, (train, validation) in enumerate(rows, start=1)
    ]


def test_the_judge_measures_by_what_guessing_costs_in_that_loss() -> None:
    still = epochs((0.1733, 0.1734), (0.1732, 0.1733), (0.1731, 0.1733))
    assert judge(still, num_classes=2, focal_gamma=2.0).kind == "not-begun"
    assert judge(still, num_classes=2).kind != "not-begun"  # 0.17 is far below ln 2
    spec = TrainingSpec(
        dataset="synthetic", fingerprint="", prepared="", epochs=3, batch_size=32,
        model=paper_network(28, ("no", "yes")), learning_rate=0.001, focal_gamma=2.0,
    )  # fmt: skip
    (advice,) = examine("parent", spec, still, Facts())
    assert advice.ailment == "plateau"
    assert advice.numbers["level"] == pytest.approx(0.1733, abs=1e-4)
    assert advice.spec.focal_gamma == 2.0


def test_five_times_guessing_is_counted_in_cross_entropy() -> None:
    # An image whose true class gets 1/32 costs five times ln 2, and (31/32)^2 of it in focal loss.
    ceiling = largest_loss(2, focal_gamma=2.0)
    assert ceiling == pytest.approx(5 * math.log(2) * (31 / 32) ** 2)
    assert not too_large(5 * guessing_loss(2, focal_gamma=2.0), ceiling)
    assert too_large(3.3, ceiling)


@pytest.mark.parametrize("gamma", [-0.1, 5.1, math.nan])
def test_another_gamma_is_refused(gamma: float) -> None:
    from tests.dashboard.pretend_run import pretend_spec

    with pytest.raises(LessonError, match="focal_gamma"):
        replace(pretend_spec(), focal_gamma=gamma)
