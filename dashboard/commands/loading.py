"""Importing TensorFlow in a terminal."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path


def load_quietly(module: str) -> None:
    """Import a module that needs TensorFlow, without the remarks on the processor it greets with.

    They are written by its C++ side whatever its log level is, so the error output is closed
    below Python; what goes wrong is raised all the same.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        importlib.import_module(module)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
