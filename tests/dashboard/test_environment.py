"""Set-up on a machine that lacks things: old Python, no network, no room."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A virtual environment folder that is not the real one."""
    folder = tmp_path / "environment"
    monkeypatch.setenv("LIGHTBOX_VENV", str(folder))
    return folder


def _pretend_made(folder: Path) -> None:
    interpreter = environment.python()
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text("#!/bin/sh\nexit 9\n")
    interpreter.chmod(0o755)
    assert folder in interpreter.parents


def test_an_old_python_is_told_which_one_is_needed() -> None:
    with pytest.raises(environment.SetupError, match=r"needs Python 3\.11.*this is Python 3\.10"):
        environment.check_python((3, 10))
    environment.check_python((3, 11))


@pytest.mark.parametrize(
    "name",
    ["dashboard/__main__.py", "dashboard/environment.py", "tests/__main__.py", "tests/node.py"],
)
def test_an_old_python_can_read_the_files_that_tell_it(name: str) -> None:
    # A syntax error would come before the sentence that says what to do.
    ast.parse((ROOT / name).read_text("utf-8"), feature_version=(3, 7))


def test_nothing_is_done_when_requirements_are_unchanged(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("numpy\n")
    _pretend_made(elsewhere)
    environment.stamp(requirements).write_text(environment.fingerprint(requirements))
    monkeypatch.setattr(environment, "_install", lambda _: pytest.fail("installed again"))
    environment.ensure(requirements)


def test_a_changed_included_file_counts_as_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    (tmp_path / "base.txt").write_text("numpy\n")
    (tmp_path / "dev.txt").write_text("-r base.txt\npytest\n")
    before = environment.fingerprint(tmp_path / "dev.txt")
    (tmp_path / "base.txt").write_text("numpy\npillow\n")
    assert environment.fingerprint(tmp_path / "dev.txt") != before


def test_installing_the_tests_libraries_readies_the_dashboard_too(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    (tmp_path / "base.txt").write_text("numpy\n")
    (tmp_path / "dev.txt").write_text("-r base.txt\npytest\n")
    _pretend_made(elsewhere)
    monkeypatch.setattr(environment, "_install", lambda _: None)
    environment.ensure(tmp_path / "dev.txt")
    assert environment.is_ready(tmp_path / "base.txt")


def test_a_failed_installation_leaves_no_stamp_and_no_word_in_the_output(
    elsewhere: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("numpy\n")
    _pretend_made(elsewhere)
    with pytest.raises(environment.SetupError):
        environment.ensure(requirements)
    assert not environment.is_ready(requirements)
    # The command that follows may print a table.
    said = capfd.readouterr()
    assert said.out == ""
    assert "Installing requirements.txt" in said.err


@pytest.mark.slow
def test_without_a_network_one_sentence_says_so(elsewhere: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("lightbox-needs-this==1\n")
    script = (
        "import sys; from dashboard import environment as e\n"
        "try: e.ensure(sys.argv[1])\n"
        "except e.SetupError as error: print('SAID', error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(requirements)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        # Port 9 (discard) of this machine: refused at once, as if there were no network.
        env={
            **os.environ,
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_CONFIG_FILE": os.devnull,
        },
    )
    said = done.stdout.split("SAID ")[1]
    assert "cannot be reached" in said
    assert "Traceback" not in done.stdout + done.stderr


def test_a_full_disk_is_noticed_before_anything_is_made(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10**8))
    with pytest.raises(environment.SetupError, match=r"0\.1 GB free.*about 4 GB"):
        environment.ensure(ROOT / "requirements.txt")
    assert not elsewhere.exists()


@pytest.mark.parametrize(
    ("pip_said", "expected"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left",
            "disk is full",
        ),
        (
            "ERROR: No matching distribution found for tensorflow-cpu~=2.21.0",
            "no release for this Python",
        ),
        ("Retrying after connection broken by 'NewConnectionError(...)'", "cannot be reached"),
        ("ERROR: something new", "something new"),
    ],
)
def test_what_pip_says_becomes_advice(pip_said: str, expected: str) -> None:
    assert expected in environment._explain([pip_said])


def test_every_requirement_gives_its_reason() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                assert len(line.partition("#")[2].strip()) > 10, line
