"""A Jupyter notebook that trains a network: data, model, training, curves and evaluation.

The notebook needs nothing of Lightbox. It takes ``lightbox-data.npz`` where that lies beside it
(`export_arrays` writes it), else a folder with one folder of images a class, else it draws its own
images, so that it always runs.
"""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any, Final

import numpy as np

from core.export.source import build_function, text_tuple
from core.models.cost import total_parameters
from core.models.spec import ModelSpec
from core.prepared import SPLITS, PreparedSet

ARRAYS: Final = "lightbox-data.npz"
FOLDER: Final = "images"
NBFORMAT: Final = (4, 5)

_DATA = '''\
def from_arrays(path):
    """Images, labels, parts (0 train, 1 validation, 2 test) and groups that Lightbox wrote."""
    with np.load(path) as arrays:
        images, labels, parts = arrays["images"], arrays["labels"], arrays["split"]
        groups = arrays["groups"] if "groups" in arrays else np.arange(len(labels))
        return images, labels, parts, groups


def from_folder(folder):
    """One folder of images a class. Several images of one patient belong into one part:
    this split does not know about patients, so sort such images yourself."""
    images, labels = [], []
    for label, name in enumerate(CLASSES):
        for path in sorted((folder / name).iterdir()):
            image = keras.utils.load_img(
                path, color_mode="grayscale", target_size=(SIZE, SIZE), keep_aspect_ratio=True
            )
            images.append(np.asarray(image, dtype=np.uint8))
            labels.append(label)
    count = len(labels)
    return np.stack(images), np.array(labels), random_parts(count), np.arange(count)


def drawn(count):
    """Bright bars ("bones") on a dark ground; class k has k dark gaps ("fractures")."""
    rng = np.random.default_rng(SEED)
    labels = np.arange(count) % len(CLASSES)
    images = rng.normal(60.0, 12.0, (count, SIZE, SIZE))
    middle, half = SIZE // 2, max(1, SIZE // 8)
    for image, label in zip(images, labels, strict=True):
        row = middle + rng.integers(-half, half + 1)
        image[row - half : row + half] += 110.0
        for _ in range(label):
            column = rng.integers(half, SIZE - half)
            image[row - half : row + half, column : column + max(2, SIZE // 10)] -= 110.0
    images = images.clip(0, 255).astype(np.uint8)
    return images, labels, random_parts(count), np.arange(count)


def random_parts(count):
    """70 % to train, 15 % to validate, 15 % to test."""
    order = np.random.default_rng(SEED).permutation(count)
    parts = np.zeros(count, dtype=np.int8)
    parts[order[: count * 3 // 10]] = 1
    parts[order[: count * 3 // 20]] = 2
    return parts


if Path(ARRAYS).is_file():
    images, labels, parts, groups = from_arrays(ARRAYS)
elif Path(FOLDER).is_dir():
    images, labels, parts, groups = from_folder(Path(FOLDER))
else:
    images, labels, parts, groups = drawn(DRAWN)
assert images.shape[1:] == (SIZE, SIZE), f"the network reads {SIZE} x {SIZE}, not {images.shape}"

x, y, g = {}, {}, {}
for code, part in enumerate(("train", "validation", "test")):
    x[part] = images[parts == code][..., None].astype("float32")
    y[part] = labels[parts == code]
    g[part] = groups[parts == code]
    print(f"{part}: {len(y[part])} images, of each class {np.bincount(y[part]).tolist()}")'''

_TRAIN_BINARY = """\
LOSS = keras.losses.BinaryCrossentropy(from_logits=True)
ACCURACY = keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")  # a logit of 0 is 0.5"""

_TRAIN_MANY = """\
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
ACCURACY = keras.metrics.SparseCategoricalAccuracy(name="accuracy")"""

