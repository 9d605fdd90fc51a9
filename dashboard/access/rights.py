"""What is whose to do: runs belong to who began them, a class shares the workers.

Where people are not told apart (on an address of this machine alone) everybody is the lecturer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.configuration import in_force
from core.errors import LessonError
from core.jobs import about
from core.jobs.comparison import Comparison
from core.jobs.folder import RunFolder, RunSummary, create_run, list_runs, runs_root
from core.prepared import PreparedSet
from core.training.spec import Change, TrainingSpec
from dashboard.access.people import Person
from dashboard.background.address_shares import PART, SHARES

_BEGINNING: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What one student may have of the workers, and all together.

    Attributes:
        jobs: Trainings of one person that wait or run.
        all_jobs: Trainings of everybody that wait or run.
        people: That one address may be within an hour.
        epochs: Of one training.
        images: To train on.
        free_bytes: That must be left on the disk of the runs.
    """

    jobs: int = 12
    all_jobs: int = 120
    people: int = 40
    epochs: int = 100
    images: int = 30_000
    free_bytes: int = 2 * 2**30


def quota_in_force() -> Quota:
    """What the settings say of it."""
    settings = in_force()
    return Quota(
        jobs=settings.quota_runs,
        all_jobs=settings.quota_all_runs,
        people=settings.quota_people,
        epochs=settings.quota_epochs,
        images=settings.quota_images,
        free_bytes=int(settings.quota_free_gb * 2**30),
    )


def may_change(run: RunSummary | RunFolder, person: Person) -> bool:
    """Whether that person may stop, resume or delete the run."""
    if person.is_lecturer:
        return True
    owner = run.owner if isinstance(run, RunSummary) else run.owner()
    return bool(person.id) and owner == person.id


def require_own(run: RunFolder, person: Person) -> None:
    """See that the run is that person's to change.

    Raises:
        LessonError: ``run.not-yours``.
    """
    if not may_change(run, person):
        raise LessonError(
            "run.not-yours",
            problem="This training was begun "
            + ("by somebody else." if person.has_account else "in another browser."),
            remedy="Only who began it, or the lecturer, can stop, resume or delete it. Begin one of"
            " your own to try it.",
        )


def stop(run: RunFolder, person: Person) -> None:
    """End a run on behalf of a person.

    Raises:
        LessonError: ``run.not-yours``, and as `RunFolder.ask_stop`.
    """
    require_own(run, person)
    run.ask_stop()


def pause(run: RunFolder, person: Person) -> None:
    """Have a run rest on behalf of a person.

    Raises:
        LessonError: ``run.not-yours``, and as `RunFolder.ask_pause`.
    """
    require_own(run, person)
    run.ask_pause()


def stop_all(comparison: Comparison, person: Person) -> None:
    """End all of a comparison on behalf of a person.

    Raises:
        LessonError: ``run.not-yours``, and as `RunFolder.ask_stop`.
    """
    for summary in comparison.runs:
        require_own(summary.run, person)
    comparison.ask_stop()


def change(run: RunFolder, person: Person, wanted: Change) -> None:
    """Change settings of a run on behalf of a person.

    Raises:
        LessonError: ``run.not-yours``, ``quota.epochs``, and as `RunFolder.wish`.
    """
    require_own(run, person)
    if not person.is_lecturer and wanted.epochs is not None:
        _require_epochs(wanted.epochs, quota_in_force())
    run.wish(wanted)


def describe(
    run: RunFolder,
    person: Person,
    *,
    name: str | None = None,
    starred: bool | None = None,
    note: str | None = None,
) -> None:
    """Change name, star or note of a run on behalf of a person; what is None stays.

    Raises:
        LessonError: ``run.not-yours``, and as `core.jobs.about.describe`.
    """
    require_own(run, person)
    about.describe(run.path, name=name, starred=starred, note=note)


def delete(run: RunFolder, person: Person) -> None:
    """Delete a run on behalf of a person.

    Raises:
        LessonError: ``run.not-yours``, and as `RunFolder.delete`.
    """
    require_own(run, person)
    run.delete()


def begin(
    specs: Sequence[TrainingSpec],
    person: Person,
    *,
    prepared: PreparedSet,
    group: str = "",
    quota: Quota | None = None,
    parent: RunFolder | None = None,
) -> list[RunFolder]:
    """Make the runs of a person, all or none.

    Args:
        specs: What to train.
        person: Who begins them.
        prepared: The images of all of them.
        group: Shared by runs that are compared.
        quota: What a student may have; what the settings say unless told otherwise.
        parent: The run whose epoch they begin with, as their specs say.

    Raises:
        LessonError: ``quota.jobs``, ``quota.people``, ``quota.epochs``, ``quota.images``,
            ``quota.disk``, ``run.unwritable``.
    """
    with _BEGINNING:  # two clicks at once must not share the same room
        if not person.is_lecturer:
            _require_room(specs, person, prepared, quota or quota_in_force())
        runs = [create_run(spec, group=group, owner=person.id, parent=parent) for spec in specs]
        for run in runs:
            SHARES.note(run.id, person.address)
        return runs


