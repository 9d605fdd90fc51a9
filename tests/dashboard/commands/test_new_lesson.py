"""A new lesson: its room runs at once, and its tests fail until it teaches something."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from core.errors import LessonError
from dashboard.commands.new_lesson import OPEN, ROOT, write_room


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dashboard").mkdir()
    shutil.copy(ROOT / "dashboard" / "catalogue.py", tmp_path / "dashboard" / "catalogue.py")
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
