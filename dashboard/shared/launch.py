"""Beginning trainings: once their images are there, whoever still looks on."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import LessonError
from core.jobs.folder import RunFolder
from core.prepared import PreparedSet
from dashboard import cache, state
from dashboard.advice import keep_advice
from dashboard.background.prepared_sets import Launch
from dashboard.background.set_request import SetRequest

Create = Callable[[PreparedSet], tuple[str, list[RunFolder]]]
"""Makes the runs for prepared images: their name in the address, and what is to be trained."""


def launch(slot: state.Key[str], request: SetRequest, create: Create) -> None:
    """Prepare the images and train what is made for them.

    Once, until the page has shown it: a second click that comes before, or the same one told twice
    by a browser that a busy server has kept waiting, begins nothing more.

    Args:
        slot: Where this session keeps what it waits for.
        request: The images.
        create: Called in another thread once they are there.
    """
    if cache.preparations().find_launch(slot.get()) is not None:
        return
    cluster = cache.cluster()

    def start(prepared: PreparedSet) -> str:
        name, runs = create(prepared)
        for run in runs:
            cluster.submit_training(run)
        return name

    slot.set(cache.preparations().launch(request, start).id)


def resume(run: RunFolder) -> None:
    """Put a run into the queue again; `dashboard.access.rights.go_on` says who may."""
    cache.cluster().submit_training(run, resume=True)


def waiting(slot: state.Key[str], begun: Callable[[str], None]) -> Launch | None:
    """What this session waits for, None where that is nothing, or has begun or failed just now.

    Args:
        slot: As given to `launch`.
        begun: Called once with the name of what has begun.
    """
    found = cache.preparations().find_launch(slot.get())
    if found is None or not found.run.ended:
        return found
    slot.set("")
    try:
        name = found.run.value()
    except LessonError as error:
        keep_advice(error)
    else:
        begun(name or "")
    return None
