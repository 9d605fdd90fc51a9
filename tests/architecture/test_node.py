"""The set-up of Node and its tools on a machine that lacks things."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import node

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the same list of tools, and none of them installed."""
    for name in node.LISTED:
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(node, "ROOT", tmp_path)
    monkeypatch.setattr(node, "MODULES", tmp_path / "node_modules")
    return tmp_path


def _pretend_installed(root: Path) -> None:
    (root / "node_modules").mkdir()
    (root / "node_modules" / node.STAMP).write_text(node.fingerprint())


def test_nothing_is_asked_of_anybody_while_the_list_is_unchanged(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_installed(elsewhere)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("something was started"))
    assert node.ensure() is None


@pytest.mark.parametrize("name", node.LISTED)
def test_another_list_asks_for_an_installation(elsewhere: Path, name: str) -> None:
    _pretend_installed(elsewhere)
    assert node.is_ready()
    (elsewhere / name).write_text((elsewhere / name).read_text() + "\n")
    assert not node.is_ready()


def test_without_node_the_advice_names_what_brings_it(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "node", lambda: None)
    assert "requirements-dev.txt" in str(node.ensure())
    assert "python3 -m tests" in str(node.missing("eslint"))


@pytest.mark.skipif(node.node() is None, reason="Node is not installed: run python3 -m tests")
def test_without_a_network_one_sentence_says_so(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Port 9 (discard) of this machine: refused at once, as if there were no network.
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(elsewhere / "cache"))
    said = str(node.ensure())
    assert "cannot be reached" in said
    assert not node.is_ready()


def test_the_list_of_tools_names_no_registry() -> None:
    # npm would fetch from there, whatever registry its user has set.
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text("utf-8")


def test_the_tools_are_pinned_and_none_is_the_dashboards() -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert "dependencies" not in package
    versions = package["devDependencies"].values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions), versions
