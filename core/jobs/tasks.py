"""What a worker does for the server: train, predict, explain; `core.jobs.remote.Tasks` lists it.

The one seam between the server and Keras: this module is imported in workers (and by the
command line's ``train`` in its own process), never in the server, and imports Keras only when a
task needs it.
"""

from __future__ import annotations

import errno
import importlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.explain.erasure import ErasureCurves, erasure_curves
from core.explain.landscape import Kind, Outline
from core.explain.result import (
    OF_PIXELS,
    ClassMap,
    Method,
    OptimizedInput,
    Reaction,
    probabilities,
)
from core.inspect import excitation
from core.inspect.condition import Condition, condition
from core.inspect.excitation import Exciting
from core.jobs import described, familiar, loaded, searching
from core.jobs.folder import RunFolder, somebody_waits
from core.jobs.ownership import claim, ownership
from core.jobs.reading import why
from core.jobs.remote import FIT
from core.marks import Box
from core.models.spec import ModelSpec
from core.prepared import PreparedSet, open_prepared
from core.training import events
from core.training.events import Event, Failed, Finished, Stopped
from core.training.moment import Moment
from core.training.rate_search import Course
from core.training.results import read_moment
from core.training.spec import TrainingSpec

_LOG: Final = logging.getLogger("lightbox")
_REFUSALS: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE}


def warm(*, kind: str) -> None:
    """Import what the first task of a worker would otherwise wait for."""
    modules = {
        "train": ("core.training.fit",),
        "analyse": ("keras", "core.explain.gradcam"),
    }
    loaded = [importlib.import_module(name) for name in modules.get(kind, ())]
    if kind == "train":
        loaded[0].rehearse()


def train(
    run_folder: str,
    resume: bool,
    *,
    fit: str = FIT,
    watch: Callable[[Event], None] | None = None,
    eye: str | None = None,
    looks_later: bool = True,
) -> bool:
    """Train a run that waits, and write into its folder how that went.

    Args:
        run_folder: Path of the run.
        resume: Go on from the last finished epoch instead of beginning anew.
        fit: The function that trains, as ``module:name``.
        watch: Called with each event after it is written.
        eye: File of the backbone that looks at the training pictures once the network has
            learned, so that strange ones can be told; None to leave that out.
        looks_later: While other runs wait it looks after a later one; False for a process that
            trains this one alone.

    Returns:
        Whether the run was this call's to train: False where it was no longer waiting.
    """
    run = RunFolder(Path(run_folder))
    if not claim(run.path):
        return False
    events.mend(run.events_path)
    begun = run.events_path.stat().st_size if run.events_path.exists() else 0
    with ownership(run.path, events_from=begun), _logged(run.log_path):
        _LOG.info("Run %s begins%s.", run.id, ", resumed" if resume else "")
        _Attempt(run, begun, watch).train(fit, resume=resume)
        _LOG.info("Run %s ends.", run.id)
    if eye is not None and run.model_path.is_file():
        _OWED.append(_Look(run, Path(eye), put_off=0 if looks_later else _PATIENT))
        _look_at_training_pictures()
    return True


@dataclass(slots=True)
class _Look:
    """A look at what a network learned from, and how often it was put off."""

    run: RunFolder
    eye: Path
    put_off: int = 0


_OWED: Final[list[_Look]] = []
"""The looks that this worker has still to take, the oldest first."""
_PATIENT: Final = 3
"""How often a look is put off: in a class with a queue somebody always waits."""


def _look_at_training_pictures() -> None:
    """Keep how the pictures look that runs learned from; networks answer without it all the same.

    A look takes seconds in which nobody's training begins. One that finds somebody waiting is
    taken behind the next training.
    """
    while _OWED:
        one = _OWED[0]
        try:
            _take(one)
        except familiar.PutOff:
            one.put_off += 1
            return
        except (OSError, ValueError, KeyError, LessonError):
            _LOG.exception("Nobody can look at the pictures of run %s.", one.run.id)
        del _OWED[0]


