"""The direction of imports, and what no static graph can tell."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import catalogue

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FILES = [
    path
    for folder in ("core", "data", "dashboard", "pages")
    for path in (ROOT / folder).rglob("*.py")
    if "cache" not in path.relative_to(ROOT).parts
]
LIGHT_MODULES = [
    "core.errors",
    "core.prepared",
    "core.models.spec",
    "core.models.cost",
    "core.training.spec",
    "core.training.history",
    "core.evaluation.report",
    "core.explain.result",
    "core.jobs.cluster",
    "core.jobs.folder",
    "core.reference.description",
    "data.models.pretrained",
    "dashboard.commands.reference",
    "data.sets.registry",
    "data.sets.preparation",
    "data.pictures.preprocess",
    "data.sets.download",
]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_imports_go_one_way() -> None:
    done = _run("-c", "from importlinter.cli import lint_imports_command as c; c()")
    assert done.returncode == 0, done.stdout[-4000:]


def test_code_is_formatted_and_clean() -> None:
    for arguments in (["check", "."], ["format", "--check", "."]):
        done = _run("-m", "ruff", *arguments)
        assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_importing_costs_neither_keras_nor_streamlit(module: str) -> None:
    script = (
        f"import sys, {module}; "
        "print([m for m in ('tensorflow', 'keras', 'streamlit') if m in sys.modules])"
    )
    done = _run("-c", script)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_one_module_owns_the_session() -> None:
    owners = {p.relative_to(ROOT) for p in PYTHON_FILES if "session_state" in p.read_text("utf-8")}
    assert owners <= {Path("dashboard/state.py"), Path("dashboard/frame.py")}
    code = (ROOT / "dashboard/frame.py").read_text("utf-8")
    assert "st.session_state" not in code


def test_only_modules_named_cache_cache_and_all_is_bounded() -> None:
    users = [
        p for p in PYTHON_FILES if re.search(r"@st\.cache_(data|resource)", p.read_text("utf-8"))
    ]
    assert {p.name for p in users} == {"cache.py"}
    decorators = [
        found
        for path in users
        for found in re.findall(
            r"@st\.cache_(?:data|resource)(\(.*?\))?\s*\ndef \w+\((.*?)\)",
            path.read_text("utf-8"),
            flags=re.DOTALL,
        )
    ]
    assert len(decorators) > len(users)
    for options, parameters in decorators:
        # Without parameters there is one entry and nothing to bound.
        assert not parameters.strip() or "max_entries" in options, (options, parameters)


def test_no_two_layers_have_a_module_of_one_name() -> None:
    layers: dict[str, set[str]] = {}
    for path in PYTHON_FILES:
        layer = path.relative_to(ROOT).parts[0]
        # A page has the name of its lesson.
        if path.stem != "__init__" and layer != "pages":
            layers.setdefault(path.stem, set()).add(layer)
    assert {name: where for name, where in layers.items() if len(where) > 1} == {}


def test_pages_and_catalogue_agree_both_ways() -> None:
    files = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert files == {*catalogue.SLUGS, *(page.slug for page in catalogue.ASIDE)}
    assert all(slug.isidentifier() for slug in catalogue.SLUGS)


def test_streamlit_finds_no_pages_by_itself() -> None:
    # A folder of that name beside the entry point would switch on the old discovery.
    assert not (ROOT / "dashboard" / "pages").exists()


def test_nothing_in_dashboard_hides_a_library() -> None:
    # Streamlit puts this folder on the path, so its names compete with installed packages.
    ours = {p.stem for p in (ROOT / "dashboard").iterdir() if p.suffix == ".py" or p.is_dir()}
    installed = set(importlib.metadata.packages_distributions())
    assert not ours & (installed | set(sys.stdlib_module_names))


def test_our_packages_are_nobody_elses() -> None:
    installed = set(importlib.metadata.packages_distributions())
    assert not {"core", "data", "pages", "dashboard"} & installed
    for name in ("core", "data", "pages", "dashboard"):
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin == str(ROOT / name / "__init__.py")


def test_nothing_of_this_machine_is_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    pattern = re.compile(r"/(?:work|root|home/[a-z]+)/[a-z]")
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".js", ".css", ".json"}:
            assert not pattern.search(path.read_text("utf-8")), name
