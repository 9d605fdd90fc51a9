"""The browser's code: formatted, typed, without an undefined name, and no larger than needed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests import node

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES_OF_A_FILE = 400
MOST_LINES = 29_400
"""Lines of all scripts of the dashboard together, at Prettier's 100 columns; the goal is 16,000.

Those that Python still joins are counted too: 28,000 was the limit without them."""

SETTINGS = json.loads((ROOT / "tsconfig.json").read_text("utf-8"))
LEGACY = [path for path in SETTINGS["exclude"] if path != "dashboard/static"]
"""Scripts that Python still joins into one text, so that no tool can know their names: this list
may only become shorter. Prettier looks after them all the same."""


def _scripts(folder: Path) -> list[Path]:
    return [folder] if folder.is_file() else sorted(folder.rglob("*.js"))


def _modules() -> list[Path]:
    """Every script of the dashboard that is a module of its own."""
    left_out = [ROOT / path for path in SETTINGS["exclude"]]
    return [
        path
        for path in _scripts(ROOT / "dashboard")
        if not any(path.is_relative_to(other) for other in left_out)
    ]


def _lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("tool", ["prettier", "eslint", "tsc", "tsc-strict"])
def test_the_tools_find_nothing(tool: str) -> None:
    if advice := node.missing(tool):
        pytest.skip(advice)
    if tool.startswith("tsc") and not _modules():
        pytest.skip("Every script is still joined from texts.")
    done = node.run_tool(tool)
    assert done.returncode == 0, done.stdout[-8000:]


def test_no_script_is_too_long_to_be_read() -> None:
    long = {str(path.relative_to(ROOT)): _lines(path) for path in _modules()}
    assert not {name: count for name, count in long.items() if count > MOST_LINES_OF_A_FILE}


def test_the_scripts_together_stay_small() -> None:
    scripts = [path for path in _scripts(ROOT / "dashboard") if "static" not in path.parts]
    assert sum(map(_lines, scripts)) <= MOST_LINES


@pytest.mark.parametrize("path", LEGACY)
def test_what_became_modules_leaves_the_list_of_the_others(path: str) -> None:
    scripts = _scripts(ROOT / path)
    assert scripts, f"there is no script in {path}: take it out of tsconfig.json"
    assert not any(
        re.search(r"^import ", each.read_text("utf-8"), re.MULTILINE) for each in scripts
    )


def test_scripts_that_run_under_node_pass() -> None:
    tests = sorted((ROOT / "tests" / "browser_code").rglob("*.test.js"))
    if not tests:
        pytest.skip("No script has a test of its own yet.")
    if node.node() is None:
        pytest.skip("Node is not installed: run 'python3 -m tests' once with the internet.")
    done = node.run(["--test", *map(str, tests)])
    assert done.returncode == 0, done.stdout[-8000:]
