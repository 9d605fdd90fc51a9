"""Searches for a rate, bit by bit: they go on where they were, or begin anew where lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.jobs import searching, tasks
from core.prepared import PreparedSet
from core.training import fit
from core.training.spec import TrainingSpec
from tests.dashboard.pretend_run import pretend_spec, small_set

SEEDS_BEGUN: list[int] = []


def pretend(spec: TrainingSpec, prepared: PreparedSet, rates: Sequence[float]) -> Iterator[float]:
    SEEDS_BEGUN.append(spec.seed)
    for at in range(len(rates)):
        yield 1.0 + spec.seed + at / 1000


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingSpec:
    monkeypatch.setattr(fit, "losses_at", pretend)
    monkeypatch.setattr(searching, "_searches", type(searching._searches)(2))
    SEEDS_BEGUN.clear()
    prepared = small_set(tmp_path / "set")
    return replace(pretend_spec(str(prepared.folder)), fingerprint=prepared.fingerprint)


def test_each_call_goes_on_and_the_last_tells_all(spec: TrainingSpec) -> None:
    lengths = []
    for _ in range(200):
        course = tasks.search_rate(spec.to_json(), budget_s=0.0)
        lengths.append(len(course.losses))
        if course.end != "under way":
            break
    assert lengths == list(range(1, 101))
    assert course.losses == tuple(pretend(spec, small(spec), course.rates))
    assert SEEDS_BEGUN[0] == spec.seed
    assert len(searching._searches) == 0, "the network of a search that has ended is kept"


def test_one_that_others_pushed_out_begins_anew(spec: TrainingSpec) -> None:
    first = tasks.search_rate(spec.to_json(), budget_s=0.0)
    for seed in (1, 2):
        tasks.search_rate(replace(spec, seed=seed).to_json(), budget_s=0.0)
    assert tasks.search_rate(spec.to_json(), budget_s=0.0) == first
    assert SEEDS_BEGUN == [0, 1, 2, 0]


def small(spec: TrainingSpec) -> PreparedSet:
    return tasks._open_data(spec)
