"""Exported source and notebooks are run: the same network, the same answers, a finite loss."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.evaluation import resampling
from core.evaluation.estimate import wilson
from core.export.notebook import ARRAYS, export_arrays, notebook, notebook_text
from core.export.source import WIDTH, keras_source
from core.models.spec import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    ModelSpec,
    Parallel,
    Pooling,
    Residual,
    SharedConvolution,
)
from core.models.zoo.entries import MODELS
from core.reference.backbone_spec import backbone_layers
from tests import patience

BINARY = ("normal", "fracture")
EVERYTHING = ModelSpec(
    "everything",
    24,
    ('"quoted"', "it's", "a, b"),
    (
        SharedConvolution(4, 3, (2, 1), "tanh"),
        Convolution(5, 3, padding="valid", activation="gelu", dilation=2),
        BatchNormalization(),
        Activation("silu"),
        Pooling("max", 3, 2, "same"),
        Residual(
            (
                Convolution(4, stride=2),
                Parallel(((Convolution(3),), (), (DepthwiseConvolution(3), Dropout(0.2)))),
                Convolution(6, activation="linear"),
            )
        ),
        Residual((DepthwiseConvolution(5, activation="linear"),)),
        Pooling("average", 2),
        Parallel(((GlobalPooling("max"),), (Flatten(), Dense(7, "elu")), (GlobalPooling(),))),
        Dense(5, "leaky_relu"),
    ),
)
LINEAR = ModelSpec("linear", 32, BINARY, backbone_layers())
NETWORKS = [EVERYTHING, LINEAR, *(entry.build(32, BINARY) for entry in MODELS.values())]

# Runs the code cells one after the other, as Jupyter would, and says what they left behind.
RUN = """
import json, sys
cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
space = {"__name__": "__main__"}
for cell in cells:
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), "cell", "exec"), space)
print("LEFT", json.dumps({"loss": space["history"].history["loss"], "test": space["test_loss"],
    "n": space["n"], "counts": [len(space["y"][part]) for part in space["y"]]}))
