"""The functions that cross from the server to a worker.

They are pickled by name, so importing this module must not import Keras: the server imports it
to submit them, and only the worker imports what they name.
"""

from __future__ import annotations

import importlib
from typing import Any, Final, TypeAlias

from core.errors import LessonError

TASKS: Final = "core.jobs.tasks"
FIT: Final = "core.training.fit:fit"
"""The function that trains, as ``module:name``; tests put one in its place."""

Answer: TypeAlias = tuple[bool, Any]
"""(True, result) or (False, the LessonError): advice is an answer, not a crash in a log."""


def invoke(task: str, arguments: dict[str, Any]) -> Answer:
    """Call a function of ``core.jobs.tasks`` (or ``module:name``) in this worker."""
    module, _, name = task.rpartition(":")
    function = getattr(importlib.import_module(module or TASKS), name)
    try:
        return True, function(**arguments)
    except LessonError as error:
        return False, error
