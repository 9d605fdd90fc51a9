"""A class at work: many tabs on one server, a training beside them, and what each of them feels.

    python3 -m benchmarks class [--students 1 10 30 60 100] [--watchers 30 60] [--seconds 60]
                                [--browsers 2] [--pages neuron train ...]
                                [--draw docs/pictures/class.svg]

Starts the real server with empty folders and a training, then lets so many students open pages,
answer questions, choose pictures and turn switches of stages, each every 3 to 5 seconds, all over
the browser's own protocol (`benchmarks.student`). A watcher only looks at the running training.
Printed for each size of the class: how long a person waits from the act to the drawn page,
errors, the server's memory and processor, and how much longer a training step takes than alone.
``--browsers`` puts real Chromium tabs among the students (`benchmarks.visitor`). Where it lasts
longer, the server's memory is told again and again: it should not grow. ``--draw`` draws how the
waiting grows. Nothing but loopback. The students of this script share the cores with the server:
how much they took stands in the last column.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import math
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from streamlit.proto.WidgetStates_pb2 import WidgetState  # noqa: E402

from benchmarks.class_chart import chart  # noqa: E402
from benchmarks.student import Student  # noqa: E402
from benchmarks.visitor import tabs, visit  # noqa: E402
from core.jobs.folder import list_runs, newest_running  # noqa: E402
from core.training.events import BatchEnded, Event  # noqa: E402
from dashboard.catalogue import SLUGS  # noqa: E402
from tests.browser.conftest import Server, start_server, stop_server  # noqa: E402

PAUSE_S: Final = (3.0, 5.0)
STAYS: Final = 0.5
"""Share of the acts that change something on the open page; the others open another one."""
BROKEN_S: Final = 1.0
"""A class is called broken where one act of twenty takes longer."""
WATCHED: Final = "train_stage"
SAMPLE_S: Final = 15.0
"""Between two looks at the server's memory."""
_READY_S: Final = 900.0


@dataclass(slots=True)
class Felt:
    """What one size of the class felt.

    Attributes:
        people: Students or watchers.
        waits: Seconds from each act to the drawn page.
        updates: A second and watcher.
        troubles: Errors in the server's words, and how often.
        megabytes: Resident and proportional memory of the server at the end.
        step: How many times as long as alone a training step took.
        seconds: It lasted.
        server, players: Processor time of the server and of this script in seconds.
        shown: Seconds until a page was drawn in each Chromium.
        growth: Megabytes of the server, one every `SAMPLE_S`.
    """

    people: int
    waits: list[float] = field(default_factory=list)
    updates: float = 0.0
    troubles: Counter[str] = field(default_factory=Counter)
    megabytes: tuple[float, float] = (0.0, 0.0)
    step: float = float("nan")
    seconds: float = float("nan")
    server: float = 0.0
    players: float = 0.0
    shown: list[float] = field(default_factory=list)
    growth: list[float] = field(default_factory=list)

    def share(self, percent: int) -> float:
        """That percentile of the waits in seconds, NaN without any."""
        return percentile(self.waits, percent)

    @property
    def broken(self) -> bool:
        """Whether a person would say that it does not work."""
        return bool(self.troubles) or self.share(95) > BROKEN_S


def percentile(waits: Sequence[float], percent: int) -> float:
    """That percentile, NaN without any."""
    if len(waits) < 2:
        return next(iter(waits), float("nan"))
    return statistics.quantiles(waits, n=100, method="inclusive")[percent - 1]


async def sample_memory(pid: int, *, until: float) -> list[float]:
    """Resident megabytes of a process, again and again until that time of the monotonic clock."""
    found = []
    while time.monotonic() + SAMPLE_S < until:
        await asyncio.sleep(SAMPLE_S)
        found.append(memory(pid)[0])
    return found


def memory(pid: int) -> tuple[float, float]:
    """Resident and proportional megabytes of a process; the second is 0 where none is told."""
    resident = psutil.Process(pid).memory_info().rss / 1e6
    proportional = 0.0
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
        found = re.search(r"^Pss:\s+(\d+) kB", text, flags=re.MULTILINE)
        proportional = int(found[1]) * 1024 / 1e6 if found else 0.0
    return resident, proportional


def seconds_per_step(told: Sequence[Event], *, since: float) -> float:
    """Of a training, by its events since that time (unix seconds); NaN for less than two steps."""
    steps = [one for one in told if isinstance(one, BatchEnded) and one.time >= since]
    if len(steps) < 2:
        return float("nan")
    return (steps[-1].time - steps[0].time) / (steps[-1].step - steps[0].step)


async def step_of(runs: Path, *, since: float) -> float:
    """The same of the run that a worker is at; NaN where none is."""

    def read() -> float:
        run = newest_running(runs)
        return seconds_per_step([] if run is None else run.read_events()[0], since=since)

    return await asyncio.to_thread(read)


