"""One script that becomes fifty people by deleting its cookie, and what the others still have."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.errors import LessonError
from core.jobs.folder import RunFolder, list_runs
from core.jobs.turns import Waiting, in_turn
from core.models.keras_file.reader import Answers, ReadNetwork
from core.models.weights import initial_weights
from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from dashboard.access import door, own_networks, rights
from dashboard.access.door import Door
from dashboard.access.people import ADDRESS_HEADER, PERSON_HEADER, Person, public_id
from dashboard.access.policy import LOOPBACK, Policy
from dashboard.access.rights import Quota
from dashboard.access.uploads import CLASS_LIMITS, UploadLimits, Uploads
from dashboard.access.visits import MOST_TABS, Visits
from dashboard.background import address_shares as shares
from dashboard.background import prepared_sets, set_request
from dashboard.background.address_shares import DAY_S, SEAT_S, Shares
from dashboard.background.prepared_sets import Preparations
from dashboard.background.set_request import SetRequest
from tests.dashboard.pretend_run import pretend_spec, small_set
from tests.event_loop import awaited

COOKIES = 50
QUOTA = Quota(free_bytes=0)
CLASS = Policy(shared=True, hosts=LOOPBACK | {"room.example"}, code="", secret=b"s" * 32)


class Clock:
    """Stands still until it is told to go."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    for module in (rights, own_networks, set_request):
        monkeypatch.setattr(module, "SHARES", Shares(clock))


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSet:
    return small_set(tmp_path / "set")


def refusal(act: Callable[[], object]) -> str:
    """The code of what refused it, "" where nothing did."""
    try:
        act()
    except LessonError as error:
        return error.code
    return ""


def student(address: str) -> Person:
    """Somebody without a cookie, as the door tells of them."""
    return Person(public_id(secrets.token_hex(16)), "student", address=address)


def begins(person: Person, prepared: PreparedSet, *, specs: int = 1, quota: Quota = QUOTA) -> bool:
    code = refusal(
        lambda: rights.begin([pretend_spec()] * specs, person, prepared=prepared, quota=quota)
    )
    return code not in {"quota.jobs", "quota.people"}


def remove_all() -> None:
    """As if all had ended and gone."""
    for run in list_runs():
        shutil.rmtree(run.run.path)


def takes_all(address: str, prepared: PreparedSet) -> None:
    """Fifty people, one after another, each with as many trainings as there are."""
    for _ in range(COOKIES):
        greedy = student(address)
        while begins(greedy, prepared):
            pass


def test_the_queue_is_left_to_the_others(prepared: PreparedSet) -> None:
    takes_all("script", prepared)
    taken = [run for run in list_runs() if run.status.is_active]
    assert len(taken) <= QUOTA.all_jobs * shares.PART + QUOTA.people
    assert len({run.owner for run in taken}) == QUOTA.people
    # A class of thirty in one room: each begins one, and somebody a comparison of four before.
    others = [student(f"laptop-{number}") for number in range(30)]
    assert begins(others[0], prepared, specs=4)
    assert all(begins(one, prepared) for one in others[1:])
    # Each waits for at most one training of each of those people.
    runs = [run for run in list_runs() if run.status.is_active]
    waiting = [Waiting(run.id, run.owner, float(number)) for number, run in enumerate(runs[::-1])]
    order = [run.owner for run in in_turn(waiting, served={})]
    last = max(order.index(one.id) for one in others[1:])
    assert max(Counter(order[: last + 1]).values()) <= 1


def test_a_school_behind_one_address_is_not_hit(prepared: PreparedSet) -> None:
    students = [student("school") for _ in range(30)]
    for _ in range(3):
        assert all(begins(one, prepared) for one in students)
    # Who came in first keeps a place when somebody at the same address becomes fifty people.
    remove_all()
    takes_all("school", prepared)
    assert all(begins(one, prepared) for one in students)


