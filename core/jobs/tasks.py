"""What a worker does for the server: train, predict, explain; `core.jobs.remote.Tasks` lists it.

The one seam between the server and Keras: this module is imported in workers (and by the
command line's ``train`` in its own process), never in the server, and imports Keras only when a
task needs it.
"""

from __future__ import annotations

import errno
import importlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.explain.landscape import Kind, Outline
from core.explain.result import OF_PIXELS, ClassMap, Method, OptimizedInput
from core.inspect import excitation
from core.inspect.excitation import Exciting
from core.jobs import loaded
from core.jobs.folder import RunFolder
from core.jobs.ownership import claim, ownership
from core.jobs.reading import why
from core.jobs.remote import FIT
from core.models.spec import ModelSpec
from core.prepared import PreparedSet, open_prepared
from core.training import events
from core.training.events import Event, Failed, Finished, Stopped
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
) -> bool:
    """Train a run that waits, and write into its folder how that went.

    Args:
        run_folder: Path of the run.
        resume: Go on from the last finished epoch instead of beginning anew.
        fit: The function that trains, as ``module:name``.
        watch: Called with each event after it is written.

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
    return True


def predict(model_path: str, images: UInt8Array) -> FloatArray:
    """Logits (N, K) float32 of images (N, S, S) uint8, prepared at the network's size.

    Raises:
        LessonError: ``model.missing``, ``model.damaged``, ``model.other-size``.
    """
    return loaded.predict(model_path, images)


def judge(model_path: str, images: UInt8Array) -> tuple[FloatArray, FloatArray | None]:
    """Logits (N, K) as `predict` gives them, and how strange each image is to the network, (N,).

    Above 1 an image lies beyond what the network knows; None for a network that cannot tell.

    Raises:
        LessonError: as `predict`.
    """
    return loaded.judge(model_path, images)


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
