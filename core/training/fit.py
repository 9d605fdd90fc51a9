"""The training itself: an epoch loop of our own around a compiled TensorFlow step.

``keras.Model.fit`` can neither be stopped within a batch without a callback's detour nor resumed
with the same curve. This loop is no slower (``benchmarks/training_overhead.py``).

Training figures are gathered while an epoch runs, with dropout on and weights that move; only
validation is taken in evaluation mode. That spares a second pass over the training data, and is
what Keras prints too; it makes training look a little worse than it is.
"""

from __future__ import annotations

import itertools
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from core.arrays import FloatArray, IntArray, UInt8Array
from core.errors import LessonError
from core.evaluation import openings
from core.evaluation.epoch import epoch_metrics
from core.evaluation.epoch_metrics import EpochMetrics
from core.evaluation.logits import balanced_weights, guessing_loss, losses, predicted, scores
from core.evaluation.report import EvaluationReport, PartName
from core.evaluation.scoring import evaluate
from core.models.build import build, layer_seed
from core.models.weights import WEIGHTS_FILE
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from core.training import events, results
from core.training.augment import augment_batch, draw_epoch, noisy_labels
from core.training.checkpoint import (
    CHECKPOINT,
    MODEL,
    TrainingState,
    read_state,
    write_archive,
)
from core.training.events import (
    BatchEnded,
    Changed,
    EpochEnded,
    Event,
    Finished,
    Phase,
    Started,
    Stopped,
    Warned,
)
from core.training.history import Epoch
from core.training.moment import EPOCHS_WITHIN, Moment, glanced, within
from core.training.schedule import learning_rate
from core.training.spec import TrainingSpec, drops
from core.training.verdict import largest_loss, too_large

THREADS: Final = 2
EVALUATION_BATCH: Final = 64
_ORDER_STREAM: Final = 1
_GLANCE_STREAM: Final = 4
_SMALLEST_REST: Final = 1e-7

Emit = Callable[[Event], None]
AskedToStop = Callable[[], bool]
Wished = Callable[[int], TrainingSpec | None]
"""Asked with each epoch's number before it begins: what is trained from then on, if changed."""


class _StopAsked(Exception):
    """A person asked to stop; never leaves this module."""


def fit(
    spec: TrainingSpec,
    prepared: PreparedSet,
    folder: Path,
    *,
    emit: Emit,
    asked_to_stop: AskedToStop,
    resume: bool = False,
    wished: Wished | None = None,
) -> None:
    """Train, and write all that is known of it into the run's folder.

    ``checkpoint.keras`` (weights, optimizer and state after the last finished epoch),
    ``model.keras`` and ``weights.npz`` (the epoch with the lowest validation loss),
    ``snapshots/epoch-000.npz`` and so on (`core.training.moment`), and at the end
    ``predictions.npz`` and ``evaluation.json``. A run that is stopped is evaluated on validation;
    its test images stay unseen.

    Args:
        spec: What to train.
        prepared: The images; must be the size and classes of the network.
        folder: The run's folder, which exists.
        emit: Takes each event.
        asked_to_stop: Asked before each batch.
        resume: Go on after the last finished epoch, with the curve that an uninterrupted run
            would have had. Without a checkpoint the run begins anew.
        wished: Gives what a person changed meanwhile.

    Raises:
        LessonError: ``training.other-size``, ``training.other-classes``, ``training.no-images``,
            ``training.one-class``, ``training.other-spec``, ``training.other-start``,
            ``training.diverged``; ``model.damaged`` where its start cannot be read.
    """
    _check_fits(spec, prepared)
    limit_threads()
    # A worker trains one network after the other; without this each leaves its graph behind.
    keras.backend.clear_session()
    run = _Run.open(spec, prepared, folder, emit=emit, asked_to_stop=asked_to_stop, resume=resume)
    run.wished = wished
    try:
        run.train()
    except _StopAsked:
        run.finish_stopped()
    else:
        run.finish()


