"""Datasets prepared in the background, shared by all sessions of a server. No Streamlit here.

Reading thousands of files takes up to a minute. It happens in a thread of its own while the page
stays alive, two preparations at a time so that a small one need not wait for a large; whoever asks
for the same images gets the same one.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from core.bounded import Bounded
from core.errors import LessonError
from core.prepared import PreparedSet
from dashboard.background.errands import Errand, Errands
from data.sets.preparation import Split

_MOST_KEPT: Final = 32
_AT_ONCE: Final = 2
_MOST_OF_ADDRESS: Final = 24
"""That wait at a time: fewer than are kept, so that nobody's are forgotten for them."""
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
        count: Radiographs to draw, where they are drawn; the usual number where None.
        address: Whose share of the disk it takes, "" where that is not known; None: nobody's.
    """

    dataset: str
    size: int
    split: Split = "grouped"
    root: Path | None = None
    positive: str | None = None
    count: int | None = None
    address: str | None = field(default=None, compare=False, repr=False)


Prepare = Callable[[Request, Callable[[str, float], None]], PreparedSet]


AsksFrom = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Launch:
    """A training that begins as soon as its images are there.

    Attributes:
        id: Names it in a session.
        request: Which images.
        preparation: Of its images.
        run: Gives the id of the run that began.
    """

    id: str
    request: Request
    preparation: Errand[PreparedSet]
    run: Errand[str]


class Preparations:
    """All preparations and launches of a server.

    Args:
        prepare: Makes a prepared set; called in a thread of its own, two at a time.
        asks_from: The address of whoever asks now, by another name; as `Request.address`.
    """

    def __init__(self, prepare: Prepare, *, asks_from: AsksFrom = lambda: None) -> None:
        self._prepare = prepare
        self._asks_from = asks_from
        self._of_address: dict[str, list[Errand[PreparedSet]]] = {}
        self._lock = threading.Lock()
        self._errands = Errands("preparation", most=_MOST_KEPT, at_once=_AT_ONCE)
        self._launches = Bounded[str, Launch](_MOST_KEPT)

    def get(self, request: Request) -> Errand[PreparedSet]:
        """The preparation of these images, begun if it was not. Returns at once.

        One that failed is tried again after a few seconds: the files may be there by now.

        Raises:
            LessonError: ``preparation.busy``, where many that were asked from one address wait.
        """
        known = self._errands.find(request)
        if known is not None and not _worth_a_retry(known):
            return known
        asked = replace(request, address=self._asks_from())
        if asked.address:
            self._require_turn(asked.address)
        begun = self._errands.ask(
            request,
            lambda errand: self._prepare(asked, errand.advance),
            again=_worth_a_retry,
        )
        if asked.address:
            with self._lock:
                self._of_address.setdefault(asked.address, []).append(begun)
        return begun

    def _require_turn(self, address: str) -> None:
        with self._lock:
            self._of_address = {
                one: going
                for one, errands in self._of_address.items()
                if (going := [errand for errand in errands if not errand.ended])
            }
            waits = len(self._of_address.get(address, ()))
        if waits >= _MOST_OF_ADDRESS:
            raise LessonError(
                "preparation.busy",
                problem=f"{waits} sets that were asked for at your address are being prepared or"
                " wait.",
                remedy="Wait until some of them are ready, or use a set that is there.",
            )

    def launch(self, request: Request, start: Callable[[PreparedSet], str]) -> Launch:
        """Call ``start`` with the prepared images once they are there, whoever still looks on.

        Args:
            request: The images.
            start: Creates and submits the run; returns its id.
        """
        launch = Launch(uuid.uuid4().hex, request, self.get(request), Errand())
        with self._lock:
            self._launches.put(launch.id, launch)

        def work(_: Errand[str]) -> str:
            launch.preparation.wait()
            prepared = launch.preparation.value()
            if prepared is None:
                raise RuntimeError("nothing was prepared")
            return start(prepared)

        if launch.preparation.result is not None:
            launch.run.run(work)  # nothing to wait for: the click itself starts the run
        else:
            launch.run.begin(work, name="launch")
        return launch

    def find_launch(self, launch_id: str) -> Launch | None:
        """The launch of that id, None where it is long gone."""
        with self._lock:
            return self._launches.find(launch_id)


def _worth_a_retry(preparation: Errand[PreparedSet]) -> bool:
    if preparation.result is not None:
        return not (preparation.result.folder / "manifest.json").is_file()
    old = time.monotonic() - preparation.ended_at > _RETRY_AFTER_S
    return preparation.ended and isinstance(preparation.error, LessonError) and old
