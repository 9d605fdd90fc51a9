"""Networks of others answer here as they do in Keras, and what is no network is refused."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from core.errors import LessonError
from core.evaluation.logits import scores
from core.inspect.forward import forward
from core.models.keras_file.reader import Answers, read_keras_file
from tests.core.models.keras_file.networks import (
    SIZE,
    answered,
    redescribed,
    rewritten,
    saved,
    sequential,
)

L = keras.layers


def plain() -> keras.Model:
    return sequential(
        L.Rescaling(1 / 255),
        L.Conv2D(4, 3, activation="relu", padding="same"),
        L.MaxPooling2D(),
        L.Conv2D(6, 3, use_bias=False),
        L.BatchNormalization(epsilon=0.02, scale=False),
        L.Activation("tanh"),
        L.Dropout(0.3),
        L.Flatten(),
        L.Dense(5, activation="swish"),
        L.Dense(1, activation="sigmoid"),
    )


def separable() -> keras.Model:
    return sequential(
        L.SeparableConv2D(5, 3, strides=2, padding="same", activation="elu"),
        L.DepthwiseConv2D(3, activation="leaky_relu"),
        L.AveragePooling2D(3, strides=2, padding="same"),
        L.Conv2D(3, 1),
        L.GlobalAveragePooling2D(),
        L.Softmax(),
    )


def rectified() -> keras.Model:
    """Every rectifier that a ReLU layer can be set to; gray values go far above 6."""
    return sequential(
        L.Rescaling(1 / 4),
        L.Conv2D(4, 3, padding="same"),
        L.ReLU(6.0),
        L.DepthwiseConv2D(3, activation="relu6"),
        L.Conv2D(5, 1),
        L.ReLU(negative_slope=0.2),
        L.Conv2D(3, 1),
        L.Activation("relu6"),
        L.GlobalAveragePooling2D(),
        L.Dense(1, activation="sigmoid"),
    )


def two_outputs() -> keras.Model:
    return sequential(
        L.RandomFlip(),
        L.Rescaling(1 / 127.5, offset=-1.0),
        L.Conv2D(4, 3, activation="relu"),
        L.GlobalMaxPooling2D(),
        L.Dense(2, activation="softmax"),
        channels=3,
    )


def functional() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 1))
    inner = keras.Sequential([L.Conv2D(4, 5, dilation_rate=2), L.ReLU(), L.BatchNormalization()])
    tensor = L.GlobalMaxPooling2D()(inner(image))
    return keras.Model(image, L.Dense(3)(L.Dense(6, activation="gelu")(tensor)))


def dense_only() -> keras.Model:
    return sequential(L.Flatten(), L.Dense(7, activation="relu"), L.Dense(4, activation="softmax"))


NETWORKS: dict[str, tuple[Callable[[], keras.Model], float]] = {
    "a usual one": (plain, 1.0),
    "separable, fully convolutional": (separable, 1 / 255),
    "rectifiers with a ceiling and a slope": (rectified, 1.0),
    "three colors, two outputs, -1 to 1": (two_outputs, 1.0),
    "functional, a network inside it": (functional, 1 / 255),
    "dense layers alone": (dense_only, 1 / 255),
}


@pytest.mark.reference
@pytest.mark.parametrize("name", list(NETWORKS))
def test_it_answers_as_in_keras(name: str, tmp_path: Path) -> None:
    build, unit = NETWORKS[name]
    model = build()
    read = read_keras_file(saved(model, tmp_path), Answers())
    pixels = np.random.default_rng(1).integers(0, 256, (6, SIZE, SIZE)).astype(np.float32)
    given = np.repeat(unit * pixels[..., None], model.input_shape[-1], axis=-1)
    theirs = np.asarray(model(given, training=False))
    if name.startswith("functional"):
        theirs = scores(theirs)
    ours = answered(read, pixels)
    wanted = theirs[:, -1] if len(read.spec.classes) == 2 else theirs
    np.testing.assert_allclose(ours, wanted, atol=1e-5)
    # And so does our own arithmetic, with which the pages look inside.
    passed = forward(read.spec, read.weights, pixels)
    np.testing.assert_allclose(scores(passed["logits"]), ours, atol=1e-5)


@pytest.mark.parametrize("values", ["0 to 255", "0 to 1", "-1 to 1"])
def test_what_it_was_given_of_a_pixel_is_as_it_was_told(values: Any, tmp_path: Path) -> None:
    model = sequential(L.Conv2D(3, 3, activation="relu"), *end())
    read = read_keras_file(saved(model, tmp_path), Answers(values=values))
    pixels = np.random.default_rng(1).integers(0, 256, (4, SIZE, SIZE)).astype(np.float32)
    low, high = {"0 to 255": (0, 255), "0 to 1": (0, 1), "-1 to 1": (-1, 1)}[values]
    given = low + pixels[..., None] / 255 * (high - low)
    np.testing.assert_allclose(
        answered(read, pixels), np.asarray(model(given))[:, 0], rtol=1e-4, atol=1e-5
    )


def test_names_size_and_title_are_those_that_were_given(tmp_path: Path) -> None:
    model = sequential(L.Conv2D(3, 3), L.GlobalAveragePooling2D(), L.Dense(3), size=None)
    raw = saved(model, tmp_path)
    read = read_keras_file(raw, Answers(title="Mine", classes=("a", "b", "c"), size=40))
    assert (read.spec.name, read.spec.classes, read.spec.input_size) == (
        "Mine",
        ("a", "b", "c"),
        40,
    )
    assert read.open_size
    assert any("logits" in note for note in read.notes)
    with pytest.raises(LessonError) as refused:
        read_keras_file(raw, Answers(classes=("a", "b")))
    assert refused.value.code == "network.classes"
    assert read_keras_file(raw, Answers()).spec.classes == ("class 0", "class 1", "class 2")


def end() -> Sequence[Any]:
    return L.GlobalMaxPooling2D(), L.Dense(1, activation="sigmoid")


REFUSED: dict[str, tuple[Callable[[], keras.Model], str, str]] = {
    "a program": (lambda: sequential(L.Lambda(lambda x: x), *end()), "network.layer", "Lambda"),
    "attention": (
        lambda: sequential(L.Reshape((SIZE, SIZE)), L.LSTM(3), L.Dense(1)), "network.layer", "LSTM",
    ),
    "another activation": (
        lambda: sequential(L.Conv2D(3, 3, activation="softplus"), *end()),
        "network.layer", "softplus",
    ),
    "a ceiling of two": (
        lambda: sequential(L.Conv2D(3, 3), L.ReLU(2.0), *end()), "network.layer", "other than 6",
    ),
    "a threshold": (
        lambda: sequential(L.Conv2D(3, 3), L.ReLU(threshold=1), *end()),
        "network.layer", "threshold",
    ),
    "a slope and a ceiling": (
        lambda: sequential(L.Conv2D(3, 3), L.ReLU(6, negative_slope=0.2), *end()),
        "network.layer", "a slope and a ceiling",
    ),
    "an oblong": (
        lambda: keras.Sequential([keras.Input((8, 9, 1)), L.Conv2D(3, 3), *end()]),
        "network.input", "8 x 9",
    ),
    "numbers, not pictures": (
        lambda: keras.Sequential([keras.Input((8,)), L.Dense(1)]), "network.input", "8",
    ),
    "many labels at once": (
        lambda: sequential(L.Flatten(), L.Dense(3, activation="sigmoid")),
        "network.output", "sigmoid",
    ),
    "an oblong kernel": (
        lambda: sequential(L.Conv2D(3, (3, 5)), *end()), "network.layer", "kernel_size",
    ),
    "colors apart, behind dropout": (
        lambda: sequential(L.Dropout(0.1), L.Flatten(), L.Dense(1), channels=3),
        "network.input", "colors apart",
    ),
    "-1 to 1 with zeros around": (
        lambda: sequential(L.Rescaling(1 / 127.5, -1), L.Conv2D(3, 3, padding="same"), *end()),
        "network.input", "pads",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_cannot_be_shown_is_named(name: str, tmp_path: Path) -> None:
    build, code, word = REFUSED[name]
    with pytest.raises(LessonError) as refused:
        read_keras_file(saved(build(), tmp_path), Answers())
    assert refused.value.code == code
    assert word in refused.value.problem
    assert refused.value.remedy


def test_a_class_of_ones_own_is_not_run(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable(package="mine")
    class Loud(L.Layer):
        def call(self, x: Any) -> Any:
            return x

    raw = saved(sequential(Loud(), *end()), tmp_path)
    with pytest.raises(LessonError, match="somebody's own") as refused:
        read_keras_file(raw, Answers())
    assert "Loud" in refused.value.problem


def test_numbers_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    model = plain()
    saved(model, tmp_path)
    model.layers[1].kernel.assign(np.full(model.layers[1].kernel.shape, np.nan))
    model.save(tmp_path / "broken.keras")
    with pytest.raises(LessonError, match=r"numbers of conv2d.* 36 of 36 are infinite") as refused:
        read_keras_file((tmp_path / "broken.keras").read_bytes(), Answers())
    assert refused.value.code == "network.not-finite"


def test_what_makes_no_normalization_is_refused(tmp_path: Path) -> None:
    model = plain()
    raw = saved(model, tmp_path)

    def no_number(config: Any) -> None:
        config["config"]["layers"][5]["config"]["epsilon"] = "small"

    with pytest.raises(LessonError, match=r"epsilon of batch_normalization.* is no number"):
        read_keras_file(redescribed(raw, no_number), Answers())
    model.layers[4].moving_variance.assign(np.full(6, -0.1))
    model.save(tmp_path / "negative.keras")
    with pytest.raises(LessonError, match=r"batch_normalization.* variance that is not above"):
        read_keras_file((tmp_path / "negative.keras").read_bytes(), Answers())


def test_other_files_are_told_by_what_they_are(tmp_path: Path) -> None:
    model = plain()
    raw = saved(model, tmp_path)
    model.save(tmp_path / "old.h5")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("network/saved_model.pb", b"")
    files = {
        ".h5": (tmp_path / "old.h5").read_bytes(),
        "pickle": pickle.dumps({"a": 1}),
        "SavedModel": packed.getvalue(),
        "no whole archive": raw[: len(raw) // 2],
        "config.json": rewritten(raw, config=None),
    }
    for word, content in files.items():
        with pytest.raises(LessonError) as refused:
            read_keras_file(content, Answers())
        assert refused.value.code == "network.not-keras"
        assert word in refused.value.problem
    older = rewritten(raw, metadata=json.dumps({"keras_version": "2.15.0"}).encode())
    with pytest.raises(LessonError, match=r"Keras 2\.15"):
        read_keras_file(older, Answers())


def test_a_bomb_and_a_giant_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    raw = saved(plain(), tmp_path)
    bomb = rewritten(raw, config=b" " * (5 * 2**20))
    assert len(bomb) < 2**20
    for content in (bomb, b"PK\x03\x04" + bytes(26 * 2**20)):
        with pytest.raises(LessonError) as refused:
            read_keras_file(content, Answers())
        assert refused.value.code == "network.too-large"


def weights_file(write: Callable[[h5py.File], None]) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        write(file)
    return out.getvalue()


def test_weights_of_other_shapes_and_links_out_of_the_file_are_refused(tmp_path: Path) -> None:
    raw = saved(plain(), tmp_path)
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["x"] = np.zeros((3, 3, 1, 4))
    place = "layers/conv2d/vars"

    def other_shape(file: h5py.File) -> None:
        file[f"{place}/0"] = np.zeros((3, 3, 1, 5), np.float32)

    def link(file: h5py.File) -> None:
        file.create_group(place)["0"] = h5py.ExternalLink(str(secret), "x")

    def texts(file: h5py.File) -> None:
        file[f"{place}/0"] = np.full((3, 3, 1, 4), b"a")

    def giant(file: h5py.File) -> None:
        # 400 GB of zeros take no room in the file.
        shape, chunks = (3, 3, 10**10, 4), (3, 3, 64, 4)
        file.create_dataset(f"{place}/0", shape, "f4", chunks=chunks, compression=1)

    for write, word in (
        (other_shape, "3 x 3 x 1 x 5"), (link, "out of the file"), (texts, "no numbers"),
        (giant, "many"), (lambda file: None, "not there"),
    ):  # fmt: skip
        broken = rewritten(raw, model=weights_file(write))
        with pytest.raises(LessonError, match=word) as refused:
            read_keras_file(broken, Answers())
        assert refused.value.code == "network.damaged"
    with pytest.raises(LessonError):
        read_keras_file(rewritten(raw, model=b"nothing"), Answers())
