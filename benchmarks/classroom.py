"""A class at work: many tabs on one server, a training beside them, and what each of them feels.

    python3 -m benchmarks class [--students 1 10 30 60 100] [--watchers 30 60] [--seconds 60]

Starts the real server with empty folders and a training, then lets so many students open pages,
answer questions, choose pictures and turn switches of stages, each every 3 to 5 seconds, all over
the browser's own protocol (`benchmarks.student`). A watcher only looks at the running training.
Printed for each size of the class: how long a person waits from the act to the drawn page,
errors, the server's memory and processor, and how much longer a training step takes than alone.
Nothing but loopback. The students of this script share the cores with the server: how much they
took stands in the last column.
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

from benchmarks.student import Student  # noqa: E402
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
_READY_S: Final = 300.0


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

    def share(self, percent: int) -> float:
        """That percentile of the waits in seconds, NaN without any."""
        if len(self.waits) < 2:
            return next(iter(self.waits), float("nan"))
        return statistics.quantiles(self.waits, n=100, method="inclusive")[percent - 1]

    @property
    def broken(self) -> bool:
        """Whether a person would say that it does not work."""
        return bool(self.troubles) or self.share(95) > BROKEN_S


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
        TimeoutError: It did not begin within five minutes.
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


async def study(tab: Student, *, until: float, seed: int) -> list[float]:
    """Act until that time of the monotonic clock; seconds that each act took."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.uniform(0, PAUSE_S[1]))
    waits = [await tab.open(chance.choice(SLUGS))]
    while True:
        await asyncio.sleep(chance.uniform(*PAUSE_S))
        if time.monotonic() >= until:
            return waits
        waited = await tab.act(chance) if chance.random() < STAYS else None
        waits.append(await tab.open(chance.choice(SLUGS)) if waited is None else waited)


async def watch(tab: Student, *, run: str, until: float) -> list[float]:
    """Look at a run until that time; nothing is acted, so nothing is waited for."""
    await tab.open("train", f"network={run}")
    tab.seen.updates.clear()
    await asyncio.sleep(max(until - time.monotonic(), 0))
    return []


async def play(server: Server, people: int, *, seconds: float, seed: int, watch_run: str) -> Felt:
    """Let so many people be there for so long.

    Args:
        server: Has everything warm that one person alone has warmed.
        people: Students, or watchers of ``watch_run`` where that is not empty.
        seconds: Of work, and a few more in which they come.
        seed: Of what they do.
    """
    process, myself = psutil.Process(server.process.pid), psutil.Process()
    felt = Felt(people)
    async with contextlib.AsyncExitStack() as room:
        tabs = [Student(server.url, watches=WATCHED if watch_run else "") for _ in range(people)]
        for tab in tabs:
            await room.enter_async_context(tab)
        since, began = time.time(), time.monotonic()
        spent = [sum(one.cpu_times()[:2]) for one in (process, myself)]
        until = began + seconds
        lives = [
            watch(tab, run=watch_run, until=until)
            if watch_run
            else study(tab, until=until, seed=1000 * seed + number)
            for number, tab in enumerate(tabs)
        ]
        felt.waits = list(itertools.chain(*await asyncio.gather(*lives)))
        felt.seconds = time.monotonic() - began
        felt.server, felt.players = (
            sum(one.cpu_times()[:2]) - before
            for one, before in zip((process, myself), spent, strict=True)
        )
        felt.megabytes = memory(server.process.pid)
        felt.step = await step_of(server.runs, since=since)
        felt.updates = sum(len(tab.seen.updates) for tab in tabs) / people / seconds
        felt.troubles = Counter(itertools.chain(*(tab.seen.troubles for tab in tabs)))
    return felt


async def warm(server: Server) -> float:
    """One person opens every page twice; the longest first opening in seconds."""
    async with Student(server.url) as tab:
        first = [await tab.open(slug) for slug in SLUGS]
        for slug in SLUGS:
            await tab.open(slug)
    return max(first)


async def measure(server: Server, asked: argparse.Namespace) -> list[tuple[str, Felt]]:
    """Play every size of the class, the students first, and print a line each."""
    print(f"server before anybody came: {memory(server.process.pid)[0]:.0f} MB")
    print(f"slowest first opening of a page: {await warm(server):.2f} s")
    print(f"server after one person saw every page: {memory(server.process.pid)[0]:.0f} MB")
    alone, run = 0.0, ""
    if asked.epochs:
        await begin_training(server, size=asked.size, epochs=asked.epochs, times=asked.trainings)
        run = list_runs(server.runs)[-1].id
        since = time.time()
        await asyncio.sleep(asked.seconds / 2)
        alone = await step_of(server.runs, since=since)
        print(f"a training step alone: {1000 * alone:.1f} ms")
    print(HEADING)
    found = []
    for kind, sizes in (("students", asked.students), ("watchers", asked.watchers if run else ())):
        for number, people in enumerate(sizes):
            felt = await play(
                server,
                people,
                seconds=asked.seconds,
                seed=number,
                watch_run=run if kind == "watchers" else "",
            )
            if alone:
                felt.step /= alone
            found.append((kind, felt))
            print(row(kind, felt), flush=True)
    return found


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
    asked = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before it began")
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(Path(folder))
        try:
            found = asyncio.run(measure(server, asked))
        finally:
            stop_server(server)
    print(verdict(found))
    return found


if __name__ == "__main__":
    main()
