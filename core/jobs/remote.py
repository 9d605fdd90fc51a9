"""What the server asks of a worker: each task with the types of its arguments and its answer.

This module is what both sides share, and importing it does not import Keras: the server makes
requests with it, and only the worker imports what they name.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, ParamSpec, Protocol, TypeAlias, TypeVar

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from core.explain.erasure import ErasureCurves
from core.explain.landscape import Kind, Outline
from core.explain.result import ClassMap, Method, OptimizedInput, Reaction
from core.inspect.condition import Condition
from core.inspect.excitation import Exciting
from core.marks import Box
from core.training.moment import Moment
from core.training.rate_search import Course

P = ParamSpec("P")
T = TypeVar("T")

TASKS: Final = "core.jobs.tasks"
FIT: Final = "core.training.fit:fit"
"""The function that trains, as ``module:name``; tests put one in its place."""

Answer: TypeAlias = tuple[bool, Any]
"""(True, result) or (False, the LessonError): advice is an answer, not a crash in a log."""


class Tasks(Protocol):
    """What a worker does; ``core.jobs.tasks`` does it and says what each means."""

    @staticmethod
    def train(run_folder: str, resume: bool, *, fit: str = FIT, eye: str | None = None) -> bool:
        """Train a run that waits; whether it did."""
        ...

    @staticmethod
    def predict(model_path: str, images: UInt8Array) -> FloatArray:
        """Logits (N, K) of images (N, S, S)."""
        ...

    @staticmethod
    def as_onnx(model_path: str) -> bytes:
        """The network as an ONNX file."""
        ...

    @staticmethod
    def judge(
        model_path: str, images: UInt8Array, eye: str | None = None
    ) -> tuple[FloatArray, FloatArray | None]:
        """The same, and how strange each image is to the network."""
        ...

    @staticmethod
    def describe(images: UInt8Array, eye: str) -> FloatArray:
        """What pictures (N, S, S) show: (N, 1280), for a head of one's own."""
        ...

    @staticmethod
    def explain(
        model_path: str,
        image: UInt8Array,
        class_index: int,
        layer: str | None = None,
        method: Method = "hirescam",
    ) -> ClassMap:
        """The map of one image (S, S) for one class."""
        ...

    @staticmethod
    def cascade(model_path: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is shuffled step by step, from the top layer down."""
        ...

    @staticmethod
    def explain_shuffled(
        model_path: str,
        image: UInt8Array,
        class_index: int,
        depth: int,
        layer: str | None = None,
        method: Method = "hirescam",
    ) -> ClassMap:
        """The map by the network with its top layers shuffled."""
        ...

    @staticmethod
    def erase(
        model_path: str, image: UInt8Array, values: FloatArray, picture: Box, class_index: int
    ) -> ErasureCurves:
        """Outputs while a picture is erased in a map's order."""
        ...

    @staticmethod
    def tape_gradients(
        patches: FloatArray,
        targets: FloatArray,
        kernels: FloatArray,
        kernel_biases: FloatArray,
        weights: FloatArray,
        bias: FloatArray,
    ) -> dict[str, FloatArray]:
        """The gradients of a lesson's updates by TensorFlow's tape."""
        ...

    @staticmethod
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
        """A picture that pleases one unit."""
        ...

    @staticmethod
    def exciting_images(
        spec: dict[str, Any], weights: dict[str, FloatArray], images: UInt8Array, name: str
    ) -> Exciting:
        """The images that excite each unit of a layer most."""
        ...

    @staticmethod
    def conditions(
        run_folder: str, moments: Sequence[Moment], images: UInt8Array
    ) -> tuple[Condition, ...]:
        """How a run's network was at some moments."""
        ...

    @staticmethod
    def reactions(
        run_folder: str, moments: Sequence[Moment], image: UInt8Array
    ) -> tuple[Reaction, ...]:
        """What a run's network made of a picture at some moments."""
        ...

    @staticmethod
    def search_rate(spec: dict[str, Any], *, budget_s: float = 0.5) -> Course:
        """The course of a search for a learning rate, a few batches further."""
        ...

    @staticmethod
    def slice_outline(run_folder: str, kind: Kind) -> Outline:
        """The way of a run's training on a slice of its loss."""
        ...

    @staticmethod
    def slice_row(run_folder: str, kind: Kind, row: int) -> FloatArray:
        """(G,) one row of the slice's losses."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Request(Generic[T]):
    """One call that a worker is asked to make, and the type of its answer.

    Attributes:
        task: Name of a task, or ``module:name`` of another function.
        arguments: By name.
    """

    task: str
    arguments: Mapping[str, Any] = field(repr=False)


def request(task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Request[T]:
    """Ask for a call of a task, which is not called here.

    Args:
        task: Of `Tasks`, or any function at the top of a module that a worker can import.
        args, kwargs: Its arguments.

    Raises:
        TypeError: Arguments that the task does not take.

    >>> request(Tasks.slice_row, "runs/one", "path", row=3)
    Request(task='slice_row')
    """
    owner, _, name = task.__qualname__.rpartition(".")
    named = name if owner == Tasks.__name__ else f"{task.__module__}:{name}"
    return Request(named, inspect.signature(task).bind(*args, **kwargs).arguments)


def invoke(asked: Request[Any]) -> Answer:
    """Do what is asked, in this worker."""
    module, _, name = asked.task.rpartition(":")
    function = getattr(importlib.import_module(module or TASKS), name)
    try:
        return True, function(**asked.arguments)
    except LessonError as error:
        return False, error
