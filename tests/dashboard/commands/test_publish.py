"""``python3 -m dashboard publish``: the command that the advice names, and what it leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import LessonError
from dashboard import static_files
from dashboard.browser import publication
from dashboard.commands import command_line


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(publication, "STATIC", tmp_path / "static")
    monkeypatch.setattr(static_files, "STATIC", tmp_path / "static")
    publication.publish.cache_clear()
    yield tmp_path / "static"
    publication.publish.cache_clear()


def test_after_it_a_server_has_nothing_to_write(
    static: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command_line.run(["publish"]) == 0
    folder = static / publication.version()
    assert capsys.readouterr().out.strip().endswith(str(folder))
    assert (folder / "browser" / "stage.js").is_file()
    assert (static / "plotly.min.js").stat().st_size > 10**6

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    publication.publish.cache_clear()
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert publication.publish() == folder.name


def test_the_advice_names_a_command_that_there_is(static: Path) -> None:
    static.write_text("a file where a folder should be")
    with pytest.raises(LessonError) as caught:
        publication.publish()
    named = re.search(r"python3 -m dashboard (\S+?)\.$", caught.value.remedy)
    assert named is not None
    chosen = command_line.parser().parse_args([named[1]])
    assert chosen.run.__module__ == "dashboard.commands.publish"


def test_where_nobody_can_write_it_says_so(
    static: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    static.write_text("a file where a folder should be")
    assert command_line.run(["publish"]) == command_line.EXPECTED_FAILURE
    assert "cannot be put into" in capsys.readouterr().err
