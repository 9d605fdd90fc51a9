"""What the stage on layers is sent, and that its arithmetic is core's."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from core.descent.small_network import (
    FEATURES,
    LAYER_ACTIVATIONS,
    Hidden,
    NetworkSpec,
    accuracy,
    features_of,
    forward,
    idle_units,
    initial,
    loss,
)
from core.descent.small_training import (
    OPTIMIZERS,
    Settings,
    batches_in_epoch,
    begin,
    last_good,
    split,
    train,
)
from core.evaluation.estimate import wilson
from core.ops.activation import ACTIVATIONS
from core.ops.dense import LIMIT, dense
from dashboard import cache
from dashboard.lessons.layers import stage
from dashboard.lessons.layers.stage import (
    EXPERIMENTS,
    SCHEMA,
    LayersView,
    payload,
    settings_of,
)
from dashboard.shared.lesson import words
from dashboard.shared.schema import decode, encode
from data.samples.points import PLANE_SETS, plane_set
from tests.browser_vectors import call_module

FOLDER = Path(stage.__file__).parent
SETS = tuple(plane_set(name) for name in PLANE_SETS)


def read(raw: bytes) -> tuple[dict, list[np.ndarray]]:
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = [
        np.frombuffer(raw, e["dtype"], int(np.prod(e["shape"])), 4 + length + e["offset"]).reshape(
            e["shape"]
        )
        for e in header["arrays"]
    ]
    return header, arrays


def sent() -> tuple[dict, list[np.ndarray]]:
    text = cache.page_text("layers")
    view = LayersView(sets=SETS, text=text, words=words(text), per_epoch=10)
    return read(payload(view, {"slug": "layers"}))


def test_every_set_arrives_with_its_points_noise_and_classes() -> None:
    header, arrays = sent()
    assert [entry["name"] for entry in header["sets"]] == list(PLANE_SETS)
    assert len(arrays) == 3 * len(SETS)
    for place, one in enumerate(SETS):
        np.testing.assert_array_equal(arrays[3 * place], one.clean)
        np.testing.assert_array_equal(arrays[3 * place + 1], one.disturbances)
        np.testing.assert_array_equal(arrays[3 * place + 2], one.labels)


def test_every_experiment_has_a_name_and_says_what_to_look_for() -> None:
    header, _ = sent()
    assert [p["set"] for p in header["presets"]] == [settings_of(e) for e in EXPERIMENTS]
    assert len({p["title"] for p in header["presets"]}) == len(EXPERIMENTS)
    assert all(len(p["note"]) > 20 for p in header["presets"])
    assert header["presets"][0]["set"]["depth"] == 2


def test_the_stage_begins_with_the_first_experiment() -> None:
    values = decode(SCHEMA, "")
    for name, value in settings_of(EXPERIMENTS[0]).items():
        begun = values[name]
        assert (list(begun) if isinstance(begun, tuple) else begun) == value, name


@pytest.mark.parametrize("entry", EXPERIMENTS, ids=lambda entry: entry.name)
def test_an_experiment_goes_into_an_address_and_back(entry: stage.Experiment) -> None:
    values = decode(SCHEMA, "") | settings_of(entry)
    again = decode(SCHEMA, encode(SCHEMA, values))
    assert (
        settings_of(entry).items()
        <= {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in again.items()
        }.items()
    )


def cases() -> list[tuple[NetworkSpec, str, float, float, Settings, int]]:
    """Every activation, optimizer, feature and set; a last batch that is smaller; divergence."""
    found = []
    for turn, name in enumerate(LAYER_ACTIVATIONS):
        other = LAYER_ACTIVATIONS[(turn + 3) % len(LAYER_ACTIVATIONS)]
        spec = NetworkSpec(
            features=tuple(FEATURES)[: 1 + turn % 7],
            hidden=(Hidden(3, name), Hidden(4, other)),
        )
        settings = Settings(
            optimizer=OPTIMIZERS[turn % 3], rate=0.03, batch_size=30, l2=0.002 * turn, seed=turn
        )
        found.append((spec, PLANE_SETS[turn % len(PLANE_SETS)], 0.1 * turn, 0.55, settings, 20))
    found.append((NetworkSpec(hidden=()), "circle", 0.0, 0.5, Settings(seed=9999), 25))
    deep = NetworkSpec(features=tuple(FEATURES), hidden=(Hidden(8, "tanh"),) * 4)
    found.append((deep, "spiral", 0.2, 0.9, Settings(optimizer="adam", rate=0.02), 20))
    wild = NetworkSpec(hidden=(Hidden(4, "leaky_relu"),) * 3)
    found.append((wild, "circle", 0.0, 0.5, Settings(rate=3.0, seed=2), 200))
    return found


def test_the_browsers_training_is_cores() -> None:
    asked = []
    for spec, data, noise, share, settings, batches in cases():
        made = plane_set(data)
        asked.append(
            {
                "features": list(spec.features),
                "hidden": [[h.units, h.activation] for h in spec.hidden],
                "clean": made.clean.ravel().tolist(),
                "disturbances": made.disturbances.ravel().tolist(),
                "labels": made.labels.tolist(),
                "noise": noise,
                "share": share,
                "settings": {
                    "optimizer": settings.optimizer,
                    "rate": settings.rate,
                    "batch": settings.batch_size,
                    "l2": settings.l2,
                    "seed": settings.seed,
                },
                "batches": batches,
            }
        )
    answers = call_module("../tests/browser_code/layers.js", [["rehearse", one] for one in asked])
    for (spec, data, noise, share, settings, batches), got in zip(cases(), answers, strict=True):
        name = f"{data} {spec.hidden} {settings}"
        made = plane_set(data)
        inputs = features_of(spec, made.positions(noise))
        targets = made.labels.astype(float)
        rows, rest = split(len(targets), share=share, seed=settings.seed)
        assert got["train"] == rows.tolist(), name
        assert got["test"] == rest.tolist(), name
        np.testing.assert_array_equal(got["start"], initial(spec, seed=settings.seed), name)
        done = train(spec, inputs[rows], targets[rows], settings=settings, batches=batches)
        assert (got["batch"], got["diverged"]) == (done.batch, done.diverged_at), name
        scale = np.abs(done.parameters).max()
        # Runaway weights double every rounding too; all others agree to the ninth digit.
        near = 1e-9 if done.diverged_at is None else 1e-4
        worst = np.abs(np.array(got["weights"]) - done.parameters).max() / scale
        assert worst < near, (name, worst)
        # Walked back to a third and forward again: the same training, to the last bit.
        assert got["again"] == got["weights"], name
        for value, at in zip(
            got["losses"], (initial(spec, seed=settings.seed), done.parameters), strict=True
        ):
            expected = loss(spec, at, inputs[rows], targets[rows], l2=settings.l2)
            assert value == pytest.approx(expected, rel=near), name
        idle = idle_units(spec, done.parameters, inputs[rows])
        assert got["idle"] == [list(one) for one in idle], name


def test_interval_and_last_good_epoch_are_cores() -> None:
    module = "lessons/layers/network_math.js"
    for right, count in ((0, 20), (93, 100), (200, 200)):
        (found,) = call_module(module, [["wilsonInterval", right, count]])
        estimate = wilson(right, count)
        np.testing.assert_allclose(found, [estimate.low, estimate.high], atol=1e-9)
    for losses in ([0.7, 0.5, 0.6, 40.0], [0.7], [0.69, 0.9, 1.2], [0.6, 1e18, 0.95]):
        assert call_module(module, [["lastGood", losses]]) == [last_good(losses)]


def test_the_layer_computes_as_core_does() -> None:
    rng = np.random.default_rng(2)
    for name in LAYER_ACTIVATIONS:
        m, n = (int(v) for v in rng.integers(1, 5, 2))
        w, x, b = rng.uniform(-5, 5, (m, n)), rng.uniform(-5, 5, n), rng.uniform(-5, 5, m)
        parameter = ACTIVATIONS[name].parameter
        call = [w.tolist(), x.tolist(), b.tolist(), name, parameter.default if parameter else 0]
        (got,) = call_module("lessons/layers/dense.js", [["denseForward", *call]])
        done = dense(x, w, b, activation=ACTIVATIONS[name])
        np.testing.assert_allclose(got["sums"], done.sums, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(got["outputs"], done.outputs, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(got["slopes"], done.slopes, rtol=1e-9, atol=1e-12)


def _after(name: str, epochs: int) -> tuple[float, float, object]:
    """Right on training and test points, and the progress, as the experiment starts out."""
    entry = next(one for one in EXPERIMENTS if one.name == name)
    made = plane_set(entry.data)
    inputs = features_of(entry.spec, made.positions(entry.noise))
    targets = made.labels.astype(float)
    rows, rest = split(len(targets), share=entry.share, seed=entry.settings.seed)
    batches = epochs * batches_in_epoch(len(rows), entry.settings.batch_size)
    done = train(entry.spec, inputs[rows], targets[rows], settings=entry.settings, batches=batches)
    right = [
        accuracy(forward(entry.spec, done.parameters, inputs[part]).logits, targets[part])
        for part in (rows, rest)
    ]
    return right[0], right[1], done


@pytest.mark.parametrize(
    ("name", "epochs", "low", "high"),
    [
        ("circle", 60, 0.98, 1.0),
        ("straight", 60, 0.0, 0.75),
        ("linear", 60, 0.0, 0.75),
        ("features", 60, 0.98, 1.0),
        ("spiral", 150, 0.95, 1.0),
        ("xor", 100, 0.95, 1.0),
    ],
)
def test_experiments_show_what_they_promise(
    name: str, epochs: int, low: float, high: float
) -> None:
    assert low <= _after(name, epochs)[0] <= high


def test_too_few_points_are_learned_by_heart() -> None:
    train_right, test_right, _ = _after("overfit", 120)
    assert train_right == 1.0
    assert test_right < 0.9


def test_a_rate_far_too_large_runs_away_and_a_large_one_kills_units() -> None:
    *_, ran = _after("diverge", 20)
    assert ran.diverged_at is not None
    assert 20 < ran.diverged_at < 100
    entry = next(one for one in EXPERIMENTS if one.name == "dead")
    *_, done = _after("dead", 30)
    positions = plane_set(entry.data).positions()
    words = idle_units(entry.spec, done.parameters, features_of(entry.spec, positions))
    assert words[0].count("dead") >= 3
    first = begin(entry.spec, entry.settings).parameters
    assert "dead" not in idle_units(entry.spec, first, features_of(entry.spec, positions))[0]


def test_the_layer_knows_its_limits() -> None:
    header, _ = sent()
    assert [entry["name"] for entry in header["activations"]] == list(LAYER_ACTIVATIONS)
    assert (header["most"], header["limit"]) == (4, LIMIT)
    fields = {field.name: field for field in SCHEMA}
    assert (fields["inputs"].high, fields["outputs"].high) == (4, 4)
    assert {fields[name].high for name in ("w", "x", "b")} == {LIMIT}


def test_the_scripts_ask_nobody_else() -> None:
    for path in FOLDER.iterdir():
        if path.suffix in {".js", ".css", ".html"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"https?://|fetch\(|XMLHttp|localStorage|eval\(", text), path.name
