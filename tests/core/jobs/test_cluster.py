"""Real workers: trainings come, wait, stop, die and come back, and analyses go on beside them."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil
import pytest

from core import journal
from core.errors import LessonError
from core.jobs.certificates import make_certificates
from core.jobs.cluster import ADDRESS, Cluster
from core.jobs.folder import PROJECT, RunFolder, Status, create_run
from core.jobs.preload import NICENESS
from core.jobs.remote import request
from core.training.events import BatchEnded, Started
from core.training.spec import TrainingSpec
from tests import patience
from tests.core.jobs import pretend_fit

pytestmark = pytest.mark.slow

MakeRun = Callable[..., RunFolder]
Until = Callable[..., None]
PRETEND = "tests.core.jobs.pretend_fit"
SLOW = {"learning_rate": 0.05, "epochs": 60}  # twelve seconds if nobody ends it


@pytest.fixture(autouse=True)
def _ready(request: pytest.FixtureRequest) -> None:
    """Each test begins with both workers, whatever the last one did to them."""
    if "cluster" in request.fixturenames:
        assert request.getfixturevalue("cluster").wait_until_ready(patience.SECONDS)


def begun(run: RunFolder) -> bool:
    return any(isinstance(event, BatchEnded) for event in run.reader().events())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a server is that nobody has made patient."""
    monkeypatch.delenv("LIGHTBOX_PATIENCE")


def ask(
    cluster: Cluster, task: Callable[..., Any], *, timeout_s: float = 30.0, **given: Any
) -> Any:
    return cluster.analyse(request(task, **given), timeout_s=timeout_s)


def test_a_training_completes(cluster: Cluster, make_run: MakeRun, until: Until) -> None:
    run = make_run()
    assert run.status() is Status.QUEUED
    cluster.submit_training(run)
    until(lambda: run.status() is Status.FINISHED)
    assert [row.epoch for row in run.history().epochs] == [1, 2, 3]
    assert cluster.queue_position(run.id) is None


@pytest.mark.usefixtures("impatient")
def test_the_journal_tells_of_trainings_and_analyses_that_fail(
    cluster: Cluster, make_run: MakeRun, until: Until
) -> None:
    written = io.StringIO()
    journal.begin(None, stream=written)

    def of(run: RunFolder) -> dict[str, dict[str, Any]]:
        entries = [json.loads(line) for line in written.getvalue().splitlines()]
        name = journal.run_name(run.id)
        return {one["event"]: one for one in entries if one.get("run") == name}

    try:
        fine, failing = make_run(), make_run(weight_decay=pretend_fit.FAILS_WITH_A_BUG)
        for run in (fine, failing):
            cluster.submit_training(run)
        until(lambda: "run.ended" in of(fine) and "run.ended" in of(failing))
        with pytest.raises(LessonError):
            ask(cluster, pretend_fit.sleep, seconds=2.0, timeout_s=0.3)
    finally:
        journal.end()
    assert list(of(fine)) == ["run.queued", "run.started", "run.ended"]
    assert of(fine)["run.ended"]["status"] == "finished"
    assert 0 <= of(fine)["run.ended"]["seconds"] < patience.SECONDS
    assert of(failing)["run.ended"]["status"] == "failed"
    (slow,) = (line for line in written.getvalue().splitlines() if "analysis" in line)
    assert json.loads(slow)["task"] == f"{PRETEND}:sleep"
    assert json.loads(slow)["code"] == "analysis.slow"


def test_a_stop_is_heard_within_a_batch(cluster: Cluster, make_run: MakeRun, until: Until) -> None:
    run = make_run(**SLOW)
    cluster.submit_training(run)
    until(lambda: begun(run))
    assert run.status() is Status.RUNNING
    run.ask_stop()
    done = len(run.history().batches)
    until(lambda: run.status() is Status.STOPPED, seconds=5)
    # One batch may have been at work and one more written before the question is asked again.
    assert len(run.history().batches) <= done + 2


