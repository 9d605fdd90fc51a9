"""Where jobs run: an embedded Dask cluster, or the one at ``DASK_SCHEDULER_ADDRESS``.

One `Cluster` serves all sessions of a server. A daemon thread of its own starts the processes,
keeps them up, connects, and hands queued runs to Dask, so that nobody's page waits for it.
What is known about a run is in the run's folder; this object only knows who can work.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core import journal
from core.configuration import in_force
from core.errors import LessonError
from core.jobs.folder import RunFolder, waiting
from core.jobs.ownership import BEAT_S, beat, claim, ticket_of
from core.jobs.processes import Processes
from core.jobs.remote import FIT, Request, Tasks, invoke, request
from core.jobs.signs import ClusterState, WorkerSigns, sentence, signs_of
from core.jobs.submission import Submission
from core.jobs.turns import Waiting, in_turn
from core.training import events
from core.training.events import Stopped

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")

ADDRESS: Final = "DASK_SCHEDULER_ADDRESS"
_STEP_S: Final = 0.2
_CONNECT_S: Final = 5
_MOST_TRIES: Final = 5


class Cluster:
    """Starts and watches the workers, queues trainings, runs analyses. Safe for many threads.

    Args:
        address: Of a scheduler that others run; default ``DASK_SCHEDULER_ADDRESS``, and without
            that an embedded cluster.
        fit: The function that trains, as ``module:name``.
        warm: Embedded workers import TensorFlow before they take work (2 to 3 s, 0.6 GB each).
        eye: File of the backbone that looks at what a network learned from, None for nobody.
    """

    def __init__(
        self,
        *,
        address: str | None = None,
        fit: str = FIT,
        warm: bool = True,
        eye: Path | None = None,
    ) -> None:
        self._eye = None if eye is None else str(eye)
        self._warm = warm
        self._address = address or in_force().scheduler_address or None
        self._fit = fit
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._over = threading.Event()
        self._submissions: dict[str, Submission] = {}
        self._processes: Processes | None = None
        self._generation = 0
        self._client: Client | None = None
        self._state = ClusterState(False, 0, 0, "The workers are starting.")
        self._workers: tuple[WorkerSigns, ...] = ()
        self._served: dict[str, float] = {}
        self._last_beat = 0.0
        self._thread = threading.Thread(target=self._run, name="lightbox-cluster", daemon=True)

    def start(self) -> Cluster:
        """Begin to start the workers and return at once."""
        self._thread.start()
        return self

    def state(self) -> ClusterState:
        """What was true at the last look, at most half a second ago."""
        with self._lock:
            return self._state

    def workers(self) -> tuple[WorkerSigns, ...]:
        """Each worker at the last look, and when it was heard of."""
        with self._lock:
            return self._workers

    def wait_until_ready(self, timeout_s: float = 60.0) -> bool:
        """Wait for a worker of each kind. For tests and programs; pages show `state`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._state.ready, timeout_s)

    def pids(self) -> dict[str, int]:
        """Process numbers of an embedded cluster, by name: scheduler, train, analyse."""
        return {} if self._processes is None else self._processes.pids()

    def submit_training(self, run: RunFolder, *, resume: bool = False) -> None:
        """Put a run in the queue.

        Raises:
            LessonError: ``run.busy``, ``run.finished``, ``cluster.closed``.
        """
        if self._over.is_set():
            raise _closed()
        ticket = run.enqueue()
        with self._lock:
            earlier = self._submissions.get(run.id)
            self._submissions[run.id] = Submission(run, resume, ticket.submitted, run.owner())
            known = len(self._submissions)
        if earlier is not None and earlier.future is not None:
            earlier.future.cancel()
        journal.write("run.queued", run=journal.run_name(run.id), waiting=known)
        self._wake.set()

    def queue_position(self, run_id: str) -> int | None:
        """1 for the run that is trained next, counting every session's; None if it waits not."""
        with self._lock:
            submission = self._submissions.get(run_id)
        root = None if submission is None else submission.run.path.parent
        ids = [run.id for run in waiting(root)]
        return ids.index(run_id) + 1 if run_id in ids else None

    def analyse(self, asked: Request[T], *, timeout_s: float = 30.0) -> T:
        """Have an analyzing worker do what is asked, and return its answer.

        Args:
            asked: A task and what it is given.
            timeout_s: Seconds for which the answer is waited for, times the setting ``patience``.

        Raises:
            LessonError: what the task raised; ``analysis.no-worker``, ``analysis.slow``,
                ``analysis.interrupted``, ``cluster.closed``.
        """
        timeout_s *= in_force().patience
        deadline = time.monotonic() + timeout_s
        try:
            client = self._require_client(timeout_s)
            future = client.submit(
                invoke,
                asked,
                pure=False,
                resources={"analyse": 1},
                priority=10,
            )
            left = deadline - time.monotonic()
            fine, value = self._await(future, timeout_s=left, name=asked.task)
            if not fine:
                raise value
        except LessonError as error:
            seconds = timeout_s - (deadline - time.monotonic())
            journal.write("analysis.failed", task=asked.task, code=error.code, seconds=seconds)
            raise
        return value

    def close(self) -> None:
        """End the workers. A training among them reads as interrupted afterwards."""
        if self._over.is_set():
            return
        self._over.set()
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=_CONNECT_S + 1)
        with self._changed:
            client, self._client = self._client, None
            self._state = ClusterState(False, 0, 0, "The workers have been ended.")
            self._changed.notify_all()
        # The client first: it would complain loudly of a scheduler that went before it.
        if client is not None:
            _close_client(client)
        if self._processes is not None:
            self._processes.end()
            atexit.unregister(self._end_at_exit)

    # What follows runs in the cluster's own thread.

    def _run(self) -> None:
        import distributed  # noqa: F401  (half a second that no page should wait for)

        # It prints a traceback when a scheduler dies; here that is expected, told by `state`
        # and mended.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if self._address is None:
            self._processes = Processes(warm=self._warm)
            atexit.register(self._end_at_exit, self._processes)
        while not self._over.is_set():
            try:
                self._step()
            except (OSError, TimeoutError) as error:
                # The scheduler may die at any line of a step; the next step finds out.
                self._tell(ClusterState(False, 0, 0, f"The workers cannot be reached: {error}"))
            except Exception as error:
                # A bug, and loud; but without this thread no worker would ever come back.
                journal.write(
                    "workers.stumbled",
                    kind=type(error).__name__,
                    places=journal.places(error.__traceback__),
                )
                self._tell(ClusterState(False, 0, 0, f"Supervision failed: {error!r}"))
            self._wake.wait(_STEP_S)
            self._wake.clear()

    def _end_at_exit(self, processes: Processes) -> None:
        # Without waiting for the supervision. The client must be closed: left to Python's last
        # tidying up it waits seconds for a thread that is frozen by then.
        self._over.set()
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            _close_client(client)
        processes.end()

    def _step(self) -> None:
        if self._processes is not None:
            self._processes.keep_up()
            if self._processes.generation != self._generation:
                self._generation = self._processes.generation
                self._forget_client()
        if self._client is None:
            self._connect()
        self._tell(self._look())
        self._give_signs_of_life()
        turn = self._turn()
        for submission in self._listed():
            try:
                self._follow(submission, may_begin=submission.run.id in turn)
            except (OSError, LessonError) as error:
                # Of this run's folder alone: the others go on, and so does this one once the
                # folder is back.
                submission.tell_waits(error)

    def _connect(self) -> None:
        from distributed import Client

        address = self._address if self._processes is None else self._processes.address()
        if address is None:
            return
        own = None if self._processes is None else self._processes.certificates
        # Somebody else's cluster is spoken to as Dask's own settings say
        # (DASK_DISTRIBUTED__COMM__TLS__...).
        security = None if own is None else own.security()
        client = Client(
            address,
            security=security,
            set_as_default=False,
            timeout=_CONNECT_S,
            name="lightbox",
        )
        with self._changed:
            self._client = client
            self._changed.notify_all()

    def _forget_client(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            for submission in self._submissions.values():
                submission.future = None
        if client is not None:
            _close_client(client)

    def _look(self) -> ClusterState:
        trouble = None if self._processes is None else self._processes.trouble()
        if self._client is None:
            with self._lock:
                self._workers = ()
            return ClusterState(False, 0, 0, trouble or "The workers are starting.")
        # Empty while a scheduler is going away.
        known = self._client.scheduler_info(n_workers=-1).get("workers", {}).values()
        workers = tuple(signs_of(worker, now=time.time()) for worker in known)
        with self._lock:
            self._workers = workers
        train = sum(worker.trains for worker in workers)
        analyse = sum(worker.analyses for worker in workers)
        ready = train > 0 and analyse > 0
        return ClusterState(ready, train, analyse, trouble or sentence(train, analyse))

    def _tell(self, state: ClusterState) -> None:
        with self._changed:
            if state != self._state:
                self._state = state
                self._changed.notify_all()

    def _listed(self) -> list[Submission]:
        with self._lock:
            return list(self._submissions.values())

    def _give_signs_of_life(self) -> None:
        """For readers on other machines, who cannot look this process up."""
        if time.monotonic() - self._last_beat < BEAT_S:
            return
        self._last_beat = time.monotonic()
        for submission in self._listed():
            if ticket_of(submission.run.path) is not None:
                beat(submission.run.path)

    def _turn(self) -> frozenset[str]:
        """The runs that may be handed to a worker now: as many as workers are free.

        Dask would train them as they came. Here a run waits until a worker is free, so that who
        comes later with a first run goes before somebody's second.
        """
        waits, at_work = [], 0
        for one in self._listed():
            if one.future is not None and not one.future.done():
                at_work += 1
            elif ticket_of(one.run.path) is None or one.run.is_asked_to_stop():
                continue
            elif os.access(one.run.path, os.W_OK):
                # Where that is refused no worker could claim it; it waits until it is not.
                waits.append(Waiting(one.run.id, one.owner, one.submitted))
        free = max(self._state.train_workers - at_work, 0)
        return frozenset(run.id for run in in_turn(waits, served=self._served)[:free])

    def _follow(self, submission: Submission, *, may_begin: bool) -> None:
        """Bring one submission a step further: to Dask, out of the queue, off the list."""
        run = submission.run
        future = submission.future
        if ticket_of(run.path) is None:
            # A worker has it. The future is kept until it is done, or Dask would forget the task.
            if "run.started " not in submission.told:
                submission.began = time.time()
                submission.tell_once("run.started", seconds=time.time() - submission.submitted)
            if future is None or future.done():
                submission.tell_end()
                self._drop(submission)
        elif run.is_asked_to_stop():
            if claim(run.path):
                epochs = run.history().epochs
                events.append(run.events_path, Stopped(epochs[-1].epoch if epochs else 0))
            submission.tell_end()
            self._drop(submission)
        elif may_begin and self._client is not None and (future is None or future.done()):
            # Never begun: first try, or the worker or scheduler that had it listed died. Only
            # the claim on the folder starts a training, so this cannot train twice.
            if submission.tries >= _MOST_TRIES:
                claim(run.path)
                self._drop(submission)
                return
            submission.tries += 1
            self._served[submission.owner] = time.monotonic()
            submission.future = self._hand_over(submission, self._client)

    def _hand_over(self, submission: Submission, client: Client) -> Future:
        return client.submit(
            invoke,
            request(
                Tasks.train,
                str(submission.run.path),
                submission.resume,
                fit=self._fit,
                eye=self._eye,
            ),
            key=f"train-{submission.run.id}-{time.monotonic_ns()}",
            pure=False,
            resources={"train": 1},
            priority=-int(1e6 * submission.submitted),  # first come, first served
        )

    def _drop(self, submission: Submission) -> None:
        with self._lock:
            if self._submissions.get(submission.run.id) is submission:
                del self._submissions[submission.run.id]
        if submission.future is not None and not submission.future.done():
            submission.future.cancel()

    # And this in the threads of those who ask.

    def _require_client(self, timeout_s: float) -> Client:
        with self._changed:
            self._changed.wait_for(
                lambda: self._over.is_set() or (self._client and self._state.analyse_workers),
                timeout_s,
            )
            if self._over.is_set():
                raise _closed()
            if self._client is None or not self._state.analyse_workers:
                raise LessonError(
                    "analysis.no-worker",
                    problem=f"No worker is ready: {self._state.message}",
                    remedy="Wait a few seconds and try again.",
                )
            return self._client

    def _await(self, future: Future, *, timeout_s: float, name: str) -> tuple[bool, Any]:
        from distributed import CancelledError, KilledWorker, TimeoutError

        try:
            return future.result(timeout=max(timeout_s, 0.001))
        except TimeoutError as error:
            future.cancel()
            raise LessonError(
                "analysis.slow",
                problem=f"The worker has not answered to {name} in time.",
                remedy="Try again; a smaller image or network answers faster.",
            ) from error
        except (CancelledError, KilledWorker) as error:
            raise LessonError(
                "analysis.interrupted",
                problem="The worker ended before it had an answer.",
                remedy="It is started again by itself: try again in a few seconds.",
            ) from error


def _closed() -> LessonError:
    return LessonError(
        "cluster.closed",
        problem="The workers of this server have been ended.",
        remedy="Start the dashboard again.",
    )


def _close_client(client: Client) -> None:
    # Its scheduler may be gone, which is why it is being closed.
    with suppress(OSError, TimeoutError):
        client.close(timeout=1)
