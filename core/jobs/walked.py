"""What the reference network's backbone answers to one picture, asked of a worker.

NumPy would take about a second of a processor for it; Keras, once loaded, a fifth of that. All
answers together are 50 MB, so only what is shown travels: whole maps of a few nodes, and the others
condensed. Imports Keras only when a picture is sent through.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.bounded import Bounded
from core.explain.result import OptimizedInput
from core.inspect.condensed import Condensed, condense
from core.models.graph import nodes
from core.models.weights import damaged
from core.reference.backbone_spec import backbone_spec, read_backbone

Walk = Callable[[UInt8Array], Mapping[str, FloatArray]]
_kept: Final = Bounded[tuple[str, int, int], Walk](1)
_lock: Final = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """What was asked for of one picture.

    Attributes:
        whole: (H, W, C) or (U,) float32 by node.
        condensed: Every node by its name.
    """

    whole: Mapping[str, FloatArray]
    condensed: Mapping[str, Condensed]


def maps(path: str, image: UInt8Array, names: Sequence[str]) -> dict[str, FloatArray]:
    """Whole answers of some nodes.

    Args:
        path: File of the backbone.
        image: (S, S) uint8 at the size of `core.reference.backbone_spec.backbone_spec`.
        names: Of nodes.

    Raises:
        LessonError: ``model.damaged``.
    """
    known = _walk_of(Path(path))(image)
    return {name: known[name] for name in names}


def walk(path: str, image: UInt8Array, names: Sequence[str], shares: Sequence[float]) -> Walked:
    """Whole answers of some nodes, and all of them condensed.

    Args:
        path, image, names: As of `maps`.
        shares: Percentiles of the absolute values that are wanted.

    Raises:
        LessonError: ``model.damaged``.
    """
    known = _walk_of(Path(path))(image)
    condensed = {name: condense(values, shares) for name, values in known.items()}
    return Walked({name: known[name] for name in names}, condensed)


def please(
    count: int,
    weights: Mapping[str, FloatArray],
    *,
    layer: str,
    unit: int,
    steps: int,
    smoothness: float,
) -> OptimizedInput:
    """A picture that pleases one unit of the backbone's beginning.

    Args:
        count: Of its layers and blocks, so many are built.
        weights: Theirs.
        layer, unit, steps, smoothness: As of `core.explain.optimized.optimize_input`.
    """
    from core.explain import optimized

    whole = backbone_spec()
    return optimized.optimize_input(
        dataclasses.replace(whole, layers=whole.layers[:count]),
        weights,
        layer=layer,
        unit=unit,
        steps=steps,
        smoothness=smoothness,
    )


def _walk_of(path: Path) -> Walk:
    try:
        stat = path.stat()
        with _lock:
            key = (str(path), stat.st_mtime_ns, stat.st_size)
            return _kept.find_or_put(key, lambda: _load(path))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def _load(path: Path) -> Walk:
    import keras

    from core.models.build import rebuild

    spec = backbone_spec()
    names = [node.name for node in nodes(spec)]
    model = rebuild(spec, read_backbone(path))
    every: Any = keras.Model(model.input, [model.get_layer(name).output for name in names])

    def walk(image: UInt8Array) -> Mapping[str, FloatArray]:
        answers = every.predict_on_batch(np.asarray(image, np.float32)[None, ..., None])
        return {name: values[0] for name, values in zip(names, answers, strict=True)}

    return walk