def test_runs_wait_in_order_and_a_stopped_one_never_starts(
    cluster: Cluster, make_run: MakeRun, until: Until
) -> None:
    runs = [make_run(**SLOW) for _ in range(4)]
    for run in runs:
        cluster.submit_training(run)
    until(lambda: begun(runs[0]))
    assert [cluster.queue_position(run.id) for run in runs] == [None, 1, 2, 3]
    runs[1].ask_stop()
    assert runs[1].status() is Status.STOPPED
    assert [cluster.queue_position(run.id) for run in runs] == [None, None, 1, 2]
    runs[0].ask_stop()
    until(lambda: begun(runs[2]))
    assert [run.status() for run in runs] == [
        Status.STOPPED,
        Status.STOPPED,
        Status.RUNNING,
        Status.QUEUED,
    ]
    assert not begun(runs[1])
    runs[2].ask_stop()
    runs[3].ask_stop()
    until(lambda: not any(run.status().is_active for run in runs))


def test_people_take_turns(
    cluster: Cluster,
    make_run: MakeRun,
    make_spec: Callable[..., TrainingSpec],
    root: Path,
    until: Until,
) -> None:
    """Somebody's one run does not wait for all that another has begun before."""
    slow = {"learning_rate": 0.2, "epochs": 1}
    many = [create_run(make_spec(**slow), root=root, owner="a") for _ in range(4)]
    for run in many:
        cluster.submit_training(run)
    until(lambda: begun(many[0]))
    one = create_run(make_spec(**slow), root=root, owner="b")
    cluster.submit_training(one)
    assert cluster.queue_position(one.id) == 1
    assert cluster.queue_position(many[1].id) == 2
    until(lambda: all(run.status() is Status.FINISHED for run in (*many, one)))
    began = {
        run.id: next(event.time for event in run.reader().events() if isinstance(event, Started))
        for run in (*many, one)
    }
    assert sorted(began, key=began.__getitem__) == [run.id for run in (many[0], one, *many[1:])]


def test_an_analysis_does_not_wait_for_a_training(
    cluster: Cluster, make_run: MakeRun, until: Until
) -> None:
    run = make_run(**SLOW)
    cluster.submit_training(run)
    until(lambda: begun(run))
    assert ask(cluster, pretend_fit.add, left=2, right=3) == 5
    assert ask(cluster, pretend_fit.process) == cluster.pids()["analyse"]
    assert run.status() is Status.RUNNING
    run.ask_stop()
    until(lambda: not run.status().is_active)


def test_a_killed_worker_interrupts_its_run_and_comes_back(
    cluster: Cluster, make_run: MakeRun, until: Until
) -> None:
    """The run is not trained again by itself, the ones behind it are not lost, and it resumes."""
    run, behind = make_run(learning_rate=0.05, epochs=6), make_run()
    cluster.submit_training(run)
    cluster.submit_training(behind)
    until(lambda: len(run.history().epochs) >= 2)
    killed = cluster.pids()["train"]
    os.kill(killed, signal.SIGKILL)
    until(lambda: run.status() is Status.INTERRUPTED, seconds=2)
    until(lambda: behind.status() is Status.FINISHED)
    assert cluster.pids()["train"] != killed
    assert run.status() is Status.INTERRUPTED
    assert [event.attempt for event in run.reader().events() if isinstance(event, Started)] == [1]
    kept = len(run.history().epochs)
    cluster.submit_training(run, resume=True)
    until(lambda: run.status() is Status.FINISHED)
    assert kept in [event.from_epoch for event in run.reader().events() if event.kind == "started"]
    assert [row.epoch for row in run.history().epochs] == [1, 2, 3, 4, 5, 6]
    assert len(run.history().batches) == 6 * pretend_fit.BATCHES