"""


@pytest.mark.reference
@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.name)
def test_the_source_builds_the_same_network(spec: ModelSpec) -> None:
    from core.models.build import build

    text = keras_source(spec)
    space: dict[str, Any] = {"__name__": "network"}
    exec(compile(text, "network.py", "exec"), space)
    ours, theirs = build(spec, seed=1), space["build"]()
    assert space["CLASSES"] == spec.classes
    assert {layer.name for layer in theirs.layers} == {layer.name for layer in ours.layers}
    assert theirs.count_params() == ours.count_params()
    for layer in ours.layers:
        other = theirs.get_layer(layer.name)
        assert type(other) is type(layer)
        assert other.output.shape == layer.output.shape
        other.set_weights(layer.get_weights())
    images = np.random.default_rng(0).uniform(0, 255, (3, *spec.input_shape)).astype(np.float32)
    np.testing.assert_allclose(theirs(images).numpy(), ours(images).numpy(), atol=1e-5)


@pytest.mark.reference
def test_the_source_starts_weights_alike() -> None:
    from core.models.build import build

    space: dict[str, Any] = {"__name__": "network"}
    exec(compile(keras_source(EVERYTHING), "network.py", "exec"), space)
    theirs = space["build"]()
    for layer in build(EVERYTHING, seed=1).layers:
        mine = [weight.std() for weight in layer.get_weights()]
        other = [weight.std() for weight in theirs.get_layer(layer.name).get_weights()]
        assert other == pytest.approx(mine, rel=0.6, abs=1e-3), layer.name


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.name)
def test_the_source_reads_like_a_persons(spec: ModelSpec) -> None:
    text = keras_source(spec)
    ast.parse(text)
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert "lightbox" not in text.lower().replace("written by lightbox", "")


def test_the_notebook_is_nbformat_4() -> None:
    # https://nbformat.readthedocs.io/en/latest/format_description.html
    book = json.loads(notebook_text(EVERYTHING))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in book["cells"]:
        wanted = {"id", "cell_type", "metadata", "source"}
        if cell["cell_type"] == "code":
            wanted |= {"execution_count", "outputs"}
            ast.parse("".join(cell["source"]))
            assert max(len(line.rstrip("\n")) for line in cell["source"]) <= WIDTH
        assert set(cell) == wanted
        assert all(line.endswith("\n") for line in cell["source"][:-1])


def run_notebook(folder: Path, spec: ModelSpec, **options: Any) -> dict[str, Any]:
    path = folder / "network.ipynb"
    path.write_text(json.dumps(notebook(spec, **options)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path)],
        cwd=folder,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (left,) = [line for line in done.stdout.splitlines() if line.startswith("LEFT ")]
    figures = [line for line in done.stdout.splitlines() if "accuracy: " in line and "%" in line]
    assert len(figures) == 4  # validation and test, plain and balanced
    for line in figures:
        assert re.search(r"\d% \([\d.]+% to [\d.]+%, 95 %, (Wilson|by group).*; n = \d+\)", line)
        assert re.search(r"; always '.+': [\d.]+%$", line)
    return dict(json.loads(left.removeprefix("LEFT ")))


def notebook_functions(*names: str) -> dict[str, Any]:
    """Functions of the notebook, run without what stands between them."""
    space: dict[str, Any] = {"np": np, "SEED": 0, "CLASSES": BINARY, "common": 0}
    for cell in notebook(MODELS["paper"].build(28, BINARY))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and any(f"def {name}(" in text for name in names):
            exec(compile(text, "cell", "exec"), space)
    return space


def test_the_notebooks_interval_is_wilsons_where_images_stand_alone() -> None:
    space = notebook_functions("interval")
    right = np.arange(263) < 81
    low, high, way = space["interval"](right, np.arange(263), np.zeros(263))
    expected = wilson(81, 263)
    assert way == "Wilson"
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-4)
    low, high, _ = space["interval"](np.ones(20, bool), np.arange(20), np.zeros(20))
    assert low == pytest.approx(wilson(20, 20).low, abs=1e-4)  # all right is not sure
    assert high == pytest.approx(1.0)


@pytest.mark.parametrize("balanced", [False, True])
def test_the_notebooks_interval_draws_whole_groups_as_lightbox_does(balanced: bool) -> None:
    space = notebook_functions("interval")
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(30), rng.integers(2, 25, 30))
    labels = (rng.random(len(groups)) < 0.3).astype(int)
    right = rng.random(len(groups)) < 0.5 + 0.4 * rng.random(30)[groups]
    kinds = labels if balanced else np.zeros_like(labels)
    low, high, way = space["interval"](right, groups, kinds)
    draws = resampling.draw(groups)
    found = (resampling.balanced_accuracy if balanced else resampling.accuracy)(
        labels, np.where(right, labels, 1 - labels), draws
    ).estimate()
    assert way == "by group, 30 groups"
    assert (low, high) == pytest.approx((found.low, found.high), abs=0.02)
    alone_low, alone_high, _ = space["interval"](right, np.arange(len(right)), kinds)
    assert high - low > alone_high - alone_low


@pytest.mark.slow
@pytest.mark.reference
def test_the_notebook_trains_on_a_prepared_set(tmp_path: Path) -> None:
    from tests.dashboard.pretend_run import small_set

    prepared = small_set(tmp_path / "set")
    (tmp_path / ARRAYS).write_bytes(export_arrays(prepared))
    spec = MODELS["paper"].build(prepared.size, prepared.classes)
    left = run_notebook(tmp_path, spec, epochs=2, batch_size=8)
    assert left["counts"] == [sum(part.values()) for part in prepared.counts().values()]
    assert len(left["loss"]) == 2
    assert np.isfinite([*left["loss"], left["test"]]).all()


@pytest.mark.slow
@pytest.mark.reference
def test_the_notebook_reads_a_folder_of_three_classes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("one", "two", "three"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(11):
            pixels = rng.integers(0, 255, (30, 22), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{number}.png")
    layers = (Convolution(2, stride=2), GlobalPooling())
    spec = ModelSpec("tiny", 16, ("one", "two", "three"), layers)
    left = run_notebook(tmp_path, spec, epochs=1, batch_size=8)
    assert sum(left["counts"]) == 33
    assert np.isfinite([*left["loss"], left["test"]]).all()


@pytest.mark.slow
@pytest.mark.reference
def test_the_notebook_draws_images_and_learns_from_them(tmp_path: Path) -> None:
    layers = (Convolution(8, 5), Pooling(), Flatten(), Dense(16))
    spec = ModelSpec("tiny", 24, BINARY, layers)
    left = run_notebook(tmp_path, spec, epochs=20, batch_size=16, learning_rate=0.002, drawn=240)
    assert left["n"] == 36
    assert left["loss"][-1] < 0.6 < left["loss"][0]
