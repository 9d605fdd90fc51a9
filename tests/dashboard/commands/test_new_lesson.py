"""A new lesson: its room runs at once, and its tests fail until it teaches something."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import pytest

from core.errors import LessonError
from dashboard.commands.new_lesson import OPEN, ROOT, write_room


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dashboard").mkdir()
    (tmp_path / "docs").mkdir()
    for listing in ("dashboard/catalogue.py", "docs/lessons.md"):
        shutil.copy(ROOT / listing, tmp_path / listing)
    return tmp_path


def test_all_of_it_is_code_and_says_what_is_open(project: Path) -> None:
    written = write_room("dropped_pixels", root=project)
    for path in written:
        if path.suffix == ".py":
            ast.parse(path.read_text("utf-8"))
    room = project / "dashboard" / "lessons" / "dropped_pixels"
    for name in ("lesson.py", "stage.py", "stage.js", "text.en.md"):
        assert OPEN in (room / name).read_text("utf-8"), name
    test = project / "tests" / "dashboard" / "lessons" / "dropped_pixels" / "test_dropped_pixels.py"
    assert "raise AssertionError" in test.read_text("utf-8")


def test_the_catalogue_lists_its_page_last(project: Path) -> None:
    write_room("dropped_pixels", root=project)
    scope: dict[str, object] = {"__file__": str(project / "dashboard" / "catalogue.py")}
    text = (project / "dashboard" / "catalogue.py").read_text("utf-8")
    scope["__name__"] = "catalogue_copy"
    import sys
    import types

    module = types.ModuleType("catalogue_copy")
    sys.modules["catalogue_copy"] = module
    try:
        module.__dict__.update(scope)
        exec(compile(text, "catalogue.py", "exec"), module.__dict__)
        page = module.PAGES[-1]
        assert (page.slug, page.title) == ("dropped_pixels", "Dropped pixels")
        assert page.path == project / "pages" / "dropped_pixels.py"
        assert page.path.is_file()
    finally:
        del sys.modules["catalogue_copy"]


def test_the_documents_list_it_below_the_other_pages(project: Path) -> None:
    before = (project / "docs" / "lessons.md").read_text("utf-8").splitlines()
    write_room("dropped_pixels", root=project)
    after = (project / "docs" / "lessons.md").read_text("utf-8").splitlines()
    (at,) = [number for number, line in enumerate(after) if "Dropped pixels" in line]
    assert OPEN in after[at]
    assert after[at - 1].startswith("| ")
    assert after[at + 1] == ""
    assert after[:at] + after[at + 1 :] == before


def test_it_has_the_moments_that_its_stage_names(project: Path) -> None:
    write_room("dropped_pixels", root=project)
    room = project / "dashboard" / "lessons" / "dropped_pixels"
    said = re.findall(r"^## stage-moment-(\w+)", (room / "text.en.md").read_text("utf-8"), re.M)
    named = re.findall(r"(\w+)=\{\"gain\"", (room / "stage.py").read_text("utf-8"))
    assert len(said) == 3
    assert said == named


@pytest.mark.parametrize("name", ["", "Dropout", "a", "two words", "../x", "class", "x" * 40])
def test_a_name_that_cannot_be_one_is_advice(project: Path, name: str) -> None:
    with pytest.raises(LessonError) as caught:
        write_room(name, root=project)
    assert caught.value.code == "lesson.name"


def test_a_room_that_is_there_is_never_overwritten(project: Path) -> None:
    write_room("dropped_pixels", root=project)
    with pytest.raises(LessonError) as caught:
        write_room("dropped_pixels", root=project)
    assert caught.value.code == "lesson.exists"
