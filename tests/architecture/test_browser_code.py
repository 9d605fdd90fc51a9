"""The browser's code: formatted, typed, without an undefined name, and no larger than needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import node

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES_OF_A_FILE = 400
MOST_LINES = 32_087
"""Lines of all scripts of the dashboard together, at Prettier's 100 columns; the goal is 16,000."""


def _modules() -> list[Path]:
    """Every script of the dashboard."""
    scripts = sorted((ROOT / "dashboard").rglob("*.js"))
    return [path for path in scripts if "static" not in path.parts]


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("tool", ["prettier", "eslint", "tsc", "tsc-strict"])
def test_the_tools_find_nothing(tool: str) -> None:
    if advice := node.missing(tool):
        pytest.skip(advice)
    done = node.run_tool(tool)
    mend = "\nPut the form right by: .venv/bin/python -m tests.node prettier --write"
    assert done.returncode == 0, done.stdout[-8000:] + mend * (tool == "prettier")


def test_no_script_is_too_long_to_be_read() -> None:
    long = {str(path.relative_to(ROOT)): _lines(path) for path in _modules()}
    assert not {name: count for name, count in long.items() if count > MOST_LINES_OF_A_FILE}


def test_the_scripts_together_stay_small() -> None:
    lines = sum(map(_lines, _modules()))
    assert lines <= MOST_LINES, (
        f"the scripts have {lines:_} lines. Where what is new is worth them, such as the stage of a"
        f" lesson, write MOST_LINES = {lines:_} into {Path(__file__).name}"
    )


def test_the_tools_look_after_every_script() -> None:
    settings = json.loads((ROOT / "tsconfig.json").read_text("utf-8"))
    assert settings["exclude"] == ["dashboard/static"]


def test_scripts_that_run_under_node_pass() -> None:
    tests = sorted((ROOT / "tests" / "browser_code").rglob("*.test.js"))
    if not tests:
        pytest.skip("No script has a test of its own yet.")
    if node.node() is None:
        pytest.skip("Node is not installed: run 'python3 -m tests' once with the internet.")
    done = node.run(["--test", *map(str, tests)])
    assert done.returncode == 0, done.stdout[-8000:]
