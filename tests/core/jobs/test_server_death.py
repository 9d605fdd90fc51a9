"""However a server ends, nothing it started outlives it, and its runs can go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from core.jobs.cluster import Cluster
from core.jobs.folder import PROJECT, RunFolder, Status
from core.jobs.ownership import claim
from tests import patience

pytestmark = pytest.mark.slow

MakeRun = Callable[..., RunFolder]
Until = Callable[..., None]
Serve = Callable[..., "Server"]


@dataclass
class Server:
    """A server process with its workers' numbers and its temporary folder."""

    process: subprocess.Popen[str]
    pids: dict[str, int]
    folder: Path

    def anything_left(self) -> list[str]:
        """What of it still runs or lies about."""
        running = [name for name, pid in self.pids.items() if psutil.pid_exists(pid)]
        return [*running, *(["folder"] if self.folder.exists() else [])]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server with these runs in its queue."""
    servers: list[Server] = []

    def start(*runs: RunFolder) -> Server:
        for run in runs:
            claim(run.path)  # made here, but the server's to queue
        command = [sys.executable, "-W", "error", "-m", "tests.core.jobs.serve"]
        process = subprocess.Popen(
            [*command, *(str(run.path) for run in runs)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Begun in the background, a suite hands on that an interrupt is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert process.stdout is not None
        servers.append(Server(process, {}, Path()))
        said = json.loads(process.stdout.readline() or "{}")
        assert said, process.communicate()[1]
        servers[-1].pids, servers[-1].folder = said["pids"], Path(said["folder"])
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.communicate()


def test_a_killed_server_takes_all_with_it_and_its_runs_go_on(
    serve: Serve, make_run: MakeRun, cluster: Cluster, until: Until
) -> None:
    run, behind = make_run(learning_rate=0.02, epochs=40), make_run()
    server = serve(run, behind)
    assert len(server.pids) == 3
    until(lambda: len(run.history().epochs) >= 1)
    assert (run.status(), behind.status()) == (Status.RUNNING, Status.QUEUED)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    until(lambda: not server.anything_left(), seconds=3)
    assert (run.status(), behind.status()) == (Status.INTERRUPTED, Status.INTERRUPTED)
    done = len(run.history().epochs)
    assert 1 <= done < 40
    cluster.submit_training(run, resume=True)
    cluster.submit_training(behind, resume=True)
    until(lambda: behind.status() is Status.FINISHED)
    assert run.status() is Status.FINISHED
    assert [row.epoch for row in run.history().epochs] == list(range(1, 41))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_ends_fast_and_without_a_trace(
    serve: Serve, make_run: MakeRun, until: Until, number: signal.Signals
) -> None:
    run = make_run(learning_rate=0.05, epochs=200)
    server = serve(run)
    until(lambda: run.status() is Status.RUNNING)
    server.process.send_signal(number)
    _, said = server.process.communicate(timeout=patience.stretched(3))
    until(lambda: not server.anything_left(), seconds=3)
    assert run.status() is Status.INTERRUPTED
    # Python's own words on an interrupt; nothing of ours and nothing of Dask's.
    assert "distributed" not in said
    assert said.count("Traceback") <= 1


def test_a_server_that_is_frozen_keeps_its_workers(serve: Serve, until: Until) -> None:
    """Not dead: a debugger, a closed laptop."""
    server = serve()
    os.kill(server.process.pid, signal.SIGSTOP)
    with pytest.raises(pytest.fail.Exception):
        until(lambda: len(server.anything_left()) < 4, seconds=1)
    os.kill(server.process.pid, signal.SIGCONT)
