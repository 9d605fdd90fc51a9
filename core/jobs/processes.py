"""The processes of the embedded cluster: a scheduler and two workers on loopback, behind TLS.

Plain subprocesses, because Dask's own ``LocalCluster`` spawns through multiprocessing, which
imports the running script again and fails under Streamlit. Each watches the server by
``core.jobs.preload`` and ends with it; what dies while the server lives is started again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.configuration import FILE as SETTINGS_FILE
from core.configuration import find_file
from core.jobs.certificates import Certificates, make_certificates
from core.jobs.folder import PROJECT
from core.jobs.identity import this_process
from core.jobs.preload import COLD, FOLDER, SERVER

HOST: Final = "127.0.0.1"
START_S: Final = 120  # importing TensorFlow from a cold disk takes its time
_QUICK_DEATH_S: Final = 10.0
_LONGEST_DELAY_S: Final = 30.0

_SCHEDULER: Final = "scheduler"
_WORKERS: Final = ("train", "analyse")
_SPOKEN: Final = {
    _SCHEDULER: "scheduler",
    "train": "training worker",
    "analyse": "analyzing worker",
}

_SETTINGS: Final = {
    # A training whose worker died is a person's to resume, never Dask's to repeat.
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    # A laptop that slept for an hour must not find its worker removed.
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "None",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1h",
    # Fifty times a second each process would wake to see whether it is late: at rest that took
    # more of a laptop than all the rest that it did.
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
    # Pages about the workers, which anybody on this computer could read.
    "DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]",
    "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(slots=True)
class _Process:
    """One process, its restarts and when the next one may be."""

    name: str
    popen: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    quick_deaths: int = 0
    not_before: float = 0.0
    deaths: int = field(default=0)

    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def note_death(self, now: float) -> None:
        """Plan the restart: at once, or after a growing pause for one that dies as it starts."""
        self.deaths += 1
        self.quick_deaths = self.quick_deaths + 1 if now - self.began < _QUICK_DEATH_S else 0
        pause = min(2.0 ** (self.quick_deaths - 2), _LONGEST_DELAY_S)
        self.not_before = now + (pause if self.quick_deaths > 1 else 0.0)
        self.popen = None


class Processes:
    """Starts, restarts and ends the cluster's processes.

    Args:
        warm: Workers import TensorFlow before they take work, so that the first click is fast.
    """

    def __init__(self, *, warm: bool = True) -> None:
        self._warm = warm
        self._lock = threading.Lock()
        self._over = False
        self.folder = Path(tempfile.mkdtemp(prefix="lightbox-cluster-"))
        self.certificates: Certificates | None = None
        self.generation = 0
        self._all = {name: _Process(name) for name in (_SCHEDULER, *_WORKERS)}

    def keep_up(self) -> None:
        """Start what is not running. A new scheduler means new workers: they belong together."""
        with self._lock:
            if not self._over:
                self._keep_up(time.monotonic())

    def _keep_up(self, now: float) -> None:
        if self.certificates is None:
            self.certificates = make_certificates(self.folder)
        for process in self._all.values():
            if process.popen is not None and not process.is_running():
                process.note_death(now)
        if not self._all[_SCHEDULER].is_running():
            for name in _WORKERS:
                self._end(self._all[name])
            if now < self._all[_SCHEDULER].not_before:
                return
            self.generation += 1
        for process in self._all.values():
            if process.popen is None and now >= process.not_before:
                self._start(process)

    def address(self) -> str | None:
        """Where the scheduler listens, None until it does."""
        try:
            text = self._scheduler_file().read_text(encoding="utf-8")
            return str(json.loads(text)["address"])
        except (FileNotFoundError, ValueError):
            return None

    def pids(self) -> dict[str, int]:
        """Process numbers of what runs, by name: scheduler, train, analyse."""
        return {
            name: process.popen.pid
            for name, process in self._all.items()
            if process.popen is not None and process.is_running()
        }

    def trouble(self) -> str | None:
        """A sentence on a process that keeps dying as it starts, with its last words."""
        for process in self._all.values():
            if process.quick_deaths > 1:
                words = _last_line(self._log(process.name))
                return f"The {_SPOKEN[process.name]} ends as it starts: {words}"
        return None

    def end(self) -> None:
        """End all processes for good, at once, and remove the temporary folder."""
        with self._lock:
            self._over = True
            for process in self._all.values():
                self._end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, process: _Process) -> None:
        with self._log(process.name).open("ab") as log:
            process.popen = subprocess.Popen(
                [*self._command(process.name), *self._certificates()],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the server's terminal is the server's; no window on Windows.
                start_new_session=True,
                creationflags=creation_flags(),
            )
        process.began = time.monotonic()

    def _certificates(self) -> list[str]:
        return [] if self.certificates is None else self.certificates.arguments()

    def _end(self, process: _Process) -> None:
        if process.popen is not None:
            process.popen.kill()
            process.popen.wait()
            process.popen = None

    def _command(self, name: str) -> list[str]:
        module = "dask_scheduler" if name == _SCHEDULER else "dask_worker"
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--host", HOST]
        command += ["--scheduler-file", str(self._scheduler_file())]
        command += ["--preload", "core.jobs.preload", "--no-dashboard"]
        command += ["--dashboard-address", f"{HOST}:0"]
        if name == _SCHEDULER:
            return [*command, "--port", "0"]
        # No nanny: the server restarts workers, and one process less is one orphan less.
        command += ["--no-nanny", "--nthreads", "1", "--resources", f"{name}=1", "--name", name]
        command += ["--memory-limit", "0", "--death-timeout", str(START_S)]
        return [*command, "--local-directory", str(self.folder)]

    def _environment(self) -> dict[str, str]:
        file = find_file(os.environ)
        return (
            {"TF_CPP_MIN_LOG_LEVEL": "3"}
            | os.environ
            | _SETTINGS
            | {
                # They start in another folder.
                **({} if file is None else {SETTINGS_FILE: str(file)}),
                "PYTHONPATH": search_path(),
                SERVER: json.dumps(this_process().to_json()),
                FOLDER: str(self.folder),
                COLD: "" if self._warm else "yes",
            }
        )

    def _scheduler_file(self) -> Path:
        return self.folder / f"scheduler-{self.generation}.json"

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def search_path() -> str:
    """Where a process of ours that starts in any folder finds this project's modules."""
    path = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(PROJECT), *([path] if path else [])])


def creation_flags() -> int:
    """For Windows: no window, and Ctrl-C stays the server's; 0 elsewhere."""
    return getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(
        subprocess, "CREATE_NEW_PROCESS_GROUP", 0
    )


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return "it left no word."
    return next((line.strip() for line in reversed(lines) if line.strip()), "it left no word.")