def _take(one: _Look) -> None:
    def others_wait() -> bool:
        return one.put_off < _PATIENT and somebody_waits(one.run.path.parent)

    known = familiar.learn(_open_data(one.run.spec()), one.eye, others_wait=others_wait)
    if known is not None:
        familiar.keep(one.run.path, known)


def predict(model_path: str, images: UInt8Array) -> FloatArray:
    """Logits (N, K) float32 of images (N, S, S) uint8, prepared at the network's size.

    Raises:
        LessonError: ``model.missing``, ``model.damaged``, ``model.other-size``.
    """
    return loaded.predict(model_path, images)


def as_onnx(model_path: str) -> bytes:
    """The network in a file as ONNX, from images (N, S, S, 1) to logits (N, K).

    Raises:
        LessonError: ``model.missing``, ``model.damaged``.
    """
    from core.jobs import onnx_file

    return onnx_file.as_onnx(model_path)


def judge(
    model_path: str, images: UInt8Array, eye: str | None = None
) -> tuple[FloatArray, FloatArray | None]:
    """Logits (N, K) as `predict` gives them, and how strange each image is to the network, (N,).

    Above 1 an image lies beyond what the network learned from; None where that is not known.

    Args:
        model_path: As `predict` takes it.
        images: Likewise.
        eye: File of the backbone that looks at the pictures of a small network.

    Raises:
        LessonError: as `predict`.
    """
    return loaded.judge(model_path, images, eye=None if eye is None else Path(eye))


def describe(images: UInt8Array, eye: str) -> FloatArray:
    """What pictures (N, S, S) show, (N, 1280): features for a head of one's own.

    Args:
        images: Gray, of any one size.
        eye: File of the backbone that looks at them.

    Raises:
        LessonError: ``model.damaged``.
    """
    return described.describe(images, Path(eye))


def explain(
    model_path: str,
    image: UInt8Array,
    class_index: int,
    layer: str | None = None,
    method: Method = "hirescam",
) -> ClassMap:
    """The map of one image (S, S) uint8 for one class, from the logits.

    Raises:
        LessonError: as `predict`, and those of ``core.explain.gradcam``.
    """
    from core.explain.gradcam import class_map
    from core.explain.pixels import pixel_map

    model = loaded.load_model(model_path)
    batch = loaded.as_batch(model, np.asarray(image)[None])
    picture = batch[0, :, :, 0]
    if method in OF_PIXELS:
        return pixel_map(model, picture, class_index=class_index, method=method)
    return class_map(model, picture, class_index=class_index, layer=layer, method=method)