def limit_threads(count: int = THREADS) -> None:
    """Let TensorFlow use ``count`` threads for one operation, and run one operation at a time.

    Only the first call in a process has an effect; once TensorFlow has begun it refuses.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(count)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        return


def rehearse() -> None:
    """Train a tiny network for one step, so that nobody's first run waits for what loads then."""
    limit_threads()
    spec = TrainingSpec(
        dataset="rehearsal",
        fingerprint="",
        prepared="",
        model=paper_network(16, ("no", "yes"), filters=(2,), dense=2),
        epochs=1,
        batch_size=2,
        learning_rate=1e-3,
    )
    step, forward = _compiled(_new_model(spec), spec)
    images = np.zeros((spec.batch_size, 16, 16), np.uint8)
    numbers = np.ones(spec.batch_size, np.float32)
    step(images, numbers, numbers)
    forward(images)


def losses_at(spec: TrainingSpec, prepared: PreparedSet, rates: Sequence[float]) -> Iterator[float]:
    """Train an untrained network with one rate after the other, a batch each, and keep nothing.

    Weights, order, dropout, augmentation and wrong labels are those that a training with the same
    seed would have; where the images of an epoch are used up the next one begins.

    Args:
        spec: What to train; its rate and its schedule have no say.
        prepared: The images.
        rates: Of each step.

    Yields:
        What each batch cost before its step, each image times its class weight; it may be no
        number, and then nothing follows.

    Raises:
        LessonError: What `fit` says of images that do not fit.
    """
    _check_fits(spec, prepared)
    limit_threads()
    model = _new_model(spec)
    step, _ = _compiled(model, spec)
    train = prepared.indices("train")
    classes = len(prepared.classes)
    weights_of = _class_weights(spec, prepared.labels[train], classes)
    learned = noisy_labels(
        prepared.labels, train, share=spec.label_noise, classes=classes, seed=spec.seed
    )
    left = iter(rates)
    for epoch in itertools.count(1):
        order = _order(train, seed=spec.seed, epoch=epoch)
        draws = draw_epoch(len(prepared), seed=spec.seed, epoch=epoch)
        _seed_dropout(model, seed=spec.seed, epoch=epoch)
        for begin in range(0, len(order), spec.batch_size):
            rate = next(left, None)
            if rate is None:
                return
            index = order[begin : begin + spec.batch_size]
            labels = learned[index]
            images = augment_batch(_images(prepared, index), index, spec.augmentation, draws=draws)
            weights = weights_of[labels].astype(np.float32)
            model.optimizer.learning_rate.assign(rate)
            logits = step(images, labels.astype(np.float32), weights).numpy()
            if not np.isfinite(logits).all():
                yield math.nan
                return
            meter = _Meter(spec.focal_gamma)
            meter.add(labels, logits, weights)
            yield meter.loss


