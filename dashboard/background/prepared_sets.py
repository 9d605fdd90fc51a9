"""Datasets prepared in the background, shared by all sessions of a server. No Streamlit here.

Reading thousands of files takes up to a minute. It happens in a daemon thread while the page
stays alive, one preparation at a time; whoever asks for the same images gets the same one.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.bounded import Bounded
from core.errors import LessonError
from core.prepared import PreparedSet
from data.sets.preparation import Split

_MOST_KEPT: Final = 32
_RETRY_AFTER_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which images are wanted.

    Attributes:
        dataset: Name in the registry.
        size: Side in pixels.
        split: By group, blind to groups, or as the set's own folders have it.
        root: Where the files are; None for the usual place.
        positive: Which of a folder's two classes is the finding; judged by their names where None.
    """

    dataset: str
    size: int
    split: Split = "grouped"
    root: Path | None = None
    positive: str | None = None


Prepare = Callable[[Request, Callable[[str, float], None]], PreparedSet]


class Preparation:
    """One preparation: how far it is, and then its result or what went wrong."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.phase = "waiting"
        self.fraction = 0.0
        self.result: PreparedSet | None = None
        self.error: Exception | None = None
        self.ended_at = 0.0
        self._ended = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether there is a result or an error."""
        return self._ended.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        return self._ended.wait(timeout_s)

    def advance(self, phase: str, fraction: float) -> None:
        """Note how far it is, from 0 to 1."""
        self.phase, self.fraction = phase, min(max(fraction, 0.0), 1.0)

    def end(self, result: PreparedSet | Exception) -> None:
        """Note the result or the error."""
        if isinstance(result, Exception):
            self.error = result
        else:
            self.result, self.fraction = result, 1.0
        self.ended_at = time.monotonic()
        self._ended.set()


class Launch:
    """A training that begins as soon as its images are there."""

    def __init__(self, preparation: Preparation) -> None:
        self.id = uuid.uuid4().hex
        self.preparation = preparation
        self.run_id = ""
        self.error: Exception | None = None
        self.ended = threading.Event()


class Preparations:
    """All preparations and launches of a server.

    Args:
        prepare: Makes a prepared set; called in a thread of its own, one at a time.
    """

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._lock = threading.Lock()
        self._working = threading.Lock()
        self._known = Bounded[Request, Preparation](_MOST_KEPT)
        self._launches = Bounded[str, Launch](_MOST_KEPT)

    def get(self, request: Request) -> Preparation:
        """The preparation of these images, begun if it was not. Returns at once.

        One that failed is tried again after a few seconds: the files may be there by now.
        """
        with self._lock:
            known = self._known.find(request)
            if known is not None and not _worth_a_retry(known):
                return known
            fresh = Preparation(request)
            self._known.put(request, fresh)
        self._in_background(self._work, fresh)
        return fresh

    def launch(self, request: Request, start: Callable[[PreparedSet], str]) -> Launch:
        """Call ``start`` with the prepared images once they are there, whoever still looks on.

        Args:
            request: The images.
            start: Creates and submits the run; returns its id.
        """
        launch = Launch(self.get(request))
        with self._lock:
            self._launches.put(launch.id, launch)
        if launch.preparation.result is not None:
            self._start(launch, start)  # nothing to wait for: the click itself starts the run
        else:
            self._in_background(self._start, launch, start)
        return launch

    def find_launch(self, launch_id: str) -> Launch | None:
        """The launch of that id, None where it is long gone."""
        with self._lock:
            return self._launches.find(launch_id)

    def _work(self, preparation: Preparation) -> None:
        with self._working:
            try:
                preparation.end(self._prepare(preparation.request, preparation.advance))
            except Exception as error:  # shown, or raised, by whoever asked
                preparation.end(error)

    def _start(self, launch: Launch, start: Callable[[PreparedSet], str]) -> None:
        launch.preparation.wait()
        try:
            if launch.preparation.result is None:
                raise launch.preparation.error or RuntimeError("nothing was prepared")
            launch.run_id = start(launch.preparation.result)
        except Exception as error:  # as above
            launch.error = error
        finally:
            launch.ended.set()

    @staticmethod
    def _in_background(work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, name="preparation", daemon=True).start()


def _worth_a_retry(preparation: Preparation) -> bool:
    if preparation.result is not None:
        return not (preparation.result.folder / "manifest.json").is_file()
    old = time.monotonic() - preparation.ended_at > _RETRY_AFTER_S
    return preparation.ended and isinstance(preparation.error, LessonError) and old
