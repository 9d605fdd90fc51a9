"""A trained network as an ONNX file, for programs without Keras. Runs in a worker."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np

from core.jobs import loaded


def as_onnx(model_path: str) -> bytes:
    """The network in a Keras file as ONNX: float32 images (N, S, S, 1), 0 to 255, to logits (N, K).

    Keras's own export does it, by tf2onnx.

    Args:
        model_path: A file that `core.jobs.loaded.load_model` opens.

    Raises:
        LessonError: ``model.missing``, ``model.damaged``.

    Source:
        Open Neural Network Exchange, https://onnx.ai
    """
    model = loaded.load_model(model_path)
    model(np.zeros((1, *model.input_shape[1:]), np.float32))  # one that was never asked has no form
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # What tf2onnx says of NumPy's next version is nothing that a person here can change.
        warnings.simplefilter("ignore")
        file = Path(folder) / "network.onnx"
        model.export(file, format="onnx", verbose=False)
        return file.read_bytes()