@dataclass(slots=True)
class _Run:
    """One attempt at a training."""

    spec: TrainingSpec
    prepared: PreparedSet
    folder: Path
    emit: Emit
    asked_to_stop: AskedToStop
    model: keras.Model
    state: TrainingState
    class_weights: FloatArray
    train_index: IntArray
    validation_index: IntArray
    learned: IntArray
    """(N,) labels as the training part is told them; those of the others are true."""
    now: TrainingSpec = field(init=False)
    """The settings in force."""
    step: Callable[..., Any] = field(init=False)
    forward: Callable[..., Any] = field(init=False)
    wished: Wished | None = None

    @classmethod
    def open(
        cls,
        spec: TrainingSpec,
        prepared: PreparedSet,
        folder: Path,
        *,
        emit: Emit,
        asked_to_stop: AskedToStop,
        resume: bool,
    ) -> _Run:
        state, model = _restore(spec, folder, emit) if resume else (None, None)
        if state is None or model is None:
            _clear(folder)
            state, model = TrainingState(_comparable(spec, 0), ()), _new_model(spec)
            if spec.start is not None and spec.start.epoch:
                _begin_with(model, results.read_start(folder))
        train_index = prepared.indices("train")
        labels = prepared.labels[train_index]
        run = cls(
            spec=spec,
            prepared=prepared,
            folder=folder,
            emit=emit,
            asked_to_stop=asked_to_stop,
            model=model,
            state=state,
            class_weights=_class_weights(spec, labels, len(prepared.classes)),
            learned=noisy_labels(
                prepared.labels,
                train_index,
                share=spec.label_noise,
                classes=len(prepared.classes),
                seed=spec.seed,
            ),
            train_index=train_index,
            validation_index=prepared.indices("validation"),
        )
        run.now = spec
        run.step, run.forward = _compiled(model, spec)
        emit(Started(_attempt(folder), state.done, _device(), os.getpid()))
        return run

    def train(self) -> None:
        """Run the epochs that are left."""
        if self.state.done == 0:
            self._phase("first look", "Validation before the first step")
            self._snapshot(0, self._predict(self.validation_index))
        if self.state.done < self.spec.epochs:
            self._phase("training", f"Epoch {self.state.done + 1} of {self.spec.epochs}")
        while not self._out_of_patience():
            self._take_wish(self.state.done + 1)
            if self.state.done >= self.spec.epochs:
                return
            self._epoch(self.state.done + 1)

    def _take_wish(self, epoch: int) -> None:
        found = None if self.wished is None else self.wished(epoch)
        if found is not None:
            self.spec = found
        for change in self.spec.changes:
            if change.epoch == epoch:
                self.emit(Changed(epoch, change.told()))

    def _obey(self, epoch: int) -> None:
        """Let the settings of an epoch be in force; what is part of the step is compiled anew."""
        before, self.now = self.now, self.spec.in_force(epoch)
        if (before.model, before.weight_decay) != (self.now.model, self.now.weight_decay):
            if before.model != self.now.model:
                _set_dropout(self.model, drops(self.now.model)[0])
            self.model.optimizer.weight_decay = self.now.weight_decay or None
            self.step, self.forward = _compiled(self.model, self.now)

    def _epoch(self, epoch: int) -> None:
        begun = time.perf_counter()
        self._obey(epoch)
        order, logits = self._pass(epoch)
        labels = self.prepared.labels
        counted: dict[str, Any] = {
            "class_weights": self.class_weights,
            "focal_gamma": self.spec.focal_gamma,
        }
        train = epoch_metrics(self.learned[order], logits, **counted)
        seen = self._predict(self.validation_index)
        self._require_finite(seen, f"in validation after epoch {epoch}")
        validation = epoch_metrics(labels[self.validation_index], seen, **counted)
        self._snapshot(epoch, seen)
        self._close_epoch(epoch, train, validation, begun)

    def _pass(self, epoch: int) -> tuple[IntArray, FloatArray]:
        """All batches of one epoch; the indices as seen and the logits each image got."""
        order = _order(self.train_index, seed=self.spec.seed, epoch=epoch)
        logits = np.empty((len(order), self.spec.model.outputs), np.float32)
        draws = draw_epoch(len(self.prepared), seed=self.spec.seed, epoch=epoch)
        _seed_dropout(self.model, seed=self.spec.seed, epoch=epoch)
        self.model.optimizer.learning_rate.assign(
            learning_rate(
                self.now.learning_rate,
                self.spec.schedule,
                epoch=epoch,
                epochs=self.spec.epochs,
            )
        )
        every = self.prepared.labels[self.train_index]
        counted = _class_weights(self.now, every, len(self.prepared.classes))
        size = self.spec.batch_size
        batches = -(-len(order) // size)
        meter = _Meter(self.spec.focal_gamma)
        kept = within(self.spec, batches) if epoch <= EPOCHS_WITHIN else ()
        wanted = glanced(
            self.spec,
            train=len(order),
            validation=len(self.validation_index),
            moments=len(kept),
        )
        for batch in range(batches):
            if self.asked_to_stop():
                raise _StopAsked
            part = slice(batch * size, (batch + 1) * size)
            index = order[part]
            labels = self.learned[index]
            images = augment_batch(
                _images(self.prepared, index), index, self.now.augmentation, draws=draws
            )
            weights = self.class_weights[labels]
            steps = counted[labels].astype(np.float32)
            given = self.step(images, labels.astype(np.float32), steps)
            logits[part] = given.numpy()
            self._require_finite(logits[part], f"in epoch {epoch}, batch {batch + 1}")
            meter.add(labels, logits[part], weights)
            step = (epoch - 1) * batches + batch + 1
            self.emit(BatchEnded(epoch, batch + 1, batches, step, meter.loss, meter.accuracy))
            if (moment := Moment(epoch - 1, batch + 1, batches)) in kept:
                self._glance(moment, wanted)
        return order, logits

    def _close_epoch(
        self, epoch: int, train: EpochMetrics, validation: EpochMetrics, begun: float
    ) -> None:
        best = self.state.best_epoch
        improved = best is None or validation.loss < self.state.epochs[best - 1].validation.loss
        if improved:
            # Before the checkpoint: a kill in between repeats this epoch and writes the same.
            write_archive(self.folder / MODEL, _saver(self.model, optimizer=False))
            results.write_weights(self.folder, self._weights())
        seconds = time.perf_counter() - begun
        row = Epoch(epoch, self.spec.epochs, seconds, train, validation)
        state = TrainingState(_comparable(self.spec, epoch), (*self.state.epochs, row))
        # The event first: a kill in between repeats the epoch, where the other way round its
        # point would be missing from the curve for ever.
        self.emit(EpochEnded(epoch, self.spec.epochs, seconds, train, validation, improved))
        write_archive(self.folder / CHECKPOINT, _saver(self.model, optimizer=True), state=state)
        self.state = state
        self._warn_unstable(train.loss)

    def finish(self) -> None:
        """Open the test set, once, and say so; where networks are compared, only when asked."""
        best = self._require_best()
        wanted = self.spec.opens_test or (self.folder / results.OPEN_TEST).exists()
        part: PartName = "test" if wanted else "validation"
        seen, epoch = results.evaluated(self.folder)
        if seen not in {"test", part} or epoch != best:
            self._evaluate(part, best)
        self.emit(Finished(best, sum(row.seconds for row in self.state.epochs)))

    def finish_stopped(self) -> None:
        """Evaluate the best epoch so far on validation, unless the run only rests; the test set
        stays closed.
        """
        best = self.state.best_epoch
        paused = (self.folder / results.PAUSE).exists()
        if best is not None and not paused:
            self._evaluate("validation", best)
        self.emit(Stopped(self.state.done, paused=paused))

    def _evaluate(self, part: PartName, best: int) -> EvaluationReport:
        named = {"test": "Test images, opened once", "validation": "Validation images only"}
        self._phase("evaluation", named[part])
        _bare(self.model).load_weights(self.folder / MODEL)
        counted = self.spec.in_force(best)
        every = self.prepared.labels[self.train_index]
        weights = _class_weights(counted, every, len(self.prepared.classes))
        seen = {"validation": scores(self._predict(self.validation_index))}
        if part == "test":
            seen["test"] = scores(self._predict(self.prepared.indices("test")))
        report = evaluate(
            self.prepared,
            part=part,
            model=self.spec.model.name,
            best_epoch=best,
            validation_scores=seen["validation"],
            scores=seen[part],
            class_weights=tuple(map(float, weights)) if counted.class_weights else None,
            focal_gamma=self.spec.focal_gamma,
            opening=self._opening() if part == "test" else 0,
            seed=self.spec.seed,
        )
        results.write(self.folder, report, self.prepared, seen)
        return report

    def _opening(self) -> int:
        """Write down that these test images are opened, and say for which time.

        Another best epoch, after more epochs, is another look.
        """
        beside, key = self.folder.parent, openings.part_key(self.prepared)
        again = results.evaluated(self.folder)[0] == "test"
        name = self.folder.name
        openings.note(beside, key, run=f"{name}@{self._require_best()}" if again else name)
        return openings.opened(beside, key)

    def _predict(self, index: IntArray) -> FloatArray:
        """Logits (N, outputs) float32 in evaluation mode, in the order of ``index``."""
        logits = np.empty((len(index), self.spec.model.outputs), np.float32)
        for start in range(0, len(index), EVALUATION_BATCH):
            part = slice(start, start + EVALUATION_BATCH)
            logits[part] = self.forward(_images(self.prepared, index[part])).numpy()
        return logits

    def _snapshot(
        self, moment: Moment | int, validation_logits: FloatArray, places: IntArray | None = None
    ) -> None:
        seen = scores(validation_logits)
        results.write_snapshot(self.folder, moment, self._weights(), seen, self.spec, places=places)

    def _glance(self, moment: Moment, wanted: int) -> None:
        """Keep a moment within an epoch, with a look at so many validation images.

        The same ones each time, drawn with the seed: all of them would slow the training down.
        """
        every = len(self.validation_index)
        drawn = np.random.default_rng([self.spec.seed, _GLANCE_STREAM]).permutation(every)
        places = np.sort(drawn[:wanted])
        self._snapshot(moment, self._predict(self.validation_index[places]), places)

    def _weights(self) -> dict[str, FloatArray]:
        return {variable.path: variable.numpy() for variable in self.model.weights}

    def _out_of_patience(self) -> bool:
        best, patience = self.state.best_epoch, self.spec.patience
        return patience is not None and best is not None and self.state.done - best >= patience

    def _require_best(self) -> int:
        best = self.state.best_epoch
        if best is None:
            raise _diverged(self.spec.rate_at(self.state.done), "in every epoch")
        return best

    def _require_finite(self, logits: FloatArray, where: str) -> None:
        if not np.isfinite(logits).all():
            failure = _diverged(self.spec.rate_at(self.state.done + 1), where)
            self.emit(Warned(failure.code, failure.problem))
            raise failure

    def _warn_unstable(self, loss: float) -> None:
        classes = len(self.prepared.classes)
        gamma = self.spec.focal_gamma
        if too_large(loss, largest_loss(classes, focal_gamma=gamma)):
            guess = guessing_loss(classes, focal_gamma=gamma)
            self.emit(
                Warned(
                    "training.unstable",
                    f"The loss of {loss:.3g} is far above {guess:.3f}, which guessing reaches: "
                    f"the learning rate {self.spec.learning_rate:g} is too large. "
                    f"Try {self.spec.learning_rate / 10:g}.",
                )
            )

    def _phase(self, name: str, detail: str) -> None:
        self.emit(Phase(name, detail))


def _class_weights(spec: TrainingSpec, labels: IntArray, classes: int) -> FloatArray:
    """What each class counts, (C,): the same as any other, or as often as it comes."""
    return balanced_weights(labels, num_classes=classes) if spec.class_weights else np.ones(classes)


@dataclass(slots=True)
class _Meter:
    """Running means of an epoch, as Keras's progress bar shows them."""

    focal_gamma: float
    total: float = 0.0
    weight: float = 0.0
    right: int = 0
    count: int = 0

    def add(self, labels: IntArray, logits: FloatArray, weights: FloatArray) -> None:
        costs = losses(labels, logits, focal_gamma=self.focal_gamma)
        self.total += float((weights * costs).sum())
        self.weight += float(weights.sum())
        self.right += int(np.count_nonzero(predicted(logits) == labels))
        self.count += len(labels)

    @property
    def loss(self) -> float:
        return self.total / self.weight if self.weight else 0.0

    @property
    def accuracy(self) -> float:
        return self.right / self.count


def _compiled(
    model: keras.Model, spec: TrainingSpec
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The training step (images, labels, weights) -> logits, and the forward pass.

    Images go in as uint8 (B, S, S): a quarter of the bytes, and the batch stays one gather.
    The signature leaves B open, so that a smaller last batch is not compiled anew.
    """
    size = spec.model.input_size
    images = tf.TensorSpec((None, size, size), tf.uint8)
    numbers = tf.TensorSpec((None,), tf.float32)
    optimizer, variables = model.optimizer, model.trainable_variables
    binary = spec.model.outputs == 1

    @tf.function(input_signature=[images, numbers, numbers])
    def step(batch: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = model(_as_input(batch), training=True)
            if binary:
                each = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits[:, 0])
            else:
                each = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=tf.cast(labels, tf.int32), logits=logits
                )
            if spec.focal_gamma:
                # The floor: a root's slope at 0 is infinite, and float32 has cross-entropies of 0.
                each *= tf.maximum(-tf.math.expm1(-each), _SMALLEST_REST) ** spec.focal_gamma
            loss = tf.reduce_mean(weights * each)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return logits

    @tf.function(input_signature=[images])
    def forward(batch: tf.Tensor) -> tf.Tensor:
        return model(_as_input(batch), training=False)

    return step, forward


def _as_input(batch: tf.Tensor) -> tf.Tensor:
    return tf.expand_dims(tf.cast(batch, tf.float32), axis=-1)


def _new_model(spec: TrainingSpec) -> keras.Model:
    model = build(spec.model, seed=spec.seed)
    optimizer = _optimizer(spec)
    # Compiled only so that saving takes the optimizer along.
    model.compile(optimizer=optimizer, jit_compile=False)  # pyright: ignore[reportArgumentType]
    optimizer.build(model.trainable_variables)
    return model


def _begin_with(model: keras.Model, weights: Mapping[str, FloatArray]) -> None:
    """Give a network the weights of another run's epoch; its optimizer begins anew."""
    names = {variable.path for variable in model.weights}
    if names != set(weights):
        raise LessonError(
            "training.other-start",
            problem="The weights that this run begins with are those of another network.",
            remedy="Begin it anew, without its parent.",
        )
    for variable in model.weights:
        variable.assign(weights[variable.path])


def _optimizer(spec: TrainingSpec) -> keras.Optimizer:
    decay = spec.weight_decay or None
    options = {"learning_rate": spec.learning_rate, "weight_decay": decay}
    match spec.optimizer:
        case "adam":
            optimizer = keras.optimizers.Adam(**options)
        case "sgd":
            optimizer = keras.optimizers.SGD(**options)
        case "momentum":
            optimizer = keras.optimizers.SGD(momentum=0.9, **options)
        case "rmsprop":
            optimizer = keras.optimizers.RMSprop(**options)
    # Also without a decay: it may be changed on the way, and then it is too late.
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    return optimizer


def _restore(
    spec: TrainingSpec, folder: Path, emit: Emit
) -> tuple[TrainingState, keras.Model] | tuple[None, None]:
    state = read_state(folder)
    if state is None:
        if (folder / CHECKPOINT).exists():
            _warn_damaged(emit)
        return None, None
    if _settings(state.spec, state.done) != _comparable(spec, state.done):
        raise LessonError(
            "training.other-spec",
            problem="The checkpoint in this folder belongs to other settings.",
            remedy="Start a new run instead of resuming this one.",
        )
    try:
        model = _new_model(spec)
        saved = keras.saving.load_model(folder / CHECKPOINT)
        if not isinstance(saved, keras.Model):
            raise TypeError(f"The checkpoint holds no network but {type(saved).__name__}.")
        model.set_weights(saved.get_weights())
        for ours, theirs in zip(model.optimizer.variables, saved.optimizer.variables, strict=True):
            ours.assign(theirs)
    except (ValueError, OSError, KeyError, TypeError):
        _warn_damaged(emit)
        return None, None
    return state, model


def _warn_damaged(emit: Emit) -> None:
    emit(
        Warned(
            "training.checkpoint-damaged",
            "The checkpoint cannot be read; the training begins anew and will draw the same curve.",
        )
    )


def _saver(model: keras.Model, *, optimizer: bool) -> Callable[[Path], None]:
    return (model if optimizer else _bare(model)).save


def _bare(model: keras.Model) -> keras.Model:
    """The same layers and weights without the optimizer, whose moments are twice their bytes.

    Saving a ``.keras`` file takes an optimizer along whatever ``include_optimizer`` says.
    """
    return keras.Model(model.input, model.output, name=model.name)


def _clear(folder: Path) -> None:
    """Remove what an earlier attempt left: nothing of it belongs to the run that begins."""
    shutil.rmtree(folder / results.SNAPSHOTS, ignore_errors=True)
    for name in (CHECKPOINT, MODEL, WEIGHTS_FILE, results.PREDICTIONS, results.EVALUATION):
        (folder / name).unlink(missing_ok=True)


def _comparable(spec: TrainingSpec, done: int) -> dict[str, Any]:
    """The spec without what has no say in the curve so far: see `_settings`."""
    return _settings(spec.to_json(), done)


def _settings(spec: Mapping[str, Any], done: int) -> dict[str, Any]:
    """What decided the first epochs: without the place of the data, the test, and later changes.

    Where the rate is constant, the number of epochs asked for has no say in them either.
    """
    left_out = {"prepared", "opens_test", "changes"}
    left_out |= {
        name for name in ("start", "label_noise", "focal_gamma") if not spec.get(name)
    }  # of a version without it
    if spec["schedule"] == "constant":
        left_out |= {"epochs"}
    rates = spec.get("rates", []) + [
        [one["epoch"], one["learning_rate"]]
        for one in spec.get("changes", ())
        if one["epoch"] <= done and one["learning_rate"] is not None
    ]
    others = spec.get("others", []) + [
        [one["epoch"], name, one[name]]
        for one in spec.get("changes", ())
        for name in ("dropout", "weight_decay", "augmentation", "class_weights")
        if one["epoch"] <= done and one.get(name) is not None
    ]
    kept = {name: value for name, value in spec.items() if name not in left_out}
    return kept | {"rates": rates} | ({"others": others} if others else {})


def _order(index: IntArray, *, seed: int, epoch: int) -> IntArray:
    return np.random.default_rng([seed, _ORDER_STREAM, epoch]).permutation(index)


def _set_dropout(model: keras.Model, rate: float) -> None:
    """Give each dropout layer that share."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = rate


def _seed_dropout(model: keras.Model, *, seed: int, epoch: int) -> None:
    """Each dropout layer draws from (seed, epoch, layer), whatever was drawn before."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            own = layer_seed(seed, f"{layer.name}:{epoch}")
            layer.seed_generator.state.assign(np.array([own, 0], dtype=np.uint32))


def _images(prepared: PreparedSet, index: IntArray) -> UInt8Array:
    """(B, S, S) uint8, copied out of the mapped file."""
    return np.asarray(prepared.images[index])


def _attempt(folder: Path) -> int:
    earlier, _ = events.read(folder / "events.jsonl")
    return 1 + sum(isinstance(event, Started) for event in earlier)


def _device() -> str:
    return "GPU" if tf.config.list_physical_devices("GPU") else "CPU"


def _diverged(rate: float, where: str) -> LessonError:
    return LessonError(
        "training.diverged",
        problem=f"The network's output is no longer a number {where}: the learning rate "
        f"{rate:g} is too large.",
        remedy=f"Try a learning rate of {rate / 10:g}.",
    )


def _check_fits(spec: TrainingSpec, prepared: PreparedSet) -> None:
    if prepared.size != spec.model.input_size:
        raise LessonError(
            "training.other-size",
            problem=f"The images are prepared at {prepared.size} pixels, the network takes "
            f"{spec.model.input_size}.",
            remedy=f"Prepare the dataset at {spec.model.input_size} pixels.",
        )
    if prepared.classes != spec.model.classes:
        raise LessonError(
            "training.other-classes",
            problem=f"The dataset has the classes {', '.join(prepared.classes)}, the network "
            f"{', '.join(spec.model.classes)}.",
            remedy="Build the network for this dataset.",
        )
    for part in ("train", "validation", "test"):
        if not len(prepared.indices(part)):
            raise LessonError(
                "training.no-images",
                problem=f"The {part} part of this dataset has no images.",
                remedy="Use a larger dataset, or split it again.",
            )
    if len(np.unique(prepared.labels[prepared.indices("train")])) < 2:
        raise LessonError(
            "training.one-class",
            problem="All training images are of one class: there is nothing to tell apart.",
            remedy="Use a dataset with images of each class.",
        )
