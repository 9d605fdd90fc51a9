"""A file of somebody is read in a process that can take no more than its limits."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from core.errors import LessonError
from core.jobs import reading_network
from core.jobs.apart import call_apart
from core.jobs.reading_network import read_apart
from core.models.keras_file.reader import Answers, read_keras_file
from tests.core.jobs import far_reading

LIMITED = pytest.mark.skipif(sys.platform == "win32", reason="the system has no such limits")


def silent(phase: str, fraction: float) -> None:
    """Nobody listens."""


def test_what_is_read_apart_is_what_is_read_here(tmp_path: Path) -> None:
    layers = [keras.Input((16, 16, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
    keras.Sequential(layers).save(tmp_path / "network.keras")
    raw = (tmp_path / "network.keras").read_bytes()
    here, apart = read_keras_file(raw, Answers(title="x")), read_apart(raw, Answers(title="x"))
    assert (apart.spec, apart.notes, apart.values) == (here.spec, here.notes, here.values)
    assert apart.weights.keys() == here.weights.keys()
    for name, array in here.weights.items():
        np.testing.assert_array_equal(apart.weights[name], array)


@LIMITED
def test_its_process_writes_nothing_takes_no_more_memory_and_has_no_tensorflow(
    tmp_path: Path,
) -> None:
    file = tmp_path / "written"
    assert call_apart(far_reading.overstep, progress=silent, file=str(file)) == (
        False,
        False,
        False,
    )
    assert not file.exists() or not file.stat().st_size


@LIMITED
def test_what_reckons_for_ever_is_ended() -> None:
    with pytest.raises(LessonError, match=str(-signal.SIGXCPU)) as ended:
        call_apart(far_reading.burn, progress=silent)
    assert ended.value.code == "process.ended"


def test_limits_are_taken_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(reading_network, "_limit", lambda: done.append("limited"))
    monkeypatch.setattr(reading_network, "read_keras_file", lambda *_: done.append("read"))
    reading_network.read_limited(raw=b"", answers=Answers(), progress=silent)
    assert done == ["limited", "read"]
