"""What the README says of the project is so: pictures, commands, settings, folders, lessons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard import catalogue
from dashboard.commands import command_line
from tests.pictures import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
NUMBERS = {12: "Twelve", 13: "Thirteen", 14: "Fourteen", 15: "Fifteen"}
LESSONS = ("Lessons", "Convolutional networks")


def test_its_pictures_are_there_and_open_at_once() -> None:
    shown = set(re.findall(r"!\[[^\]]+\]\((docs/pictures/[^)]+)\)", TEXT))
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/pictures").iterdir()}
    assert shown == there
    assert sum((ROOT / name).stat().st_size for name in shown) <= MOST_BYTES


@pytest.mark.parametrize(
    "line", re.findall(r"python3 -m dashboard((?: [^\s`#]+)*)", TEXT), ids=lambda line: line.strip()
)
def test_its_commands_are_understood(line: str) -> None:
    words = line.partition(">")[0].replace("NAME", "name").split()
    command_line.parser().parse_args(words)


def test_its_settings_are_read_by_the_code() -> None:
    code = "".join(
        path.read_text("utf-8")
        for folder in ("core", "data", "dashboard")
        for path in (ROOT / folder).rglob("*.py")
    )
    named = set(re.findall(r"LIGHTBOX_[A-Z_]+|DASK_SCHEDULER_ADDRESS", TEXT))
    assert named
    assert {name for name in named if name not in code} == set()


def test_its_folders_and_files_are_there() -> None:
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*|[A-Z]+\.md|[\w.-]+\.txt|package\.json)`", TEXT)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_it_counts_the_lessons() -> None:
    lessons = [page for page in catalogue.PAGES if page.section in LESSONS]
    assert f"{NUMBERS[len(lessons)]} lessons" in TEXT
    listed = (ROOT / "docs" / "lessons.md").read_text("utf-8")
    missing = [page.title for page in catalogue.PAGES if f"\n| {page.title} |" not in listed]
    assert missing == ["Lightbox"]