async def begin_training(server: Server, *, size: int, epochs: int, times: int) -> None:
    """Press "Train" as a person does; the images are prepared before.

    Raises:
        TimeoutError: It did not begin within a quarter of an hour.
    """
    deadline = time.monotonic() + _READY_S
    for begun in range(times):
        async with Student(server.url) as tab:
            await tab.open("train", f"train_size={size}+px&train_epochs={epochs}")
            button = tab.find(lambda one: "train_start" in getattr(one.proto, "id", ""))
            if button is None:
                raise TimeoutError(f"There is no button to train: {tab.seen.troubles}")
            await tab.set(WidgetState(id=button.proto.id, trigger_value=True))
            while len(await asyncio.to_thread(list_runs, server.runs)) <= begun:
                await _again(deadline, "The training did not begin")
    while math.isnan(await step_of(server.runs, since=0.0)):
        await _again(deadline, "No step was trained")


async def _again(deadline: float, trouble: str) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError(f"{trouble} within {_READY_S:.0f} s.")
    await asyncio.sleep(0.5)


async def study(tab: Student, *, pages: Sequence[str], until: float, seed: int) -> list[float]:
    """Act until that time of the monotonic clock; seconds that each act took."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.uniform(0, PAUSE_S[1]))
    waits = [await tab.open(chance.choice(pages))]
    while True:
        await asyncio.sleep(chance.uniform(*PAUSE_S))
        if time.monotonic() >= until:
            return waits
        waited = await tab.act(chance) if chance.random() < STAYS else None
        waits.append(await tab.open(chance.choice(pages)) if waited is None else waited)


async def watch(tab: Student, *, run: str, until: float) -> list[float]:
    """Look at a run until that time; nothing is acted, so nothing is waited for."""
    await tab.open("train", f"network={run}")
    tab.seen.updates.clear()
    await asyncio.sleep(max(until - time.monotonic(), 0))
    return []


async def play(
    server: Server,
    people: int,
    *,
    seconds: float,
    seed: int,
    watch_run: str,
    pages: Sequence[str],
    browsers: int = 0,
) -> Felt:
    """Let so many people be there for so long.

    Args:
        server: Has everything warm that one person alone has warmed.
        people: Students, or watchers of ``watch_run`` where that is not empty.
        seconds: Of work, and a few more in which they come.
        seed: Of what they do.
        pages: Which they open.
        browsers: Chromium tabs among them.
    """
    process, myself = psutil.Process(server.process.pid), psutil.Process()
    felt = Felt(people)
    async with contextlib.AsyncExitStack() as room:
        students = [
            Student(server.url, watches=WATCHED if watch_run else "") for _ in range(people)
        ]
        for tab in students:
            await room.enter_async_context(tab)
        visitors = await room.enter_async_context(tabs(server.url, browsers))
        since, began = time.time(), time.monotonic()
        spent = [sum(one.cpu_times()[:2]) for one in (process, myself)]
        until = began + seconds
        lives = [
            watch(tab, run=watch_run, until=until)
            if watch_run
            else study(tab, pages=pages, until=until, seed=1000 * seed + number)
            for number, tab in enumerate(students)
        ]
        looks = [
            visit(page, url=server.url, pages=pages, until=until, seed=2000 * seed + number)
            for number, page in enumerate(visitors)
        ]
        acted, shown, felt.growth = await asyncio.gather(
            asyncio.gather(*lives),
            asyncio.gather(*looks),
            sample_memory(server.process.pid, until=until),
        )
        felt.waits, felt.shown = list(itertools.chain(*acted)), list(itertools.chain(*shown))
        felt.seconds = time.monotonic() - began
        felt.server, felt.players = (
            sum(one.cpu_times()[:2]) - before
            for one, before in zip((process, myself), spent, strict=True)
        )
        felt.megabytes = memory(server.process.pid)
        felt.step = await step_of(server.runs, since=since)
        felt.updates = sum(len(tab.seen.updates) for tab in students) / people / seconds
        felt.troubles = Counter(itertools.chain(*(tab.seen.troubles for tab in students)))
    return felt


async def warm(server: Server, pages: Sequence[str]) -> float:
    """One person opens every page twice; the longest first opening in seconds."""
    async with Student(server.url) as tab:
        first = [await tab.open(slug) for slug in pages]
        for slug in pages:
            await tab.open(slug)
    return max(first)


async def prepared(server: Server) -> None:
    """Wait until the sets of images that those pages asked for have been drawn.

    Raises:
        TimeoutError: They were not within a quarter of an hour.
    """
    deadline = time.monotonic() + _READY_S
    while any("core.jobs.apart" in _command(one) for one in _children(server)):
        await _again(deadline, "The images were not prepared")


def _children(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


async def measure(server: Server, asked: argparse.Namespace) -> list[tuple[str, Felt]]:
    """Play every size of the class, the students first, and print a line each."""
    print(f"server before anybody came: {memory(server.process.pid)[0]:.0f} MB")
    print(f"slowest first opening of a page: {await warm(server, asked.pages):.2f} s")
    print(f"server after one person saw every page: {memory(server.process.pid)[0]:.0f} MB")
    await prepared(server)
    alone = 0.0
    if asked.epochs:
        await begin_training(server, size=asked.size, epochs=asked.epochs, times=asked.trainings)
        await prepared(server)
        since = time.time()
        await asyncio.sleep(asked.seconds / 2)
        alone = await step_of(server.runs, since=since)
        print(f"a training step alone: {1000 * alone:.1f} ms")
    print(HEADING)
    found = []
    for kind, sizes in (
        ("students", asked.students),
        ("watchers", asked.watchers if alone else ()),
    ):
        for number, people in enumerate(sizes):
            felt = await play(
                server,
                people,
                seconds=asked.seconds,
                seed=number,
                watch_run=_under_way(server) if kind == "watchers" else "",
                pages=asked.pages,
                browsers=asked.browsers if kind == "students" else 0,
            )
            if alone:
                felt.step /= alone
            found.append((kind, felt))
            print(row(kind, felt), flush=True)
            for line in remarks(felt):
                print(line, flush=True)
    return found


def _under_way(server: Server) -> str:
    """The run that a worker is at: a class may outlast a training.

    Raises:
        TimeoutError: All have ended.
    """
    run = newest_running(server.runs)
    if run is None:
        raise TimeoutError("All trainings have ended: begin more of them with --trainings.")
    return run.id


HEADING: Final = (
    "| who | acts | median | 95th percentile | worst | errors | updates a second "
    "| training step, alone = 1 | server: memory, of its own | server: processor of an act "
    "| server: cores | students: cores |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def row(kind: str, felt: Felt) -> str:
    """One size of the class as a line of a table."""
    waits = ["-"] * 3
    if felt.waits:
        waits = [
            f"{1000 * one:.0f} ms" for one in (felt.share(50), felt.share(95), max(felt.waits))
        ]
    cells = [
        f"{felt.people} {kind}",
        str(len(felt.waits)),
        *waits,
        str(felt.troubles.total()),
        f"{felt.updates:.1f}" if felt.updates else "-",
        "-" if math.isnan(felt.step) else f"{felt.step:.2f}",
        f"{felt.megabytes[0]:.0f} MB, {felt.megabytes[1]:.0f} MB",
        f"{1000 * felt.server / len(felt.waits):.0f} ms" if felt.waits else "-",
        f"{felt.server / felt.seconds:.2f}",
        f"{felt.players / felt.seconds:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def remarks(felt: Felt) -> list[str]:
    """What has no column: Chromium's pages, and the memory of a long lesson."""
    said = []
    if felt.shown:
        said.append(
            f"Chromium drew {len(felt.shown)} pages: median {1000 * percentile(felt.shown, 50):.0f}"
            f" ms, 95th percentile {1000 * percentile(felt.shown, 95):.0f} ms"
        )
    if len(felt.growth) > 4:
        told = ", ".join(f"{one:.0f}" for one in felt.growth[:: max(len(felt.growth) // 20, 1)])
        half = len(felt.growth) // 2
        grown = statistics.median(felt.growth[half:]) - statistics.median(felt.growth[:half])
        said.append(f"memory in MB, over time: {told}; second half against first: {grown:+.0f}")
    return said


def verdict(found: Sequence[tuple[str, Felt]]) -> str:
    """Where it breaks, and what a person sees then."""
    broken = [felt for kind, felt in found if kind == "students" and felt.broken]
    if not broken:
        return f"No size broke: no error, and 19 of 20 acts took less than {BROKEN_S:g} s."
    first = min(broken, key=lambda felt: felt.people)
    if first.troubles:
        said, times = first.troubles.most_common(1)[0]
        return f"{first.people} students broke it. {times} times a page said: {said}"
    return (
        f"With {first.people} students one act of twenty took longer than {first.share(95):.1f} s:"
        " the page stays as it was, pale, until the server has drawn the next."
    )


def main(arguments: Sequence[str] | None = None) -> list[tuple[str, Felt]]:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--students", type=int, nargs="*", default=[1, 10, 30, 60, 100])
    parser.add_argument("--watchers", type=int, nargs="*", default=[30, 60])
    parser.add_argument("--seconds", type=float, default=60, help="for each size of the class")
    parser.add_argument("--size", type=int, default=64, help="pixels of the training's images")
    parser.add_argument("--epochs", type=int, default=200, help="of the training; 0 for none")
    parser.add_argument("--trainings", type=int, default=1, help="one after another")
    parser.add_argument("--browsers", type=int, default=0, help="Chromium tabs among the students")
    parser.add_argument("--pages", nargs="+", choices=SLUGS, default=SLUGS, help="that are opened")
    parser.add_argument("--draw", type=Path, help="an SVG file for how the waiting grows")
    asked = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before it began")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # a worker ends later
        server = start_server(Path(folder))
        try:
            found = asyncio.run(measure(server, asked))
        finally:
            stop_server(server)
    print(verdict(found))
    grown = [felt for kind, felt in found if kind == "students" and felt.waits]
    if asked.draw and len(grown) > 1:
        waits = [(felt.share(50), felt.share(95)) for felt in grown]
        sizes = [felt.people for felt in grown]
        asked.draw.write_text(chart(sizes, waits, goal_s=BROKEN_S), encoding="utf-8")
    return found


if __name__ == "__main__":
    main()
