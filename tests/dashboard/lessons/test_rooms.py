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
FEWEST_MOMENTS = 3


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
    left = [path.name for path, text in _texts(slug).items() if OPEN in text]
    page = catalogue.page(slug)
    assert not left, f"replace every {OPEN} in {left}"
    assert OPEN not in page.goal + page.carries


@pytest.mark.parametrize("slug", ROOMS)
def test_a_lecturer_has_moments_to_walk_through(slug: str) -> None:
    text = (LESSONS / slug / "text.en.md").read_text("utf-8")
    moments = re.findall(r"^## stage-moment-\S+\n+((?:.+\n)+)", text, re.MULTILINE)
    assert len(moments) >= FEWEST_MOMENTS
    assert [moment for moment in moments if len(" ".join(moment.split())) > 90] == []


@pytest.mark.parametrize("slug", ROOMS)
def test_the_next_page_is_named_with_what_goes_along(slug: str) -> None:
    assert catalogue.page(slug).carries.endswith(".")


@pytest.mark.parametrize("slug", ROOMS)
def test_its_settings_stand_in_one_schema_and_nowhere_else(slug: str) -> None:
    texts = _texts(slug)
    stage = texts[LESSONS / slug / "stage.py"]
    assert "SCHEMA" in stage
    scripts = "\n".join(text for path, text in texts.items() if path.suffix == ".js")
    assert not re.findall(
        r"window\.__|localStorage|sessionStorage|searchParams|new Keep\(", scripts
    )
