"""What gives a drawn fracture away, what does not, and what drawing costs.

    python benchmarks/synthetic_separability.py [--train 2400] [--test 1000] [--size 64]
        [--budget 120] [--no-network] [--difficulty]

Prints, measured in one run: seconds and processor seconds of drawing at 128 pixels; balanced
accuracy on held-out radiographs, with its standard error, of logistic regressions on pixels, on
coarse pixels, on gray-level histograms, on global figures and on what is known without pixels;
and of a small network of three convolutions, trained for at most ``--budget`` seconds, in all
and by kind of fracture. ``--difficulty`` trains it again at both ends of each slider.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.arrays import FloatArray, UInt8Array
from data.synthetic.anatomy import REGIONS, VIEWS
from data.synthetic.confounders import CHANCES
from data.synthetic.difficulty import Difficulty
from data.synthetic.fractures import KINDS
from data.synthetic.radiograph import DrawnSet, Facts, draw, draw_set

TRAIN_SEED, TEST_SEED = 1, 2
EASY = {"contrast": 1.0, "displacement": 1.0, "noise": 0.0, "blur": 0.0, "clutter": 0.0}


def main() -> None:
    """Run what was asked for and print it."""
    args = _arguments()
    warnings.simplefilter("ignore")  # logistic regressions that stop before they converge
    drawing_speed(args.speed)
    train = draw_set(args.train, size=args.size, seed=TRAIN_SEED)
    test = draw_set(args.test, size=args.size, seed=TEST_SEED)
    print(f"\n{args.train} to learn from, {args.test} held out, {args.size} pixels")
    print(f"  standard error of a balanced accuracy near 0.5: {0.5 / args.test**0.5:.3f}")
    shortcuts(train, test)
    if args.no_network:
        return
    _, outputs = network(train, test, budget=args.budget, epochs=args.epochs)
    by_group(test, outputs)
    if args.difficulty:
        sliders(args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--train", type=int, default=2400)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--speed", type=int, default=200, help="radiographs drawn for the timing")
    parser.add_argument("--budget", type=float, default=120.0, help="seconds of training")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--no-network", action="store_true")
    parser.add_argument("--difficulty", action="store_true")
    return parser.parse_args()


def drawing_speed(count: int) -> None:
    """Print what a radiograph of 128 pixels costs."""
    draw(0)  # the texture tiles are made once a process
    wall, work = time.perf_counter(), time.process_time()
    for index in range(count):
        draw(index)
    wall, work = time.perf_counter() - wall, time.process_time() - work
    print(
        f"drawing at 128 pixels: {1000 * wall / count:.1f} ms each, {1000 * work / count:.1f} ms "
        f"of processor time; 2,000 take {2000 * wall / count:.1f} s ({2000 * work / count:.1f} s)"
    )


def shortcuts(train: DrawnSet, test: DrawnSet) -> None:
    """Print how far one gets without looking for a fracture."""
    for name in ("pixels", "pixels 32", "pixels 16", "histogram", "global", "metadata"):
        learn, hold = _features(name, train), _features(name, test)
        scores = []
        for strength in (1e-4, 1e-2, 1.0):
            model = make_pipeline(
                StandardScaler(), LogisticRegression(C=strength, max_iter=150)
            ).fit(learn, train.labels)
            scores.append(balanced_accuracy_score(test.labels, model.predict(hold)))
        listed = "  ".join(f"{score:.3f}" for score in scores)
        print(f"  logistic regression on {name:10s} C = 0.0001, 0.01, 1: {listed}")


def _features(name: str, drawn: DrawnSet) -> FloatArray:
    """(N, F) float32 of one kind."""
    if name == "metadata":
        return np.array([_metadata(fact) for fact in drawn.facts], np.float32)
    pictures = drawn.images
    if name == "pixels":
        return pictures.reshape(len(pictures), -1).astype(np.float32)
    if name.startswith("pixels"):
        side = int(name.split()[1])
        coarse = [cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA) for p in pictures]
        return np.array(coarse, np.float32).reshape(len(pictures), -1)
    measure = _histogram if name == "histogram" else _global
    return np.array([measure(picture) for picture in pictures], np.float32)


def _metadata(fact: Facts) -> list[float]:
    marks = [fact.region == region for region in REGIONS]
    marks += [fact.view == view for view in VIEWS]
    marks += [name in fact.confounders for name in CHANCES]
    return [float(mark) for mark in (*marks, fact.hardware)]


def _histogram(picture: UInt8Array) -> FloatArray:
    return np.histogram(picture, 32, (0, 256))[0].astype(np.float32)


def _global(picture: UInt8Array) -> list[float]:
    gray = picture.astype(np.float32)
    steps = [float(np.abs(np.diff(gray, axis=axis)).mean()) for axis in (0, 1)]
    quantiles = np.quantile(gray, [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]).tolist()
    edges = float(cv2.Laplacian(gray, cv2.CV_32F).std())
    return [float(gray.mean()), float(gray.std()), *quantiles, *steps, edges]


def network(
    train: DrawnSet, test: DrawnSet, *, budget: float, epochs: int, quiet: bool = False
) -> tuple[float, FloatArray]:
    """Train a small network; its balanced accuracy and its outputs (N,) on held-out pictures."""
    import keras

    keras.utils.set_random_seed(0)
    model = _small_network(keras, train.images.shape[1])
    inputs, hold = (drawn.images[..., None].astype(np.float32) for drawn in (train, test))
    spent, score, outputs = 0.0, 0.5, np.zeros(len(hold), np.float32)
    for epoch in range(1, epochs + 1):
        started = time.perf_counter()
        record = model.fit(inputs, train.labels, batch_size=32, verbose=0)
        spent += time.perf_counter() - started
        outputs = model.predict(hold, batch_size=200, verbose=0)[:, 0]
        score = float(balanced_accuracy_score(test.labels, outputs > 0))
        if not quiet:
            area = roc_auc_score(test.labels, outputs)
            loss = record.history["loss"][0]
            print(
                f"  epoch {epoch:2d}  {spent:6.1f} s  loss {loss:.3f}  held out: balanced "
                f"accuracy {score:.3f}, AUC {area:.3f}",
                flush=True,
            )
        if spent > budget:
            break
    return score, outputs


def _small_network(keras: Any, size: int) -> Any:
    layers = [keras.layers.Input((size, size, 1)), keras.layers.Rescaling(1 / 255)]
    for filters in (16, 32, 64):
        layers.append(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
        layers.append(keras.layers.MaxPooling2D(2))
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
    return model


def by_group(test: DrawnSet, outputs: FloatArray) -> None:
    """Print the share judged right, by kind of fracture and by body part."""
    right = (outputs > 0) == (test.labels == 1)
    for title, values, attribute in (
        ("kind", (*KINDS, None), "kind"),
        ("region", tuple(REGIONS), "region"),
    ):
        for value in values:
            chosen = np.array([getattr(fact, attribute) == value for fact in test.facts])
            name = value or "no fracture"
            print(f"  {title:6s} {name:12s} n {chosen.sum():4d}  right {right[chosen].mean():.2f}")


def sliders(args: argparse.Namespace) -> None:
    """Print the network's score at both ends of each slider."""
    for field in fields(Difficulty):
        scores = []
        for value in (EASY[field.name], 1 - EASY[field.name]):
            difficulty = replace(Difficulty(), **{field.name: value})
            train = draw_set(args.train, size=args.size, seed=TRAIN_SEED, difficulty=difficulty)
            test = draw_set(args.test, size=args.size, seed=TEST_SEED, difficulty=difficulty)
            score, _ = network(train, test, budget=args.budget, epochs=args.epochs, quiet=True)
            scores.append(score)
        print(f"  {field.name:12s} easy end {scores[0]:.3f}, hard end {scores[1]:.3f}", flush=True)


if __name__ == "__main__":
    main()
