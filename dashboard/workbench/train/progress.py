"""Where a run is and how long it will take, from its events alone. No Streamlit here."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.training.events import BatchEnded, EpochEnded, Event, Phase, Started, Warned

_EPOCHS_LOOKED_AT: Final = 3
_JUDGED: Final = frozenset({"training.unstable", "training.diverged"})
_BATCHES_NEEDED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        phase: The last one announced, "" before any.
        epoch: The one that is worked on, from 1; 0 before the first batch.
        epochs_done: Finished epochs, earlier attempts included.
        batch, batches: Within the epoch.
        seconds_left: Until the last epoch has ended, None where nothing was measured yet.
        attempt: 1, and one more for each time it was resumed.
        warnings: What a person should know.
    """

    phase: str = ""
    epoch: int = 0
    epochs_done: int = 0
    batch: int = 0
    batches: int = 0
    seconds_left: float | None = None
    attempt: int = 0
    warnings: tuple[str, ...] = ()


def progress(events: Sequence[Event], *, epochs: int) -> Progress:
    """Read off the progress of a run of ``epochs`` epochs.

    The time left is measured: the median of the last three epochs of this attempt or, in the
    first one, the time between batches, the first left out because it includes the building of
    the network. Figures of earlier attempts do not count: another worker may be at it.
    """
    attempt = _last_attempt(events)
    started = attempt[0] if attempt and isinstance(attempt[0], Started) else None
    done = [event for event in attempt if isinstance(event, EpochEnded)]
    epochs_done = done[-1].epoch if done else (started.from_epoch if started else 0)
    batches = [
        event for event in attempt if isinstance(event, BatchEnded) and event.epoch > epochs_done
    ]
    phases = [event.name for event in attempt if isinstance(event, Phase)]
    last = batches[-1] if batches else None
    return Progress(
        phase=phases[-1] if phases else "",
        epoch=last.epoch if last else epochs_done,
        epochs_done=epochs_done,
        batch=last.batch if last else 0,
        batches=last.batches if last else 0,
        seconds_left=_seconds_left(done, batches, epochs_done, epochs),
        attempt=started.attempt if started else 0,
        # How the training goes is the judge's to say; a hint of an early epoch may be past.
        warnings=tuple(
            event.text
            for event in events
            if isinstance(event, Warned) and event.code not in _JUDGED
        ),
    )


def duration(seconds: float) -> str:
    """A duration as a person says it, no finer than it is known.

    >>> [duration(s) for s in (0.4, 42, 61, 100, 3599, 5400)]
    ['1 s', '42 s', '1 min', '1 min 40 s', '60 min', '1 h 30 min']
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        minutes, rest = divmod(5 * round(whole / 5), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    minutes = round(whole / 60)
    if minutes <= 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _last_attempt(events: Sequence[Event]) -> Sequence[Event]:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], Started):
            return events[index:]
    return events


def _seconds_left(
    done: list[EpochEnded], batches: list[BatchEnded], epochs_done: int, epochs: int
) -> float | None:
    if epochs_done >= epochs:
        return 0.0
    share = batches[-1].batch / batches[-1].batches if batches else 0.0
    epochs_left = epochs - epochs_done - share
    if done:
        usual = statistics.median(event.seconds for event in done[-_EPOCHS_LOOKED_AT:])
        return usual * epochs_left
    if len(batches) < _BATCHES_NEEDED:
        return None
    second, last = batches[1], batches[-1]
    per_batch = (last.time - second.time) / (last.batch - second.batch)
    return per_batch * last.batches * epochs_left