def go_on(runs: Sequence[RunFolder], person: Person, submit: Callable[[RunFolder], None]) -> None:
    """Put runs that rest, or have something left to do, into the queue again, all or none.

    Args:
        runs: That person's own.
        person: Who asks.
        submit: Puts one into the queue.

    Raises:
        LessonError: ``run.not-yours``, ``quota.jobs``, ``quota.people``, and what ``submit`` does.
    """
    with _BEGINNING:
        for run in runs:
            require_own(run, person)
        if not person.is_lecturer:
            _require_jobs(len(runs), person, quota_in_force())
        for run in runs:
            submit(run)
            SHARES.note(run.id, person.address)


def jobs_of(runs: Sequence[RunSummary], person: Person) -> int:
    """Trainings of a person that wait or run."""
    return sum(run.status.is_active and run.owner == person.id for run in runs)


def quota_line(runs: Sequence[RunSummary], person: Person, quota: Quota | None = None) -> str:
    """What a person has and may have, before it bites; "" where there is no limit."""
    if person.is_lecturer:
        return ""
    quota = quota or quota_in_force()
    return (
        f"Yours: {jobs_of(runs, person)} of {quota.jobs} trainings that may wait or run, "
        f"at most {quota.epochs} epochs each. People take turns."
    )


def _require_room(
    specs: Sequence[TrainingSpec], person: Person, prepared: PreparedSet, quota: Quota
) -> None:
    _require_epochs(max((spec.epochs for spec in specs), default=0), quota)
    _require_few_images(prepared, quota)
    SHARES.require_disk(runs_root(), "", spared=quota.free_bytes)
    _require_jobs(len(specs), person, quota)


def _require_jobs(more: int, person: Person, quota: Quota) -> None:
    """See that there is room for so many more trainings of that person.

    Who has none begins one when the class has as many as it may, so that few cannot keep the queue
    from all; only how many people an address can be, and twice that number, bounds it.
    """
    active = [run for run in list_runs() if run.status.is_active]
    own = jobs_of(active, person)
    if own + more > quota.jobs:
        raise LessonError(
            "quota.jobs",
            problem=f"{own} of your trainings wait or run; with {more} more there would be "
            f"more than {quota.jobs}.",
            remedy="Wait until one has ended, or stop one of them.",
        )
    names, most_near = [run.id for run in active], PART * quota.all_jobs
    is_first = bool(person.address) and own + more == 1
    full = (
        len(active) >= 2 * quota.all_jobs
        if is_first
        else SHARES.count_all(names, most=most_near) + more > quota.all_jobs
    )
    if full:
        raise LessonError(
            "quota.jobs",
            problem=f"{len(active)} trainings of the class wait or run already.",
            remedy="Look at one of them, or try again later.",
        )
    near = SHARES.count(names, person.address)
    if near + more > most_near and person.address and not is_first:
        raise LessonError(
            "quota.jobs",
            problem=f"{near} trainings that were begun at your address wait or run already; the"
            " rest is for others, and for who has none.",
            remedy="Wait until one has ended, or stop one of yours.",
        )
    busy = {run.owner for run in active}
    SHARES.take_seat(person.id, person.address, most=quota.people, busy=busy)


def require_small(prepared: PreparedSet, person: Person, quota: Quota | None = None) -> None:
    """See that a person may have a worker learn from these images, if only for a moment.

    Raises:
        LessonError: ``quota.images``.
    """
    if not person.is_lecturer:
        _require_few_images(prepared, quota or quota_in_force())


def _require_few_images(prepared: PreparedSet, quota: Quota) -> None:
    images = len(prepared.labels)
    if images > quota.images:
        raise LessonError(
            "quota.images",
            problem=f"{images:,} images are more than one student may train on in a class.",
            remedy=f"Choose a set of at most {quota.images:,} images.",
        )


def _require_epochs(epochs: int, quota: Quota) -> None:
    if epochs > quota.epochs:
        raise LessonError(
            "quota.epochs",
            problem=f"{epochs} epochs are more than one student may train in a class.",
            remedy=f"Choose at most {quota.epochs}.",
        )