def test_a_place_is_free_again_after_an_hour(prepared: PreparedSet, clock: Clock) -> None:
    quota = replace(QUOTA, people=2)
    assert begins(student("house"), prepared, quota=quota)
    assert begins(student("house"), prepared, quota=quota)
    assert not begins(student("house"), prepared, quota=quota)
    clock.now = SEAT_S + 1  # what they began still waits
    assert not begins(student("house"), prepared, quota=quota)
    remove_all()
    assert begins(student("house"), prepared, quota=quota)
    assert begins(student(""), prepared, quota=quota)  # where addresses are not known


def test_what_rested_is_counted_when_it_goes_on(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs that were stopped, and replaced by others, all went on together."""
    monkeypatch.setenv("LIGHTBOX_QUOTA_RUNS", "3")
    monkeypatch.setenv("LIGHTBOX_QUOTA_FREE_GB", "0")
    person, submitted = student("house"), []
    resting = [rights.begin([pretend_spec()], person, prepared=prepared)[0] for _ in range(3)]
    active = {run.id: True for run in resting}
    monkeypatch.setattr(
        rights, "jobs_of", lambda runs, _: sum(active.get(run.id, True) for run in runs)
    )

    def submit(run: RunFolder) -> None:
        submitted.append(run.id)

    with pytest.raises(LessonError) as caught:
        rights.go_on(resting[:1], person, submit)
    assert caught.value.code == "quota.jobs"
    active.update(dict.fromkeys(active, False))
    rights.go_on(resting, person, submit)
    assert len(submitted) == 3
    with pytest.raises(LessonError) as caught:
        rights.go_on(resting, student("house"), submit)
    assert caught.value.code == "run.not-yours"


def test_memory_is_left_to_the_others() -> None:
    assert shares.PART * CLASS_LIMITS.server == CLASS_LIMITS.address
    store = MemoryUploadedFileManager("/upload")
    limits = Uploads(UploadLimits(archive=200, session=300, server=1024, address=768))
    limits.watch(store)

    def send(session: str, address: str, size: int) -> bool:
        limits.comes_from(session, address)
        name = secrets.token_hex(4)
        try:
            store.add_file(session, UploadedFileRec(name, "a.zip", "x", bytes(size)))
        except HTTPException:
            return False
        return True

    sent = [send(f"script-{number}", "script", 128) for number in range(COOKIES)]
    assert sum(sent) * 128 == 768
    # Ten thousand sessions that are none make nobody forget whose those bytes are.
    for number in range(10_000):
        limits.comes_from(f"none-{number}", "elsewhere")
    assert not send("script-more", "script", 1)
    assert send("other", "laptop", 200)
    assert (limits.room("script-0"), limits.room("other")) == (0, 56)


def test_the_disk_is_left_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    held, ledger = 100, Shares(clock)
    usage = type("Usage", (), {"free": held})
    monkeypatch.setattr(shares.shutil, "disk_usage", lambda _: usage)

    def writes(address: str) -> bool:
        if refusal(lambda: ledger.require_disk(tmp_path / "not yet", address, spared=20)):
            return False
        ledger.wrote(10, address)
        usage.free -= 10
        return True

    assert sum(writes("script") for _ in range(COOKIES)) == 5
    assert usage.free == 50
    assert writes("laptop")
    clock.now = DAY_S + 1
    assert writes("script")
    while writes(""):
        pass
    assert usage.free == 20  # what must stay free


def test_what_is_prepared_is_counted_for_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = SetRequest(dataset="synthetic", size=32, count=60, address="script")
    made = set_request.make(asked, lambda *_: None)
    written = set_request.SHARES._of_the_day("script")
    assert written == sum(path.stat().st_size for path in made.folder.rglob("*") if path.is_file())
    set_request.make(asked, lambda *_: None)  # it is there
    assert set_request.SHARES._of_the_day("script") == written
    monkeypatch.setenv("LIGHTBOX_QUOTA_FREE_GB", "90000")
    other = replace(asked, count=70)
    with pytest.raises(LessonError) as caught:
        set_request.make(other, lambda *_: None)
    assert caught.value.code == "quota.disk"
    assert set_request.make(replace(other, address=None), lambda *_: None)  # the lecturer


def test_preparing_is_left_to_the_others() -> None:
    release, who = threading.Event(), ["script"]
    preparations = Preparations(lambda *_: release.wait(), asks_from=lambda: who[0])  # type: ignore[arg-type, return-value]

    def asks(count: int) -> str:
        asked = SetRequest(dataset="synthetic", size=32, count=count)
        return refusal(lambda: preparations.get(asked))

    codes = Counter(asks(count) for count in range(COOKIES))
    most = prepared_sets._MOST_OF_ADDRESS
    assert codes == {"": most, "preparation.busy": COOKIES - most}
    assert asks(0) == ""  # to look on takes no place
    who[0] = "laptop"
    assert asks(1000) == ""
    release.set()


def test_networks_are_left_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = paper_network(28, ("healthy", "broken"), filters=(2, 3), dense=4)
    found = ReadNetwork(
        spec=spec, weights=initial_weights(spec, 3), notes=(), open_size=False, values="0 to 1"
    )
    monkeypatch.setattr(own_networks, "read_apart", lambda *_: found)

    def brings(person: Person) -> bool:
        return not refusal(lambda: own_networks.bring(b"", Answers(title="x"), person))

    for _ in range(COOKIES):
        greedy = student("script")
        while brings(greedy):
            pass
    assert all(brings(student("laptop")) for _ in range(20))


def test_tabs_are_left_to_the_others() -> None:
    visits = Visits()
    gate = Door(_stays, policy=CLASS, visits=visits)

    async def knock(address: str) -> tuple[asyncio.Task[None], list[Any]]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        scope = {
            "type": "websocket",
            "path": "/_stcore/stream",
            "query_string": b"",
            "client": (address, 5),
            "headers": [(b"host", b"room.example")],
        }
        task = asyncio.create_task(gate(scope, receive, send))
        await asyncio.sleep(0)
        return task, sent

    async def flood() -> None:
        all_ = [await knock("192.0.2.1") for _ in range(MOST_TABS + 5)]
        assert [sent[0]["code"] for _, sent in all_[MOST_TABS:]] == [4403] * 5
        assert visits.open == MOST_TABS
        other, sent = await knock("192.0.2.2")
        assert not sent
        for task, _ in (*all_, (other, sent)):
            task.cancel()
        await asyncio.gather(*(task for task, _ in all_), other, return_exceptions=True)
        assert visits.has_room(CLASS.veil("192.0.2.1"))
        assert visits.open == 0

    awaited(flood())


async def _stays(*_: Any) -> None:
    await asyncio.Event().wait()


def test_the_door_tells_from_where_and_not_the_address() -> None:
    told: list[dict[bytes, bytes]] = []

    async def house(scope: Any, receive: Any, send: Any) -> None:
        told.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(_: Any) -> None:
        """Nobody listens."""

    forged = (ADDRESS_HEADER.encode(), b"forged")

    async def ask(policy: Policy, address: str) -> None:
        scope = {
            "type": "http",
            "method": "PUT",
            "path": f"{door._UPLOADS}session-1/file",
            "query_string": b"",
            "client": (address, 5),
            "headers": [(b"host", b"room.example"), (b"content-length", b"1"), forged],
        }
        gate = Door(house, policy=policy, comes_from=lambda *pair: came.append(pair))
        await gate(scope, send, send)

    came: list[tuple[str, str]] = []
    for policy in (CLASS, replace(CLASS, proxied=True)):
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
            awaited(ask(policy, address))
    named = [one[ADDRESS_HEADER.encode()].decode() for one in told]
    assert named[0] == named[1] != named[2]
    assert not any("192.0" in one or "forged" in one for one in named)
    assert named[3:] == [""] * 3  # all people there may come from one proxy
    assert came == [("session-1", one) for one in named]
    assert len({one[PERSON_HEADER.encode()] for one in told}) == 6
    assert {len(one) for one in named[:3]} == {16}