_TRAIN = """\
{loss}

counts = np.bincount(y["train"], minlength=len(CLASSES))
weights = {{k: len(y["train"]) / (len(CLASSES) * max(1, n)) for k, n in enumerate(counts)}}
# A last batch of one image would be too small to normalize, and can crash TensorFlow on a CPU.
keep = len(y["train"]) - (len(y["train"]) % BATCH == 1)

keras.utils.set_random_seed(SEED)
model = build()
model.compile(keras.optimizers.Adam(RATE), loss=LOSS, metrics=[ACCURACY])
history = model.fit(
    x["train"][:keep],
    y["train"][:keep],
    batch_size=BATCH,
    epochs=EPOCHS,
    validation_data=(x["validation"], y["validation"]),
    class_weight=weights,
    verbose=2,
)"""

_CURVES = """\
try:
    import matplotlib.pyplot as plt
except ImportError:
    for name, values in history.history.items():
        print(f"{name:>14}: " + "  ".join(f"{value:.4f}" for value in values))
else:
    figure, axes = plt.subplots(1, 2, figsize=(11, 4))
    epochs = range(1, len(history.history["loss"]) + 1)
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        axis.plot(epochs, history.history[name], label="training")
        axis.plot(epochs, history.history[f"val_{name}"], "--", label="validation")
        axis.set(xlabel="epoch", ylabel=name)
        axis.legend()
    plt.show()"""

_INTERVAL = '''\
def wilson(share, n, z=1.96):
    """Wilson's 95 % interval of a share of n that stand for themselves."""
    center = (share + z * z / (2 * n)) / (1 + z * z / n)
    spread = np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) * z / (1 + z * z / n)
    return center - spread, center + spread


def interval(right, group, kinds):
    """The 95 % interval of the mean share of right answers over all kinds, and its name.

    Images of one group (a patient, near-duplicates) resemble each other: whole groups are
    drawn 2,000 times, with replacement. Where every image stands for itself: Wilson's, of
    several kinds added in squares.
    """
    kinds = np.unique(kinds, return_inverse=True)[1]
    names, group = np.unique(group, return_inverse=True)
    table = np.zeros((2, len(names), kinds.max() + 1))  # images and right ones, by group and kind
    np.add.at(table[0], (group, kinds), 1)
    np.add.at(table[1], (group, kinds), right)
    images, hits = table.sum(axis=1)
    shares = hits / images
    alone = len(names) == len(right)
    if alone or not ((shares > 0) & (shares < 1)).all():  # no draw would hold the other answer
        counts = (table[0] > 0).sum(axis=0)
        ends = np.array([wilson(share, n) for share, n in zip(shares, counts, strict=True)])
        down, up = np.sqrt(((ends - shares[:, None]) ** 2).sum(axis=0)) / len(shares)
        low, high = max(shares.mean() - down, 0.0), min(shares.mean() + up, 1.0)
        return low, high, "Wilson" if alone else f"Wilson, {len(names)} groups"
    rng = np.random.default_rng(SEED)
    drawn = [table[:, rng.integers(len(names), size=len(names))].sum(axis=1) for _ in range(2000)]
    shares = [(hits / images).mean() for images, hits in drawn if images.all()]
    return (*np.percentile(shares, (2.5, 97.5)), f"by group, {len(names)} groups")


def tell(name, value, found, n, blind):
    """A figure with its n, its interval, and what the commonest answer alone reaches."""
    low, high, way = found
    print(f"  {name}: {value:.1%} ({low:.1%} to {high:.1%}, 95 %, {way}; n = {n});", end=" ")
    print(f"always {CLASSES[common]!r}: {blind:.1%}")'''

