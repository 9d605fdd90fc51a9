"""What every lesson has to bring: a room in the common form, with nothing left open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard import catalogue
from dashboard.commands.new_lesson import OPEN

ROOT = Path(__file__).resolve().parents[3]
LESSONS = ROOT / "dashboard" / "lessons"
ROOMS = sorted(page.slug for page in catalogue.PAGES if (LESSONS / page.slug).is_dir())
LISTED = ROOT / "docs" / "lessons.md"
FEWEST_MOMENTS = 3
LONGEST_MOMENT = 90
"""Letters: a moment stands in one line that the last row reads."""


def _texts(slug: str) -> dict[Path, str]:
    tests = ROOT / "tests" / "dashboard" / "lessons" / slug
    found = [*(LESSONS / slug).rglob("*"), *tests.rglob("*.py"), ROOT / "pages" / f"{slug}.py"]
    return {
        path: path.read_text("utf-8")
        for path in found
        if path.suffix in {".py", ".js", ".css", ".md"}
    }


@pytest.mark.parametrize("slug", ROOMS)
def test_a_room_has_the_parts_that_a_reader_looks_for(slug: str) -> None:
    here = {path.name for path in (LESSONS / slug).iterdir()}
    assert {"lesson.py", "stage.py", "stage.js", "text.en.md"} <= here


@pytest.mark.parametrize("slug", ROOMS)
def test_nothing_is_left_open(slug: str) -> None:
    page = catalogue.page(slug)
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in _texts(slug).items()
        for number, line in enumerate(text.splitlines(), 1)
        if OPEN in line
    ]
    if OPEN in page.goal + page.carries:
        left.append("dashboard/catalogue.py, its Page")
    rows = re.findall(rf"^\| {re.escape(page.title)} \|.*", LISTED.read_text("utf-8"), re.MULTILINE)
    if any(OPEN in row for row in rows):
        left.append("docs/lessons.md, its row")
    assert not left, f"replace every {OPEN} in\n" + "\n".join(left)


@pytest.mark.parametrize("slug", ROOMS)
def test_a_lecturer_has_moments_to_walk_through(slug: str) -> None:
    path = LESSONS / slug / "text.en.md"
    said = re.findall(r"^## stage-moment-\S+\n+((?:.+\n)+)", path.read_text("utf-8"), re.MULTILINE)
    moments = [" ".join(moment.split()) for moment in said]
    assert len(moments) >= FEWEST_MOMENTS, (
        f"{path.relative_to(ROOT)} says {len(moments)} of at least {FEWEST_MOMENTS} moments:"
        " write a sentence under ## stage-moment-NAME, and what it sets into moments() of stage.py"
    )
    long = {moment: len(moment) for moment in moments if len(moment) > LONGEST_MOMENT}
    assert not long, f"a moment has at most {LONGEST_MOMENT} letters"


@pytest.mark.parametrize("slug", ROOMS)
def test_the_next_page_is_named_with_what_goes_along(slug: str) -> None:
    carries = catalogue.page(slug).carries
    assert carries.endswith("."), f"write a sentence as `carries` of {slug} in catalogue.py"


@pytest.mark.parametrize("slug", ROOMS)
def test_its_settings_stand_in_one_schema_and_nowhere_else(slug: str) -> None:
    texts = _texts(slug)
    stage = texts[LESSONS / slug / "stage.py"]
    assert "SCHEMA" in stage
    scripts = "\n".join(text for path, text in texts.items() if path.suffix == ".js")
    assert not re.findall(
        r"window\.__|localStorage|sessionStorage|searchParams|new Keep\(", scripts
    )
