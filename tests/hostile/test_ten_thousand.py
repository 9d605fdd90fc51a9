"""Ten thousand hostile inputs of every kind that Lightbox takes from outside.

Each is answered or refused with advice: anything else fails here by itself. Meanwhile no other
program starts, nothing is executed, connected to, or written outside the test's own folder, and
memory stays below what the limits allow. ``LIGHTBOX_HOSTILE=20 python3 -m tests tests/hostile``
tries twenty times as many, with other damage.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from core.descent.expression import parse
from core.errors import LessonError
from core.jobs.folder import RunFolder, list_runs
from core.training import events
from dashboard.opened import read_opened
from dashboard.shared.schema import decode, encode
from data.pictures.decode import decode_bytes
from data.sets.archive import unpack
from data.sets.tables import read_json, read_rows, read_table
from tests.dashboard.test_damaged_runs import finished_run
from tests.data.hostile import samples
from tests.data.sets.test_archive import packed, taped
from tests.hostile.mutation import damaged

TIMES: Final = int(os.environ.get("LIGHTBOX_HOSTILE", "1"))
COUNTS: Final = {
    "picture": 2600,
    "dicom": 1400,
    "archive": 1000,
    "link": 1600,
    "function": 1600,
    "table": 1200,
    "run": 600,
}
MOST_MEGABYTES: Final = 700
"""More than before: a picture of the largest size that is taken, read and prepared."""
_FORBIDDEN: Final = ("os.system", "os.exec", "os.posix_spawn", "socket.connect", "exec")


class Watch:
    """What this process did while an input was being read. A hook cannot be taken out again."""

    def __init__(self) -> None:
        self.on = False
        self.outside: tuple[str, ...] = ()
        self.allows_programs = False
        self.seen: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "exec" and not given[0].co_filename.startswith("<"):
            return  # a module that is needed for the first time
        if event in _FORBIDDEN or (event == "subprocess.Popen" and not self.allows_programs):
            self.seen.append(f"{event} {given!r:.200}")
        elif event == "open" and isinstance(given[0], str | bytes | os.PathLike):
            mode, flags = given[1], given[2]
            writes = any(letter in (mode or "") for letter in "wxa+") or (
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) != 0
            )
            path = os.path.realpath(os.fsdecode(given[0]))
            if writes and not path.startswith(self.outside):
                self.seen.append(f"wrote {path}")


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    made = Watch()
    yield made
    made.on = False


def feed(
    inputs: Iterator[bytes], take: Callable[[bytes], object], watch: Watch, folder: Path
) -> int:
    """Give each input; how many were answered rather than refused."""
    watch.outside = (os.path.realpath(folder), "/dev/null")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answered, refused = 0, list[LessonError]()
    for raw in inputs:
        watch.seen.clear()
        watch.on = True
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                take(raw)
            answered += 1
        except LessonError as error:
            refused.append(error)
        except BaseException as error:
            watch.on = False
            error.add_note(f"The input was {raw!r:.400}")
            raise
        finally:
            watch.on = False
        assert watch.seen == [], raw[:400]
    assert all(error.problem and error.remedy for error in refused)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MOST_MEGABYTES
    return answered


def picture_samples(*, dicom: bool) -> list[bytes]:
    """Small whole files and old tricks of one kind."""
    found = [
        raw
        for name, (raw, _) in sorted(samples().items())
        if name.endswith(".dcm") == dicom and len(raw) < 200_000
    ]
    assert len(found) > 5
    return found


@pytest.mark.parametrize("kind", ["picture", "dicom"])
@pytest.mark.parametrize("seed", range(1, TIMES + 1))
def test_pictures(kind: str, seed: int, watch: Watch, tmp_path: Path) -> None:
    wholes = picture_samples(dicom=kind == "dicom")

    def take(raw: bytes) -> None:
        found = decode_bytes(raw, name="x.dcm" if kind == "dicom" else "")
        assert found.gray.shape == (found.height, found.width)
        assert found.gray.dtype == np.uint8

    for raw in wholes:
        with contextlib.suppress(LessonError):
            take(raw)  # what is imported with the first of its kind is imported now
    # Compressed frames are decoded in a process of its own, with limits; its kind is judged by
    # content, so that a picture may be a DICOM file too.
    watch.allows_programs = True
    answered = feed(damaged(wholes, count=COUNTS[kind], seed=seed), take, watch, tmp_path)
    watch.allows_programs = False
    assert 0.02 * COUNTS[kind] < answered < 0.98 * COUNTS[kind]


@pytest.mark.parametrize("seed", range(1, TIMES + 1))
def test_archives(seed: int, watch: Watch, tmp_path: Path) -> None:
    files = {"set/normal/a.png": b"x" * 90, "set/fracture/b.png": b"y" * 90, "../up": b"z"}
    honest = {name: raw for name, raw in files.items() if not name.startswith("..")}
    wholes = [packed(kind, honest, tmp_path).read_bytes() for kind in ("zip", "tar.gz")]
    wholes.append(taped(honest, tmp_path / "plain.tar", "w").read_bytes())
    wholes.append(packed("zip", files, tmp_path).read_bytes())
    room = tmp_path / "room"
    room.mkdir()

    def take(raw: bytes) -> None:
        archive, target = room / "archive", room / "out"
        archive.write_bytes(raw)
        try:
            unpack(archive, target)
            for path in target.rglob("*"):
                assert path.resolve().is_relative_to(target.resolve())
        finally:
            shutil.rmtree(target, ignore_errors=True)
        assert [path.name for path in room.iterdir()] == ["archive"]

    feed(damaged(wholes, count=COUNTS["archive"], seed=seed), take, watch, room)
    assert sorted(path.name for path in room.iterdir()) == ["archive"]


def schemas() -> list[tuple[Any, ...]]:
    """What can be set in the stages of all pages."""
    root = Path(__file__).resolve().parents[2]
    names = [
        ".".join(path.relative_to(root).with_suffix("").parts)
        for room in ("lessons", "workbench")
        for path in sorted((root / "dashboard" / room).glob("*/stage.py"))
    ]
    found = [getattr(importlib.import_module(name), "SCHEMA", None) for name in names]
    schemas = [one for one in found if one]
    assert len(schemas) > 12
    return schemas


@pytest.mark.parametrize("seed", range(1, TIMES + 1))
def test_links(seed: int, watch: Watch, tmp_path: Path) -> None:
    """An address gives values of the schema, whatever stands in it, and the same again."""
    known = schemas()
    wholes = [encode(one, {field.name: field.default for field in one}).encode() for one in known]
    wholes += [b"size_3*flip_1*f_1-2Fx", *(f"{f.name}_1".encode() for one in known for f in one)]

    def take(raw: bytes) -> None:
        text = raw.decode("latin-1")
        for schema in known:
            values = decode(schema, text)
            assert values == decode(schema, encode(schema, values))
        opened = read_opened({name: text for name in ("dataset", "network", "epoch", "picture")})
        assert opened.epoch is None or isinstance(opened.epoch, int)
        assert all(letter.isprintable() for letter in opened.network + opened.picture)

    feed(damaged(wholes, count=COUNTS["link"], seed=seed), take, watch, tmp_path)


@pytest.mark.parametrize("seed", range(1, TIMES + 1))
def test_typed_functions(seed: int, watch: Watch, tmp_path: Path) -> None:
    """And what is taken has a value and a slope everywhere, or none: nothing runs but numbers."""
    wholes = [
        b"x^2 + y^2",
        b"sin(3*x) - 0.2*exp(-y)",
        b"(1 - x)^2 + 100*(y - x^2)^2",
        b"1/x + log(y)",
        b"__import__('os').system('id')",
        b"x.__class__.__mro__[1]",
        b"(lambda: x)()",
        b"[y for y in (x,)]",
        b"9**9**9**9 + x",
        b"abs(x) ** sqrt(tanh(y))",
    ]

    def take(raw: bytes) -> None:
        found = parse(raw.decode("utf-8", "replace"))
        with np.errstate(all="ignore"):
            answers = found.evaluate(np.array([0.5]), np.array([-1.5]))
        assert [np.shape(answer) for answer in answers] == [(1,)] * 3  # the value and its slopes

    feed(damaged(wholes, count=COUNTS["function"], seed=seed), take, watch, tmp_path)


@pytest.mark.parametrize("seed", range(1, TIMES + 1))
def test_label_tables(seed: int, watch: Watch, tmp_path: Path) -> None:
    table = b"image_id,hand,leg,fractured\nIMG1.jpg,1,0,1\nIMG2.jpg,0,1,0\n"
    wholes = [
        table,
        table.decode().encode("utf-16"),
        table.replace(b",", b";"),
        b'{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}',
    ]
    place = tmp_path / "table"

    def damaged_table(problem: str) -> LessonError:
        return LessonError("table.damaged", problem=problem, remedy="Get it again.")

    def take(raw: bytes) -> None:
        place.write_bytes(raw)
        for read in (
            lambda: read_rows(place, damaged=damaged_table),
            lambda: read_json(place, damaged=damaged_table),
        ):
            with contextlib.suppress(LessonError):
                read()
        found = read_table(place, needed=("image_id", "fractured"), damaged=damaged_table)
        assert all({"image_id", "fractured"} <= set(row) for row in found.rows)

    feed(damaged(wholes, count=COUNTS["table"], seed=seed), take, watch, tmp_path)


@pytest.mark.parametrize("seed", range(1, TIMES + 1))
def test_run_folders(
    seed: int, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One damaged file of one run: the list of runs goes on, the run says what is wrong with it."""
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    run = finished_run(tmp_path / "runs")
    names = ("spec.json", "run.json", "events.jsonl", "evaluation.json")
    kept = {name: (run.path / name).read_bytes() for name in names}
    looks: tuple[Callable[[RunFolder], object], ...] = (
        RunFolder.status,
        RunFolder.summary,
        RunFolder.damage,
        RunFolder.spec,
        RunFolder.history,
        RunFolder.evaluation,
        RunFolder.failure,
    )
    for look in looks:
        look(run)

    def look_at(name: str) -> Callable[[bytes], None]:
        def take(raw: bytes) -> None:
            (run.path / name).write_bytes(raw)
            try:
                for look in looks:
                    with contextlib.suppress(LessonError):
                        look(run)
                assert [one.id for one in list_runs()] == [run.id]
                for line in raw.splitlines():
                    events.decode(line.decode("utf-8", "replace"))
            finally:
                (run.path / name).write_bytes(kept[name])

        return take

    each = COUNTS["run"] // len(names)
    for name in names:
        inputs = damaged([kept[name], kept["run.json"]], count=each, seed=seed)
        feed(inputs, look_at(name), watch, tmp_path)


def test_they_are_ten_thousand() -> None:
    assert sum(COUNTS.values()) >= 10_000