def cascade(model_path: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is shuffled from the top down: titles of the steps, and names of their layers."""
    from core.explain import shuffling

    return shuffling.cascade(loaded.load_model(model_path))


def explain_shuffled(
    model_path: str,
    image: UInt8Array,
    class_index: int,
    depth: int,
    layer: str | None = None,
    method: Method = "hirescam",
) -> ClassMap:
    """As `explain`, by the network with the kernels of its top layers shuffled.

    Args:
        model_path, image, class_index, layer, method: As there.
        depth: Steps of `cascade`.
    """
    from core.explain.shuffling import shuffled

    with shuffled(loaded.load_model(model_path), depth):
        return explain(model_path, image, class_index, layer, method)


def erase(
    model_path: str, image: UInt8Array, values: FloatArray, picture: Box, class_index: int
) -> ErasureCurves:
    """Outputs for a class while a picture is erased in a map's order, and in random ones.

    Args:
        model_path, image, class_index: As of `explain`.
        values: (S, S) the map.
        picture: Where the picture lies in the square.
    """

    def ask(pictures: UInt8Array) -> FloatArray:
        logits = loaded.judge(model_path, pictures)[0]
        return np.array([probabilities(row)[class_index] for row in logits])

    return erasure_curves(ask, image, values, picture)


def tape_gradients(
    patches: FloatArray,
    targets: FloatArray,
    kernels: FloatArray,
    kernel_biases: FloatArray,
    weights: FloatArray,
    bias: FloatArray,
) -> dict[str, FloatArray]:
    """What TensorFlow's tape says of a lesson's gradients; see ``core.explain.tape``."""
    from core.explain import tape

    return tape.tape_gradients(patches, targets, kernels, kernel_biases, weights, bias)


def optimize_input(
    spec: dict[str, Any],
    weights: dict[str, FloatArray],
    *,
    layer: str,
    unit: int,
    whole_map: bool = False,
    steps: int = 96,
    smoothness: float = 1.0,
    seed: int = 0,
) -> OptimizedInput:
    """A picture that pleases one unit; see ``core.explain.optimized``.

    Args:
        spec: `ModelSpec.to_json` of the network.
        weights: Its arrays by name.
        layer, unit, whole_map, steps, smoothness, seed: As there.
    """
    from core.explain import optimized

    return optimized.optimize_input(
        ModelSpec.from_json(spec),
        weights,
        layer=layer,
        unit=unit,
        whole_map=whole_map,
        steps=steps,
        smoothness=smoothness,
        seed=seed,
    )


def exciting_images(
    spec: dict[str, Any], weights: dict[str, FloatArray], images: UInt8Array, name: str
) -> Exciting:
    """The images that excite each unit of a layer most; without Keras, as `core.inspect` is.

    Args:
        spec: The network as JSON.
        weights: Its arrays by name.
        images: (N, S, S) uint8 at the network's size.
        name: The layer.
    """
    return excitation.exciting_images(ModelSpec.from_json(spec), weights, images, name)


def conditions(
    run_folder: str, moments: Sequence[Moment], images: UInt8Array
) -> tuple[Condition, ...]:
    """How a run's network was at some moments; without Keras, as `core.inspect` is.

    Args:
        run_folder: Path of the run.
        moments: That are kept.
        images: (N, S, S) uint8, on which silent units are counted; may be none.

    Raises:
        LessonError: ``model.damaged``, and as `core.inspect.condition.condition`.
    """
    run = RunFolder(Path(run_folder))
    spec = run.spec().model
    return tuple(
        condition(spec, read_moment(run.path, moment).weights, images) for moment in moments
    )


def reactions(
    run_folder: str, moments: Sequence[Moment], image: UInt8Array
) -> tuple[Reaction, ...]:
    """What a run's network made of a picture at some moments.

    Args:
        run_folder: Path of the run.
        moments: That are kept.
        image: (S, S) uint8 at the network's size.

    Raises:
        LessonError: ``model.damaged``, and as `core.explain.reaction.reaction`.
    """
    from core.explain.reaction import reaction

    run = RunFolder(Path(run_folder))
    spec = run.spec().model
    return tuple(reaction(spec, read_moment(run.path, moment).weights, image) for moment in moments)


def search_rate(spec: dict[str, Any], *, budget_s: float = 0.5) -> Course:
    """The course of a search for a learning rate, a few batches further.

    Args:
        spec: `TrainingSpec.to_json` of what is trained.
        budget_s: No further batch is begun after so many seconds.

    Raises:
        LessonError: ``run.other-data``, ``training.out-of-memory``, and as
            `core.training.fit.losses_at`.
    """
    training = TrainingSpec.from_json(spec)
    try:
        return searching.advance(training, _open_data(training), budget_s=budget_s)
    except Exception as error:
        advice = _as_advice(error)
        if advice is None or isinstance(error, LessonError):
            raise
        raise LessonError(advice.code, problem=advice.problem, remedy=advice.remedy) from error


def slice_outline(run_folder: str, kind: Kind) -> Outline:
    """The way of a run's training on a slice of its loss; see ``core.explain.slicing``."""
    from core.explain import slicing

    run = RunFolder(Path(run_folder))
    return slicing.survey(run.path, run.spec(), kind).outline()


def slice_row(run_folder: str, kind: Kind, row: int) -> FloatArray:
    """One row of the slice's grid of losses."""
    from core.explain import slicing

    run = RunFolder(Path(run_folder))
    return slicing.survey(run.path, run.spec(), kind).row(row)


class _Attempt:
    """One try at a run: passes its events on and sees to it that it has an end."""

    def __init__(self, run: RunFolder, begun: int, watch: Callable[[Event], None] | None) -> None:
        self._run = run
        self._begun = begun
        self._watch = watch
        self._ended = False

    def train(self, fit: str, *, resume: bool) -> None:
        """Run ``fit``; a failure becomes the run's last event, and a bug is raised as well."""
        run = self._run
        try:
            if run.is_asked_to_stop():
                self.emit(Stopped(epoch=self._epochs_done()))
                return
            spec = run.spec()
            prepared = _open_data(spec)
            function = _find(fit)
            function(
                spec,
                prepared,
                run.path,
                emit=self.emit,
                asked_to_stop=run.is_asked_to_stop,
                resume=resume,
                wished=run.take_wish,
            )
        except Exception as error:
            _LOG.exception("The training failed.")
            advice = _as_advice(error)
            try:
                self.emit(advice or _as_bug(error))
            except OSError:
                # The folder that would have to hold the reason is what failed. Nobody is at the
                # run any more, so it reads as interrupted and can be resumed.
                _LOG.exception("The reason cannot be written down.")
                raise
            if advice is None:
                raise
        else:
            self._require_end()

    def emit(self, event: Event) -> None:
        """Write an event and pass it on."""
        events.append(self._run.events_path, event)
        self._ended = isinstance(event, Finished | Stopped | Failed)
        if self._watch is not None:
            self._watch(event)

    def _require_end(self) -> None:
        if not self._ended:
            raise RuntimeError("The training returned without saying how it ended.")

    def _epochs_done(self) -> int:
        epochs = self._run.history().epochs
        return epochs[-1].epoch if epochs else 0


def _open_data(spec: TrainingSpec) -> PreparedSet:
    prepared = open_prepared(Path(spec.prepared))
    if prepared.fingerprint != spec.fingerprint:
        raise LessonError(
            "run.other-data",
            problem=f"The prepared images in {spec.prepared} are not those the run was made for "
            f"({prepared.fingerprint}, not {spec.fingerprint}).",
            remedy="Prepare the dataset again with the same options, or start a new run.",
        )
    return prepared


def _as_advice(error: Exception) -> Failed | None:
    """The failures that a person can do something about; None for a bug."""
    if isinstance(error, LessonError):
        return Failed(error.code, error.problem, error.remedy)
    # TensorFlow's own class, told by name: this module must not import it.
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return Failed(
            "training.out-of-memory",
            "The computer's memory is too small for this training.",
            "Choose a smaller batch, a smaller input or a smaller network, then start again.",
        )
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Failed(
            "training.disk-full",
            f"The disk is full: {error}.",
            "Free some space and resume the run.",
        )
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        return Failed(
            "training.unwritable",
            f"A file could not be read or written ({why(error)}).",
            "Make the run's folder and the prepared images available again, then resume the run.",
        )
    return None


def _as_bug(error: Exception) -> Failed:
    return Failed(
        "training.bug",
        f"The training broke off with {type(error).__name__}: {error}",
        "This should not happen. worker.log in the run's folder has the details; resuming goes "
        "on from the last finished epoch.",
    )


def _find(name: str) -> Callable[..., None]:
    module, _, function = name.partition(":")
    found: Callable[..., None] = getattr(importlib.import_module(module), function)
    return found


class _RunLog(logging.FileHandler):
    """A log in a folder that may go away: what cannot be written there is still in the worker's."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            super().emit(record)


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Copy what is logged while the block runs into the run's own log."""
    handler = _RunLog(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = _LOG.level
    root = logging.getLogger()
    root.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        _LOG.setLevel(level)
        root.removeHandler(handler)
        handler.close()
