"""The browser's files: published once for each content, tree kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import LessonError
from dashboard.browser import publication
from dashboard.browser.publication import DASHBOARD, files, publish, version


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(publication, "STATIC", tmp_path / "static")
    publish.cache_clear()
    yield tmp_path / "static"
    publish.cache_clear()


def test_every_file_lies_where_relative_imports_find_it(static: Path) -> None:
    folder = static / publish()
    for path in files():
        copy = folder / path.relative_to(DASHBOARD)
        assert copy.read_bytes() == path.read_bytes()
        for name in re.findall(
            r'^import .* from "(\..*)";$', copy.read_text("utf-8"), re.MULTILINE
        ):
            assert (copy.parent / name).is_file(), (path, name)


def test_another_content_has_another_name_and_old_ones_go(static: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.js").write_text("1")
    first = version(source)
    (source / "a.js").write_text("2")
    assert version(source) != first
    for number in range(6):
        (static / f"js-old{number}").mkdir(parents=True)
    publish()
    assert len(list(static.glob("js-*"))) == 3
    assert not list(static.glob(".publishing-*"))


def test_a_second_server_uses_what_is_there(static: Path) -> None:
    folder = static / publish()
    before = folder.stat().st_mtime_ns
    publish.cache_clear()
    assert publish() == folder.name
    assert folder.stat().st_mtime_ns == before


def test_a_folder_that_cannot_be_written_is_advice(static: Path) -> None:
    static.write_text("a file where a folder should be")
    with pytest.raises(LessonError) as caught:
        publish()
    assert caught.value.code == "browser.read-only"
