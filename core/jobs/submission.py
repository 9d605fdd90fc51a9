"""A run that was handed in, from the queue to its end, and what the journal is told of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core import journal
from core.errors import LessonError
from core.jobs.folder import RunFolder, Status

if TYPE_CHECKING:
    from distributed import Future


@dataclass(slots=True)
class Submission:
    """A run handed in here whose end in the queue is not yet known."""

    run: RunFolder
    resume: bool
    submitted: float
    owner: str = ""
    future: Future | None = None
    tries: int = 0
    began: float = 0.0
    told: set[str] = field(default_factory=set)

    def tell_once(self, event: str, **values: journal.Value) -> None:
        """Write an event of this run, once however often it is seen."""
        key = f"{event} {values.get('code', '')}"
        if key not in self.told:
            self.told.add(key)
            journal.write(event, run=journal.run_name(self.run.id), **values)

    def tell_waits(self, error: OSError | LessonError) -> None:
        """Write that its folder cannot be read or written now."""
        code = error.code if isinstance(error, LessonError) else type(error).__name__
        self.tell_once("run.waits", code=code)

    def tell_end(self) -> None:
        """Write how it ended, where it did."""
        try:
            status = self.run.status()
        except (OSError, LessonError):
            status = Status.DAMAGED  # its page says what is the matter
        if not status.is_active:
            seconds = time.time() - self.began if self.began else 0.0
            self.tell_once("run.ended", status=status.value, seconds=seconds)