def test_a_killed_scheduler_comes_back_with_the_queue(
    cluster: Cluster, make_run: MakeRun, until: Until
) -> None:
    run, behind = make_run(**SLOW), make_run()
    cluster.submit_training(run)
    cluster.submit_training(behind)
    until(lambda: begun(run))
    before = cluster.pids()
    os.kill(before["scheduler"], signal.SIGKILL)
    until(lambda: run.status() is Status.INTERRUPTED, seconds=3)
    until(lambda: behind.status() is Status.FINISHED)
    assert not any(psutil.pid_exists(pid) for pid in before.values())
    assert ask(cluster, pretend_fit.add, left=1, right=1) == 2


def test_a_patient_server_waits_longer_for_an_analysis(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_PATIENCE", "100")
    ask(cluster, pretend_fit.sleep, seconds=1.0, timeout_s=0.2)


@pytest.mark.usefixtures("impatient")
def test_failures_of_an_analysis(cluster: Cluster) -> None:
    with pytest.raises(LessonError) as caught:
        ask(cluster, pretend_fit.advise)
    assert (caught.value.code, caught.value.remedy) == ("lamp.broken", "Bring another lamp.")
    with pytest.raises(ZeroDivisionError, match="as planned"):
        ask(cluster, pretend_fit.stumble)
    with pytest.raises(LessonError) as caught:
        ask(cluster, pretend_fit.sleep, seconds=1.0, timeout_s=0.2)
    assert caught.value.code == "analysis.slow"
    with pytest.raises(LessonError) as caught:
        ask(cluster, pretend_fit.die)
    assert caught.value.code == "analysis.interrupted"
    assert ask(cluster, pretend_fit.add, left=1, right=2) == 3  # waits for the new worker


def test_bad_data_ends_in_advice(
    cluster: Cluster, make_run: MakeRun, until: Until, tmp_path: Path
) -> None:
    run = make_run(prepared=str(tmp_path / "nowhere"))
    cluster.submit_training(run)
    until(lambda: run.status() is Status.FAILED)
    failure = run.failure()
    assert failure is not None
    assert failure.code == "prepared.missing"
    assert "data prepare" in failure.remedy


def test_a_folder_that_goes_away_in_mid_run_can_be_resumed_when_it_is_back(
    cluster: Cluster, make_run: MakeRun, until: Until, root: Path
) -> None:
    """As a network drive does: the worker lives on, its attempt at this run does not."""
    run, behind = make_run(learning_rate=0.05, epochs=6), make_run(epochs=1)
    cluster.submit_training(run)
    cluster.submit_training(behind)
    until(lambda: len(run.history().epochs) >= 1)
    assert run.status() is Status.RUNNING
    worker = cluster.pids()["train"]
    away = run.path.rename(root.parent / "away")
    until(lambda: behind.status() is Status.FINISHED)
    with pytest.raises(LessonError) as caught:
        run.ask_stop()
    assert caught.value.code == "run.unknown"
    away.rename(run.path)
    assert cluster.pids()["train"] == worker
    assert run.status() is Status.INTERRUPTED
    cluster.submit_training(run, resume=True)
    until(lambda: run.status() is Status.FINISHED)
    assert [row.epoch for row in run.history().epochs] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("refused", ["events.jsonl", "stop", "owner.json"])
def test_a_file_that_cannot_be_written_in_mid_run_is_advice(
    cluster: Cluster, make_run: MakeRun, until: Until, refused: str
) -> None:
    """A folder in its place refuses to everybody, the system's user included."""
    run = make_run(learning_rate=0.05, epochs=3)
    cluster.submit_training(run)
    until(lambda: begun(run))
    file = run.path / refused
    kept = file.read_bytes() if file.exists() else b""
    file.unlink(missing_ok=True)
    file.mkdir()
    (file / "inside").touch()
    until(lambda: not run.status().is_active)
    assert run.status() in {Status.STOPPED, Status.INTERRUPTED, Status.DAMAGED, Status.FINISHED}
    if refused == "events.jsonl":
        assert "events.jsonl cannot be read" in run.summary().damage
    (file / "inside").unlink()
    file.rmdir()
    if kept and refused == "events.jsonl":
        file.write_bytes(kept)
        assert run.status() is Status.INTERRUPTED
        cluster.submit_training(run, resume=True)
        until(lambda: run.status() is Status.FINISHED)


def test_a_run_that_cannot_be_claimed_stops_nobody_else(
    cluster: Cluster, make_run: MakeRun, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = make_run(epochs=1), make_run(epochs=1)
    closed = True
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: not (closed and path == stuck.path) and allowed(path, mode)
    )
    cluster.submit_training(stuck)
    cluster.submit_training(other)
    until(lambda: other.status() is Status.FINISHED)
    assert stuck.status() is Status.QUEUED
    closed = False
    until(lambda: stuck.status() is Status.FINISHED)


def test_many_sessions_at_once(cluster: Cluster, make_run: MakeRun, until: Until) -> None:
    runs, answers = [make_run(epochs=1) for _ in range(6)], []

    def session(number: int) -> None:
        cluster.submit_training(runs[number])
        answers.append(ask(cluster, pretend_fit.add, left=number, right=0))

    threads = [threading.Thread(target=session, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: all(run.status() is Status.FINISHED for run in runs))
    assert sorted(answers) == list(range(6))


def test_the_server_stays_without_tensorflow_and_nothing_but_loopback_listens(
    cluster: Cluster,
) -> None:
    code = (
        "import sys, json; from core.jobs.cluster import Cluster; import core.jobs.folder\n"
        f"cluster = Cluster(fit='{PRETEND}:fit').start()\n"
        f"assert cluster.wait_until_ready({patience.SECONDS})\n"
        f"from {PRETEND} import add; from core.jobs.remote import Request, request\n"
        "assert cluster.analyse(request(add, left=1, right=1)) == 2\n"
        "assert cluster.analyse(Request('core.jobs.tasks:_find', {'name': 'os:getpid'}))\n"
        "cluster.close()\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'core.jobs.tasks'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=PROJECT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for pid in cluster.pids().values():
        listening = psutil.Process(pid).net_connections("inet")
        assert {entry.laddr.ip for entry in listening} == {"127.0.0.1"}


def test_a_cluster_at_rest_sleeps(cluster: Cluster) -> None:
    """It woke 50 times a second in each process only to see whether it was late."""
    processes = {name: psutil.Process(pid) for name, pid in cluster.pids().items()}
    before = {name: one.num_ctx_switches().voluntary for name, one in processes.items()}
    began = time.monotonic()
    time.sleep(5.0)
    seconds = time.monotonic() - began
    woken = {
        name: (one.num_ctx_switches().voluntary - before[name]) / seconds
        for name, one in processes.items()
    }
    assert max(woken.values()) < 40, woken


@pytest.mark.skipif(os.name == "nt", reason="Windows has classes instead of levels")
def test_a_page_goes_before_an_analysis_and_that_before_a_training(cluster: Cluster) -> None:
    """The rule by which a class and a training share the cores; docs/operation.md tells it."""
    pids, own = cluster.pids(), psutil.Process().nice()
    behind = {name: psutil.Process(pid).nice() - own for name, pid in pids.items()}
    if own > 9:
        pytest.skip(f"This process stands at {own}: too far back to step behind it.")
    workers = {name: level for name, level in NICENESS.items() if name in pids}
    assert workers.keys() == {"analyse", "train"}
    assert behind == {"scheduler": 0, **workers}
    assert 0 < NICENESS["analyse"] == NICENESS["prepare"] < NICENESS["train"]
    for name, level in workers.items():
        group = Path(f"/proc/{pids[name]}/autogroup")
        if group.exists():  # Linux that shares the cores out among sessions first
            assert group.read_text("ascii").split()[-2:] == ["nice", str(level)]
    said = (PROJECT / "docs" / "operation.md").read_text("utf-8")
    assert f"{NICENESS['analyse']} levels" in said
    assert f"{NICENESS['train']} levels" in said


def test_no_page_tells_another_user_of_the_machine_about_the_workers(cluster: Cluster) -> None:
    """Dask has one in each process beside its encrypted port: folders and addresses stood there."""

    def answers(port: int, path: str) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/{path}", timeout=patience.SECONDS
            ):
                return True
        except (OSError, HTTPException):
            return False

    paths = ("info/main/workers.html", "json/identity.json", "metrics", "health", "")
    ports = [
        entry.laddr.port
        for pid in cluster.pids().values()
        for entry in psutil.Process(pid).net_connections("inet")
        if entry.status == psutil.CONN_LISTEN
    ]
    assert len(ports) >= 3
    assert [(port, path) for port in ports for path in paths if answers(port, path)] == []


def test_another_user_of_the_machine_cannot_give_work(cluster: Cluster, tmp_path: Path) -> None:
    """Neither in the clear nor with a certificate of his own."""
    from distributed import Client

    assert cluster._processes is not None
    address = cluster._processes.address()
    assert address is not None
    assert address.startswith("tls://127.0.0.1:")
    plain = address.replace("tls://", "tcp://")
    for where, security in ((plain, None), (address, make_certificates(tmp_path).security())):
        with pytest.raises((OSError, TimeoutError)):
            Client(where, security=security, timeout=1, set_as_default=False)
    own = cluster._processes.certificates
    assert own is not None
    for path in (own.key, own.certificate):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(own.key.parent.stat().st_mode) == 0o700
    assert ask(cluster, pretend_fit.add, left=1, right=2) == 3


def test_closed_is_closed(tmp_path: Path, make_run: MakeRun) -> None:
    cluster = Cluster(fit=f"{PRETEND}:fit")
    cluster.close()
    for act in (
        lambda: cluster.submit_training(make_run()),
        lambda: ask(cluster, pretend_fit.process),
    ):
        with pytest.raises(LessonError) as caught:
            act()
        assert caught.value.code == "cluster.closed"


@pytest.fixture
def foreign_scheduler(tmp_path: Path) -> Iterator[str]:
    """A scheduler and two workers that somebody else runs; its address."""
    file, started = tmp_path / "scheduler.json", []
    common = ["--host", "127.0.0.1", "--scheduler-file", str(file), "--no-dashboard"]
    common += ["--dashboard-address", "127.0.0.1:0"]
    worker = [*common, "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path)]
    for module, arguments in (
        ("dask_scheduler", [*common, "--port", "0"]),
        ("dask_worker", [*worker, "--resources", "train=1"]),
        ("dask_worker", [*worker, "--resources", "analyse=1"]),
    ):
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
                env=os.environ | {"PYTHONPATH": str(PROJECT)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
    try:
        from distributed.utils import json_load_robust

        yield json_load_robust(str(file), timeout=patience.SECONDS)["address"]
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_somebody_elses_cluster(
    foreign_scheduler: str, make_run: MakeRun, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, foreign_scheduler)
    cluster = Cluster(fit=f"{PRETEND}:fit").start()
    try:
        assert cluster.wait_until_ready(patience.SECONDS)
        assert cluster.pids() == {}
        run = make_run()
        cluster.submit_training(run)
        until(lambda: run.status() is Status.FINISHED)
        assert ask(cluster, pretend_fit.add, left=1, right=1) == 2
    finally:
        cluster.close()


@pytest.mark.usefixtures("impatient")
def test_a_scheduler_that_does_not_answer_is_told(until: Until) -> None:
    cluster = Cluster(address="tcp://127.0.0.1:9").start()
    try:
        until(lambda: "cannot be reached" in cluster.state().message)
        with pytest.raises(LessonError) as caught:
            ask(cluster, pretend_fit.process, timeout_s=0.1)
        assert caught.value.code == "analysis.no-worker"
    finally:
        cluster.close()
