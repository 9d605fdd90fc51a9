"""Slices through the loss of trained networks, computed in the background. No Streamlit here.

A worker computes a slice row after row. The thread that asks for the rows goes on only while some
page asks how far it is, so that leaving the page ends the work within a row; coming back goes on
where it stopped. A finished slice lies in the cache folder and is computed once.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypeVar

import numpy as np

from core.arrays import FloatArray
from core.bounded import Bounded
from core.explain.landscape import Kind, Outline
from core.jobs.remote import Request, Tasks, request
from core.npz import read_npz, write_npz
from dashboard.background.errands import Canceled, Errand

T = TypeVar("T")

_PATIENCE_S: Final = 6.0
_MOST_KEPT: Final = 16
_FORMAT: Final = 2


class Analyse(Protocol):
    """`core.jobs.cluster.Cluster.analyse`, or what stands in for it."""

    def __call__(self, asked: Request[T], *, timeout_s: float) -> T:
        """The worker's answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slice:
    """A finished slice: the outline, and (G, G) losses with rows along y, rising."""

    outline: Outline
    losses: FloatArray


@dataclass(slots=True)
class Progress:
    """How far a slice is, and then the slice or what went wrong.

    Attributes:
        outline: The way of the training, None before it is known.
        rows: Losses, row by row.
        row_s: Seconds that a row takes.
        wanted: When somebody last asked, on the monotonic clock.
        errand: The work; canceled where everybody had left.
    """

    outline: Outline | None = None
    rows: list[FloatArray] = field(default_factory=list)
    row_s: float = 0.0
    wanted: float = 0.0
    errand: Errand[Slice] = field(default_factory=Errand)

    @property
    def done(self) -> int:
        """Rows that are computed."""
        return len(self.rows)

    @property
    def total(self) -> int:
        """Rows in all; 0 while even that is not known."""
        return self.outline.side if self.outline else 0

    @property
    def left_s(self) -> float | None:
        """Seconds that are left at the pace so far, None before there is one."""
        return (self.total - self.done) * self.row_s if self.row_s else None


class Slices:
    """All slices of a server.

    Args:
        analyse: Has a worker do what is asked: (request, timeout_s=...) -> answer.
        folder: Where finished slices are kept.
    """

    def __init__(self, analyse: Analyse, folder: Path) -> None:
        self._analyse = analyse
        self._folder = folder
        self._lock = threading.Lock()
        self._known = Bounded[tuple[str, Kind, int], Progress](_MOST_KEPT)

    def ask(self, run_folder: Path, kind: Kind, stamp: int) -> Progress:
        """How far the slice of a run is; asking keeps it going.

        Args:
            run_folder, kind: Which slice.
            stamp: When the run's last snapshot was written.
        """
        key = (str(run_folder), kind, stamp)
        with self._lock:
            progress = self._known.find(key)
            if progress is None:
                progress = Progress()
                self._known.put(key, progress)
                self._begin(key, progress)
            elif progress.errand.canceled:
                self._begin(key, progress)
            progress.wanted = time.monotonic()
        return progress

    def forget(self, run_folder: Path, kind: Kind, stamp: int) -> None:
        """Try one anew that went wrong."""
        with self._lock:
            self._known.pop((str(run_folder), kind, stamp))

    def _begin(self, key: tuple[str, Kind, int], progress: Progress) -> None:
        known = _read(self._file(key))
        progress.wanted, progress.errand = time.monotonic(), Errand()
        if known is not None:
            progress.errand.run(lambda _: known)
        else:
            progress.errand.begin(lambda _: self._measure(key, progress), name="slice")

    def _measure(self, key: tuple[str, Kind, int], progress: Progress) -> Slice:
        folder, kind, _ = key
        outline = progress.outline
        if outline is None:
            outline = progress.outline = self._analyse(
                request(Tasks.slice_outline, run_folder=folder, kind=kind), timeout_s=180.0
            )
        while progress.done < progress.total:
            if time.monotonic() - progress.wanted > _PATIENCE_S:
                raise Canceled  # everybody has left the page
            began = time.monotonic()
            asked = request(Tasks.slice_row, run_folder=folder, kind=kind, row=progress.done)
            progress.rows.append(self._analyse(asked, timeout_s=120.0))
            took = time.monotonic() - began
            progress.row_s = 0.6 * progress.row_s + 0.4 * took if progress.row_s else took
        found = Slice(outline=outline, losses=np.stack(progress.rows))
        _write(self._file(key), found)
        return found

    def _file(self, key: tuple[str, Kind, int]) -> Path:
        digest = hashlib.sha256(repr((_FORMAT, *key)).encode()).hexdigest()[:12]
        return self._folder / f"{Path(key[0]).name}-{key[1]}-{digest}.npz"


def _write(path: Path, found: Slice) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_npz(path, {"losses": found.losses, **asdict(found.outline)})


def _read(path: Path) -> Slice | None:
    """A finished slice, None where there is none or it cannot be read."""
    try:
        arrays = read_npz(path)
        losses = arrays.pop("losses")
        outline = Outline(
            **{
                **arrays,
                "kind": str(arrays["kind"]),
                "domain": tuple(float(edge) for edge in arrays["domain"]),
                "side": int(arrays["side"]),
                "images": int(arrays["images"]),
                "weighted": bool(arrays["weighted"]),
                "focal_gamma": float(arrays.get("focal_gamma", 0.0)),
            }
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Slice(outline=outline, losses=losses)