_EVALUATE = """\
common = np.bincount(y["train"], minlength=len(CLASSES)).argmax()
for part in ("validation", "test"):
    logits = model.predict(x[part], verbose=0)
    answers = {answers}
    right, n, kinds = answers == y[part], len(y[part]), np.unique(y[part])
    recalls = [right[y[part] == k].mean() for k in kinds]
    print(f"{{part}}, after epoch {{EPOCHS}}, {rule}:")
    found = interval(right, g[part], np.zeros(n))
    tell("accuracy", right.mean(), found, n, (y[part] == common).mean())
    found = interval(right, g[part], y[part])
    tell("balanced accuracy", np.mean(recalls), found, n, (kinds == common).mean())

test_loss = float(LOSS(y["test"], logits[:, 0] if logits.shape[1] == 1 else logits))
print(f"loss on test, every image counted alike: {{test_loss:.4f}}")"""


def notebook(
    spec: ModelSpec,
    *,
    epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 0.001,
    seed: int = 0,
    drawn: int = 600,
) -> dict[str, Any]:
    """The notebook as nbformat 4.5, ready for ``json.dumps``.

    Args:
        spec: The network.
        epochs, batch_size, learning_rate, seed: Of its training, with Adam.
        drawn: Images that it draws by itself where no data lies beside it.
    """
    settings = "\n".join(
        [
            "from pathlib import Path",
            "",
            "import keras",
            "import numpy as np",
            "from keras import layers",
            "",
            text_tuple("CLASSES", spec.classes),
            f"SIZE = {spec.input_size}",
            f'ARRAYS = "{ARRAYS}"  # written by Lightbox, beside this notebook',
            f'FOLDER = "{FOLDER}"  # or: one folder of images a class in here',
            f"DRAWN = {drawn}  # or: so many images are drawn",
            f"EPOCHS, BATCH, RATE, SEED = {epochs}, {batch_size}, {learning_rate}, {seed}",
        ]
    )
    binary = spec.outputs == 1
    answers = "(logits[:, 0] >= 0.0).astype(int)" if binary else "logits.argmax(axis=1)"
    cells = [
        _text(
            f"# {spec.name}: {total_parameters(spec):,} parameters",
            "",
            f"Gray images of {spec.input_size} x {spec.input_size} pixels in, a logit for "
            + ("the second class" if binary else "each class")
            + " out. Written by Lightbox; needs `pip install keras tensorflow` and, for curves, "
            "`matplotlib`. Nothing here is a diagnosis.",
        ),
        _code(settings),
        _text("## Data", "", "From the file, from the folder, or drawn here."),
        _code(_DATA),
        _text("## The network"),
        _code(build_function(spec) + "\n\n\nbuild().summary()"),
        _text("## Training", "", "Every class counts the same in the loss, however rare it is."),
        _code(_TRAIN.format(loss=_TRAIN_BINARY if binary else _TRAIN_MANY)),
        _text("## Curves", "", "Validation up while training goes down: it learns by heart."),
        _code(_CURVES),
        _text(
            "## Evaluation",
            "",
            "An accuracy means little without its number of images, how far chance could move it, "
            "and what always giving the most frequent class reaches. The test part is looked at "
            "once, here. Keras's own lines above have neither.",
        ),
        _code(_INTERVAL),
        _code(
            _EVALUATE.format(
                answers=answers, rule="threshold 0.5" if binary else "the largest logit"
            )
        ),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = hashlib.sha256(f"{number}{cell['source']}".encode()).hexdigest()[:12]
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": NBFORMAT[0],
        "nbformat_minor": NBFORMAT[1],
    }


def notebook_text(spec: ModelSpec, **options: Any) -> str:
    """The same as the text of an ``.ipynb`` file."""
    return json.dumps(notebook(spec, **options), indent=1, ensure_ascii=False) + "\n"


def export_arrays(prepared: PreparedSet) -> bytes:
    """Images, labels, parts, groups and class names of a prepared set as compressed ``.npz``."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=np.asarray(prepared.images),
        labels=prepared.labels,
        split=prepared.split,
        groups=prepared.groups,
        parts=np.array(SPLITS),
        classes=np.array(prepared.classes),
    )
    return buffer.getvalue()


def _text(*lines: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines("\n".join(lines))}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
