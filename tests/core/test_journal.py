"""The log is declared events, one JSON object a line, and nothing that a person gave."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import journal
from core.errors import LessonError
from core.journal import EVENTS

ROOT = Path(__file__).resolve().parents[2]
MARK = "Meier, Anna 1961/wrist.png"


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    journal.end()


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_an_event_is_one_line_with_its_time_level_and_numbers() -> None:
    stream = io.StringIO()
    journal.begin(None, stream=stream)
    journal.write("run.ended", run="20261129-0912-k3fd", status="finished", seconds=1.23456)
    (entry,) = entries(stream)
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "level": "info",
        "event": "run.ended",
        "run": "20261129-0912-k3fd",
        "status": "finished",
        "seconds": 1.235,
    }


@pytest.mark.parametrize("event", EVENTS)
def test_no_event_lets_a_persons_text_through(event: str) -> None:
    stream = io.StringIO()
    journal.begin(None, stream=stream)
    for text in (MARK, "D:/anna/x.png", "a b", "ä", "x" * 81, ""):
        journal.write(event, **dict.fromkeys(EVENTS[event][1], text))
        journal.write(event, **{name: [text] for name in EVENTS[event][1]})
    assert len(entries(stream)) == 12
    assert "anna" not in stream.getvalue().lower()
    for entry in entries(stream):
        assert all(entry[name] in ("?", ["?"]) for name in EVENTS[event][1])


def test_what_is_not_declared_is_a_bug() -> None:
    with pytest.raises(KeyError):
        journal.write("file.opened", name="x")
    with pytest.raises(KeyError):
        journal.write("session.opened", open=1, person="abc")
    with pytest.raises(KeyError):
        journal.write("session.closed", open=1)


def test_a_bug_leaves_its_places_and_not_its_words() -> None:
    stream = io.StringIO()
    journal.begin(None, stream=stream)
    try:
        json.loads(MARK)
    except ValueError as error:
        found = journal.places(error.__traceback__)
        journal.write("bug", number="a1b2c3", kind=type(error).__name__, places=found)
    (entry,) = entries(stream)
    assert entry["kind"] == "JSONDecodeError"
    assert entry["places"][0].startswith(f"{__name__}:")
    assert entry["places"][-1].startswith("json.decoder:")
    assert "Meier" not in stream.getvalue()


def test_the_file_is_begun_anew_and_earlier_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", 1000)
    journal.begin(tmp_path / "log", stream=io.StringIO())
    for number in range(400):
        journal.write("session.opened", open=number)
    files = sorted((tmp_path / "log").iterdir())
    assert len(files) == journal.FILES_KEPT + 1
    assert all(file.stat().st_size <= 1000 for file in files)
    newest = (tmp_path / "log" / journal.FILE_NAME).read_text("utf-8").splitlines()
    assert json.loads(newest[-1])["open"] == 399


def test_a_terminal_shows_what_is_wrong_alone() -> None:
    stream = Terminal()
    journal.begin(None, stream=stream)
    journal.write("session.opened", open=1)
    journal.write("upload.refused", code="upload.too-large", bytes=7)
    assert [entry["event"] for entry in entries(stream)] == ["upload.refused"]


def test_the_last_errors_are_kept_newest_first() -> None:
    journal.write("session.opened", open=1)
    journal.write("upload.refused", code="upload.no-room", bytes=1)
    journal.write("bug", number="a1b2c3", kind="ValueError", places=[])
    newest, before = journal.recent()[:2]
    assert (newest.event, newest.code) == ("bug", "ValueError")
    assert (before.event, before.code) == ("upload.refused", "upload.no-room")
    assert newest.time >= before.time


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("", "utf-8")  # a file stands there
    with pytest.raises(LessonError) as caught:
        journal.begin(tmp_path / "log")
    assert caught.value.code == "log.unwritable"


def test_a_run_is_named_without_its_words() -> None:
    assert journal.run_name("20261129-2330-meier-anna-64-k3fd") == "20261129-2330-k3fd"
    assert journal.run_name("k3fd") == "k3fd"


def test_the_page_on_operation_lists_every_event() -> None:
    page = (ROOT / "docs" / "operation.md").read_text("utf-8")
    rows = [row for row in page.split("\n") if row.startswith("| `") and row.count("|") == 5]
    listed = [f"| `{n}` | {level} | {', '.join(f)} | {s} |" for n, (level, f, s) in EVENTS.items()]
    assert [row for row in rows if row.startswith(tuple(f"| `{n}` |" for n in EVENTS))] == listed
