"""The Kubernetes file's own commands, run as processes of this machine, work together."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from core.jobs.certificates import Certificates, make_certificates
from core.jobs.folder import RunFolder, Status, create_run
from core.jobs.ownership import claim
from tests import patience
from tests.architecture.container_files import ROOT, command, environment
from tests.dashboard.pretend_run import pretend_spec, small_set

pytestmark = pytest.mark.slow

SERVER = """
import sys
from pathlib import Path
from core.jobs.cluster import Cluster
from core.jobs.folder import RunFolder
from core.jobs.remote import request
from tests import patience
from tests.core.jobs import pretend_fit
cluster = Cluster(fit="tests.core.jobs.pretend_fit:fit").start()
ready = cluster.wait_until_ready(float(sys.argv[2]))
print("ready" if ready else cluster.state().message, flush=True)
if ready and sys.argv[1]:
    cluster.submit_training(RunFolder(Path(sys.argv[1])))
    print(cluster.analyse(request(pretend_fit.add, left=2, right=3)), flush=True)
    input()
cluster.close()
"""


class Place:
    """What the file's names mean on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = make_certificates(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def here(self, word: str, keys: Certificates | None = None) -> str:
        """A word of a command or an environment, as it reads here."""
        found = keys or self.keys
        for name, value in (
            ("/tls/ca.crt", str(self.keys.certificate)),
            ("/tls/tls.crt", str(found.certificate)),
            ("/tls/tls.key", str(found.key)),
            ("lightbox-scheduler:8786", f"127.0.0.1:{self.port}"),
            ("--host=0.0.0.0", "--host=127.0.0.1"),
            ("--port=8786", f"--port={self.port}"),
            ("--local-directory=/tmp", f"--local-directory={self.folder}"),
            ("/opt/lightbox/bin/python", sys.executable),
        ):
            word = word.replace(name, value)
        return word

    def start(self, name: str, words: list[str], keys: Certificates | None = None) -> Started:
        """A container of that deployment, as a process."""
        given = {key: self.here(value, keys) for key, value in environment(name).items()}
        given |= {"PYTHONPATH": str(ROOT), "LIGHTBOX_COLD": "yes"}
        with (self.folder / f"{name}-{time.time_ns()}.log").open("wb") as log:
            return subprocess.Popen(
                [self.here(word, keys) for word in words],
                cwd=self.folder,
                env=os.environ | {key: value for key, value in given.items() if value},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if name == "lightbox" else log,
                stderr=log,
                text=True,
            )

    def serve(
        self, run: RunFolder | None, seconds: float, keys: Certificates | None = None
    ) -> Started:
        """A server without its pages: what it has of the workers."""
        place = "" if run is None else str(run.path)
        return self.start("lightbox", [sys.executable, "-c", SERVER, place, str(seconds)], keys)


Started = subprocess.Popen[str]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def started(place: Place) -> Iterator[dict[str, Started]]:
    """Scheduler and workers by the file."""
    with ExitStack() as stack:
        found = {}
        for name in ("lightbox-scheduler", "lightbox-train", "lightbox-analyse"):
            process = place.start(name, command(name))
            stack.callback(end, process)
            found[name] = process
        yield found


def end(process: Started) -> None:
    process.kill()
    process.communicate()


def wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_two_servers_share_workers_and_outlive_one_that_is_killed(
    place: Place, started: dict[str, Started], tmp_path: Path
) -> None:
    prepared = small_set(tmp_path / "set")
    spec = replace(pretend_spec(str(prepared.folder)), fingerprint=prepared.fingerprint)
    # For a pretended training the rate is the seconds of a batch.
    slow = create_run(replace(spec, learning_rate=1.0, epochs=100), root=tmp_path / "runs")
    quick = create_run(replace(spec, learning_rate=0.01), root=tmp_path / "runs")
    for run in (slow, quick):
        claim(run.path)  # out of this process's queue: the servers hand them in
    servers = []
    try:
        for run in (slow, quick):
            servers.append(place.serve(run, patience.SECONDS))
            assert servers[-1].stdout is not None
            assert servers[-1].stdout.readline().strip() == "ready"
            assert servers[-1].stdout.readline().strip() == "5"
            wait(lambda: slow.status() is Status.RUNNING)
        # Handed in at another server, it waits for the one worker.
        assert quick.status() is Status.QUEUED
        end(started["lightbox-train"])
        wait(lambda: slow.status() is Status.INTERRUPTED)
        started["lightbox-train"] = place.start("lightbox-train", command("lightbox-train"))
        wait(lambda: quick.status() is Status.FINISHED)
        assert slow.status() is Status.INTERRUPTED  # a person's to resume
    finally:
        for server in servers:
            end(server)
        end(started["lightbox-train"])


def test_who_has_another_certificate_gives_no_work(
    place: Place, started: dict[str, Started], tmp_path: Path
) -> None:
    (tmp_path / "stranger").mkdir()
    fine, stranger = place.serve(None, patience.SECONDS), None
    try:
        assert fine.communicate()[0].strip() == "ready"
        stranger = place.serve(None, 5.0, make_certificates(tmp_path / "stranger"))
        said = stranger.communicate()[0].strip()
        assert said != "ready"
        assert "cannot be reached" in said or "starting" in said
    finally:
        end(fine)
        if stranger is not None:
            end(stranger)
