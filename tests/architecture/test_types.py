"""The types of the Python code, as Pyright's basic rules read them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests import node

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pyright"]


@pytest.mark.slow
def test_pyright_finds_no_error() -> None:
    if advice := node.missing("pyright"):
        pytest.skip(advice)
    done = node.run_tool("pyright")
    assert done.returncode == 0, done.stdout[-8000:]


def test_no_file_is_left_out() -> None:
    assert not SETTINGS.get("ignore")


def test_what_is_not_checked_names_its_rule() -> None:
    for folder in SETTINGS["include"]:
        for path in (ROOT / folder).rglob("*.py"):
            for line in re.findall(r"# pyright: .*", path.read_text("utf-8")):
                assert re.match(r"# pyright: ignore\[\w+\]", line), (path, line)
