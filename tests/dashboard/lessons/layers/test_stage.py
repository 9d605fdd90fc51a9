"""What travels to the layer and to the small network: core's own choices, real points, words."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from core.descent.small_network import (
    LAYER_ACTIVATIONS,
    accuracy,
    features_of,
    forward,
    idle_units,
)
from core.descent.small_training import batches_in_epoch, begin, split, train
from core.ops.dense import LIMIT
from dashboard import cache
from dashboard.lessons.layers import stage
from dashboard.lessons.layers.stage import (
    EXPERIMENTS,
    choices,
    layer_payload,
    network_payload,
)
from data.samples.points import PLANE_SETS, plane_set

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


def test_every_set_arrives_with_its_points_noise_and_classes() -> None:
    header, arrays = read(network_payload(SETS, cache.page_text("layers")))
    assert [entry["name"] for entry in header["sets"]] == list(PLANE_SETS)
    assert len(arrays) == 3 * len(SETS)
    for place, one in enumerate(SETS):
        np.testing.assert_array_equal(arrays[3 * place], one.clean)
        np.testing.assert_array_equal(arrays[3 * place + 1], one.disturbances)
        np.testing.assert_array_equal(arrays[3 * place + 2], one.labels)
    # The middle of the scale is where the output is 0.5 and an activation 0: nearly white.
    middle = header["colors"][len(header["colors"]) // 2]
    assert len(header["colors"]) % 2 == 1
    assert min(middle) > 240


def test_every_experiment_has_a_name_and_says_what_to_look_for() -> None:
    header, _ = read(network_payload(SETS, cache.page_text("layers")))
    assert [p["choices"] for p in header["presets"]] == [choices(e) for e in EXPERIMENTS]
    assert len({p["title"] for p in header["presets"]}) == len(EXPERIMENTS)
    assert all(len(p["note"]) > 20 for p in header["presets"])
    assert header["presets"][0]["choices"]["hidden"] == [[4, "tanh"], [2, "tanh"]]


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
    header, _ = read(layer_payload())
    assert [entry["name"] for entry in header["activations"]] == list(LAYER_ACTIVATIONS)
    assert (header["mostInputs"], header["mostOutputs"], header["limit"]) == (4, 4, LIMIT)


def test_the_scripts_ask_nobody_else() -> None:
    for path in FOLDER.iterdir():
        if path.suffix in {".js", ".css", ".html"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"https?://|fetch\(|XMLHttp|localStorage|eval\(", text), path.name
