"""The contracts of imports cover modules that nobody has written yet."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command as c; c()"
FORBIDDEN = (
    ("core/ops/convolution.py", "keras"),
    ("core/descent/rules.py", "keras"),
    ("core/inspect/brand_new.py", "tensorflow"),
    ("core/models/weights.py", "tensorflow"),
    ("data/pictures/brand_new.py", "keras"),
    ("dashboard/lessons/neuron/brand_new.py", "keras"),
    ("pages/neuron.py", "tensorflow"),
    ("core/brand_new.py", "streamlit"),
    ("data/sets/splits.py", "plotly"),
    ("dashboard/networks/brand_new.py", "streamlit"),
    ("dashboard/shared/brand_new.py", "streamlit"),
    ("dashboard/workbench/train/figure.py", "streamlit"),
    ("dashboard/lessons/neuron/stage.py", "dashboard.lessons.cycle.stage"),
)


@pytest.fixture(scope="module")
def complaint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the code in which all that is forbidden is done."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", copy)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in listed:
        if name.startswith(("core/", "data/", "dashboard/", "pages/")) and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    for name, module in FORBIDDEN:
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {module}\n")
    done = subprocess.run(
        [sys.executable, "-c", LINT], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout[-2000:]
    return done.stdout


@pytest.mark.parametrize(("name", "module"), FORBIDDEN)
def test_what_is_forbidden_is_found_wherever_it_is_written(
    complaint: str, name: str, module: str
) -> None:
    importer = name.removesuffix(".py").replace("/", ".")
    assert re.search(rf"{re.escape(importer)} -> {re.escape(module)} \(", complaint), complaint
