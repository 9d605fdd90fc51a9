"""``python3 -m dashboard settings`` says what is in force and where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.configuration import FILE, OTHERS, variables
from dashboard.commands import command_line


def test_it_prints_values_with_their_sources_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lightbox.toml"
    file.write_text('quota_epochs = 7\nlecturer_key = "very-secret"\n', "utf-8")
    monkeypatch.setenv(FILE, str(file))
    monkeypatch.setenv("LIGHTBOX_CLASS_CODE", "fracture7")
    assert command_line.run(["settings"]) == 0
    said = capsys.readouterr().out
    rows = {row.split()[0]: row.split()[1:] for row in said.splitlines()}
    assert rows["quota_epochs"] == ["7", str(file)]
    assert rows["class_code"] == ["(given)", "environment"]
    assert rows["quota_images"] == ["30000", "default"]
    assert "very-secret" not in said
    assert "fracture7" not in said


@pytest.mark.parametrize("command", [["runs"], ["settings"], ["--port", "8600"]])
def test_no_command_begins_with_a_setting_that_cannot_be_meant(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIGHTBOX_QUOTA_EPOCH", "3")
    assert command_line.run(command) == command_line.EXPECTED_FAILURE
    assert "did you mean LIGHTBOX_QUOTA_EPOCHS?" in capsys.readouterr().err


def test_its_help_tells_every_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.run(["settings", "--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in (*variables().values(), *OTHERS))
