"""What the README says of the project is so: pictures, commands, settings, folders, lessons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import names
from dashboard import catalogue
from dashboard.commands import command_line
from data.models.shipped import reference_model, shipped_models
from tests.pictures import MOST_BYTES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
NUMBERS = {
    12: "Twelve",
    13: "Thirteen",
    14: "Fourteen",
    15: "Fifteen",
    16: "Sixteen",
    17: "Seventeen",
}
LESSONS = ("Lessons", "Convolutional networks")


def test_its_pictures_are_there_and_open_at_once() -> None:
    shown = set(re.findall(r"!\[[^\]]+\]\((docs/pictures/[^)]+)\)", TEXT))
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs/pictures").iterdir()}
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md"))
    beside = {f"docs/{one}" for one in re.findall(r"!\[[^\]]+\]\((pictures/[^)]+)\)", pages)}
    assert shown | beside == there
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


def test_it_counts_the_networks_that_come_along() -> None:
    numbers = {2: "two", 3: "three", 4: "four"}
    there = len(shipped_models()) + (reference_model() is not None)
    assert f"the {numbers[there]} networks that come with it" in TEXT


def test_what_the_measurements_say_of_small_maps_is_what_their_table_says() -> None:
    """Which map of the small network points at marks more often than chance: those of pixels."""
    measured = (ROOT / "docs" / "measurements.md").read_text("utf-8")
    chance = float(found[1]) if (found := re.search(r"Marks cover ([\d.]+) %", measured)) else 0.0
    rows = re.findall(
        r"^\| `paper-fracatlas` \| ([^|]+) \| ([\d.]+) % \(([\d.]+) to", measured, re.M
    )
    above = {name for name, _, low in rows if float(low) > chance}
    assert above == {"integrated gradients", "guided backpropagation", "occlusion"}
    assert {name for name, *_ in rows} - above == {"Grad-CAM", "HiResCAM"}
    reference = {
        name: (float(points), float(low))
        for name, points, low in re.findall(
            r"^\| `reference` \| ([^|]+) \| ([\d.]+) % \(([\d.]+) to", measured, re.M
        )
    }
    others = {"Grad-CAM", "Grad-CAM++", "HiResCAM", "occlusion"}
    far = {name for name, (_, low) in reference.items() if low > chance}
    assert far == {"integrated gradients", *others}
    assert set(reference) - far == {"guided backpropagation"}
    found = [reference[name][0] for name in others]
    told = re.sub(r"\s+", " ", measured)
    best = reference["integrated gradients"][0]
    assert f"all its maps less often: integrated gradients in {best} %" in told
    assert f"maps of a layer and occlusion in {min(found)} to {max(found)} %, far above" in told
    assert f"in {max(rows, key=lambda row: float(row[1]))[1]} % of the X-rays at best" in measured


def test_it_counts_the_lessons() -> None:
    lessons = [page for page in catalogue.PAGES if page.section in LESSONS]
    (counted,) = re.findall(r"^(\w+) lessons, from one neuron", TEXT, re.MULTILINE)
    assert counted == NUMBERS[len(lessons)], "README.md counts the lessons: write the new number"
    listed = (ROOT / "docs" / "lessons.md").read_text("utf-8")
    missing = [page.title for page in catalogue.PAGES if f"\n| {page.title} |" not in listed]
    assert missing == ["Lightbox"], "docs/lessons.md has a row for each page, with its title first"


def test_the_lesson_that_a_contributor_begins_is_not_there_yet() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (begun,) = re.findall(r"python3 -m dashboard new-lesson (\w+)", told)
    assert begun not in {page.slug for page in catalogue.PAGES}
    assert f"`dashboard/lessons/{begun}/`" in told


def test_what_was_measured_can_be_measured_again() -> None:
    measured = (ROOT / "docs" / "measurements.md").read_text("utf-8")
    told = set(re.findall(r"^\|[^|]+\| `(\w+)[^|]*\|", measured, re.M)) - {"predict"}
    told |= set(re.findall(r"`(\w+_drag)`(?! of that release)", measured))
    assert len(told) > 8
    assert told - {"paper", "reference"} <= set(names())  # those two head columns of networks


def test_a_goal_for_a_class_is_called_met_only_where_its_figures_are() -> None:
    measured = (ROOT / "docs" / "measurements.md").read_text("utf-8")
    rows = {
        row.split(" |")[0].strip("| "): [cell.strip() for cell in row.split("|")[1:-1]]
        for row in re.findall(r"^\| \d+ (?:students|watchers)[^\n]+", measured, re.M)
    }
    met = {
        "waiting of 30": float(rows["30 students"][3].split()[0]) <= 250,
        "training beside 30": float(rows["30 students"][7]) <= 1.5,
        "60 watchers": float(rows["60 watchers of one run"][6]) >= 2,
        "100 students": rows["100 students"][3].endswith("ms"),
    }
    assert met == {
        "waiting of 30": True,
        "training beside 30": False,
        "60 watchers": True,
        "100 students": False,
    }
    assert all(int(row[8].split()[0]) < 600 for row in rows.values())
    told = " ".join(measured.split())
    assert "For a minute, what 30 students wait for, what 60 watchers see and memory meet" in told
    assert "over an hour less than 600 MB is not kept" in told
    assert "one goal is reached and not kept; 100 students do not meet theirs" in told
