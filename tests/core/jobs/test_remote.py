"""What the server asks is what a worker does: the same tasks, arguments and answers."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from core.jobs import tasks
from core.jobs.folder import PROJECT
from core.jobs.remote import Tasks, invoke, request
from tests import node
from tests.core.jobs import pretend_fit

LISTED = [name for name, part in vars(Tasks).items() if isinstance(part, staticmethod)]


def fulfils(listed: Callable[..., Any], done: Callable[..., Any]) -> bool:
    """Whether whoever calls one as listed may call the other."""
    asked, given = (inspect.signature(function).parameters for function in (listed, done))
    shared = {name: given[name] for name in asked if name in given}
    more = [parameter for name, parameter in given.items() if name not in asked]
    hints, own = get_type_hints(listed), get_type_hints(done)
    return (
        [(p.name, p.kind, p.default) for p in asked.values()]
        == [(p.name, p.kind, p.default) for p in shared.values()]
        and all(own[name] == hint for name, hint in hints.items())
        and all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in more)
    )


@pytest.mark.parametrize("name", LISTED)
def test_a_worker_does_each_task_as_it_is_listed(name: str) -> None:
    assert fulfils(getattr(Tasks, name), getattr(tasks, name))


def test_a_task_that_differs_is_found() -> None:
    def listed(path: str, *, count: int = 1) -> str: ...

    def same(path: str, *, count: int = 1, watch: bool = False) -> str: ...

    def other_name(folder: str, *, count: int = 1) -> str: ...

    def other_type(path: Path, *, count: int = 1) -> str: ...

    def other_default(path: str, *, count: int = 2) -> str: ...

    def other_answer(path: str, *, count: int = 1) -> int: ...

    def other_order(*, count: int = 1, path: str) -> str: ...

    def one_more(path: str, depth: int, *, count: int = 1) -> str: ...

    assert fulfils(listed, same)
    others = (other_name, other_type, other_default, other_answer, other_order, one_more)
    assert [fulfils(listed, other) for other in others] == [False] * len(others)


def test_a_request_is_made_here_and_done_there() -> None:
    asked = request(pretend_fit.add, left=2, right=3)
    assert invoke(asked) == (True, 5)
    fine, error = invoke(request(pretend_fit.advise))
    assert (fine, error.code) == (False, "lamp.broken")
    with pytest.raises(ZeroDivisionError):
        invoke(request(pretend_fit.stumble))


def test_arguments_that_do_not_fit_are_refused_before_they_travel() -> None:
    with pytest.raises(TypeError, match="'row'"):
        request(Tasks.slice_row, run_folder="runs/one", kind="path", rows=3)  # type: ignore
    assert request(Tasks.slice_row, "runs/one", "path", 3).arguments == {
        "run_folder": "runs/one",
        "kind": "path",
        "row": 3,
    }


@pytest.mark.slow
def test_the_type_checker_finds_a_wrong_name_argument_or_answer(tmp_path: Path) -> None:
    if advice := node.missing("pyright"):
        pytest.skip(advice)
    code = textwrap.dedent("""
        from core.jobs.cluster import Cluster
        from core.jobs.remote import Tasks, request

        def right(cluster: Cluster) -> int:
            asked = request(Tasks.explain, "a.keras", image, class_index=1)
            return cluster.analyse(asked).class_index

        request(Tasks.explane, "a.keras", image, class_index=1)
        request(Tasks.explain, "a.keras", image, class_number=1)
        request(Tasks.explain, "a.keras", image, class_index="1")

        def wrong(cluster: Cluster) -> str:
            return cluster.analyse(request(Tasks.explain, "a.keras", image, class_index=1))
        """)
    file = tmp_path / "asks.py"
    file.write_text("import numpy as np\n\nimage = np.zeros((8, 8), np.uint8)\n" + code)
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"extraPaths": ["{PROJECT}"], "pythonVersion": "3.11"}}'
    )
    done = node.run_tool("pyright", "--project", str(tmp_path))
    lines = code.splitlines()
    found = {int(line.split(":")[1]) for line in done.stdout.splitlines() if " - error: " in line}
    wrong = {
        at + 4
        for at, line in enumerate(lines)
        if any(part in line for part in ("explane", "class_number", '"1"'))
    }
    last = 3 + len(lines)
    assert found == wrong | {last}, done.stdout
