"""Which process does something, and whether it still lives.

A process number alone is reused by the next process; together with the moment it began it is
not. That moment is read in the kernel's own count since boot where there is one: a wall-clock
time would shift whenever the clock is set, and a living training would read as dead.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

_PROC: Final = Path("/proc")
_TOLERANCE_S: Final = 0.05  # of the JSON number and of the kernel's tick
_NOT_ALIVE: Final = frozenset({"Z", "X", "x"})


@dataclass(frozen=True, slots=True)
class Identity:
    """One process of one machine, told apart from every later one of the same number.

    Attributes:
        host: Name of the machine.
        pid: Process number.
        create_time: Seconds at which it began: since boot on Linux, else since 1970.
        boot: Which start of the machine, where the system tells; "" elsewhere.
    """

    host: str
    pid: int
    create_time: float
    boot: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; `from_json` is its inverse."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Identity:
        """Rebuild what `to_json` wrote, ignoring keys of other meanings beside it."""
        return cls(
            str(data["host"]), int(data["pid"]), float(data["create_time"]), str(data["boot"])
        )

    @property
    def is_local(self) -> bool:
        """Whether it belongs to this machine, so that its life can be looked up."""
        return self.host == socket.gethostname()

    def is_alive(self) -> bool:
        """Whether this very process of this machine still runs. False for another machine's."""
        if not self.is_local or self.boot != _boot():
            return False
        began = _began(self.pid)
        return began is not None and abs(began - self.create_time) < _TOLERANCE_S


def this_process() -> Identity:
    """The identity of the process that asks."""
    return identity_of(os.getpid())


def identity_of(pid: int) -> Identity:
    """The identity of a running process of this machine.

    Raises:
        ProcessLookupError: There is none of that number.
    """
    began = _began(pid)
    if began is None:
        raise ProcessLookupError(f"No process {pid} runs on this machine.")
    return Identity(socket.gethostname(), pid, began, _boot())


def _began(pid: int) -> float | None:
    """When process ``pid`` began, None where there is none or only its remains."""
    if (_PROC / "self" / "stat").exists():
        try:
            stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return None
        # The second field, the name, may hold spaces and brackets: count from its end.
        values = stat[stat.rindex(")") + 2 :].split()
        return None if values[0] in _NOT_ALIVE else int(values[19]) / os.sysconf("SC_CLK_TCK")
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def _boot() -> str:
    try:
        return (_PROC / "sys" / "kernel" / "random" / "boot_id").read_text("ascii").strip()
    except OSError:
        return ""
