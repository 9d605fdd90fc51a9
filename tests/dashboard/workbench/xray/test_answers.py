"""What workers are asked before there is a picture."""

from __future__ import annotations

import ast
import threading
from pathlib import Path
from typing import Any

from dashboard import cache
from dashboard.networks import classifiers
from dashboard.workbench.xray import answers

ROOT = Path(__file__).resolve().parents[4]


class Slow:
    """Workers that answer when they are let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.busy, self.let = threading.Event(), threading.Event()

    def analyse(self, asked: Any, *, timeout_s: float) -> None:
        self.asked.append(asked.task)
        self.busy.set()
        assert self.let.wait(60)


def test_an_errand_stays_with_the_workers_it_was_begun_with(monkeypatch):
    network = classifiers.find_classifier("reference")
    first, second = Slow(), Slow()
    monkeypatch.setattr(cache, "cluster", lambda: first)
    cache.errands().forget(("warm", network.file_stamp()))
    assert not answers.warm(network)
    assert first.busy.wait(60)
    monkeypatch.setattr(cache, "cluster", lambda: second)
    first.let.set()
    errand = cache.errands().find(("warm", network.file_stamp()))
    assert errand.wait(60)
    assert errand.error is None
    assert first.asked == ["judge", "explain"]
    assert second.asked == []


def test_no_errand_looks_for_workers_of_its_own():
    """It runs in another thread and later: what it asks is named by the page that begins it."""
    found = []
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if _is_errand(node) and "cache.cluster()" in ast.unparse(node):
                found.append(f"{path.name}:{node.lineno}")
    assert found == []


def _is_errand(node: ast.AST) -> bool:
    if isinstance(node, ast.Lambda):
        return any(argument.arg in {"errand", "_"} for argument in node.args.args)
    return isinstance(node, ast.FunctionDef) and any(
        argument.annotation is not None and ast.unparse(argument.annotation).startswith("Errand[")
        for argument in node.args.args
    )
